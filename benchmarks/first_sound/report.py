"""Numbers put together into tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
import importlib.metadata
import os
import platform
from typing import Any

import numpy as np

from benchmarks.first_sound.cases import Measured
from benchmarks.first_sound.crowd import WAYS, StreamCost
from benchmarks.first_sound.measuring import (
    ANNOUNCEMENTS,
    CROWDS,
    LENGTHS,
    REPLIES,
    SILENCES,
    Plan,
    Results,
)
from benchmarks.first_sound.peers import Peers
from benchmarks.first_sound.timeline import trace_lines

NAMES = {
    "bare": "bare client, open socket (the limit)",
    "ours": "ElevenLabs Streaming",
    "core": "Home Assistant's own ElevenLabs",
    "livekit": "LiveKit's plugin",
}
FORMATS = {"mp3": "MP3", "wav": "WAV 16 kHz", "flac": "FLAC 48 kHz"}
WIDTH = 38
KILO, MEGA = 1000, 1_000_000
LATE = 95

type Json = Any


@dataclass(frozen=True, slots=True)
class LatencySpread:
    """How some milliseconds are spread."""

    median: float
    late: float
    """The 95th percentile."""
    worst: float

    @classmethod
    def of(cls, values: Iterable[float]) -> LatencySpread:
        """Sum up values."""
        found = np.array(list(values), dtype=float)
        return cls(float(np.median(found)), float(np.percentile(found, LATE)), float(found.max()))


def lines(plan: Plan, peers: Peers, results: Results) -> Iterator[str]:
    """Lay out everything that was measured."""
    yield from _head(plan, peers, results)
    if REPLIES in plan.only:
        yield from _replies(results)
        yield from _traces(results)
    if ANNOUNCEMENTS in plan.only:
        yield from _announcements(plan, results)
    if SILENCES in plan.only:
        yield from _silences(results)
    if CROWDS in plan.only:
        yield from _crowds(results.crowds)
    if LENGTHS in plan.only:
        yield from _lengths(results.lengths)
    yield ""
    minutes = ", ".join(f"{part} {took:.1f}" for part, took in results.minutes.items())
    yield f"Minutes that it took: {minutes or 'none'}"


def _head(plan: Plan, peers: Peers, results: Results) -> Iterator[str]:
    versions = [
        f"Home Assistant {results.version}",
        f"elevenlabs SDK {peers.sdk_version} in its own integration",
        f"LiveKit's plugin {peers.livekit_version}" if peers.livekit else "no LiveKit",
    ]
    yield ", ".join(versions)
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    tools = f"aiohttp {importlib.metadata.version('aiohttp')}, simulator"
    yield f"Python {platform.python_version()}, {tools}, {platform.machine()}"
    yield f"{os.cpu_count()} processors, load in the last 1, 5 and 15 minutes: {load}"
    service = "the service speaks after 75 ms, then 20 times faster than it sounds"
    yield f"Round trip {plan.round_trip:g} ms; {service}"
    yield f"{plan.repetitions} repetitions; milliseconds: median, 95th percentile"


def _replies(results: Results) -> Iterator[str]:
    yield ""
    yield "1. First sound of a reply that is being written, about 250 characters"
    yield f"{'':{WIDTH}} {'after 60 characters':>19} {'after the first token':>22}"
    for rate, wanted in kinds(results):
        yield f"{FORMATS[wanted]}, {rate:g} tokens a second"
        for name in _in_order(results, wanted, rate):
            some = results.replies[name, wanted, rate]
            first, token = (
                LatencySpread.of(one.first for one in some),
                LatencySpread.of(one.since_token for one in some),
            )
            columns = (
                f"{first.median:10.0f} {first.late:8.0f} {token.median:13.0f} {token.late:8.0f}"
            )
            yield f"  {NAMES[name]:{WIDTH - 2}} {columns}"


def kinds(results: Results) -> list[tuple[float, str]]:
    """Return the rates and formats of replies that were measured."""
    rates = sorted({key[2] for key in results.replies})
    found = {key[1:] for key in results.replies}
    return [(rate, wanted) for rate in rates for wanted in FORMATS if (wanted, rate) in found]


def _in_order(results: Results, wanted: str, rate: float) -> list[str]:
    return [name for name in NAMES if (name, wanted, rate) in results.replies]


def _traces(results: Results) -> Iterator[str]:
    for name, traces in results.traces.items():
        yield ""
        yield from trace_lines(NAMES[name], traces)


def _announcements(plan: Plan, results: Results) -> Iterator[str]:
    yield ""
    yield "2. A whole announcement of 120 characters, MP3"
    yield f"{'':{WIDTH}} {'first sound':>19} {'last byte':>22}"
    for idle in (False, True):
        yield f"after {plan.idle:g} s without speech" if idle else "one after the other"
        for name in (one for one in NAMES if (one, idle) in results.announcements):
            some = results.announcements[name, idle]
            first, last = (
                LatencySpread.of(o.first for o in some),
                LatencySpread.of(o.last for o in some),
            )
            columns = f"{first.median:10.0f} {first.late:8.0f} {last.median:13.0f} {last.late:8.0f}"
            label = "bare client, kept connection" if name == "bare" else NAMES[name]
            yield f"  {label:{WIDTH - 2}} {columns}"


def _silences(results: Results) -> Iterator[str]:
    yield ""
    yield "3. The longest silence in the middle of a reply, for a listener who plays what there is"
    yield f"{'':{WIDTH}} {'median':>10} {'95 %':>8} {'worst':>8}  replies with any"
    for rate, wanted in kinds(results):
        yield f"{FORMATS[wanted]}, {rate:g} tokens a second"
        for name in _in_order(results, wanted, rate):
            some = results.replies[name, wanted, rate]
            spread = LatencySpread.of(one.silence for one in some)
            any_of = sum(one.silence > 0 for one in some)
            columns = f"{spread.median:10.0f} {spread.late:8.0f} {spread.worst:8.0f}"
            yield f"  {NAMES[name]:{WIDTH - 2}} {columns}  {any_of} of {len(some)}"


def _crowds(costs: Sequence[StreamCost]) -> Iterator[str]:
    yield ""
    yield "4. Streams at once over the WebSocket, all together 150 times real time at most"
    yield from _cost_head("streams")
    for cost in costs:
        yield f"{WAYS[cost.way]:{WIDTH - 10}} {cost.streams:8} {_cost_columns(cost)}"


def _lengths(costs: Sequence[StreamCost]) -> Iterator[str]:
    yield ""
    yield "5. One stream of some length over the WebSocket, as fast as it can"
    yield from _cost_head("letters")
    for cost in costs:
        yield f"{WAYS[cost.way]:{WIDTH - 10}} {cost.length:8,} {_cost_columns(cost)}"


def _cost_head(what: str) -> Iterator[str]:
    yield (
        f"{'':{WIDTH - 10}} {what:>8} {'processor':>10} {'memory':>9} {'of ours':>9} {'audio':>9}"
        f" {'loop held':>9} {'by ours':>8} {'silence':>8}"
    )
    yield (
        f"{'':{WIDTH}} {'ms/minute':>10} {'kB each':>9} {'kB each':>9} {'kB each':>9}"
        f" {'ms':>8} {'ms':>8} {'ms':>8}"
    )


def _cost_columns(cost: StreamCost) -> str:
    own, ours = cost.held["own"][0] * KILO, cost.held["ours"][0] * KILO
    return (
        f"{cost.processor * KILO:10.0f} {cost.memory / KILO:9.0f} {cost.ours / KILO:9.0f}"
        f" {cost.audio / KILO:9.0f}"
        f" {own:9.1f} {ours:8.1f} {cost.silence * KILO:8.0f}  {cost.held['own'][1]}"
    )


def to_json(results: Results) -> Json:
    """Return all figures."""
    return {
        "version": results.version,
        "replies": [
            {"who": name, "format": wanted, "rate": rate, "of": [_figures(one) for one in some]}
            for (name, wanted, rate), some in results.replies.items()
        ],
        "announcements": [
            {"who": name, "idle": idle, "of": [_figures(one) for one in some]}
            for (name, idle), some in results.announcements.items()
        ],
        "traces": dict(results.traces),
        "crowds": [asdict(cost) for cost in results.crowds],
        "lengths": [asdict(cost) for cost in results.lengths],
    }


def _figures(one: Measured) -> dict[str, float]:
    return {
        "first": round(one.first, 1),
        "last": round(one.last, 1),
        "silence": round(one.silence, 1),
        "seconds": round(one.heard.seconds, 2),
    }
