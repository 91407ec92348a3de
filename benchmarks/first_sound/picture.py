"""The benchmark as a picture: how long a home is silent before it answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.first_sound.cases import Measured
from benchmarks.first_sound.measuring import Results
from benchmarks.first_sound.report import FORMATS, NAMES, LatencySpread

# Bars from the limit down to others; ours stands out also without colours, by its place.
COLOURS = {"bare": "#9aa5b1", "ours": "#0b6bcb", "core": "#d9822b", "livekit": "#8e6bbf"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "first sound",
    "font.family": "sans-serif",
}
ROW, GAP, WIDTH, MARGIN = 0.26, 0.35, 8.0, 1.3

type Group = tuple[str, list[tuple[str, LatencySpread]]]


def draw(results: Results, place: Path, *, round_trip: float) -> None:
    """Write the picture of replies and announcements; blocking."""
    groups = [*_reply_groups(results), *_announcement_groups(results)]
    rows = sum(len(bars) for _, bars in groups)
    with mpl.rc_context(STYLE):
        height = rows * ROW + len(groups) * GAP + MARGIN
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        _draw_groups(axes, groups)
        axes.set_xlabel("milliseconds until the first sound; bar and number: median, line: 95 %")
        axes.set_title(
            f"From the text to the first sound, {round_trip:g} ms from the service", loc="left"
        )
        figure.savefig(place, format="svg", metadata={"Date": None})


def _reply_groups(results: Results) -> list[Group]:
    rates = sorted({key[2] for key in results.replies})[:1]
    return [
        (
            f"Reply of {rate:g} tokens a second, {FORMATS[wanted]}",
            _bars({name: results.replies.get((name, wanted, rate), []) for name in NAMES}),
        )
        for rate in rates
        for wanted in FORMATS
        if ("ours", wanted, rate) in results.replies
    ]


def _announcement_groups(results: Results) -> list[Group]:
    if ("ours", False) not in results.announcements:
        return []
    some = {name: results.announcements.get((name, False), []) for name in NAMES}
    return [("Announcement, MP3", _bars(some))]


def _bars(some: dict[str, list[Measured]]) -> list[tuple[str, LatencySpread]]:
    return [
        (name, LatencySpread.of(one.first for one in ones)) for name, ones in some.items() if ones
    ]


def _draw_groups(axes: Axes, groups: Sequence[Group]) -> None:
    at, ticks, labels = 0.0, list[float](), list[str]()
    for title, bars in groups:
        axes.text(0, at, title, fontweight="bold", va="center", fontsize=9)
        at += GAP
        for name, spread in bars:
            axes.barh(at, spread.median, height=ROW * 0.8, color=COLOURS[name])
            axes.plot([spread.median, spread.late], [at, at], color="#333333", linewidth=1.2)
            axes.annotate(
                f"{spread.median:.0f}",
                (spread.late, at),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
            ticks.append(at)
            labels.append(NAMES[name])
            at += ROW
    axes.set_yticks(ticks, labels, fontsize=8)
    axes.set_ylim(at, -GAP)
    axes.set_xlim(left=0)
    axes.margins(x=0.08)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
