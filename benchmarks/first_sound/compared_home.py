"""A home with our component and Home Assistant's own, both speaking through a longer way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import re
import sys
import time
from typing import Any

import aiohttp

from benchmarks.first_sound.bare import BareClient, bare_client
from benchmarks.first_sound.cases import (
    LISTENING_S,
    MODEL,
    THINKING_S,
    VOICE,
    Measured,
    Reply,
)
from benchmarks.first_sound.listening import Received, hear
from benchmarks.first_sound.round_trip import READY
from harness.errors import HarnessError
from harness.home import Home, home_assistant
from harness.integrations import (
    VoiceChoice,
    add_assistant,
    add_integration,
    add_voice,
    entity_of,
    fill_in,
)
from harness.paths import REPOSITORY, fresh_directory
from harness.processes import Program, running
from harness.progress import Progress
from harness.speech_service import SIMULATOR_KEY, simulated, simulator
from harness.waiting import until

type Json = Any

COMPONENT = Path(__file__).resolve().parent / "custom_components" / "benchmark_home"
OPTIONS_FLOW = "/api/config/config_entries/options/flow"
PATIENCE = 60.0
# A new connection, and a request over it.
SETTLING_S = 0.3
# Of a plan with room for all streams at once.
CORE_KEY = "sk_enterprise"


@dataclass(frozen=True, slots=True)
class Engine:
    """A speech engine of the home, and the assistant that speaks with it."""

    name: str
    entity: str
    pipeline: str


@dataclass(slots=True)
class Call:
    """What the home tells while it speaks; its device fetches meanwhile."""

    device: aiohttp.ClientSession
    home: str
    url: str = ""
    fetching: asyncio.Task[Received] | None = None
    moments: asyncio.Future[dict[str, float]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def __call__(self, _moment: float, event: Json) -> None:
        """Take what the home tells."""
        match event:
            case {"kind": "url", "url": url}:
                self.url = url if url.startswith("http") else f"{self.home}{url}"
            case {"kind": "fetch"} if self.fetching is None:
                self.fetching = asyncio.create_task(self._fetch())
            case {"kind": "moments", "moments": moments} if not self.moments.done():
                self.moments.set_result(moments)
            case {"kind": "error", "message": message} if not self.moments.done():
                self.moments.set_exception(HarnessError(f"Home Assistant: {message}"))

    async def end(self) -> tuple[dict[str, float], Received]:
        """Wait until the home has said everything."""
        try:
            async with asyncio.timeout(PATIENCE):
                moments = await self.moments
                if self.fetching is None:
                    raise HarnessError("Home Assistant did not stream the answer.")
                return moments, await self.fetching
        finally:
            if self.fetching:
                self.fetching.cancel()
                await asyncio.gather(self.fetching, return_exceptions=True)

    async def _fetch(self) -> Received:
        received = Received()
        async with self.device.get(self.url) as response:
            response.raise_for_status()
            while piece := await response.content.readany():
                received.add(time.monotonic(), piece)
        return received


@dataclass(slots=True)
class ComparedHome:
    """Everything that is measured."""

    directory: Path
    """This run's own."""
    home: Home
    service: str
    """The simulator's own address."""
    far: str
    """The same, a round trip away."""
    proxy: Program
    bare: BareClient
    model: str
    engines: dict[str, Engine] = field(default_factory=dict)

    async def reply(self, engine: Engine, reply: Reply) -> Measured:
        """Ask the assistant, and listen to its answer as a satellite does."""
        await self.home.socket.call(
            "assist_pipeline/pipeline/set_preferred", pipeline_id=engine.pipeline
        )
        fields = {
            "format": reply.format,
            "tokens": reply.tokens,
            "rate": reply.rate,
            "listening": LISTENING_S,
            "thinking": THINKING_S,
        }
        moments, received = await self._call("benchmark_home/ask", fields)
        return Measured(moments["60 characters"], hear(received), moments)

    async def announce(self, engine: Engine, text: str) -> Measured:
        """Call tts.speak for a player, and listen as it does."""
        fields = {"engine": engine.entity, "text": text}
        moments, received = await self._call("benchmark_home/speak", fields)
        moments["first byte"] = received.pieces[0][0]
        return Measured(moments["called"], hear(received), moments)

    async def behave(self, behaviour: Json) -> None:
        """Change how the service behaves toward our integration."""
        url = f"{self.service}/_control/behaviour"
        changed = {"api_key": SIMULATOR_KEY, **behaviour}
        async with self.home.session.post(url, json=changed) as answer:
            answer.raise_for_status()

    async def pass_time(self, seconds: float, step: float = 60.0) -> None:
        """Let home and service act as if time had passed; what was due is done meanwhile."""
        left = seconds
        while left > 0:
            await self.age_service(min(step, left))
            await self.home.socket.call("benchmark_home/pass", seconds=min(step, left))
            left -= step
            await asyncio.sleep(SETTLING_S)

    async def age_service(self, seconds: float) -> None:
        """Let the service alone act as if time had passed."""
        url = f"{self.service}/_control/time"
        async with self.home.session.post(url, json={"seconds": seconds}) as answer:
            answer.raise_for_status()

    async def journal(self) -> Json:
        """Return what the service was asked since the last time."""
        url = f"{self.service}/_control/journal"
        async with self.home.session.get(url) as answer:
            found = await answer.json()
        async with self.home.session.delete(url):
            return found

    async def _call(self, command: str, fields: dict[str, Json]) -> tuple[Json, Received]:
        call = Call(self.home.session, self.home.url)
        await self.home.socket.subscribe(call, command, **fields)
        try:
            return await call.end()
        finally:
            await self.home.socket.call("benchmark_home/heard")


