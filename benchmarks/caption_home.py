"""Speaking every sentence at its player, on every route, anew and from the cache."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import time
from typing import Any

from benchmarks.channel import announcement_at, is_over
from harness.errors import HarnessError
from harness.events import Arrival, CapturedEvents
from harness.fifo import FifoListener, HeardAudio, heard_player
from harness.home import Home, home_assistant
from harness.integrations import DOMAIN, VoiceChoice, add_player, add_voice
from harness.paths import fresh_directory
from harness.progress import Progress
from harness.speech_service import simulated, simulator
from harness.waiting import until

type Json = Any

ROUTES = ("http", "websocket", "dialogue")
"""`dialogue`: the WebSocket of Text to Dialogue."""
DIALOGUE_MODEL = "eleven_v4_turbo"
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
        if self.route == "dialogue":
            return {"route": "websocket", "model": DIALOGUE_MODEL, **stability}
        return {"route": self.route, **stability}

    @property
    def generated_by(self) -> str:
        """What the simulator's journal calls the route."""
        return "dialogue_websocket" if self.route == "dialogue" else self.route


@dataclass(frozen=True, slots=True)
class Made:
    """An announcement that was made, with all that is to be known of it."""

    case: Case
    player: str
    number: str
    called: float
    messages: list[Arrival]
    states: list[Arrival]
    playing: HeardAudio


@dataclass(slots=True)
class CaptionHome:
    """A home with one heard player for each language."""

    home: Home
    simulator: str
    engine: str
    players: dict[str, str]
    listeners: dict[str, FifoListener]
    captions: CapturedEvents = field(default_factory=CapturedEvents)
    states: CapturedEvents = field(default_factory=CapturedEvents)

    def processor(self) -> float:
        """Return the processor seconds that Home Assistant has used."""
        stat = Path(f"/proc/{self.home.program.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    async def generations(self) -> list[Json]:
        """Return what the simulator was asked to say."""
        async with self.home.session.get(f"{self.simulator}/_control/journal") as response:
            journal = await response.json()
        return list(journal["generations"])


@asynccontextmanager
async def caption_home(languages: list[str], progress: Progress) -> AsyncIterator[CaptionHome]:
    """Start everything and end it with the block."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        progress.step(f"Starting the simulator, {len(languages)} players and Home Assistant")
        address = await stack.enter_async_context(simulator(directory))
        heard = {
            language: await stack.enter_async_context(heard_player(directory, language))
            for language in languages
        }
        home = await stack.enter_async_context(home_assistant(directory))
        engine = await add_voice(home, simulated(address, VOICE), VoiceChoice(VOICE, progress))
        entities = {name: await add_player(home, one.player) for name, one in heard.items()}
        listeners = {language: one.listener for language, one in heard.items()}
        found = CaptionHome(home, address, engine, entities, listeners)
        await home.socket.subscribe(found.captions, f"{DOMAIN}/captions/subscribe")
        await home.socket.subscribe(found.states, "subscribe_events", event_type="state_changed")
        yield found


def cases_of(language: str, texts: tuple[str, ...]) -> list[Case]:
    """List what one player speaks: each sentence on all routes, twice each.

    The routes take turns, so that neither has the player's first announcements to itself.
    """
    plan = []
    for index, text in enumerate(texts):
        routes = ROUTES if index % 2 == 0 else ROUTES[::-1]
        plan += [(text, route, cached) for route in routes for cached in (False, True)]
    return [Case(language, *one, order) for order, one in enumerate(plan, start=1)]


async def announce(home: CaptionHome, case: Case) -> Made:
    """Make one announcement through `tts.speak` and wait for its end."""
    player, listener = home.players[case.language], home.listeners[case.language]
    listener.take()
    before, states = len(home.captions.arrivals), len(home.states.arrivals)
    called = time.monotonic()
    await home.home.socket.call_action(
        "tts.speak",
        home.engine,
        media_player_entity_id=player,
        message=case.text,
        language=case.language,
        options=case.options,
    )
    number = await until("The end of the captions", _over(home, player, before), seconds=PATIENCE)
    await until("The end of the sound", _quiet(listener), seconds=PATIENCE)
    await asyncio.sleep(REST)
    if (playing := listener.take()) is None:
        message = f"Nothing was heard of {case.text!r}."
        raise HarnessError(message)
    mine = [a for a in home.states.arrivals[states:] if a.event["data"]["entity_id"] == player]
    messages = home.captions.arrivals[before:]
    return Made(case, player, number, called, messages, mine, playing)


def _over(home: CaptionHome, player: str, before: int) -> Callable[[], Awaitable[str | None]]:
    async def look() -> str | None:
        messages = home.captions.arrivals[before:]
        number = announcement_at(messages, player)
        return number if number and is_over(messages, number, player) else None

    return look


def _quiet(listener: FifoListener) -> Callable[[], Awaitable[bool | None]]:
    async def look() -> bool | None:
        return listener.last_moment < time.monotonic() - QUIET or None

    return look


async def slow_down(home: CaptionHome, seconds: float) -> None:
    """Let the first audio of a generation take its time, as over the internet."""
    url = f"{home.simulator}/_control/behaviour"
    async with home.home.session.post(url, json={"inference_delay": seconds}) as response:
        response.raise_for_status()


async def delay_captions(home: CaptionHome, language: str, seconds: float) -> None:
    """Set the caption delay of a player, as its user would."""
    player = home.players[language]
    entities = await home.home.socket.call("config/entity_registry/list")
    device = next(e["device_id"] for e in entities if e["entity_id"] == player)
    found = [e for e in entities if e["platform"] == DOMAIN and e["device_id"] == device]
    number = next((e for e in found if e["entity_id"].startswith("number.")), None)
    if number is None:
        message = f"{player} has no caption delay."
        raise HarnessError(message)
    await home.home.socket.call_action("number.set_value", number["entity_id"], value=seconds)
