"""Many streams at once, and long ones: what they take of processor, memory and the event loop."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import statistics
import sys
from typing import Any

from benchmarks.first_sound.cases import VOICE
from benchmarks.first_sound.compared_home import ComparedHome, add_ours, said_address
from benchmarks.first_sound.listening import Part, longest_silence
from benchmarks.first_sound.round_trip import READY
from benchmarks.first_sound.texts import answer, long_text
from harness.paths import REPOSITORY
from harness.processes import running
from harness.progress import Progress

type Json = Any

WAYS = {
    "bare": "bare decode loop",
    "speaker": "our client alone",
    "entity": "our entity in Home Assistant",
    "core": "Home Assistant's own ElevenLabs",
}
# A plan with room for more streams than are tried.
KEY = "sk_enterprise"
BYTES_A_SECOND = 16_000
# The service makes speech 20 times faster than it sounds, as in all other parts, but for all
# streams together no more seconds of it in a second than these; while memory is traced, fewer.
SPEED, TOGETHER, TRACED = 20.0, 150.0, 75.0
AS_FAST_AS_IT_CAN = 0.0
# Little is measured several times: streams times letters that are enough for once.
ENOUGH = 10_000


@dataclass(frozen=True, slots=True)
class StreamCost:
    """What some streams at once took."""

    way: str
    streams: int
    length: int
    """Characters of each."""
    minutes: float
    """Audio, all streams together."""
    processor: float
    """Processor seconds for a minute of audio."""
    memory: float
    """Bytes for each stream at the worst moment, beyond those of the audio that is kept."""
    ours: float
    """Bytes of each stream that our code made besides audio and that are there at its end."""
    audio: float
    """Bytes of audio of each stream; Home Assistant keeps it in its memory."""
    held: dict[str, tuple[float, str]]
    """The longest turns of the event loop: seconds, and whose."""
    silence: float
    """The longest silence in the middle of any of them, in seconds."""


@asynccontextmanager
async def crowd_service(
    compared: ComparedHome, progress: Progress, *, most_times: int
) -> AsyncIterator[Crowd]:
    """Run a service for many, and add a voice of ours that uses it."""
    command = [sys.executable, "-m", "benchmarks.first_sound.crowd_service"]
    async with running(
        "The crowd's service", command, log=compared.directory / "crowd.log", cwd=REPOSITORY
    ) as program:
        address = await said_address(program, READY)
        engine = await add_ours(compared.home, progress, KEY, address)
        yield Crowd(compared, address, engine, most_times)


class Crowd:
    """Has texts spoken at once."""

    def __init__(self, compared: ComparedHome, address: str, engine: str, most_times: int) -> None:
        """Use an engine of the home, whose service is at an address."""
        self._most_times = most_times
        self._compared = compared
        self._address = address
        self._engine = engine

    async def at_once(self, streams: int) -> list[StreamCost]:
        """Measure some streams at once, each way."""
        texts = [answer(2)] * streams
        return await self._costs(
            texts, (min(SPEED, TOGETHER / streams), min(SPEED, TRACED / streams))
        )

    async def of_length(self, length: int) -> list[StreamCost]:
        """Measure one stream of some length, each way."""
        return await self._costs([long_text(length)], (AS_FAST_AS_IT_CAN, AS_FAST_AS_IT_CAN))

    async def _costs(self, texts: list[str], speeds: tuple[float, float]) -> list[StreamCost]:
        """Measure all ways; they take turns, since a machine is not always equally fast."""
        for way in WAYS:
            # Let the service make the speech once before anything counts.
            await self._measure(way, texts[:1], AS_FAST_AS_IT_CAN, memory=True)
        runs: dict[str, list[Json]] = {way: [] for way in WAYS}
        for _ in range(min(self._most_times, -(-ENOUGH // sum(map(len, texts))))):
            for way in WAYS:
                runs[way].append(await self._measure(way, texts, speeds[0]))
        traced = {way: await self._measure(way, texts, speeds[1], memory=True) for way in WAYS}
        return [_cost(way, texts, runs[way], traced[way]) for way in WAYS]

    async def _measure(
        self, way: str, texts: list[str], speed: float, *, memory: bool = False
    ) -> Json:
        url = f"{self._address}/_control/behaviour"
        async with self._compared.home.session.post(
            url, json={"generation_speed": speed}
        ) as response:
            response.raise_for_status()
        return await self._compared.home.socket.call(
            "benchmark_home/crowd",
            way=way,
            engine=self._compared.engines["core"].entity if way == "core" else self._engine,
            address=self._address,
            api_key=KEY,
            voice=VOICE,
            texts=texts,
            memory=memory,
        )


def _cost(way: str, texts: Sequence[str], runs: Sequence[Json], traced: Json) -> StreamCost:
    audio = statistics.median(_bytes(run) for run in runs)
    minutes = audio / BYTES_A_SECOND / 60
    kept = _bytes(traced) if way in ("entity", "core") else 0
    names = runs[0]["held"]
    return StreamCost(
        way=way,
        streams=len(texts),
        length=len(texts[0]),
        minutes=minutes,
        processor=statistics.median(run["processor"] for run in runs) / minutes,
        memory=max(0, traced["memory"] - kept) / len(texts),
        ours=traced["ours"] / len(texts),
        audio=audio / len(texts),
        held={name: max(tuple(run["held"][name]) for run in runs) for name in names},
        silence=max(_silence(stream) for run in runs for stream in run["arrivals"]),
    )


def _bytes(run: Json) -> int:
    return sum(size for stream in run["arrivals"] for _, size in stream)


def _silence(stream: Sequence[tuple[float, int]]) -> float:
    parts, at = list[Part](), 0
    for moment, size in stream:
        parts.append(Part(moment, at / BYTES_A_SECOND, size / BYTES_A_SECOND))
        at += size
    return longest_silence(parts)
