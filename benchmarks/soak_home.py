"""A home to soak: one voice, an assistant, a dashboard that plays at once, and a probe inside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from demo.arrangement import add_assistant, language_of
from demo.home import (
    CONFIG,
    Home,
    create_owner,
    home_program,
    telling_log,
    wait_until_started,
    write_configuration,
)
from demo.home_api import HomeApi, HomeSocket, open_socket
from demo.places import LOOPBACK, fresh_directory, reserved_port
from demo.progress import Progress
from demo.service import SIMULATOR_KEY, Service, simulator
from demo.stage import DOMAIN, VoiceChoice, add_agent, add_voice

type Json = Any

PROBE = Path(__file__).resolve().parent / "soak_probe"
VOICE = "JBFqnCBsd6RMkjVDRZzb"
DASHBOARD = "media_player.elevenlabs_streaming_dashboard"


@dataclass(frozen=True, slots=True)
class Soaked:
    """A home and the service it speaks through."""

    home: Home
    socket: HomeSocket
    simulator: str
    engine: str
    pipeline: str

    @property
    def session(self) -> aiohttp.ClientSession:
        """What requests are made with."""
        return self.home.api.session

    async def behave(self, behaviour: Json) -> None:
        """Set what the service does wrong from now on."""
        url = f"{self.simulator}/_control/behaviour"
        async with self.session.delete(url, params={"api_key": SIMULATOR_KEY}) as answer:
            answer.raise_for_status()
        async with self.session.post(url, json={"api_key": SIMULATOR_KEY, **behaviour}) as answer:
            answer.raise_for_status()

    async def journal(self) -> Json:
        """Return what the service still holds."""
        async with self.session.get(f"{self.simulator}/_control/journal") as answer:
            return await answer.json()


@asynccontextmanager
async def soaked_home(progress: Progress) -> AsyncIterator[Soaked]:
    """Start everything and end it with the block."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        port = stack.enter_context(reserved_port(None))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        progress.step("Starting the simulator and Home Assistant")
        address = await stack.enter_async_context(simulator(directory))
        home = await stack.enter_async_context(_home(directory, port, session))
        socket = await stack.enter_async_context(open_socket(home.api))
        service = Service("the simulator", SIMULATOR_KEY, address, VOICE)
        engine = await add_voice(home.api, socket, service, VoiceChoice(VOICE, progress))
        agent = await add_agent(home.api, socket)
        language = await language_of(socket, engine)
        pipeline = await add_assistant(socket, agent, engine, language)
        soaked = Soaked(home, socket, address, engine, pipeline)
        await stack.enter_async_context(_open_page(soaked))
        yield soaked


@asynccontextmanager
async def _home(directory: Path, port: int, session: aiohttp.ClientSession) -> AsyncIterator[Home]:
    """Run Home Assistant with the probe."""
    url, config = f"http://{LOOPBACK}:{port}", directory / CONFIG
    write_configuration(config, url, port)
    (config / "custom_components" / PROBE.name).symlink_to(PROBE, target_is_directory=True)
    with (config / "configuration.yaml").open("a", encoding="utf-8") as written:
        written.write(f"{PROBE.name}:\n")
    async with home_program(directory) as program:
        with telling_log(program):
            api = HomeApi(session, url)
            await create_owner(api, program)
            yield Home(api, program, await wait_until_started(api, program))


@asynccontextmanager
async def _open_page(soaked: Soaked) -> AsyncIterator[None]:
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

    def __init__(self, soaked: Soaked, socket: HomeSocket) -> None:
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