@asynccontextmanager
async def compared_home(
    progress: Progress,
    *,
    round_trip: float,
    sdk: Path | None,
    alone: bool = False,
    model: str = MODEL,
) -> AsyncIterator[ComparedHome]:
    """Start everything and end it with the block; `round_trip`: milliseconds.

    `alone`: without Home Assistant's own integration. `model`: what all speak with.
    """
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        progress.step("Starting the simulator, the longer way to it, and Home Assistant")
        service = await stack.enter_async_context(simulator(directory))
        proxy, far = await stack.enter_async_context(
            longer_way(directory / "way.log", service, round_trip)
        )
        home = await stack.enter_async_context(home_assistant(directory, components=[COMPONENT]))
        bare = await stack.enter_async_context(bare_client(far, model))
        compared = ComparedHome(directory, home, service, far, proxy, bare, model)
        progress.step(f"Home Assistant {home.version} is up, furnishing it")
        await _furnish(compared, progress, sdk, alone=alone)
        yield compared


@asynccontextmanager
async def longer_way(
    log: Path, service: str, round_trip: float
) -> AsyncIterator[tuple[Program, str]]:
    """Run the proxy in front of a service; gives its address. `log` tells what passes."""
    command = [sys.executable, "-m", "benchmarks.first_sound.round_trip"]
    options = ["--target", service.rpartition(":")[2], "--milliseconds", str(round_trip)]
    async with running("The proxy", [*command, *options], log=log, cwd=REPOSITORY) as program:
        yield program, await said_address(program, READY)


async def said_address(program: Program, before: str) -> str:
    """Wait until a program says its address after some words."""

    async def address() -> str | None:
        program.check()
        found = re.search(rf"{re.escape(before)} (http://\S+)", program.said())
        return found.group(1) if found else None

    return await until(f"{program.name}'s address", address, seconds=PATIENCE)


async def _furnish(
    compared: ComparedHome, progress: Progress, sdk: Path | None, *, alone: bool
) -> None:
    """Set the integrations up through their config flows, and an assistant for each."""
    answers = {"address": compared.far, "sdk": str(sdk or "")}
    home = compared.home
    entry = await add_integration(home, "benchmark_home", answers)
    agent = await entity_of(home, entry, "conversation")
    recognizer = await entity_of(home, entry, "stt")
    address, model = compared.far, compared.model
    engines = {"ours": await add_ours(home, progress, SIMULATOR_KEY, address, model)}
    if not alone:
        engines["core"] = await _add_core(home, model)
    for name, entity in engines.items():
        pipeline = await add_assistant(home, agent, entity)
        await _set_recognizer(home, pipeline, recognizer)
        compared.engines[name] = Engine(name, entity, pipeline)


async def add_ours(
    home: Home, progress: Progress, key: str, address: str, model: str = MODEL
) -> str:
    """Add our integration with one voice; returns its engine."""
    service = simulated(address, VOICE, key)
    return await add_voice(home, service, VoiceChoice(VOICE, progress), model)


async def _add_core(home: Home, model: str) -> str:
    """Add Home Assistant's integration with the model and voice that ours has."""
    api = home.api
    entry = await add_integration(home, "elevenlabs", {"api_key": CORE_KEY})
    step = await api.post(OPTIONS_FLOW, {"handler": entry})
    wanted = {"model": model, "voice": VOICE, "stt_model": "scribe_v2"}
    filled = fill_in(step["data_schema"], wanted)
    step = await api.post(f"{OPTIONS_FLOW}/{step['flow_id']}", filled)
    if step["type"] != "create_entry":
        raise HarnessError(f"Home Assistant's integration did not take its options: {step}")
    return await entity_of(home, entry, "tts")


async def _set_recognizer(home: Home, number: str, engine: str) -> None:
    """Let an assistant recognize speech."""
    found = await home.socket.call("assist_pipeline/pipeline/get", pipeline_id=number)
    found |= {"stt_engine": engine, "stt_language": "en"}
    fields = {name: value for name, value in found.items() if name != "id"}
    await home.socket.call("assist_pipeline/pipeline/update", pipeline_id=number, **fields)
