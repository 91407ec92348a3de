"""Everything at once: service, player, home, and the home furnished to speak."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from demo.arrangement import (
    add_assistant,
    add_dashboard,
    add_integration,
    entity_of,
    language_of,
)
from demo.errors import DemoError
from demo.heard import Heard
from demo.home import Home, home_assistant
from demo.home_api import HomeApi, HomeSocket, Json, open_socket
from demo.places import LOOPBACK, fresh_directory, reserved_port
from demo.player import Player, music_player
from demo.progress import Progress
from demo.service import Service, speech_service

DOMAIN = "elevenlabs_streaming"


@dataclass(slots=True)
class VoiceChoice:
    """Takes the wanted voice, or the first one the form offers, and tells which."""

    wanted: str | None
    progress: Progress
    taken: str = ""

    def __call__(self, field: Json, /) -> str:
        """Answer the form's voice field."""
        offered = _options(field)
        self.taken = self.wanted or next(iter(offered), "")
        if not self.taken:
            message = "The account lists no voices: set ELEVENLABS_VOICE_ID."
            raise DemoError(message)
        label = offered.get(self.taken, "not in the account's list")
        self.progress.step(f"Taking the voice {self.taken} ({label})")
        return self.taken


def _options(field: Json) -> dict[str, str]:
    options = field.get("selector", {}).get("select", {}).get("options", [])
    pairs = (o if isinstance(o, dict) else {"value": o, "label": o} for o in options)
    return {pair["value"]: pair["label"] for pair in pairs}


@dataclass(frozen=True, slots=True)
class Stage:
    """A home in which everything is ready to speak."""

    home: Home
    socket: HomeSocket
    service: Service
    player: Player
    player_entity: str
    engine: str
    voice: str
    pipeline: str
    dashboard: str

    @property
    def dashboard_url(self) -> str:
        """The dashboard's address."""
        return f"{self.home.url}{self.dashboard}"

    async def listen_to_captions(self) -> Heard:
        """Collect the caption channel's messages from now on."""
        captions = Heard()
        await self.socket.subscribe(captions, f"{DOMAIN}/captions/subscribe")
        return captions


@asynccontextmanager
async def set_up_stage(port: int | None, progress: Progress) -> AsyncIterator[Stage]:
    """Start and furnish everything; end everything when the block ends."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        home_port = stack.enter_context(reserved_port(port))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        progress.step("Starting the speech service and the player")
        service = await stack.enter_async_context(speech_service(directory))
        player = await stack.enter_async_context(music_player(directory))
        progress.step("Starting Home Assistant")
        home = await stack.enter_async_context(home_assistant(directory, home_port, session))
        progress.step(f"Home Assistant {home.version} is up, furnishing it")
        socket = await stack.enter_async_context(open_socket(home.api))
        yield await furnish(home, socket, service, player, progress)


async def furnish(
    home: Home,
    socket: HomeSocket,
    service: Service,
    player: Player,
    progress: Progress,
) -> Stage:
    """Add the integrations through their own set-up, an assistant and a dashboard."""
    choice = VoiceChoice(service.voice, progress)
    engine = await add_voice(home.api, socket, service, choice)
    player_entity = await add_player(home.api, socket, player)
    agent = await add_agent(home.api, socket)
    language = await language_of(socket, engine)
    return Stage(
        home=home,
        socket=socket,
        service=service,
        player=player,
        player_entity=player_entity,
        engine=engine,
        voice=choice.taken,
        pipeline=await add_assistant(socket, agent, engine, language),
        dashboard=await add_dashboard(socket, player_entity),
    )


async def add_voice(api: HomeApi, socket: HomeSocket, service: Service, choice: VoiceChoice) -> str:
    """Add our integration; return its speech engine's entity."""
    answers: dict[str, Json] = {"api_key": service.api_key, "voice": choice}
    if service.endpoint:
        answers["endpoint"] = service.endpoint
    entry = await add_integration(api, DOMAIN, answers)
    return await entity_of(api, socket, entry, "tts")


async def add_player(api: HomeApi, socket: HomeSocket, player: Player) -> str:
    """Add the music player; return its entity."""
    answers = {"host": LOOPBACK, "port": player.port}
    entry = await add_integration(api, "mpd", answers)
    return await entity_of(api, socket, entry, "media_player")


async def add_agent(api: HomeApi, socket: HomeSocket) -> str:
    """Add the agent that answers a few letters at a time; return its entity."""
    entry = await add_integration(api, "demo_agent", {})
    return await entity_of(api, socket, entry, "conversation")
