"""What an announcement waits for: a connection that is kept, whatever happened before it."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
import itertools
import os
from pathlib import Path
import platform
import random

from benchmarks.first_sound.cases import Reply
from benchmarks.first_sound.compared_home import ComparedHome, compared_home
from benchmarks.first_sound.report import LatencySpread
from benchmarks.first_sound.texts import announcement
from benchmarks.first_sound.timeline import passed
from harness.progress import Progress

RESULTS = Path(__file__).resolve().parent / "results"
SAMPLES, SAMPLES_SHORT = 20, 2
ROUND_TRIP_MS = 40.0
SILENCE_S = 15 * 60.0
# Longer than the service keeps a connection.
CLOSED_AFTER_S = 700.0
# An announcement may be this much later than a few lines of code on a connection of their own.
BEHIND_MS = 6.0
WIDTH = 52
SEED = 20261130
OURS = "ours"
BARE = "bare client, kept connection (the limit)"

type Step = Callable[[ComparedHome, Measures], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement that was measured."""

    first_byte: float
    """Milliseconds from the call."""
    first_sound: float
    opened: int
    """How many connections to the service were opened meanwhile."""


@dataclass(slots=True)
class Measures:
    """Everything that was measured, by what happened before."""

    found: dict[str, list[Announced]] = field(default_factory=lambda: defaultdict(list))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))


async def run(progress: Progress, short: bool) -> None:
    """Measure, print a table, and write it down."""
    samples = SAMPLES_SHORT if short else SAMPLES
    async with compared_home(progress, round_trip=ROUND_TRIP_MS, sdk=None, alone=True) as compared:
        measures = Measures()
        await compared.behave({"generation_speed": 0})
        await _reply(compared, measures)
        await _announce(compared, measures)
        progress.step(f"Announcements, {samples} of each kind, order by chance")
        for number, name in enumerate(_order(samples), start=1):
            for prepare in BEFORE[name]:
                await prepare(compared, measures)
            measures.found[name].append(await _measured(compared, measures, name))
            if number % len(BEFORE) == 0:
                progress.step(f"  {number} of {samples * len(BEFORE)}")
        lines = table(compared.home.version, measures.found)
    progress.say("\n".join(["", *lines, ""]))
    if not short:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "connection.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
        progress.step("Written to benchmarks/results")


def _order(samples: int) -> list[str]:
    """Return what happens before each announcement, in an order by chance."""
    names = [*BEFORE] * samples
    random.Random(SEED).shuffle(names)  # noqa: S311 - the same order each time
    return names


async def _reply(compared: ComparedHome, measures: Measures) -> None:
    """Have an answer spoken, over the WebSocket."""
    await compared.reply(compared.engines[OURS], Reply(next(measures.numbers), "mp3", 80.0))


async def _announce(compared: ComparedHome, measures: Measures) -> None:
    """Announce something that is not measured."""
    await compared.announce(compared.engines[OURS], announcement(next(measures.numbers)))


async def _announce_bare(compared: ComparedHome, measures: Measures) -> None:
    """Have a connection of the bare client kept, whatever the service closed."""
    await compared.bare.announce(announcement(next(measures.numbers)))


async def _silence(compared: ComparedHome, _: Measures) -> None:
    """Let a quarter of an hour pass."""
    await compared.pass_time(SILENCE_S)


async def _close(compared: ComparedHome, _: Measures) -> None:
    """Have the service close all connections."""
    await compared.age_service(CLOSED_AFTER_S)


async def _measured(compared: ComparedHome, measures: Measures, name: str) -> Announced:
    """Announce, and count the connections that are opened for it."""
    before = compared.proxy.log.stat().st_size
    text = announcement(next(measures.numbers))
    if name == BARE:
        measured = await compared.bare.announce(text)
    else:
        measured = await compared.announce(compared.engines[OURS], text)
    way = passed(compared.proxy.said()[before:])
    return Announced(
        first_byte=(measured.moments["first byte"] - measured.begun) * 1000,
        first_sound=measured.first,
        opened=sum(one.what == "open" for one in way),
    )


KEPT: Mapping[str, Sequence[Step]] = {
    "after an announcement": (_announce,),
    "after a reply over the WebSocket": (_reply,),
    "after a quarter of an hour of silence": (_announce, _silence),
    "after a reply and a quarter of an hour of silence": (_reply, _silence),
}
CLOSED = "after the service closed all connections"
BEFORE: Mapping[str, Sequence[Step]] = {
    BARE: (_announce_bare,),
    **KEPT,
    CLOSED: (_announce, _close),
}


def table(version: str, found: Mapping[str, Sequence[Announced]]) -> list[str]:
    """Lay out what was measured, and what is wanted."""
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    lines = [
        "scripts/benchmark connection",
        f"Home Assistant {version}, simulator; Python {platform.python_version()}",
        f"{os.cpu_count()} processors, load in the last 1, 5 and 15 minutes: {load}",
        f"Round trip {ROUND_TRIP_MS:g} ms; the service speaks after 75 ms, then all at once",
        f"{len(found[CLOSED])} announcements of each kind, order by chance",
        "Milliseconds from the call: median, 95th percentile; connections opened meanwhile",
        "",
        f"{'':{WIDTH}} {'first byte':>15} {'first sound':>15} {'opened':>8}",
    ]
    lines += [f"{name:{WIDTH}} {_columns(found[name])}" for name in BEFORE]
    lines += ["", f"{'What is wanted':{WIDTH}} {'found':>15}  wanted"]
    wanted = _median(found[BARE]) + BEHIND_MS
    for name in KEPT:
        opened, median = sum(one.opened for one in found[name]), _median(found[name])
        lines += [
            f"{f'{name}: first byte, median':{WIDTH + 16}} {median:.0f} ms  {wanted:.0f} ms",
            f"{f'{name}: connections opened':{WIDTH + 16}} {opened}  0",
        ]
    return lines


def _median(some: Sequence[Announced]) -> float:
    return LatencySpread.of(one.first_byte for one in some).median


def _columns(some: Sequence[Announced]) -> str:
    byte = LatencySpread.of(one.first_byte for one in some)
    sound = LatencySpread.of(one.first_sound for one in some)
    opened = sum(one.opened for one in some)
    return f"{byte.median:8.0f} {byte.late:6.0f} {sound.median:8.0f} {sound.late:6.0f} {opened:8}"
