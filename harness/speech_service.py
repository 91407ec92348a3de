"""The speech service behind the component: the simulator, or ElevenLabs itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import re
import sys

from harness.paths import REPOSITORY
from harness.ports import LOOPBACK
from harness.processes import running
from harness.waiting import until

SIMULATOR_KEY = "sk_demo"
START_PATIENCE = 60
ADDRESS = re.compile(rf"http://{re.escape(LOOPBACK)}:\d+")


@dataclass(frozen=True, slots=True)
class SpeechService:
    """What the component's set-up needs to know of a speech service."""

    name: str
    api_key: str
    endpoint: str | None = None
    voice: str | None = None


@asynccontextmanager
async def speech_service(directory: Path) -> AsyncIterator[SpeechService]:
    """ElevenLabs if the environment has a key for it, else a simulator of our own."""
    voice = os.environ.get("ELEVENLABS_VOICE_ID") or None
    if key := os.environ.get("ELEVENLABS_API_KEY"):
        yield SpeechService("ElevenLabs", key, voice=voice)
        return
    async with simulator(directory) as address:
        yield simulated(address, voice)


def simulated(address: str, voice: str | None = None, key: str = SIMULATOR_KEY) -> SpeechService:
    """Tell what the component's set-up needs to know of a simulator."""
    return SpeechService("the simulator", key, address, voice)


@asynccontextmanager
async def simulator(directory: Path) -> AsyncIterator[str]:
    """Run the simulator on a free port and give its address."""
    command = [sys.executable, "-m", "simulator", "--host", LOOPBACK, "--port", "0"]
    async with running(
        "The simulator", command, log=directory / "simulator.log", cwd=REPOSITORY
    ) as program:

        async def address() -> str | None:
            program.check()
            found = ADDRESS.search(program.said())
            return found.group() if found else None

        yield await until("The simulator's address", address, seconds=START_PATIENCE)
