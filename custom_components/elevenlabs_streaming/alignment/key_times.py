"""When the keys of a text sound."""

from array import array
from collections.abc import Iterable
import math

from .estimates import spread, weight
from .tokens import HIDDEN, WrittenText


class KeyTimes:
    """The start and end of each key of a text in seconds; NaN where they are not known."""

    def __init__(self, written: WrittenText) -> None:
        """Start with no key."""
        self._written = written
        self.starts = array("d")
        self.ends = array("d")
        self.guessed = bytearray()
        """1 for each key whose times are an estimate."""

    def grow(self) -> None:
        """Make room for the times of all keys."""
        missing = len(self._written.keys) - len(self.starts)
        if missing > 0:
            self.starts.extend([math.nan] * missing)
            self.ends.extend([math.nan] * missing)
            self.guessed.extend(bytes(missing))

    def set(self, at: int, start: float, end: float, *, guess: bool = False) -> None:
        """Set the times of a key."""
        self.starts[at], self.ends[at] = start, end
        self.guessed[at] = guess

    def set_from(self, at: int, starts: Iterable[float], ends: Iterable[float]) -> None:
        """Set the times of the keys from one on."""
        new_starts, new_ends = array("d", starts), array("d", ends)
        self.starts[at : at + len(new_starts)] = new_starts
        self.ends[at : at + len(new_ends)] = new_ends

    def forget(self, at: int) -> None:
        """Forget the times of a key."""
        self.starts[at] = self.ends[at] = math.nan
        self.guessed[at] = False

    def forget_from(self, at: int) -> None:
        """Forget the times of all keys from one on."""
        count = len(self.starts) - at
        if count > 0:
            self.set_from(at, [math.nan] * count, [math.nan] * count)
            self.guessed[at:] = bytes(count)

    def fill(
        self, first: int, until: int, start: float, end: float, *, guess: bool = False
    ) -> bool:
        """Share an interval among the visible keys of a range; False if there are none."""
        owners, keys = self._written.owners, self._written.keys
        places = [at for at in range(first, until) if owners[at] != HIDDEN]
        sounding = guess and any(keys[at].isalnum() for at in places)
        borders = spread([weight(keys[at]) for at in places], start, end)
        for number, at in enumerate(places):
            is_guess = guess and (sounding or not keys[at].isalnum())
            self.set(at, borders[number], borders[number + 1], guess=is_guess)
        return bool(places)
