"""The tables of a soak."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import platform
from typing import Any

import numpy as np

from benchmarks.soak_looks import FIGURES, MEGABYTE, Look

type Json = Any
type Figure = Callable[[Look], float]

_THIRDS = ("first", "middle", "last")
_ARENAS_SHOWN = 8
_COLUMNS = {
    "spoken": 6,
    "files": 6,
    "sockets": 7,
    "threads": 7,
    "tasks": 6,
    "ours": 4,
    "timers": 6,
    "blocks": 9,
    "objects": 9,
    "in memory": 9,
    "streams": 8,
    "captions": 8,
    "MB": 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakResult:
    """What was seen of a run."""

    version: str
    wanted: int
    at_once: int
    faults: int
    looks: Sequence[Look]
    """While it spoke, when all was over, and after freed memory was returned to the system."""
    came: Counter[str]
    announced: set[str]
    ends: Mapping[str, Sequence[str]]
    grown: Mapping[str, tuple[int, int]]
    """Whose large containers were larger at the end than after a third, and how large."""
    journal: Json

    @property
    def busy(self) -> Sequence[Look]:
        """The looks while it spoke."""
        return self.looks[:-2]

    @property
    def third(self) -> Look:
        """The look when a third was over."""
        return self.busy[len(self.busy) // 3]


def table(result: SoakResult) -> list[str]:
    """Return the lines of the whole report."""
    last = result.busy[-1]
    head = (
        f"Home Assistant {result.version}, simulator; Python {platform.python_version()}, "
        f"{' '.join(platform.libc_ver())}; {last.spoken} of {result.wanted} utterances, no text "
        f"twice, {result.at_once} at once, {result.faults} faults, {last.minute:.1f} minutes"
    )
    return [
        "scripts/benchmark soak",
        head,
        *_memory(result.looks),
        *_others(result.looks),
        *_slopes(result.busy),
        *_arenas(result),
        *_kept(result),
        *_account(result),
    ]


def _memory(looks: Sequence[Look]) -> list[str]:
    lines = [
        "",
        "Memory, in MB; the last line is after malloc_trim(0)",
        "                                Python        glibc        glibc   mapped",
        "spoken  minute    RSS    PSS   live   free   live   free  mapped    files   rest",
    ]
    lines += [
        f"{one.spoken:6} {one.minute:7.1f} {one.rss:6.1f} {one.pss:6.1f} {one.python_used:6.1f} "
        f"{one.python_free:6.1f} {one.glibc_used:6.1f} {one.glibc_free:6.1f} "
        f"{one.glibc_mapped:7.1f} {one.mapped_files:8.1f} {one.rest:6.1f}"
        for one in looks
    ]
    return lines


def _others(looks: Sequence[Look]) -> list[str]:
    lines = [
        "",
        "What else there is: `blocks` of Python's allocator, audio of Home Assistant's in memory,",
        "its streams, and files with captions on the disk",
        " ".join(f"{name:>{width}}" for name, width in _COLUMNS.items()),
    ]
    for one in looks:
        values = [
            *(one.spoken, one.files, one.sockets, one.threads, one.inside["tasks"]),
            *(len(one.inside["our_tasks"]), one.inside["timers"]),
            *(one.inside["memory"]["blocks"], one.inside["objects"]),
            *(one.inside["home"]["audio in memory"], one.inside["home"]["streams"]),
            *(one.captions[0], round(one.captions[1] / MEGABYTE, 1)),
        ]
        pairs = zip(values, _COLUMNS.values(), strict=True)
        lines.append(" ".join(f"{value:>{width}}" for value, width in pairs))
    return lines


def _slopes(busy: Sequence[Look]) -> list[str]:
    """Tell how fast each figure grows in each third of the run, for a thousand utterances."""
    thirds = [list(some) for some in np.array_split(np.array(busy, dtype=object), len(_THIRDS))]
    lines = [
        "",
        "Growth for 1,000 utterances (a straight line through the looks of each third of the run)",
        f"{'':22}{'first':>10}{'middle':>10}{'last':>10}   in the last third",
    ]
    for name, figure in FIGURES.items():
        slopes = "".join(f"{_slope(some, figure):+10.2f}" for some in thirds)
        first, last = figure(thirds[-1][0]), figure(thirds[-1][-1])
        lines.append(f"  {name:20}{slopes}   {first:.1f} to {last:.1f}")
    return [*lines, *_grown_types(thirds[-1])]


def _slope(looks: Sequence[Look], figure: Figure) -> float:
    if len(looks) < len(_THIRDS):
        return 0.0
    spoken = [one.spoken / 1000 for one in looks]
    return float(np.polyfit(spoken, [figure(one) for one in looks], 1)[0])


def _grown_types(looks: Sequence[Look]) -> list[str]:
    """Tell of what kind the objects are that have become more."""
    before, after = (Counter(looks[at].inside["types"]) for at in (0, -1))
    grown = (after - before).most_common(8)
    return [f"  objects that became more: {', '.join(f'{name} {more:+}' for name, more in grown)}"]


def _arenas(result: SoakResult) -> list[str]:
    """Tell what each of the C library's arenas holds, the largest first."""
    moments = {
        f"{result.busy[0].spoken} spoken": result.busy[0],
        f"{result.third.spoken} spoken": result.third,
        f"{result.busy[-1].spoken} spoken": result.busy[-1],
        "all is over": result.looks[-2],
        "malloc_trim(0)": result.looks[-1],
    }
    lines = ["", "glibc's arenas, in MB: size (of which free), in their order"]
    for name, one in moments.items():
        told = "  ".join(f"{size:.1f} ({free:.1f})" for size, free in one.arenas[:_ARENAS_SHOWN])
        more = len(one.arenas) - _ARENAS_SHOWN
        lines.append(f"  {name:16}{told}{f'  and {more} more' if more > 0 else ''}")
    before, after = result.looks[-2:]
    returned = before.rss - after.rss
    return [*lines, f"  malloc_trim(0) returned {returned:.1f} MB of {before.rss:.1f}"]


