"""What Chromium's main thread did for each frame, out of a trace."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
import json
from typing import Any

import numpy as np

type Json = Any

FRAME = "FireAnimationFrame"
SCRIPT = frozenset(
    {FRAME, "FunctionCall", "RunMicrotasks", "TimerFire", "EventDispatch", "EvaluateScript"}
)
LAYOUT = frozenset({"UpdateLayoutTree", "Layout", "PrePaint", "HitTest"})
PAINT = frozenset({"Paint", "Layerize", "Commit", "UpdateLayer", "CompositeLayers"})
KINDS = {"script": SCRIPT, "style and layout": LAYOUT, "paint": PAINT}
MICRO = 1000


@dataclass(frozen=True, slots=True)
class Frames:
    """Milliseconds of processor time for each frame, by what they went to."""

    spent: dict[str, list[float]]

    @property
    def count(self) -> int:
        """How many frames there were."""
        return len(self.spent["script"])

    def lines(self) -> list[str]:
        """Tell it as columns."""
        sums = [sum(parts) for parts in zip(*self.spent.values(), strict=True)]
        rows = [*self.spent.items(), ("all of these", sums)]
        return [f"{name:34}{_columns(values)}" for name, values in rows]


def joined(parts: Iterable[Frames]) -> Frames:
    """Return the frames of several traces as those of one."""
    parts = list(parts)
    return Frames({kind: [one for part in parts for one in part.spent[kind]] for kind in KINDS})


def _columns(values: list[float]) -> str:
    middle, most = np.median(values), np.percentile(values, 95)
    return f"{middle:9.2f} {most:9.2f} {max(values):9.2f}"


def frames_of(trace: bytes) -> Frames:
    """Sum up what the page's main thread did from each animation frame to the next."""
    events = [e for e in json.loads(trace)["traceEvents"] if e.get("ph") == "X"]
    asked = [(e["pid"], e["tid"]) for e in events if e["name"] == FRAME]
    thread = max(set(asked), key=asked.count)
    mine = sorted(
        (e for e in events if (e["pid"], e["tid"]) == thread),
        key=lambda e: (e["ts"], -e["dur"]),
    )
    starts = _starts(e["ts"] for e in mine if e["name"] == FRAME)
    spent = {kind: [0.0] * (len(starts) - 1) for kind in KINDS}
    for kind, names in KINDS.items():
        for event in _outermost(mine, names):
            frame = bisect_right(starts, event["ts"]) - 1
            if 0 <= frame < len(starts) - 1:
                spent[kind][frame] += event.get("tdur", event["dur"]) / MICRO
    return Frames(spent)


def _starts(moments: Iterable[float]) -> list[float]:
    """Return when frames begin; callbacks of the same frame follow each other closely."""
    starts: list[float] = []
    for moment in moments:
        if not starts or moment - starts[-1] > 4 * MICRO:
            starts.append(moment)
    return starts


def _outermost(events: list[Json], names: frozenset[str]) -> Iterable[Json]:
    """Leave out what happened within another event of the same kind."""
    end = 0.0
    for event in events:
        if event["name"] in names and event["ts"] >= end:
            end = event["ts"] + event["dur"]
            yield event
