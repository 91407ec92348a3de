"""How words share a stretch of speech."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from .pause_matching import Pause

# So near to a pause a word begins after it.
_NEAR_S: Final = 0.1


class WordTime(NamedTuple):
    """When a word sounds, in seconds of the audio."""

    start: float
    end: float


def share(
    weights: Sequence[float], start: float, end: float, pauses: Sequence[Pause]
) -> list[WordTime]:
    """Return the times of words that fill a stretch of speech with pauses inside."""
    seconds = end - start - sum(pause.length for pause in pauses)
    return at_pace(weights, start, max(0.0, seconds) / (sum(weights) or 1.0), pauses)


def at_pace(
    weights: Iterable[float], start: float, pace: float, pauses: Sequence[Pause]
) -> list[WordTime]:
    """Return the times of words that follow each other at a pace, in seconds for a unit."""
    passed = [*accumulate(weights, initial=0.0)]
    starts = [_after_pauses(start + units * pace, pauses) for units in passed[:-1]]
    if not starts:
        return []
    ends = [*starts[1:], _before_pauses(start + passed[-1] * pace, pauses)]
    return [WordTime(at, max(at, end)) for at, end in zip(starts, ends, strict=True)]


def _after_pauses(at: float, pauses: Sequence[Pause]) -> float:
    for pause in pauses:
        if at < pause.start - _NEAR_S:
            break
        at = max(at + pause.length, pause.end)
    return at


def _before_pauses(at: float, pauses: Sequence[Pause]) -> float:
    for pause in pauses:
        if at <= pause.start:
            break
        at += pause.length
    return at
