"""The speech service behind the component: the simulator, or ElevenLabs itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import re
import sys

from demo.places import LOOPBACK, REPOSITORY
from demo.processes import running
from demo.waiting import until

SIMULATOR_KEY = "sk_demo"
START_PATIENCE = 60
ADDRESS = re.compile(rf"http://{re.escape(LOOPBACK)}:\d+")


@dataclass(frozen=True, slots=True)
class Service:
    """What the component's set-up needs to know of a speech service."""

    name: str
    api_key: str
    endpoint: str | None = None
    voice: str | None = None


@asynccontextmanager
async def speech_service(directory: Path) -> AsyncIterator[Service]:
    """ElevenLabs if the environment has a key for it, else a simulator of our own."""
    voice = os.environ.get("ELEVENLABS_VOICE_ID") or None
    if key := os.environ.get("ELEVENLABS_API_KEY"):
        yield Service("ElevenLabs", key, voice=voice)
        return
    async with simulator(directory) as address:
        yield Service("the simulator", SIMULATOR_KEY, address, voice)


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
