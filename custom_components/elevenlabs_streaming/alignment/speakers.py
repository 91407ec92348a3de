"""Who says which part of a written text."""

from bisect import bisect_right


class Speakers:
    """The speakers of a text that is being written."""

    __slots__ = ("_length", "_names", "_starts")

    def __init__(self) -> None:
        """Start before the first speaker."""
        self._length = 0
        self._starts: list[int] = []
        self._names: list[str] = []

    def write(self, piece: str) -> None:
        """Count what was written."""
        self._length += len(piece)

    def start(self, name: str) -> None:
        """Record who says what is written from now on."""
        self._starts.append(self._length)
        self._names.append(name)

    def at(self, offset: int) -> str:
        """Return who says a character; empty before the first speaker."""
        number = bisect_right(self._starts, offset)
        return self._names[number - 1] if number else ""
