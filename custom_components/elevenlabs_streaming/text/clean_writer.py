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
_NO_BLANK_BEFORE: Final = _ENDS | set(_CLOSING)


class CleanWriter:
    """Collects a cleaned text; where marks are left out no space is left twice."""

    def __init__(self) -> None:
        """Start with nothing written."""
        self._stretches: list[Stretch] = []
        self._last_shown = self._last_spoken = " "
        self._tail = ""
        """What was spoken last, of which a line's end is judged."""
        self._held = ""
        """The blank behind a word, which is not spoken if an emoji and a sign follow."""
        self._owed = ""
        """The blank that is spoken if a word follows the emoji."""

    def write(self, shown: str, spoken: str | None = None) -> None:
        """Add a stretch; `spoken` where it is not spoken as it is shown."""
        spoken = _fitted(shown if spoken is None else spoken, self._last_spoken)
        shown = _fitted(shown, self._last_shown)
        if not (shown or spoken):
            return
        self._settle_blank(spoken)
        self._tail = (self._tail + spoken)[-8:]
        is_held = shown[-1:] == spoken[-1:] and self._ends_in_blank()
        if is_held:
            shown, spoken = shown[:-1], spoken[:-1]
        self._add(shown, spoken)
        if is_held:
            self._held = self._last_shown = self._last_spoken = self._tail[-1]

    def end_line(self, *, with_pause: bool) -> None:
        """Begin a new line; `with_pause`: let the voice pause where no sign makes it pause."""
        said = self._tail.rstrip(_CLOSING)
        pauses = with_pause and said and said[-1] not in _ENDS
        self._owed = ""
        self._release_blank(is_spoken=not pauses)
        if pauses:
            self._add("", "。" if is_unspaced(said[-1]) else ".")
            self._tail = "."
        if said:
            self._new_line()

    def take(self, *, final: bool) -> CleanText:
        """Return what was written since the last time; `final`: nothing more follows."""
        if final:
            self._release_blank()
        taken = CleanText.joined(self._stretches)
        self._stretches = []
        return taken

    def _ends_in_blank(self) -> bool:
        """Whether a blank was written last, behind a word.

        What ends in a sign can be spoken at once, so its blank is not held back.
        """
        said = self._tail.rstrip(_CLOSING)
        return self._tail[-1:] in (" ", "\t") and said[-1:] not in _ENDS

    def _settle_blank(self, following: str) -> None:
        """Decide on the blank before what is spoken next; an emoji is not spoken."""
        if not following and self._held:
            self._owed = self._owed or self._held
            self._release_blank(is_spoken=False)
        elif following:
            is_apart = following[0].isspace() or following[0] in _NO_BLANK_BEFORE
            self._add("", "" if is_apart else self._owed)
            self._owed = ""
            self._release_blank()

    def _release_blank(self, *, is_spoken: bool = True) -> None:
        """Add the blank that is held back."""
        blank, self._held = self._held, ""
        if blank and not is_spoken:
            self._last_spoken = ""
        self._add(blank, blank if is_spoken else "")

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
