"""Everything that is measured, in its order."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
import itertools

from benchmarks.first_sound.cases import Measured, Reply
from benchmarks.first_sound.crowd import Cost, crowd_service
from benchmarks.first_sound.peers import Peers, livekit
from benchmarks.first_sound.room import Room, set_up_room
from benchmarks.first_sound.texts import announcement
from benchmarks.first_sound.tracing import passed, trace
from demo.progress import Progress

REPLIES, ANNOUNCEMENTS, SILENCES, CROWDS, LENGTHS = range(1, 6)
PARTS = (REPLIES, ANNOUNCEMENTS, SILENCES, CROWDS, LENGTHS)
# LiveKit's plugin decodes MP3 by itself and has no FLAC.
LIVEKIT_FORMATS = ("mp3", "wav")
TRACED_FORMAT = "mp3"
STEP = 5

type ReplyKey = tuple[str, str, float]
"""Who speaks, the format, tokens a second."""
type AnnouncementKey = tuple[str, bool]
"""Who speaks, and whether after idleness."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    only: frozenset[int] = frozenset(PARTS)
    round_trip: float = 40.0
    """Milliseconds."""
    repetitions: int = 20
    idle: float = 15.0
    """Seconds without speech before some announcements."""
    formats: tuple[str, ...] = ("mp3", "wav", "flac")
    rates: tuple[float, ...] = (30.0, 80.0)
    crowds: tuple[int, ...] = (1, 20, 100)
    lengths: tuple[int, ...] = (100, 1000, 10_000)
    most_times: int = 10
    """How often what is small is measured to be enough."""


@dataclass(slots=True)
class Results:
    """What was measured."""

    version: str = ""
    replies: dict[ReplyKey, list[Measured]] = field(default_factory=lambda: defaultdict(list))
    announcements: dict[AnnouncementKey, list[Measured]] = field(
        default_factory=lambda: defaultdict(list)
    )
    traces: dict[str, list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))
    crowds: list[Cost] = field(default_factory=list)
    lengths: list[Cost] = field(default_factory=list)


async def measure(plan: Plan, peers: Peers, progress: Progress) -> Results:
    """Measure all parts of a plan in one home."""
    results = Results()
    async with set_up_room(progress, round_trip=plan.round_trip, sdk=peers.sdk) as room:
        results.version = room.home.version
        if plan.only & {REPLIES, SILENCES}:
            await _measure_replies(plan, peers, room, results, progress)
        if ANNOUNCEMENTS in plan.only:
            await _measure_announcements(plan, room, results, progress)
        if plan.only & {CROWDS, LENGTHS}:
            await _measure_crowds(plan, room, results, progress)
    return results


async def _measure_replies(
    plan: Plan, peers: Peers, room: Room, results: Results, progress: Progress
) -> None:
    async with AsyncExitStack() as stack:
        speakers: dict[str, Callable[[Reply], Awaitable[Measured]]] = {
            name: _engine_reply(room, name) for name in room.engines
        }
        speakers["bare"] = room.bare.reply
        if peers.livekit:
            other = await stack.enter_async_context(
                livekit(peers.livekit, room.directory, room.service, plan.round_trip)
            )
            speakers["livekit"] = other.reply
        progress.step(f"Answers that grow, {plan.repetitions} of each kind")
        for speak in speakers.values():
            await speak(Reply(0, TRACED_FORMAT, max(plan.rates)))
        for number in range(plan.repetitions):
            for rate, wanted in itertools.product(plan.rates, plan.formats):
                await _reply_all(plan, room, speakers, Reply(number, wanted, rate), results)
            if (number + 1) % STEP == 0:
                progress.step(f"  {number + 1} of each kind")


def _engine_reply(room: Room, name: str) -> Callable[[Reply], Awaitable[Measured]]:
    return lambda reply: room.reply(room.engines[name], reply)


async def _reply_all(
    plan: Plan,
    room: Room,
    speakers: Mapping[str, Callable[[Reply], Awaitable[Measured]]],
    reply: Reply,
    results: Results,
) -> None:
    """Have everybody speak an answer, one after the other."""
    for name, speak in speakers.items():
        if name == "livekit" and reply.format not in LIVEKIT_FORMATS:
            continue
        traced = name in room.engines and (reply.format, reply.rate) == (
            TRACED_FORMAT,
            plan.rates[0],
        )
        before = room.proxy.log.stat().st_size
        if traced:
            await room.journal()
        measured = await speak(reply)
        results.replies[name, reply.format, reply.rate].append(measured)
        if traced:
            way = passed(room.proxy.said()[before:])
            steps = trace(measured, await room.journal(), way, plan.round_trip / 1000)
            results.traces[name].append(steps)


async def _measure_announcements(
    plan: Plan, room: Room, results: Results, progress: Progress
) -> None:
    numbers = itertools.count(1)
    speakers: dict[str, Callable[[str], Awaitable[Measured]]] = {
        name: _engine_announcement(room, name) for name in room.engines
    }
    speakers["bare"] = room.bare.announce
    progress.step(f"Announcements, {plan.repetitions} of each kind")
    for speak in speakers.values():
        await speak(announcement(next(numbers)))
    for _ in range(plan.repetitions):
        for name, speak in speakers.items():
            results.announcements[name, False].append(await speak(announcement(next(numbers))))
    progress.step(f"The same, each after {plan.idle:g} seconds of silence")
    for _ in range(plan.repetitions):
        await asyncio.sleep(plan.idle)
        for name, speak in speakers.items():
            results.announcements[name, True].append(await speak(announcement(next(numbers))))


def _engine_announcement(room: Room, name: str) -> Callable[[str], Awaitable[Measured]]:
    return lambda text: room.announce(room.engines[name], text)


async def _measure_crowds(plan: Plan, room: Room, results: Results, progress: Progress) -> None:
    async with crowd_service(room, progress, most_times=plan.most_times) as crowd:
        if CROWDS in plan.only:
            for streams in plan.crowds:
                progress.step(f"{streams} streams at once, three ways")
                results.crowds += await crowd.at_once(streams)
        if LENGTHS in plan.only:
            for length in plan.lengths:
                progress.step(f"A text of {length:,} characters, three ways")
                results.lengths += await crowd.of_length(length)
