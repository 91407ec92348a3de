"""Which pauses of a voice are those between which clauses of its text."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Finds the likeliest matches of clauses with pauses, and where speech is after the last."""

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
        self._start = start
        self._pace = pace
        self._doubt = doubt

    def best(self, now: float, *, is_over: bool) -> tuple[PauseMatch, ...]:
        """Return the likeliest matches; `is_over`: all clauses were spoken by `now`."""
        paths = {_Place(0, 0): _Path(0.0)}
        for pauses in range(1, len(self._pauses) + 1):
            for clauses in range(1, len(self._clauses) + 1):
                place = _Place(clauses, pauses)
                if path := self._path_to(place, paths):
                    paths[place] = path
        best = min(
            paths.items(),
            key=lambda item: item[1].cost + self._tail(item[0], now, is_over=is_over),
        )
        return best[1].matches

    def _path_to(self, place: _Place, paths: dict[_Place, _Path]) -> _Path | None:
        if not self._clauses[place.clauses - 1].strength:
            return None
        best: _Path | None = None
        for clauses in range(max(0, place.clauses - _MOST_CLAUSES), place.clauses):
            for pauses in range(max(0, place.pauses - _MOST_PAUSES), place.pauses):
                if path := paths.get(before := _Place(clauses, pauses)):
                    cost = path.cost + self._between(before, place)
                    if best is None or cost < best.cost:
                        match = PauseMatch(place.clauses - clauses, place.pauses - pauses)
                        best = _Path(cost, (*path.matches, match))
        return best

    def _between(self, before: _Place, place: _Place) -> float:
        """Return what it costs that speech goes on from one match to the next without another."""
        passed = self._clauses[before.clauses : place.clauses]
        skipped = self._pauses[before.pauses : place.pauses - 1]
        until = self._pauses[place.pauses - 1].start
        return self._misfit(before, skipped, passed, until) + _skipping(passed[:-1], skipped)

    def _tail(self, place: _Place, now: float, *, is_over: bool) -> float:
        """Return what it costs that no other pause matches until `now`."""
        rest, skipped = self._clauses[place.clauses :], self._pauses[place.pauses :]
        if is_over:
            return self._misfit(place, skipped, rest, now) + _skipping(rest[:-1], skipped)
        seconds = now - self._end_of(place) - sum(pause.length for pause in skipped)
        return _skipping((), skipped) + place_in(rest, seconds, self._pace, self._doubt)[0]

    def _misfit(
        self, before: _Place, skipped: Sequence[Pause], passed: Sequence[Clause], until: float
    ) -> float:
        seconds = until - self._end_of(before) - sum(pause.length for pause in skipped)
        expected = sum(clause.weight for clause in passed) * self._pace
        return _misfit(seconds, expected, self._doubt)

    def _end_of(self, place: _Place) -> float:
        return self._pauses[place.pauses - 1].end if place.pauses else self._start


def place_in(
    clauses: Sequence[Clause], seconds: float, pace: float, doubt: float
) -> tuple[float, int]:
    """Return the least cost of being inside some clauses by now, and how many are over."""
    found, passed, before = (math.inf, 0), 0.0, 0.0
    for number, clause in enumerate(clauses):
        until = before + clause.weight * pace
        cost = _misfit(seconds, until, doubt) if seconds > until and clause.strength else 0.0
        cost += _misfit(seconds, before, doubt) if seconds < before else 0.0
        found = min(found, (passed + cost, number))
        passed, before = passed + clause.strength, until
    return found if clauses else (0.0, 0)


def _skipping(clauses: Sequence[Clause], pauses: Sequence[Pause]) -> float:
    """Return what it costs that no pause follows these clauses, and that no clause ends there."""
    costs = ((pause.length - _USUAL_S) * _COST_PER_S for pause in pauses)
    beyond = sum(min(max(0.0, cost), _MOST_COST) for cost in costs)
    return sum(clause.strength for clause in clauses) + beyond


def _misfit(seconds: float, expected: float, doubt: float) -> float:
    return ((seconds - expected) / (_VAGUE_S + doubt * expected)) ** 2
