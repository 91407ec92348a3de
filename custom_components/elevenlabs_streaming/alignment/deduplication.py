"""The characters that a voice said, each once, in order, on one clock.

Answers have been seen to repeat themselves (docs/protocol.md, "Alignment"): with dictionaries an
alignment comes partly and then again from its first character; another fault repeats in each
alignment the one before it. A natural repetition ("Fire! Fire!") must pass, so times have to speak
for it.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import compress
from operator import le
from typing import Final, NamedTuple

from ..api import Timings
from ..text import is_unspaced, match_key

# Characters follow each other to the millisecond, audio messages to a frame or two.
_BACK_S: Final = 0.02
_KEPT_BEGINNINGS: Final = 32
_TELLING_KEYS: Final = 6


class TimedCharacter(NamedTuple):
    """A character and when it sounds."""

    character: str
    key: str
    start: float
    end: float
    opens: bool = False
    """Whether a word may begin here."""
    guessed: bool = False
    """Whether its times are an estimate."""


type GoesOn = Callable[[str], bool | None]
"""Whether a text is what comes next; None when nobody knows."""


class Deduplicator:
    """Filters alignments down to what is new in them."""

    def __init__(self) -> None:
        """Start before the first character."""
        self._keys: list[str] = []
        self._starts = array("d")
        self._beginnings: list[int] = []
        self._replay: int | None = None
        self._last_end = 0.0
        self._floor = 0.0
        self._after_space = True

    def hear(self, timings: Timings, goes_on: GoesOn | None = None) -> list[TimedCharacter]:
        """Return the characters that were not heard before."""
        runs = _runs(timings)
        fresh: list[TimedCharacter] = []
        for number, run in enumerate(runs):
            turned_back = number + 1 < len(runs)
            fresh += self._take(run, turned_back=turned_back, goes_on=goes_on)
        return fresh

    def next_keys(self, timings: Timings) -> list[str]:
        """Return the keys of an alignment that can be nothing but new; none if it may not be."""
        if timings.untimed or timings.starts[0] < max(self._floor, self._last_end - _BACK_S):
            return []
        return list(map(match_key, timings.characters)) if _is_plain(timings) else []

    def note(self, timings: Timings, keys: list[str]) -> None:
        """Remember the characters of an alignment that is new."""
        self._replay = None
        self._beginnings = [*self._beginnings, len(self._keys)][-_KEPT_BEGINNINGS:]
        self._keys += filter(None, keys)
        self._starts.extend(compress(timings.starts, keys))
        self._after_space = timings.characters[-1].isspace()
        self._floor, self._last_end = timings.starts[-1], timings.ends[-1]

    def take_back(self, time: float) -> None:
        """Forget what was heard from a time on."""
        known = bisect_left(self._starts, time)
        del self._keys[known:], self._starts[known:]
        self._beginnings = [beginning for beginning in self._beginnings if beginning < known]
        self._replay = None
        self._last_end = self._floor = min(self._last_end, time)
        self._after_space = True

    def _take(
        self, run: list[TimedCharacter], *, turned_back: bool, goes_on: GoesOn | None
    ) -> list[TimedCharacter]:
        text = "".join(sound.key for sound in run)
        origin = self._repeated(text, run, turned_back=turned_back, goes_on=goes_on)
        shift = 0.0
        if origin is not None:
            known = min(len(text), len(self._keys) - origin)
            self._replay = origin + known
            first = next(sound.start for sound in run if sound.key)
            run = _without(run, known)
            shift = self._shift(self._starts[origin] - first, run)
        if any(sound.key for sound in run):
            self._replay = None
            self._beginnings = [*self._beginnings, len(self._keys)][-_KEPT_BEGINNINGS:]
        return [self._note(sound, shift) for sound in run]

    def _shift(self, shift: float, run: list[TimedCharacter]) -> float:
        """Move what follows a repetition with it, where it goes on better so."""
        start = next((sound.start for sound in run if sound.key), 0.0)
        moved = abs(start + shift - self._last_end)
        return shift if moved < abs(start - self._last_end) else 0.0

    def _note(self, sound: TimedCharacter, shift: float) -> TimedCharacter:
        """Remember a character; starts never decrease."""
        start = max(self._floor, sound.start + shift)
        end = max(start, sound.end + shift)
        opens = self._after_space or is_unspaced(sound.character)
        self._after_space = sound.character.isspace()
        self._floor, self._last_end = start, end
        if sound.key:
            self._keys.append(sound.key)
            self._starts.append(start)
        if opens or start != sound.start or end != sound.end:
            return TimedCharacter(sound.character, sound.key, start, end, opens, sound.guessed)
        return sound

    def _repeated(
        self, text: str, run: list[TimedCharacter], *, turned_back: bool, goes_on: GoesOn | None
    ) -> int | None:
        """Return where the run was heard before, or None if it is new."""
        if not text or not self._keys:
            return None
        start = next(sound.start for sound in run if sound.key)
        back = start < self._last_end - _BACK_S
        elsewhere = goes_on is not None and len(text) > 1 and goes_on(text) is False
        if not (turned_back or back or elsewhere):
            return None
        origins = [origin for origin in self._origins() if self._was_heard(text, origin)]
        for origin in origins:
            whole = len(self._keys) - origin
            if elsewhere and (whole <= len(text) or len(text) >= _TELLING_KEYS):
                return origin
            if turned_back and whole == len(text):
                return origin
        return next((one for one in origins if back and self._is_again(start, one)), None)

    def _origins(self) -> Sequence[int]:
        """List where a repetition may begin, the likeliest first."""
        replay = () if self._replay is None else (self._replay,)
        return (*replay, *reversed(self._beginnings), 0)

    def _was_heard(self, text: str, origin: int) -> bool:
        known = min(len(text), len(self._keys) - origin)
        return known > 0 and text.startswith("".join(self._keys[origin : origin + known]))

    def _is_again(self, start: float, origin: int) -> bool:
        """Whether a run that begins in the past is nearer to its first time than to the end."""
        first, last = self._starts[origin], self._starts[-1]
        return abs(start - first) < _BACK_S or start - first < (last - first) / 2


def _runs(timings: Timings) -> list[list[TimedCharacter]]:
    """Part an alignment where its clock turns back; entries of several characters share it."""
    if _is_plain(timings) and not timings.untimed:
        keys = map(match_key, timings.characters)
        columns = (timings.characters, keys, timings.starts, timings.ends)
        return [list(map(TimedCharacter, *columns, strict=True))]
    runs: list[list[TimedCharacter]] = []
    last = float("inf")
    entries = zip(timings.characters, timings.starts, timings.ends, strict=True)
    for at, (text, start, end) in enumerate(entries):
        if start < last - _BACK_S:
            runs.append([])
        last = start
        runs[-1] += _sounds(text, start, end, guessed=at in timings.untimed)
    return runs


def _is_plain(timings: Timings) -> bool:
    """Return whether each entry is one character and the clock never turns back."""
    starts = timings.starts
    is_single = len("".join(timings.characters)) == len(starts) and all(timings.characters)
    return is_single and all(map(le, starts, starts[1:], strict=False))


def _sounds(text: str, start: float, end: float, *, guessed: bool) -> list[TimedCharacter]:
    step = (end - start) / len(text) if text else 0.0
    borders = [start + at * step for at in range(len(text))]
    return [
        TimedCharacter(one, match_key(one), begin, following, guessed=guessed)
        for one, begin, following in zip(text, borders, [*borders[1:], end], strict=True)
    ]


def _without(run: list[TimedCharacter], keys: int) -> list[TimedCharacter]:
    """Leave out the first keys and the marks that go with them."""
    for index, sound in enumerate(run):
        if not keys and (sound.key or sound.character.isspace()):
            return run[index:]
        keys -= bool(sound.key)
    return []
