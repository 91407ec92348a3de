"""Fixtures for every test: our component is the one Home Assistant finds, and a simulator."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import logging
from logging.handlers import BufferingHandler
from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

import custom_components.elevenlabs_streaming  # noqa: F401  # before the plugin's own folder of that name
from simulator import Simulator
from tests.helpers.home import Ears, make_entry, set_up
from tests.helpers.players import House, Stopwatch, retry_at_once


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the random run be longer than usual, and the matrix of faults be written down."""
    parser.addoption("--chaos", type=int, default=3, help="random homes of test_chaos.py")
    parser.addoption("--fault-table", help="file for what test_fault_matrix.py heard")


# A few tests that take minutes: at the end one of two processes would wait for the other.
_LONG_FOLDERS = ("e2e", "scripts", "demo", "benchmarks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in _LONG_FOLDERS)


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let every Home Assistant of a test load this repository's component."""


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Check what asyncio's debug mode checks, without keeping the stack of every callback.

    Those stacks, which only lengthen messages, take half of the time of all tests.
    """
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.get_debug = lambda: False  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def wrong_transitions() -> Iterator[list[logging.LogRecord]]:
    """Fail every test in which a player's part changes its state as the table forbids."""
    logger = logging.getLogger("custom_components.elevenlabs_streaming.announcements.part_state")
    handler = BufferingHandler(1000)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.buffer
    logger.removeHandler(handler)
    assert not [record.getMessage() for record in handler.buffer]


@pytest.fixture(autouse=True)
def _tts_cache(tmp_path: Path) -> Iterator[None]:
    """Give every test an audio cache of its own."""
    with (
        patch("homeassistant.components.tts.DEFAULT_CACHE_DIR", str(tmp_path / "tts")),
        patch(
            "custom_components.elevenlabs_streaming.generation.caption_cache.caption_folder",
            return_value=tmp_path / "captions",
        ),
    ):
        yield


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a simulator that speaks as fast as it can."""
    async with Simulator() as running:
        yield running


@pytest.fixture
async def ears_alone(
    hass: HomeAssistant,
    simulator: Simulator,  # it has to run before anybody listens
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> Ears:
    """Listen; the voice is to be set up by the test."""
    assert await async_setup_component(hass, "tts", {})
    assert await async_setup_component(hass, "elevenlabs_streaming", {})
    return Ears(await hass_client(), await hass_ws_client())


@pytest.fixture
async def ears(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> Ears:
    """Set up a home with George's voice, and listen."""
    retry_at_once(monkeypatch, Stopwatch(hass, monkeypatch))
    await set_up(hass, make_entry(simulator))
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    return ears


@pytest.fixture
async def house(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """Set up a home with George's voice, for players to be put into."""
    for component in ("homeassistant", "media_player", "assist_satellite", "group"):
        assert await async_setup_component(hass, component, {})
    clock = Stopwatch(hass, monkeypatch)
    retry_at_once(monkeypatch, clock)
    await set_up(hass, make_entry(simulator))
    house = House(hass, await hass_client(), await hass_ws_client(), simulator, clock)
    house.watch()
    return house
