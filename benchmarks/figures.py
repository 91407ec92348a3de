"""Numbers put together into tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.comparing import Result, all_words

MILLI = 1000


@dataclass(frozen=True, slots=True)
class ErrorSpread:
    """How some differences are spread, in milliseconds."""

    count: int
    median: float
    """With its sign."""
    median_size: float
    p95_size: float
    worst: float
    """With its sign."""

    @classmethod
    def of(cls, seconds: Iterable[float]) -> ErrorSpread:
        """Sum up differences."""
        values = np.array(list(seconds), dtype=float) * MILLI
        if not len(values):
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        sizes = np.abs(values)
        return cls(
            len(values),
            round(float(np.median(values)), 1),
            round(float(np.median(sizes)), 1),
            round(float(np.percentile(sizes, 95)), 1),
            round(float(values[np.argmax(sizes)]), 1),
        )

    def __str__(self) -> str:
        """Tell it as columns."""
        return (
            f"{self.count:6d} {self.median:+9.1f} {self.median_size:9.1f}"
            f" {self.p95_size:9.1f} {self.worst:+9.1f}"
        )


HEADER = f"{'':34}{'words':>6} {'median':>9} {'|median|':>9} {'|95 %|':>9} {'worst':>9}"


def row(name: str, results: Sequence[Result]) -> str:
    """Sum up the words of some announcements in a line."""
    spread = ErrorSpread.of(word.error for word in all_words(results))
    right = float(np.mean([result.right for result in results])) if results else 0.0
    return f"{name:34}{spread} {right:8.0%}"


def table(results: Sequence[Result]) -> list[str]:
    """Lay out all results by route, source and language."""
    lines = [f"{HEADER} {'right':>8}"]
    keys = sorted({(r.case.route, r.case.cached, r.case.language) for r in results})
    for key in keys:
        some = [r for r in results if (r.case.route, r.case.cached, r.case.language) == key]
        lines.append(row(_name(*key), some))
    for route, cached in sorted({key[:2] for key in keys}):
        some = [r for r in results if (r.case.route, r.case.cached) == (route, cached)]
        lines.append(row(_name(route, cached, "all"), some))
    return [*lines, row("overall", results)]


def _name(route: str, cached: bool, language: str) -> str:
    return f"{route:10} {'cached' if cached else 'fresh':7} {language}"


def plain_row(name: str, seconds: Iterable[float]) -> str:
    """Sum up any differences in a line."""
    return f"{name:34}{ErrorSpread.of(seconds)}"


def parts(results: Sequence[Result]) -> list[str]:
    """Part the difference into what the timings and what the playback clock add to it."""
    lines = ["", "Where it comes from (milliseconds; rows of the same columns)"]
    for route in sorted({r.case.route for r in results}):
        mine = [r for r in results if r.case.route == route]
        words = all_words(mine)
        lines.append(plain_row(f"timings - sound, {route}", (w.timing for w in words)))
        for cached in (False, True):
            some = [r for r in mine if r.case.cached == cached]
            clock = [w.error - w.timing for w in all_words(some)]
            name = f"clock, {route} {'cached' if cached else 'fresh'}"
            lines.append(plain_row(name, clock))
    return [*lines, *_orders(results)]


def _orders(results: Sequence[Result]) -> list[str]:
    lines = ["", "A player's first announcements and its later ones (clock only)"]
    for first, last in ((1, 1), (2, 3), (4, 10), (11, 1000)):
        some = [r for r in results if first <= r.case.order <= last]
        clock = [w.error - w.timing for w in all_words(some)]
        name = f"announcement {first}" if first == last else f"announcements {first} to {last}"
        lines.append(plain_row(name if last < MILLI else f"announcements from {first}", clock))
    return lines
