"""Character timings in every spelling the wire has, on one clock.

Sources: the key names come from the current SDK, the older documentation and recorded
answers (docs/protocol.md, "Alignment").
"""

from collections.abc import Callable, Sequence
import math
from operator import add, lt
from typing import Any, NamedTuple, Self

from .letters import count_letters
from .odd_times import LONGEST_PAUSE_S, LONGEST_S, equal_borders, runs_without, sensible

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
# Nobody speaks faster, in seconds for a character: what is told beside less audio comes later.
_FASTEST_S = 0.03
_USUAL_S = 0.07
# An end that is later than the last one by more is no end of a character.
_FAR_S = 0.5


class Timings(NamedTuple):
    """Characters with their start and end, in seconds of the utterance's audio."""

    characters: tuple[str, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    untimed: frozenset[int] = frozenset()
    """The numbers of those whose times made no sense; theirs are estimates."""
    rest: str = ""
    """What follows them and has no times: when it sounds is not known yet."""

    @property
    def letters(self) -> int:
        """How many letters and digits they are."""
        return count_letters("".join(self.characters)) + count_letters(self.rest)

    @property
    def ends_untimed(self) -> bool:
        """Whether it is not known when the last of them sound."""
        return bool(self.rest) or len(self.characters) - 1 in self.untimed

    def shifted(self, offset: float) -> Self:
        """Return the same characters `offset` seconds later."""
        if not offset:
            return self
        return type(self)(
            self.characters,
            tuple([start + offset for start in self.starts]),
            tuple([end + offset for end in self.ends]),
            self.untimed,
            self.rest,
        )


def parse_timings(raw: object) -> Timings | None:
    """Read one alignment; None when it is missing, empty, or nothing in it makes sense."""
    if not isinstance(raw, dict) or not (characters := _characters(raw)):
        return None
    starts, ends = _times(raw, _seconds)
    if len(characters) == len(starts) == len(ends) and _is_usual(starts, ends):
        return Timings(tuple(characters), tuple(starts), tuple(ends))
    starts, ends = _times(raw, _seconds_or_nan)
    if not len(characters) == len(starts) == len(ends):
        return None
    return _repaired(characters, starts, ends)


def untimed_between(characters: Sequence[str], start: float, end: float) -> Timings | None:
    """Return characters without times of their own as spoken in an interval.

    None where they are more than can be spoken in it.
    """
    if end - start < _FASTEST_S * len(characters):
        return None
    borders = equal_borders(len(characters), start, end)
    untimed = frozenset(range(len(characters)))
    return Timings(tuple(characters), tuple(borders[:-1]), tuple(borders[1:]), untimed)


def settle_untimed(timings: Timings, start: float, end: float) -> Timings:
    """Share what is left of an interval among the untimed at both ends.

    Those at the end that have no room in it are spoken later.
    """
    if not timings.untimed:
        return timings
    if len(timings.untimed) == len(timings.starts):
        return untimed_between(timings.characters, timings.starts[0], end) or timings
    starts, ends = [*timings.starts], [*timings.ends]
    sense = [at not in timings.untimed for at in range(len(starts))]
    first = sense.index(True)
    after = len(sense) - sense[::-1].index(True)
    if first:
        _set_shared(starts, ends, (0, first), (min(start, starts[first]), starts[first]))
    if after == len(sense):
        return timings._replace(starts=tuple(starts), ends=tuple(ends))
    if end - starts[after] < _FASTEST_S * (len(sense) - after):
        kept = Timings(timings.characters[:after], tuple(starts[:after]), tuple(ends[:after]))
        untimed = frozenset(at for at in timings.untimed if at < after)
        return kept._replace(untimed=untimed, rest="".join(timings.characters[after:]))
    _set_shared(starts, ends, (after, len(sense)), (starts[after], end))
    return timings._replace(starts=tuple(starts), ends=tuple(ends))


def without_leaps(timings: Timings, due: float, end: float) -> Timings | None:
    """Return the characters with those untimed that leap beyond the audio; None if all do.

    `due`: when the first of them should start; `end`: of the audio.
    """
    before, starts, ends = due, [*timings.starts], [*timings.ends]
    for at, start in enumerate(timings.starts):
        if start > end and start - before > LONGEST_PAUSE_S:
            starts[at] = math.nan
        elif at not in timings.untimed:
            before = min(ends[at], max(end, start))
            ends[at] = ends[at] if ends[at] <= max(end, start) + LONGEST_PAUSE_S else math.nan
        else:
            starts[at] = math.nan
    return _repaired(timings.characters, starts, ends)


def _repaired(characters: Sequence[str], starts: list[float], ends: list[float]) -> Timings | None:
    """Return the characters with estimates where times make no sense; None if none does.

    Those at both ends wait for `settle_untimed`.
    """
    sense = sensible(characters, starts, ends)
    if not any(sense):
        return None
    _mend_ends(sense, starts, ends)
    count = len(sense)
    is_open = sense[-1] and math.isnan(ends[-1])
    ends[-1] = starts[-1] if is_open else ends[-1]
    for first, after in runs_without(sense):
        last = ends[first - 1] if first else max(0.0, starts[after] - _USUAL_S * after)
        following = starts[after] if after < count else last
        _set_shared(starts, ends, (first, after), (min(last, following), following))
    sense[-1] = sense[-1] and not is_open
    untimed = frozenset(at for at, makes_sense in enumerate(sense) if not makes_sense)
    return Timings(tuple(characters), tuple(starts), tuple(ends), untimed)


def _mend_ends(sense: Sequence[bool], starts: Sequence[float], ends: list[float]) -> None:
    """Let characters end where the next one starts if their own ends make no sense.

    When the last one ends then is not known.
    """
    following = starts[0]
    for at in range(len(sense) - 1, -1, -1):
        if not sense[at]:
            continue
        is_last = at == len(sense) - 1
        latest = LONGEST_S if is_last else max(following, starts[at]) + _FAR_S
        if not starts[at] <= ends[at] < latest:
            later = starts[at] if is_last or not sense[at + 1] else max(following, starts[at])
            ends[at] = math.nan if is_last else later
        following = starts[at]


def _set_shared(
    starts: list[float], ends: list[float], run: tuple[int, int], interval: tuple[float, float]
) -> None:
    """Let a row of characters share an interval."""
    first, after = run
    borders = equal_borders(after - first, *interval)
    starts[first:after], ends[first:after] = borders[:-1], borders[1:]


def characters_without_times(raw: object) -> Sequence[str]:
    """Return the characters of an alignment in which no time makes sense."""
    if not isinstance(raw, dict):
        return ()
    characters = _characters(raw)
    is_matched = all(len(characters) == len(times) for times in _times(raw, _seconds_or_nan))
    return characters if is_matched else ()


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


def _characters(raw: dict[str, Any]) -> Sequence[str]:
    """Return the characters of an alignment; none at all if one of them is no text."""
    characters = _first(raw, _CHARACTERS)
    return characters if _TEXT.issuperset(map(type, characters)) else ()


def _times(
    raw: dict[str, Any], seconds: Callable[[Sequence[Any], int], list[float]]
) -> tuple[list[float], list[float]]:
    """Return starts and ends in seconds, whichever unit they came in."""
    if starts := seconds(_first(raw, _STARTS_S), 1):
        return starts, seconds(_first(raw, _ENDS_S), 1)
    starts = seconds(_first(raw, _STARTS_MS), 1000)
    durations = seconds(_first(raw, _DURATIONS_MS), 1000)
    return starts, list(map(add, starts, durations, strict=False))


def _first(raw: dict[str, Any], names: Sequence[str]) -> Sequence[Any]:
    for name in names:
        if isinstance(found := raw.get(name), list):
            return found
    return ()


def _seconds(values: Sequence[Any], unit: int) -> list[float]:
    """Return the values in seconds; none at all if one of them is not a number."""
    return [value / unit for value in values] if _NUMBERS.issuperset(map(type, values)) else []


def _seconds_or_nan(values: Sequence[Any], unit: int) -> list[float]:
    """Return the values in seconds, NaN for what is not a number."""
    return [value / unit if type(value) in _NUMBERS else math.nan for value in values]


def _is_usual(starts: list[float], ends: list[float]) -> bool:
    """Return whether all times make sense at a glance, as they nearly always do."""
    # No number that is none is less than another.
    return (
        all(map(lt, starts, ends, strict=True))
        and starts == sorted(starts)
        and starts[0] >= 0
        and max(ends) <= ends[-1] + _FAR_S < LONGEST_S
        and (len(starts) == 1 or starts[-2] < starts[-1])
    )


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

    @property
    def end(self) -> float:
        """When the last character ends."""
        return self._end

    @property
    def reading(self) -> tuple[float, float]:
        """What was added last, and when the last character ends: to go back to it."""
        return self._offset, self._end

    def go_back(self, reading: tuple[float, float]) -> None:
        """Forget what came after a reading."""
        self._offset, self._end = reading

    def offset(
        self, timings: Timings, audio_before: float | None, audio_length: float | None = None
    ) -> float:
        """Seconds to add to `timings`, whose message begins `audio_before` s into the audio."""
        before = self._end if audio_before is None else audio_before
        if self._counts_from_zero(timings.starts[0], before, audio_length):
            goes_on = self._end - timings.starts[0]
            is_known = before > 0 and 0 not in timings.untimed
            near = is_known and abs(goes_on - before) <= self._FRAMES_S
            self._offset = max(goes_on, 0.0) if near else before
        self._end = timings.ends[-1] + self._offset
        return self._offset

    def _counts_from_zero(self, start: float, before: float, length: float | None) -> bool:
        due = max(before, self._end)
        restarted, continued = abs(start + before - due), abs(start + self._offset - due)
        within = length is None or start < length * self._WITHIN
        if not self._restarts:
            return within and restarted < continued
        return restarted <= continued or (within and continued > self._GAP_S)
