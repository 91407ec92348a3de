"""What Home Assistant's page about its health tells of the accounts."""

import asyncio
from typing import Any

import aiohttp
from aiohttp import web
from homeassistant.components.system_health import get_info
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour, Simulator
from tests.helpers.config_flow import Stranger
from tests.helpers.home import make_entry, set_up


@pytest.fixture(autouse=True)
async def _health(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "system_health", {})


async def health(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is told."""
    told: Any = await get_info(hass)
    return dict(told[DOMAIN])


async def test_it_tells_that_all_is_well(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, make_entry(simulator))
    told = await health(hass)
    assert told["can_reach_server"] == "ok"
    assert told["credits_remaining"] == simulator.account_state().credits_left
    number, unit = told["latency"].split()
    assert (int(number) < 5000, unit) == (True, "ms")
    assert set(told) == {"can_reach_server", "credits_remaining", "latency", "breaker"}


async def test_what_is_not_known_is_unknown(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, make_entry(simulator, "sk_tts_only"))
    told = await health(hass)
    assert told["credits_remaining"] == "unknown"
    assert told["latency"].endswith(" ms")


async def test_it_tells_that_nothing_can_be_reached(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    async with Stranger() as gone:
        closed = gone.url
    await set_up(hass, make_entry(simulator, endpoint=closed))
    told = await health(hass)
    assert told["can_reach_server"] == "Failed: unreachable"
    assert told["latency"] == "unknown"


async def test_a_server_that_does_not_answer_does_not_hold_up_the_page(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: web.Request) -> None:
        await asyncio.Event().wait()

    await set_up(hass, make_entry(simulator))
    timeout = aiohttp.ClientTimeout
    monkeypatch.setattr(aiohttp, "ClientTimeout", lambda **_: timeout(total=0.05))
    async with Stranger() as silent:
        silent.before_answer = never
        [entry] = hass.config_entries.async_entries(DOMAIN)
        simulator.behave(Behaviour())
        hass.config_entries.async_update_entry(entry, data={**entry.data, "endpoint": silent.url})
        await hass.async_block_till_done()
        told = await health(hass)
        assert told["can_reach_server"] == "Failed: timeout"
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, "endpoint": simulator.url}
        )
        await hass.async_block_till_done(wait_background_tasks=True)


async def test_every_account_is_told_of(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, make_entry(simulator))
    second = make_entry(simulator, "sk_pro")
    hass.config_entries.async_update_entry(await set_up(hass, second), title="Office")
    await hass.async_block_till_done(wait_background_tasks=True)
    told = await health(hass)
    assert told["credits_remaining (ElevenLabs)"] == simulator.account_state().credits_left
    assert told["credits_remaining (Office)"] == simulator.account_state("sk_pro").credits_left
    assert told["can_reach_server (Office)"] == "ok"


async def test_nothing_is_told_of_an_account_that_is_not_loaded(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await health(hass) == {}
