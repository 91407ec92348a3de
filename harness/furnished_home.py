"""A home with everything in it that speaks: service, player, assistant and dashboard."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from harness.dashboard import add_dashboard
from harness.events import CapturedEvents
from harness.home import Home, home_assistant
from harness.integrations import (
    DOMAIN,
    VoiceChoice,
    add_agent,
    add_assistant,
    add_player,
    add_voice,
)
from harness.paths import fresh_directory
from harness.player import Player, music_player
from harness.progress import Progress
from harness.speech_service import SpeechService, speech_service


@dataclass(frozen=True, slots=True)
class FurnishedHome:
    """A home in which everything is ready to speak."""

    home: Home
    service: SpeechService
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

    async def capture_captions(self) -> CapturedEvents:
        """Collect the caption channel's messages from now on."""
        captions = CapturedEvents()
        await self.home.socket.subscribe(captions, f"{DOMAIN}/captions/subscribe")
        return captions


@asynccontextmanager
async def furnished_home(
    progress: Progress, port: int | None = None
) -> AsyncIterator[FurnishedHome]:
    """Start and furnish everything; end everything when the block ends."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        progress.step("Starting the speech service and the player")
        service = await stack.enter_async_context(speech_service(directory))
        player = await stack.enter_async_context(music_player(directory))
        progress.step("Starting Home Assistant")
        home = await stack.enter_async_context(home_assistant(directory, port))
        progress.step(f"Home Assistant {home.version} is up, furnishing it")
        yield await _furnish(home, service, player, progress)


async def _furnish(
    home: Home, service: SpeechService, player: Player, progress: Progress
) -> FurnishedHome:
    """Add the integrations through their own set-up, an assistant and a dashboard."""
    choice = VoiceChoice(service.voice, progress)
    engine = await add_voice(home, service, choice)
    player_entity = await add_player(home, player)
    return FurnishedHome(
        home=home,
        service=service,
        player=player,
        player_entity=player_entity,
        engine=engine,
        voice=choice.taken,
        pipeline=await add_assistant(home, await add_agent(home), engine),
        dashboard=await add_dashboard(home, player_entity),
    )
