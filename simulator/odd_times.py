"""Inject times that make no sense into the JSON of alignments."""

from collections import Counter
from collections.abc import Sequence
import math
from typing import Any

from .behaviour import Behaviour

# Seconds.
_BEYOND = 60.0
_BEFORE_START = 0.1


class OddTimes:
    """Counts the characters of a stream, and spoils the times of some."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._kind = behaviour.times
        self._first = behaviour.times_from
        self._count = behaviour.times_count
        self._characters: Counter[str] = Counter()
        self._moments: dict[str, Any] = {}

    def alter(self, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Return an alignment with spoiled times; `key` tells the two alignments apart."""
        if self._kind == "normal":
            return value
        names = list(value)
        before = self._characters[key]
        self._characters[key] += len(value[names[0]])
        chosen = [at for at in range(len(value[names[0]])) if self._is_chosen(before + at)]
        if not chosen:
            return value
        times = [list(value[name]) for name in names[1:]]
        self._spoil(key, chosen, times, is_seconds=names[0] == "characters")
        return {names[0]: value[names[0]], names[1]: times[0], names[2]: times[1]}

    def _is_chosen(self, number: int) -> bool:
        after = self._first + self._count if self._count else math.inf
        return self._first <= number < after

    def _spoil(
        self, key: str, chosen: Sequence[int], times: list[list[Any]], *, is_seconds: bool
    ) -> None:
        starts, lengths = times
        unit = 1 if is_seconds else 1000
        backwards = [(starts[at], lengths[at]) for at in reversed(chosen)]
        moment = self._moments.setdefault(key, starts[chosen[0]])
        for at, (start, length) in zip(chosen, backwards, strict=True):
            match self._kind:
                case "moment":
                    starts[at], lengths[at] = moment, moment if is_seconds else 0
                case "end_first":
                    earlier = -_BEFORE_START * unit
                    lengths[at] = starts[at] + earlier if is_seconds else round(earlier)
                case "end_beyond":
                    lengths[at] += _BEYOND * unit
                case "beyond":
                    starts[at] += _BEYOND * unit
                    lengths[at] += _BEYOND if is_seconds else 0
                case "backwards":
                    starts[at], lengths[at] = start, length
                case "negative":
                    starts[at] = -1
                case _:
                    starts[at] = {"null": None, "nan": math.nan}.get(self._kind, "soon")
