"""A home to soak: one voice, an assistant, a dashboard that plays at once, and a probe inside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from harness.home import Home, home_assistant
from harness.home_api import HomeSocket, open_socket
from harness.integrations import (
    DOMAIN,
    VoiceChoice,
    add_agent,
    add_assistant,
    add_voice,
)
from harness.paths import fresh_directory
from harness.progress import Progress
from harness.speech_service import simulated, simulator

type Json = Any

PROBE = Path(__file__).resolve().parent / "soak_probe"
VOICE = "JBFqnCBsd6RMkjVDRZzb"
# An account whose credits and places are enough.
KEY = "sk_scale"
FAST = {"inference_delay": 0.02, "generation_speed": 0}
DASHBOARD = "media_player.elevenlabs_streaming_dashboard"


@dataclass(frozen=True, slots=True)
class SoakHome:
    """A home and the service it speaks through."""

    home: Home
    simulator: str
    engine: str
    pipeline: str
    directory: Path

    @property
    def session(self) -> aiohttp.ClientSession:
        """What requests are made with."""
        return self.home.session

    async def behave(self, behaviour: Json) -> None:
        """Set what the service does wrong from now on; it is fast in any case."""
        url = f"{self.simulator}/_control/behaviour"
        async with self.session.delete(url, params={"api_key": KEY}) as answer:
            answer.raise_for_status()
        async with self.session.post(url, json={"api_key": KEY, **FAST, **behaviour}) as answer:
            answer.raise_for_status()

    async def journal(self) -> Json:
        """Return what the service still holds."""
        async with self.session.get(f"{self.simulator}/_control/journal") as answer:
            return await answer.json()


@asynccontextmanager
async def soak_home(progress: Progress) -> AsyncIterator[SoakHome]:
    """Start everything and end it with the block."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        progress.step("Starting the simulator and Home Assistant")
        address = await stack.enter_async_context(simulator(directory))
        home = await stack.enter_async_context(
            home_assistant(directory, components=[PROBE], yaml=f"{PROBE.name}:\n")
        )
        await _stay_logged_in(home)
        engine = await add_voice(home, simulated(address, VOICE, KEY), VoiceChoice(VOICE, progress))
        pipeline = await add_assistant(home, await add_agent(home), engine)
        soaked = SoakHome(home, address, engine, pipeline, directory)
        await stack.enter_async_context(_open_page(soaked))
        yield soaked


async def _stay_logged_in(home: Home) -> None:
    """Get a token that outlasts the run; the usual one expires after half an hour."""
    wanted = {"client_name": "soak", "lifespan": 1}
    token = await home.socket.call("auth/long_lived_access_token", **wanted)
    home.api.tokens = home.api.tokens | {"access_token": token}


@asynccontextmanager
async def _open_page(soaked: SoakHome) -> AsyncIterator[None]:
    """Open a dashboard that fetches what it is given and has played it at once."""
    async with open_socket(soaked.home.api) as socket:
        page = _Page(soaked, socket)
        wanted = {"client": "soak", "can_play": True}
        await socket.subscribe(page.take, f"{DOMAIN}/dashboard/connect", **wanted)
        playing = asyncio.create_task(page.run())
        try:
            yield
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing


class _Page:
    """A dashboard without a browser."""

    def __init__(self, soaked: SoakHome, socket: HomeSocket) -> None:
        self._soaked, self._socket = soaked, socket
        self._wanted: asyncio.Queue[Json] = asyncio.Queue()
        self._seen = ""

    def take(self, _: float, event: Json) -> None:
        """Take what is wanted."""
        slot = event.get("announcement")
        if slot and slot["id"] != self._seen:
            self._seen = slot["id"]
            self._wanted.put_nowait(slot)

    async def run(self) -> None:
        """Play one sound after the other."""
        while True:
            slot = await self._wanted.get()
            url = f"{self._soaked.home.url}{slot['url']}"
            fetched = 0
            with suppress(aiohttp.ClientError):
                async with self._soaked.session.get(url) as answer:
                    fetched = len(await answer.read()) if answer.ok else 0
            for state in ("ready", "playing", "ended") if fetched else ("error",):
                await self._say(slot["id"], state)

    async def _say(self, slot: str, state: str) -> None:
        await self._socket.call(
            f"{DOMAIN}/dashboard/report",
            entity_id=DASHBOARD,
            client="soak",
            slot=slot,
            state=state,
            position=0.01 if state == "playing" else 0.0,
        )
