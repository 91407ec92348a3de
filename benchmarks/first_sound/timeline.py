"""Where the milliseconds of one utterance go, from the token to the listener."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.first_sound.cases import Measured

# Handshakes, headers and words are shorter; a quarter of a second of speech is not.
_AUDIO_BYTES = 1000
_MARGIN_S = 0.002
STEPS = (
    ("first token", "the agent's first token"),
    ("60 characters", "60 characters are there"),
    ("engine called", "Home Assistant calls the engine"),
    ("opened", "a connection is opened"),
    ("sent", "the words leave the house"),
    ("generating", "the service begins to speak"),
    ("made", "the first sound leaves the service"),
    ("arrived", "it reaches the house"),
    ("heard", "the listener has it"),
)
_NEGLIGIBLE_MS = 0.05

type Json = Any


@dataclass(frozen=True, slots=True)
class Passed:
    """Bytes that passed the longer way."""

    what: str
    moment: float
    size: int


def passed(log: str) -> list[Passed]:
    """Read what the proxy tells."""
    fields = [line.split() for line in log.splitlines()]
    known = {"open", "up", "down", "heard"}
    return [
        Passed(one[1], float(one[2]), int(one[3]))
        for one in fields
        if len(one) == 4 and one[1] in known  # noqa: PLR2004  # the fields of a line
    ]


def trace(
    measured: Measured, journal: Json, way: Sequence[Passed], round_trip: float
) -> dict[str, float]:
    """Return the milliseconds of each step since the text was there; `round_trip`: seconds.

    A connection that was there before the utterance has no moment.
    """
    begun = measured.begun
    generating = min(entry["at"] for entry in journal["generations"] if entry["at"] >= begun)
    made = _first(way, "down", lambda one: one.moment >= generating and one.size >= _AUDIO_BYTES)
    arrived = _first(way, "heard", lambda one: one.moment >= made and one.size >= _AUDIO_BYTES)
    left_by = generating - round_trip / 2 + _MARGIN_S
    sent = max(one.moment for one in way if one.what == "up" and one.moment <= left_by)
    moments = measured.moments | {
        "generating": generating,
        "made": made,
        "arrived": arrived,
        "sent": sent,
        "heard": measured.heard.first,
    }
    if opened := [one.moment for one in way if one.what == "open" and one.moment <= made]:
        moments["opened"] = max(opened)
    return {name: (moments[name] - begun) * 1000 for name, _ in STEPS if name in moments}


def _first(way: Sequence[Passed], what: str, fits: Callable[[Passed], bool]) -> float:
    return next(one.moment for one in way if one.what == what and fits(one))


def trace_lines(name: str, traces: Sequence[dict[str, float]]) -> Iterator[str]:
    """Tell the utterance in the middle of all, step by step."""
    middle = sorted(traces, key=lambda one: one["heard"])[len(traces) // 2]
    order = sorted((middle[step], label) for step, label in STEPS if step in middle)
    title = f"{name}: one reply of {len(traces)}, the one in the middle"
    yield f"{title:68}{'ms':>8} {'more':>8}"
    for (before, _), (moment, label) in pairwise([order[0], *order]):
        step = moment - before
        yield f"  {label:66}{moment:8.1f} {step if step > _NEGLIGIBLE_MS else 0.0:8.1f}"
    if "opened" not in middle:
        yield "  (over a connection that was there before)"
