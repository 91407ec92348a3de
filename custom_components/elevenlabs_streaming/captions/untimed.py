"""When the words of a text sound for which no times come: by the pauses in the audio."""

from collections.abc import Sequence
from typing import Final

from ..alignment import (
    SECONDS_PER_UNIT,
    Clause,
    ClauseReader,
    Pause,
    PauseMatch,
    PauseMatcher,
    WordTime,
    WrittenText,
    at_pace,
    place_in,
    share,
)
from ..audio import QuietFinder

# The usual pace counts as much as a voice's own after so many units.
_USUAL_UNITS: Final = 12.0
_SLOWEST: Final = 1.8 * SECONDS_PER_UNIT
_FASTEST: Final = 0.6 * SECONDS_PER_UNIT
_KNOWN_DOUBT: Final = 0.12
_UNKNOWN_DOUBT: Final = 0.12
_SHORTEST_PAUSE_S: Final = 0.09
_NEAR_S: Final = 0.1
# What is thought of at once.
_MOST_PAUSES: Final = 6
_MOST_CLAUSES: Final = 8
_MOST_UNMATCHED: Final = 4
_MATCH_EVERY_S: Final = 1.0


class UntimedWords:
    """Estimates when the words of a growing text sound in growing audio."""

    def __init__(
        self, written: WrittenText, finder: QuietFinder | None, *, first: int, start: float
    ) -> None:
        """`first`: the number of the first word, which sounds at `start` at the earliest."""
        self._reader = ClauseReader(written, first, hears=finder is not None)
        self._finder = finder
        self._heard = 0
        self._pauses: list[Pause] = []
        self._is_open = False
        self._start = start
        self._match: PauseMatch | None = None
        self._matched_at = 0.0
        self._matched_pauses = (0, False)
        self._units = _USUAL_UNITS
        self._seconds = _USUAL_UNITS * SECONDS_PER_UNIT
        self.times: list[WordTime] = []
        """The times of words that have begun, from the one with the number `first` on."""

    @property
    def first(self) -> int:
        """The first word whose times are not settled."""
        return self._reader.clauses[0].first

    def add(self, audio: bytes) -> None:
        """Listen to more of the audio."""
        if self._finder:
            self._finder.add(audio)

    def update(self, now: float, *, is_over: bool = False) -> list[WordTime]:
        """Estimate anew with so many seconds of audio.

        Returns the times of words that are settled, from `first` on as it was before.
        `is_over`: all words were spoken.
        """
        self._reader.read()
        since = self._listen(now)
        self.times = []
        if is_over:
            return self._finish(since if since and self._may_end(since) else now)
        if since is not None and since <= self._start + _NEAR_S:
            return []
        return self._follow(now)

    @property
    def _pace(self) -> float:
        """Seconds that this voice takes for a unit."""
        return _limited(self._seconds / self._units)

    @property
    def _doubt(self) -> float:
        """How far the pace may be wrong, as a part of it."""
        return _KNOWN_DOUBT + _UNKNOWN_DOUBT * _USUAL_UNITS / self._units

    def _listen(self, now: float) -> float | None:
        """Take the pauses that were found; return since when there is silence."""
        if self._is_open:
            self._pauses.pop()
        finder = self._finder
        found, since = (finder.found, finder.since) if finder else ([], None)
        for quiet in found[self._heard :]:
            self._note(Pause(*quiet))
        self._heard = len(found)
        while len(self._pauses) > _MOST_PAUSES:
            self._pauses.remove(min(self._pauses[:-2], key=lambda pause: pause.length))
        self._is_open = since is not None and now - since >= _SHORTEST_PAUSE_S
        if since is not None and self._is_open:
            self._pauses.append(Pause(since, now))
        return since

    def _note(self, pause: Pause) -> None:
        """Keep a pause; silence at the start is before the first word."""
        if pause.start <= self._start + _NEAR_S and not self._pauses:
            self._start = max(self._start, pause.end)
        elif pause.length >= _SHORTEST_PAUSE_S:
            self._pauses.append(pause)

    def _follow(self, now: float) -> list[WordTime]:
        """Settle all matches but the last, and estimate when the words after them began."""
        settled = self._rematch(now) if self._is_stale(now) else []
        rest, pauses, start = self._reader.clauses[:_MOST_CLAUSES], self._pauses, self._start
        pace = self._pace
        if match := self._match:
            self.times = self._share(match)
            units, seconds = self._measure(match)
            pace = _limited((self._seconds + seconds) / (self._units + units))
            start = pauses[match.pauses - 1].end
            rest, pauses = rest[match.clauses :], pauses[match.pauses :]
        if self._is_open and not pauses:
            return settled
        spoken = now - start - sum(pause.length for pause in pauses)
        over = place_in(rest, spoken, pace, self._doubt)[1]
        weights = _weights(rest[: over + 1])
        if over + 1 == len(rest) and (newest := self._reader.newest) is not None:
            weights.append(newest)
        times = at_pace(weights, start, pace, pauses)
        self.times += [time for time in times if time.start <= now]
        if not match and over > _MOST_UNMATCHED:
            settled += self._leave(over - 1)
        return settled

    def _is_stale(self, now: float) -> bool:
        """Whether there may be other matches than the last time."""
        pauses = len(self._pauses), self._is_open
        return pauses != self._matched_pauses or now - self._matched_at >= _MATCH_EVERY_S

    def _rematch(self, now: float) -> list[WordTime]:
        """Match pauses with clauses anew; all matches but the last are settled."""
        clauses = self._reader.clauses[:_MOST_CLAUSES]
        matches = self._matcher(clauses).best(now, is_over=False)
        settled = [time for match in matches[:-1] for time in self._settle(match)]
        self._match = matches[-1] if matches else None
        self._matched_at, self._matched_pauses = now, (len(self._pauses), self._is_open)
        return settled

    def _may_end(self, since: float) -> bool:
        """Whether all words can have been spoken when silence began; else it is none."""
        resting = sum(pause.length for pause in self._pauses if pause.end <= since)
        least = sum(_weights(self._reader.clauses)) * _FASTEST
        return since - self._start - resting >= least

    def _finish(self, now: float) -> list[WordTime]:
        """Settle all words: they were spoken until now."""
        if self._is_open:
            self._pauses.pop()
            self._is_open = False
        matches = self._matcher(self._reader.clauses).best(now, is_over=True)
        settled = [time for match in matches for time in self._settle(match)]
        rest = _weights(self._reader.clauses)
        return settled + share(rest, self._start, max(now, self._start), self._pauses)

    def _matcher(self, clauses: Sequence[Clause]) -> PauseMatcher:
        return PauseMatcher(clauses, self._pauses, self._start, self._pace, self._doubt)

    def _share(self, match: PauseMatch) -> list[WordTime]:
        """Return the times of the words before the pause of a match, which is the next one."""
        *inside, pause = self._pauses[: match.pauses]
        weights = _weights(self._reader.clauses[: match.clauses])
        return share(weights, self._start, pause.start, inside)

    def _measure(self, match: PauseMatch) -> tuple[float, float]:
        """Return the units and the seconds of the speech before the pause of a match."""
        *inside, pause = self._pauses[: match.pauses]
        units = sum(clause.weight for clause in self._reader.clauses[: match.clauses])
        return units, pause.start - self._start - sum(one.length for one in inside)

    def _settle(self, match: PauseMatch) -> list[WordTime]:
        """Go on after a match that will not change; return the times of the words before it."""
        times = self._share(match)
        units, seconds = self._measure(match)
        self._units += units
        self._seconds += seconds
        self._start = self._pauses[match.pauses - 1].end
        del self._pauses[: match.pauses], self._reader.clauses[: match.clauses]
        return times

    def _leave(self, count: int) -> list[WordTime]:
        """Settle clauses after which no pause was found."""
        words = sum(len(clause.weights) for clause in self._reader.clauses[:count])
        if len(self.times) <= words:
            return []
        settled, self.times = self.times[:words], self.times[words:]
        self._start = self.times[0].start
        self._pauses = [pause for pause in self._pauses if pause.start > self._start]
        del self._reader.clauses[:count]
        return settled


def _weights(clauses: Sequence[Clause]) -> list[float]:
    return [weight for clause in clauses for weight in clause.weights]


def _limited(pace: float) -> float:
    return min(max(pace, _FASTEST), _SLOWEST)
