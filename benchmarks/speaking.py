"""Speaking every sentence at its player, on every route, anew and from the cache."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import time
from typing import Any

import aiohttp

from benchmarks.channel import announcement_at, is_over
from benchmarks.ear import Ear, Playing, heard_player
from demo.arrangement import add_integration, entity_of
from demo.errors import DemoError
from demo.heard import Arrival, Heard
from demo.home import Home, home_assistant
from demo.home_api import HomeSocket, open_socket
from demo.places import LOOPBACK, fresh_directory, reserved_port
from demo.progress import Progress
from demo.service import SIMULATOR_KEY, Service, simulator
from demo.stage import DOMAIN, VoiceChoice, add_voice
from demo.waiting import until

type Json = Any

ROUTES = ("http", "websocket")
VOICE = "JBFqnCBsd6RMkjVDRZzb"
PATIENCE = 40.0
# Home Assistant may still write its cache when the captions end.
REST = 0.3
QUIET = 0.4


@dataclass(frozen=True, slots=True)
class Case:
    """One announcement to make."""

    language: str
    text: str
    route: str
    cached: bool
    order: int
    """Which announcement of its player it is, from 1."""
    stability: float | None = None
    """Another value makes a sentence anew that was spoken before."""

    @property
    def options(self) -> dict[str, Json]:
        """What `tts.speak` is called with."""
        stability = {} if self.stability is None else {"stability": self.stability}
        return {"route": self.route, **stability}


@dataclass(frozen=True, slots=True)
class Made:
    """An announcement that was made, with all that is to be known of it."""

    case: Case
    player: str
    number: str
    called: float
    messages: list[Arrival]
    states: list[Arrival]
    playing: Playing


@dataclass(slots=True)
class Room:
    """A home with one heard player for each language."""

    socket: HomeSocket
    session: aiohttp.ClientSession
    simulator: str
    engine: str
    home: Home
    players: dict[str, str]
    ears: dict[str, Ear]
    captions: Heard = field(default_factory=Heard)
    states: Heard = field(default_factory=Heard)

    def processor(self) -> float:
        """Return the processor seconds that Home Assistant has used."""
        stat = Path(f"/proc/{self.home.program.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    async def generations(self) -> list[Json]:
        """Return what the simulator was asked to say."""
        async with self.session.get(f"{self.simulator}/_control/journal") as response:
            journal = await response.json()
        return list(journal["generations"])


@asynccontextmanager
async def set_up_room(languages: list[str], progress: Progress) -> AsyncIterator[Room]:
    """Start everything and end it with the block."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        port = stack.enter_context(reserved_port(None))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        progress.step(f"Starting the simulator, {len(languages)} players and Home Assistant")
        address = await stack.enter_async_context(simulator(directory))
        heard = {
            language: await stack.enter_async_context(heard_player(directory, language))
            for language in languages
        }
        home = await stack.enter_async_context(home_assistant(directory, port, session))
        socket = await stack.enter_async_context(open_socket(home.api))
        service = Service("the simulator", SIMULATOR_KEY, address, VOICE)
        engine = await add_voice(home.api, socket, service, VoiceChoice(VOICE, progress))
        entities = {}
        for language, one in heard.items():
            answers = {"host": LOOPBACK, "port": one.player.port}
            entry = await add_integration(home.api, "mpd", answers)
            entities[language] = await entity_of(home.api, socket, entry, "media_player")
        ears = {language: one.ear for language, one in heard.items()}
        room = Room(socket, session, address, engine, home, entities, ears)
        await socket.subscribe(room.captions, f"{DOMAIN}/captions/subscribe")
        await socket.subscribe(room.states, "subscribe_events", event_type="state_changed")
        yield room


def cases_of(language: str, texts: tuple[str, ...]) -> list[Case]:
    """List what one player speaks: each sentence on both routes, twice each.

    The routes take turns, so that neither has the player's first announcements to itself.
    """
    plan = []
    for index, text in enumerate(texts):
        routes = ROUTES if index % 2 == 0 else ROUTES[::-1]
        plan += [(text, route, cached) for route in routes for cached in (False, True)]
    return [Case(language, *one, order) for order, one in enumerate(plan, start=1)]


async def announce(room: Room, case: Case) -> Made:
    """Make one announcement through `tts.speak` and wait for its end."""
    player, ear = room.players[case.language], room.ears[case.language]
    ear.take()
    before, states = len(room.captions.arrivals), len(room.states.arrivals)
    called = time.monotonic()
    await room.socket.call(
        "call_service",
        domain="tts",
        service="speak",
        target={"entity_id": room.engine},
        service_data={
            "media_player_entity_id": player,
            "message": case.text,
            "language": case.language,
            "options": case.options,
        },
    )
    number = await until("The end of the captions", _over(room, player, before), seconds=PATIENCE)
    await until("The end of the sound", _quiet(ear), seconds=PATIENCE)
    await asyncio.sleep(REST)
    if (playing := ear.take()) is None:
        message = f"Nothing was heard of {case.text!r}."
        raise DemoError(message)
    mine = [a for a in room.states.arrivals[states:] if a.event["data"]["entity_id"] == player]
    messages = room.captions.arrivals[before:]
    return Made(case, player, number, called, messages, mine, playing)


def _over(room: Room, player: str, before: int) -> Callable[[], Awaitable[str | None]]:
    async def look() -> str | None:
        messages = room.captions.arrivals[before:]
        number = announcement_at(messages, player)
        return number if number and is_over(messages, number, player) else None

    return look


def _quiet(ear: Ear) -> Callable[[], Awaitable[bool | None]]:
    async def look() -> bool | None:
        return ear.last_moment < time.monotonic() - QUIET or None

    return look


async def slow_down(room: Room, seconds: float) -> None:
    """Let the first audio of a generation take its time, as over the internet."""
    url = f"{room.simulator}/_control/behaviour"
    async with room.session.post(url, json={"inference_delay": seconds}) as response:
        response.raise_for_status()


async def delay_captions(room: Room, language: str, seconds: float) -> None:
    """Set the caption delay of a player, as its user would."""
    player = room.players[language]
    entities = await room.socket.call("config/entity_registry/list")
    device = next(e["device_id"] for e in entities if e["entity_id"] == player)
    found = [e for e in entities if e["platform"] == DOMAIN and e["device_id"] == device]
    number = next((e for e in found if e["entity_id"].startswith("number.")), None)
    if number is None:
        message = f"{player} has no caption delay."
        raise DemoError(message)
    await room.socket.call(
        "call_service",
        domain="number",
        service="set_value",
        target={"entity_id": number["entity_id"]},
        service_data={"value": seconds},
    )
