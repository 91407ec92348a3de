"""Which pauses of a voice are those between which clauses of its text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
import math
from typing import Final, NamedTuple

from .clauses import Clause

# How exactly the length of a stretch of speech is foreseen at best, in seconds.
_VAGUE_S: Final = 0.12
# A pause that no sign shows: short ones are usual, long ones are not.
_USUAL_S: Final = 0.08
_COST_PER_S: Final = 30.0
_MOST_COST: Final = 4.0
# How many clauses without a pause between them, and pauses inside them, are thought of.
_MOST_CLAUSES: Final = 4
_MOST_PAUSES: Final = 5


class Pause(NamedTuple):
    """A stretch without speech, in seconds of the audio."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """How long it is."""
        return self.end - self.start


class PauseMatch(NamedTuple):
    """A pause after a clause, both counted from the match before."""

    clauses: int
    pauses: int


class _Place(NamedTuple):
    """How many clauses and pauses are over."""

    clauses: int
    pauses: int


@dataclass(frozen=True, slots=True)
class _Path:
    """Matches one after another, and what they cost."""

    cost: float
    matches: tuple[PauseMatch, ...] = ()


class PauseMatcher:
    """Finds the likeliest matches of clauses with pauses."""

    def __init__(
        self,
        clauses: Sequence[Clause],
        pauses: Sequence[Pause],
        start: float,
        pace: float,
        doubt: float,
    ) -> None:
        """Begin with the first clause at `start`.

        `pace`: seconds for a unit of its weight; `doubt`: how far that may be wrong, as a part.
        """
        self._clauses = clauses
        self._pauses = pauses
        self._pace = pace
        self._doubt = doubt
        self._ends = [start, *(pause.end for pause in pauses)]
        self._resting = _sums(pause.length for pause in pauses)
        self._unusual = _sums(map(_unusual, pauses))
        self._units = _sums(clause.weight for clause in clauses)
        self._strengths = _sums(clause.strength for clause in clauses)

    def best(self, now: float, *, is_over: bool) -> tuple[PauseMatch, ...]:
        """Return the likeliest matches; `is_over`: all clauses were spoken by `now`."""
        paths = {_Place(0, 0): _Path(0.0)}
        borders = [at for at, clause in enumerate(self._clauses, 1) if clause.strength]
        for pauses in range(1, len(self._pauses) + 1):
            for clauses in borders:
                place = _Place(clauses, pauses)
                if path := self._path_to(place, paths):
                    paths[place] = path
        best = min(
            paths.items(),
            key=lambda item: item[1].cost + self._tail(item[0], now, is_over=is_over),
        )
        return best[1].matches

    def _path_to(self, place: _Place, paths: dict[_Place, _Path]) -> _Path | None:
        best: _Path | None = None
        for clauses in range(max(0, place.clauses - _MOST_CLAUSES), place.clauses):
            for pauses in range(max(0, place.pauses - _MOST_PAUSES), place.pauses):
                if path := paths.get(before := _Place(clauses, pauses)):
                    until = self._pauses[place.pauses - 1].start
                    cost = path.cost + self._between(before, place.clauses, place.pauses - 1, until)
                    if best is None or cost < best.cost:
                        match = PauseMatch(place.clauses - clauses, place.pauses - pauses)
                        best = _Path(cost, (*path.matches, match))
        return best

    def _between(self, before: _Place, clauses: int, pauses: int, until: float) -> float:
        """Return what it costs that speech goes on from a place until a time without a match.

        `clauses` and `pauses`: how many are over then.
        """
        expected = (self._units[clauses] - self._units[before.clauses]) * self._pace
        strengths = self._strengths[clauses - 1] - self._strengths[before.clauses]
        unusual = self._unusual[pauses] - self._unusual[before.pauses]
        misfit = _misfit(self._seconds(before, pauses, until), expected, self._doubt)
        return misfit + strengths + unusual

    def _tail(self, place: _Place, now: float, *, is_over: bool) -> float:
        """Return what it costs that no other pause matches until `now`."""
        clauses, pauses = len(self._clauses), len(self._pauses)
        if is_over and place.clauses < clauses:
            return self._between(place, clauses, pauses, now)
        rest = self._clauses[place.clauses :]
        seconds = self._seconds(place, pauses, now)
        unusual = self._unusual[pauses] - self._unusual[place.pauses]
        return unusual + place_in(rest, seconds, self._pace, self._doubt)[0]

    def _seconds(self, before: _Place, pauses: int, until: float) -> float:
        """Return how long there is speech."""
        resting = self._resting[pauses] - self._resting[before.pauses]
        return until - self._ends[before.pauses] - resting


def place_in(
    clauses: Sequence[Clause], seconds: float, pace: float, doubt: float
) -> tuple[float, int]:
    """Return the least cost of being inside some clauses by now, and how many are over."""
    found, passed, before = (math.inf, 0), 0.0, 0.0
    for number, clause in enumerate(clauses):
        if passed > found[0]:
            break
        until = before + clause.weight * pace
        cost = _misfit(seconds, until, doubt) if seconds > until and clause.strength else 0.0
        cost += _misfit(seconds, before, doubt) if seconds < before else 0.0
        found = min(found, (passed + cost, number))
        passed, before = passed + clause.strength, until
    return found if clauses else (0.0, 0)


def _sums(values: Iterable[float]) -> list[float]:
    return [*accumulate(values, initial=0.0)]


def _unusual(pause: Pause) -> float:
    """Return what it costs that no clause ends at a pause."""
    return min(max(0.0, (pause.length - _USUAL_S) * _COST_PER_S), _MOST_COST)


def _misfit(seconds: float, expected: float, doubt: float) -> float:
    return ((seconds - expected) / (_VAGUE_S + doubt * expected)) ** 2
