"""Everything that is measured, in its order."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
import itertools
import time

from benchmarks.first_sound.cases import MODEL, Measured, Reply
from benchmarks.first_sound.compared_home import ComparedHome, compared_home
from benchmarks.first_sound.crowd import StreamCost, crowd_service
from benchmarks.first_sound.peers import Peers, livekit
from benchmarks.first_sound.texts import announcement
from benchmarks.first_sound.timeline import passed, trace
from harness.progress import Progress

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
    model: str = MODEL
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
    crowds: list[StreamCost] = field(default_factory=list)
    lengths: list[StreamCost] = field(default_factory=list)
    minutes: dict[str, float] = field(default_factory=dict)
    """How long each part took."""

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Note how long the block takes."""
        begun = time.monotonic()
        yield
        self.minutes[part] = (time.monotonic() - begun) / 60


async def measure(plan: Plan, peers: Peers, progress: Progress) -> Results:
    """Measure all parts of a plan in one home."""
    results = Results()
    async with compared_home(
        progress, round_trip=plan.round_trip, sdk=peers.sdk, model=plan.model
    ) as compared:
        results.version = compared.home.version
        if plan.only & {REPLIES, SILENCES}:
            with results.timed("replies"):
                await _measure_replies(plan, peers, compared, results, progress)
        if ANNOUNCEMENTS in plan.only:
            with results.timed("announcements"):
                await _measure_announcements(plan, compared, results, progress)
        if plan.only & {CROWDS, LENGTHS}:
            await _measure_crowds(plan, compared, results, progress)
    return results


async def _measure_replies(
    plan: Plan, peers: Peers, compared: ComparedHome, results: Results, progress: Progress
) -> None:
    async with AsyncExitStack() as stack:
        speakers: dict[str, Callable[[Reply], Awaitable[Measured]]] = {
            name: _engine_reply(compared, name) for name in compared.engines
        }
        speakers["bare"] = compared.bare.reply
        if peers.livekit:
            other = await stack.enter_async_context(
                livekit(peers.livekit, compared, plan.round_trip)
            )
            speakers["livekit"] = other.reply
        progress.step(f"Answers that grow, {plan.repetitions} of each kind")
        for speak in speakers.values():
            await speak(Reply(0, TRACED_FORMAT, max(plan.rates)))
        for number in range(plan.repetitions):
            for rate, wanted in itertools.product(plan.rates, plan.formats):
                await _reply_all(plan, compared, speakers, Reply(number, wanted, rate), results)
            if (number + 1) % STEP == 0:
                progress.step(f"  {number + 1} of each kind")


def _engine_reply(compared: ComparedHome, name: str) -> Callable[[Reply], Awaitable[Measured]]:
    return lambda reply: compared.reply(compared.engines[name], reply)


async def _reply_all(
    plan: Plan,
    compared: ComparedHome,
    speakers: Mapping[str, Callable[[Reply], Awaitable[Measured]]],
    reply: Reply,
    results: Results,
) -> None:
    """Have everybody speak an answer, one after the other."""
    for name, speak in speakers.items():
        if name == "livekit" and reply.format not in LIVEKIT_FORMATS:
            continue
        traced = name in compared.engines and (reply.format, reply.rate) == (
            TRACED_FORMAT,
            plan.rates[0],
        )
        before = compared.proxy.log.stat().st_size
        if traced:
            await compared.journal()
        measured = await speak(reply)
        results.replies[name, reply.format, reply.rate].append(measured)
        if traced:
            way = passed(compared.proxy.said()[before:])
            steps = trace(measured, await compared.journal(), way, plan.round_trip / 1000)
            results.traces[name].append(steps)


async def _measure_announcements(
    plan: Plan, compared: ComparedHome, results: Results, progress: Progress
) -> None:
    numbers = itertools.count(1)
    speakers: dict[str, Callable[[str], Awaitable[Measured]]] = {
        name: _engine_announcement(compared, name) for name in compared.engines
    }
    speakers["bare"] = compared.bare.announce
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


def _engine_announcement(compared: ComparedHome, name: str) -> Callable[[str], Awaitable[Measured]]:
    return lambda text: compared.announce(compared.engines[name], text)


async def _measure_crowds(
    plan: Plan, compared: ComparedHome, results: Results, progress: Progress
) -> None:
    async with crowd_service(compared, progress, most_times=plan.most_times) as crowd:
        if CROWDS in plan.only:
            for streams in plan.crowds:
                progress.step(f"{streams} streams at once, each way")
                with results.timed(f"{streams} at once"):
                    results.crowds += await crowd.at_once(streams)
        if LENGTHS in plan.only:
            for length in plan.lengths:
                progress.step(f"A text of {length:,} characters, each way")
                with results.timed(f"{length:,} characters"):
                    results.lengths += await crowd.of_length(length)
