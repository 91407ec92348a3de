"""The cleaned text: what is shown of it, and what is spoken."""

import re
from typing import Final

from .characters import is_unspaced
from .stretches import CleanText, Stretch

# What ends a line so that a listener hears it end.
# An element and an audio tag end no sentence.
_ENDS: Final = frozenset(".!?…,;:。！？；，、：؟،؛।॥։۔።၊။]>\n")  # noqa: RUF001  # of many scripts
_SPACES: Final = re.compile(r"([ \t])[ \t]+")
_CLOSING: Final = "\"'»”’)}」』）》】 "  # noqa: RUF001  # of many scripts


class CleanWriter:
    """Collects a cleaned text; where marks are left out no space is left twice."""

    def __init__(self) -> None:
        """Start with nothing written."""
        self._stretches: list[Stretch] = []
        self._last_shown = self._last_spoken = " "
        self._tail = ""
        """What was spoken last, of which a line's end is judged."""

    def write(self, shown: str, spoken: str | None = None) -> None:
        """Add a stretch; `spoken` where it is not spoken as it is shown."""
        spoken = _fitted(shown if spoken is None else spoken, self._last_spoken)
        self._add(_fitted(shown, self._last_shown), spoken)
        self._tail = (self._tail + spoken)[-8:]

    def end_line(self, *, with_pause: bool) -> None:
        """Begin a new line; `with_pause`: let the voice pause where no sign makes it pause."""
        said = self._tail.rstrip(_CLOSING)
        if with_pause and said and said[-1] not in _ENDS:
            self._add("", "。" if is_unspaced(said[-1]) else ".")
            self._tail = "."
        if said:
            self._new_line()

    def take(self) -> CleanText:
        """Return what was written since the last time."""
        taken = CleanText.joined(self._stretches)
        self._stretches = []
        return taken

    def _new_line(self) -> None:
        self._add(*("" if last == "\n" else "\n" for last in (self._last_shown, self._last_spoken)))
        self._tail += "\n"

    def _add(self, shown: str, spoken: str) -> None:
        """Add a stretch; what differs only in the blanks before it is spoken as it is shown."""
        if shown != spoken and (words := shown.lstrip(" \t")) == spoken.lstrip(" \t"):
            blanks = Stretch(shown.removesuffix(words), spoken.removesuffix(words))
            self._stretches += (blanks, Stretch(words, words))
        elif shown or spoken:
            self._stretches.append(Stretch(shown, spoken))
        self._last_shown = shown[-1:] or self._last_shown
        self._last_spoken = spoken[-1:] or self._last_spoken


def _fitted(text: str, last: str) -> str:
    """Return a stretch with single spaces, and none where one stands before it already."""
    text = _SPACES.sub(r"\1", text)
    return text.lstrip(" \t") if last.isspace() else text