def _kept(result: SoakResult) -> list[str]:
    """Tell what containers held while it spoke and what has grown."""
    last, third = result.busy[-1], result.third
    lines = ["", f"Containers that held more at {last.spoken} than at {third.spoken}"]
    for name in ("held", "modules", "home"):
        before, after = third.inside[name], last.inside[name]
        lines += [
            f"  {one}: {before.get(one, 0)} to {size}"
            for one, size in sorted(after.items())
            if size > before.get(one, 0)
        ]
    lines += [
        f"  in the whole process, of 1,000 or more: {name}: {before or 'fewer'} to {after}"
        for name, (before, after) in sorted(result.grown.items())
    ]
    return lines


def _account(result: SoakResult) -> list[str]:
    """Tell how all of it ended."""
    outcomes = Counter(end for one in result.ends.values() for end in one)
    several = sum(len(one) > 1 for one in result.ends.values())
    unended = len(result.announced - result.ends.keys())
    told = f"Announcements told of: {len(result.announced)}"
    return [
        "",
        "Whoever asked",
        *(f"  {number:6} {name}" for name, number in sorted(result.came.items())),
        "",
        f"{told}; their ends, as the event entity has them",
        *(f"  {number:6} {name}" for name, number in outcomes.most_common()),
        f"  without an end: {unended}; with more than one: {several}",
        *_left(result),
    ]


def _left(result: SoakResult) -> list[str]:
    """Tell what is left at the end."""
    last = result.looks[-1].inside
    held = {name: size for name, size in last["held"].items() if size}
    return [
        "",
        "Left when all is over",
        f"  tasks of ours: {', '.join(last['our_tasks']) or 'none'}",
        f"  open sockets at the service: {result.journal['open_sockets']}",
        f"  generations running there: {result.journal['running']}",
        f"  held: {', '.join(f'{name} {size}' for name, size in sorted(held.items()))}",
    ]
