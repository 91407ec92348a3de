"""Character timings in every spelling the wire has, on one clock.

Sources: the key names come from the current SDK, the older documentation and recorded
answers (docs/protocol.md, "Alignment").
"""

from collections.abc import Sequence
from operator import le
from typing import Any, NamedTuple, Self

_CHARACTERS = ("chars", "characters")
_STARTS_MS = ("charStartTimesMs", "charsStartTimesMs", "char_start_times_ms")
_DURATIONS_MS = (
    "charDurationsMs",
    "charsDurationsMs",
    "char_durations_ms",
    "chars_durations_ms",
)
_STARTS_S = ("character_start_times_seconds",)
_ENDS_S = ("character_end_times_seconds",)
# Of several thousand values a second of all that comes; their types are compared at C's speed.
_TEXT = frozenset((str,))
_NUMBERS = frozenset((int, float))
# Times beyond a day are a fault of the server, not of a text.
_LONGEST_S = 86_400.0


class Timings(NamedTuple):
    """Characters with their start and end, in seconds of the utterance's audio."""

    characters: tuple[str, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]

    @property
    def letters(self) -> int:
        """How many letters and digits they are."""
        return count_letters("".join(self.characters))

    def shifted(self, offset: float) -> Self:
        """Return the same characters `offset` seconds later."""
        if not offset:
            return self
        return type(self)(
            self.characters,
            tuple([start + offset for start in self.starts]),
            tuple([end + offset for end in self.ends]),
        )


def count_letters(text: str) -> int:
    """Return how many letters and digits a text has."""
    return sum(map(str.isalnum, text))


def parse_timings(raw: object) -> Timings | None:
    """Read one alignment; None when it is missing, empty or makes no sense."""
    if not isinstance(raw, dict):
        return None
    characters = _first(raw, _CHARACTERS)
    if not characters or not _TEXT.issuperset(map(type, characters)):
        return None
    starts, ends = _times(raw)
    if not len(characters) == len(starts) == len(ends) or not _sane(starts, ends):
        return None
    return Timings(tuple(characters), tuple(starts), tuple(ends))


def starts_before(raw: object, seconds: float) -> bool:
    """Return whether the first character of an alignment starts before a time in seconds.

    Only that character is read: whether the alignment makes sense is not checked.
    """
    if not isinstance(raw, dict):
        return False
    unit = 1000
    if not (starts := _first(raw, _STARTS_MS)):
        starts, unit = _first(raw, _STARTS_S), 1
    return bool(starts) and type(starts[0]) in _NUMBERS and starts[0] / unit < seconds


def _times(raw: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Return starts and ends in seconds, whichever unit they came in."""
    if starts := _numbers(_first(raw, _STARTS_S)):
        return starts, _numbers(_first(raw, _ENDS_S))
    starts = [value / 1000 for value in _numbers(_first(raw, _STARTS_MS))]
    durations = _numbers(_first(raw, _DURATIONS_MS))
    return starts, [start + length / 1000 for start, length in zip(starts, durations, strict=False)]


def _first(raw: dict[str, Any], names: Sequence[str]) -> Sequence[Any]:
    for name in names:
        if isinstance(found := raw.get(name), list):
            return found
    return ()


def _numbers(values: Sequence[Any]) -> list[float]:
    """Return the values as floats; none at all if one of them is not a number."""
    return list(map(float, values)) if _NUMBERS.issuperset(map(type, values)) else []


def _sane(starts: Sequence[float], ends: Sequence[float]) -> bool:
    # No number that is none is at most another.
    return all(map(le, starts, ends, strict=True)) and min(starts) >= 0 and max(ends) < _LONGEST_S


class StreamClock:
    """Puts the alignments of one stream on the clock of that stream's audio.

    A socket counts from zero in every message, an HTTP answer from the start of the answer;
    either has been seen to do the other, or to count from the start of a generation
    (docs/protocol.md, "Alignment"). Characters follow each other, so the reading that fits best to
    the characters and the audio before decides.
    """

    # Characters of a message start in its audio; lengths are known to a frame or two.
    _WITHIN = 0.9
    # How exactly the bytes of an MP3 tell the time: to two frames.
    _FRAMES_S = 0.06
    # Characters that go on where the last ones ended do so to the millisecond.
    _GAP_S = 0.03

    def __init__(self, *, restarts: bool) -> None:
        """`restarts`: whether this wire counts from zero in every message by itself."""
        self._restarts = restarts
        self._offset = 0.0
        self._end = 0.0

    def offset(
        self, timings: Timings, audio_before: float | None, audio_length: float | None = None
    ) -> float:
        """Seconds to add to `timings`, whose message begins `audio_before` s into the audio."""
        before = self._end if audio_before is None else audio_before
        if self._counts_from_zero(timings.starts[0], before, audio_length):
            goes_on = self._end - timings.starts[0]
            near = before > 0 and abs(goes_on - before) <= self._FRAMES_S
            self._offset = goes_on if near else before
        self._end = timings.ends[-1] + self._offset
        return self._offset

    def _counts_from_zero(self, start: float, before: float, length: float | None) -> bool:
        due = max(before, self._end)
        restarted, continued = abs(start + before - due), abs(start + self._offset - due)
        within = length is None or start < length * self._WITHIN
        if not self._restarts:
            return within and restarted < continued
        return restarted <= continued or (within and continued > self._GAP_S)
