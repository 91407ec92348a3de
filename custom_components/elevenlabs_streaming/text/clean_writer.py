"""The cleaned text: what is shown of it, and what is spoken."""

import re
from typing import Final, NamedTuple

from .characters import is_unspaced

# What ends a line so that a listener hears it end.
# An element and an audio tag end no sentence.
_ENDS: Final = frozenset(".!?…,;:。！？；，、：؟،؛।॥։۔።၊။]>\n")  # noqa: RUF001  # of many scripts
_SPACES: Final = re.compile(r"([ \t])[ \t]+")
_CLOSING: Final = "\"'»”’)}」』）》】 "  # noqa: RUF001  # of many scripts


class CleanText(NamedTuple):
    """A stretch of a text without marks."""

    shown: str
    """What captions show."""
    spoken: str
    """What the voice is told."""


class CleanWriter:
    """Collects a cleaned text; where marks are left out no space is left twice."""

    def __init__(self) -> None:
        """Start with nothing written."""
        self._shown: list[str] = []
        self._spoken: list[str] = []
        self._last_shown = self._last_spoken = " "
        self._tail = ""
        """What was spoken last, of which a line's end is judged."""

    def write(self, shown: str, spoken: str | None = None) -> None:
        """Add a stretch; `spoken` where it is not spoken as it is shown."""
        spoken = _fitted(shown if spoken is None else spoken, self._last_spoken)
        if shown := _fitted(shown, self._last_shown):
            self._shown.append(shown)
            self._last_shown = shown[-1]
        if spoken:
            self._spoken.append(spoken)
            self._last_spoken = spoken[-1]
            self._tail = (self._tail + spoken)[-8:]

    def end_line(self, *, with_pause: bool) -> None:
        """Begin a new line; `with_pause`: let the voice pause where no sign makes it pause."""
        said = self._tail.rstrip(_CLOSING)
        if with_pause and said and said[-1] not in _ENDS:
            self._spoken.append("。" if is_unspaced(said[-1]) else ".")
            self._tail = "."
        if said:
            self._new_line()

    def take(self) -> CleanText:
        """Return what was written since the last time."""
        taken = CleanText("".join(self._shown), "".join(self._spoken))
        self._shown, self._spoken = [], []
        return taken

    def _new_line(self) -> None:
        if self._last_shown != "\n":
            self._shown.append("\n")
        if self._last_spoken != "\n":
            self._spoken.append("\n")
        self._last_shown = self._last_spoken = "\n"
        self._tail += "\n"


def _fitted(text: str, last: str) -> str:
    """Return a stretch with single spaces, and none where one stands before it already."""
    text = _SPACES.sub(r"\1", text)
    return text.lstrip(" \t") if last.isspace() else text
