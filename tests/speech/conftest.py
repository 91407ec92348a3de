"""Fixtures for the speech room, which needs no Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.speech import Synthesizer
from simulator import Simulator
from tests.helpers.speaking import Time, at
from tests.helpers.wires import KEY


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


@pytest.fixture(autouse=True)
async def _plain_loop() -> None:
    """Leave out the loop's own bookkeeping, which takes most of the time of many messages."""
    asyncio.get_running_loop().set_debug(False)


@pytest.fixture(autouse=True)
def _no_secrets_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test after which the log knows the key or what was spoken."""
    caplog.set_level("DEBUG", logger="custom_components.elevenlabs_streaming")
    yield
    logged = [r.getMessage() for r in caplog.get_records("call") if "elevenlabs" in r.name]
    assert not any(secret in line for line in logged for secret in (KEY, "laundry", "lavender"))


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Share connections within a test."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def speaker(session: aiohttp.ClientSession, simulator: Simulator) -> Synthesizer:
    """Speak through the simulator, waiting for texts as long as it takes."""
    return at(session, simulator.url)


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Let a test pass the time."""
    return Time(monkeypatch)
