"""Budgets: what was spent, when the counting begins anew, and what is kept over restarts."""

from datetime import datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    flush_store,
)

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.helpers.home import make_entry, set_up

EVENING = "2026-11-21 22:30:00+00:00"


@pytest.fixture
async def entry(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> ConfigEntry:
    """Set up an account in Berlin on an evening in November."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(EVENING)
    entry: ConfigEntry = await set_up(hass, make_entry(simulator))
    return entry


async def at(hass: HomeAssistant, freezer: FrozenDateTimeFactory, moment: str) -> None:
    """Let the clock be at a moment of the home's own time, and what was due happen."""
    local = datetime.fromisoformat(moment).replace(tzinfo=dt_util.get_default_time_zone())
    freezer.move_to(dt_util.as_utc(local))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def spent(hass: HomeAssistant) -> tuple[str, str]:
    """Return what the sensors tell of today and of this month."""
    names = ("spent_today", "spent_this_month")
    states = [hass.states.get(f"sensor.elevenlabs_streaming_{name}") for name in names]
    today, month = (state.state for state in states if state)
    return today, month


async def limit(hass: HomeAssistant, entry: ConfigEntry, **limits: int) -> None:
    """Set the budgets."""
    hass.config_entries.async_update_entry(entry, options=limits)
    await hass.async_block_till_done(wait_background_tasks=True)


async def reload(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Reload the entry."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def budget(entry: ConfigEntry) -> Any:
    """Return the budget."""
    return entry.runtime_data.budget


def voice(entry: ConfigEntry) -> str:
    """Return the id of the only voice."""
    return next(iter(entry.subentries))


async def stored(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Have written what is to be written at the latest when Home Assistant stops."""
    ledgers = hass.data[f"{DOMAIN}_ledgers"]
    await flush_store(ledgers[entry.entry_id]._store)


async def test_expenses_add_up(hass: HomeAssistant, entry: ConfigEntry) -> None:
    assert spent(hass) == ("0", "0")
    budget(entry).spend(12, 24)
    budget(entry).spend(30, 60)
    assert spent(hass) == ("42", "42")


@pytest.mark.parametrize(
    ("limits", "refusals"),
    [
        ({}, [None, None, None]),
        ({"daily_budget": 100}, [None, "daily_budget", "daily_budget"]),
        ({"monthly_budget": 101}, [None, None, "monthly_budget"]),
        ({"daily_budget": 100, "monthly_budget": 100}, [None, "daily_budget", "daily_budget"]),
        ({"daily_budget": 0}, [None, None, None]),
    ],
)
async def test_a_budget_refuses_when_it_is_used_up(
    hass: HomeAssistant, entry: ConfigEntry, limits: dict[str, int], refusals: list[str | None]
) -> None:
    await limit(hass, entry, **limits)
    told = []
    for cost in (99, 1, 1):
        budget(entry).spend(cost, cost)
        told.append(budget(entry).refusal)
    assert told == refusals


async def test_a_day_begins_at_midnight_of_the_home(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await limit(hass, entry, daily_budget=50)
    budget(entry).spend(50, 100)
    await at(hass, freezer, "2026-11-21 23:59:59")
    assert spent(hass) == ("50", "50")
    assert budget(entry).refusal == "daily_budget"
    await at(hass, freezer, "2026-11-22 00:00:01")
    assert spent(hass) == ("0", "50")
    assert budget(entry).refusal is None


async def test_a_month_begins_on_its_first_day(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await limit(hass, entry, monthly_budget=50)
    budget(entry).spend(50, 100)
    await at(hass, freezer, "2026-11-30 23:59:59")
    assert budget(entry).refusal == "monthly_budget"
    await at(hass, freezer, "2026-12-01 00:00:01")
    assert spent(hass) == ("0", "0")
    assert budget(entry).refusal is None


async def test_the_same_month_of_another_year_is_another_month(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    budget(entry).spend(50, 100)
    await at(hass, freezer, "2027-11-22 12:00:00")
    assert spent(hass) == ("0", "0")


async def test_days_of_23_and_of_25_hours(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    for day, after in (("2027-03-28", "2027-03-29"), ("2027-10-31", "2027-11-01")):
        await at(hass, freezer, f"{day} 00:00:01")
        assert spent(hass)[0] == "0"
        budget(entry).spend(7, 14)
        await at(hass, freezer, f"{day} 23:59:59")
        assert spent(hass)[0] == "7"
        await at(hass, freezer, f"{after} 00:00:01")
        assert spent(hass)[0] == "0"


async def test_a_day_that_has_no_midnight(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("America/Havana")
    # There the clocks go from 0 to 1 o'clock.
    freezer.move_to("2027-03-14 04:30:00+00:00")
    entry = await set_up(hass, make_entry(simulator))
    budget(entry).spend(7, 14)
    freezer.move_to("2027-03-14 05:00:01+00:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert spent(hass)[0] == "0"


async def test_a_reload_forgets_nothing(hass: HomeAssistant, entry: ConfigEntry) -> None:
    budget(entry).spend(42, 84)
    await reload(hass, entry)
    assert spent(hass) == ("42", "42")


async def test_an_utterance_that_ends_after_the_entry_was_unloaded_counts(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    before = budget(entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    before.spend(42, 84)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert spent(hass) == ("42", "42")


async def restart(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget all that is only in memory."""
    await stored(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.data.pop(f"{DOMAIN}_ledgers")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_restart_forgets_nothing(
    hass: HomeAssistant, entry: ConfigEntry, hass_storage: dict[str, Any]
) -> None:
    budget(entry).spend(42, 84, voice=voice(entry), route="http")
    await restart(hass, entry)
    assert hass_storage[f"{DOMAIN}.budget.{entry.entry_id}"]["data"] == {
        "day": "2026-11-21", "today": 42, "month": 42,
        "last": {
            "credits": 42, "characters": 84, "estimated": False, "voice": "George", "route": "http",
        },
    }  # fmt: skip
    assert spent(hass) == ("42", "42")
    last = hass.states.get("sensor.elevenlabs_streaming_last_cost")
    assert last
    assert last.state == "42"


async def test_a_restart_over_midnight_begins_a_new_day(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    budget(entry).spend(42, 84)
    await stored(hass, entry)
    freezer.move_to("2026-11-22 08:00:00+00:00")
    await restart(hass, entry)
    assert spent(hass) == ("0", "42")


async def test_a_clock_that_starts_late_does_not_give_the_day_twice(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await at(hass, freezer, "2026-12-01 00:10:00")
    budget(entry).spend(42, 84)
    await stored(hass, entry)
    # As a computer without a clock of its own thinks until it has asked for the time.
    freezer.move_to("2026-11-30 22:00:00+00:00")
    await restart(hass, entry)
    assert spent(hass) == ("42", "42")
    await at(hass, freezer, "2026-12-01 00:20:00")
    assert spent(hass) == ("42", "42")


async def test_a_clock_that_was_far_ahead_does_not_stop_the_days(
    hass: HomeAssistant, entry: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await at(hass, freezer, "2099-01-01 12:00:00")
    budget(entry).spend(42, 84)
    await at(hass, freezer, "2026-11-21 23:30:00")
    assert (budget(entry).today, budget(entry).month) == (42, 42)
    await at(hass, freezer, "2026-11-22 00:30:00")
    assert (budget(entry).today, budget(entry).month) == (0, 42)


@pytest.mark.parametrize(
    "kept",
    [
        [],
        {"day": "someday", "today": "much", "month": None, "last": 5},
        {"day": 5, "today": -5, "month": True, "last": {"credits": 1}},
        {},
    ],
)
async def test_what_was_kept_and_cannot_be_read_counts_as_nothing(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any], kept: Any
) -> None:
    entry = make_entry(simulator)
    key = f"{DOMAIN}.budget.{entry.entry_id}"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": kept}
    await set_up(hass, entry)
    assert spent(hass) == ("0", "0")
    last = hass.states.get("sensor.elevenlabs_streaming_last_cost")
    assert last
    assert last.state == "unknown"


async def test_it_is_forgotten_with_the_entry(
    hass: HomeAssistant, entry: ConfigEntry, hass_storage: dict[str, Any]
) -> None:
    before = budget(entry)
    before.spend(42, 84)
    await stored(hass, entry)
    assert f"{DOMAIN}.budget.{entry.entry_id}" in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    before.spend(1, 2)
    await hass.async_block_till_done()
    await hass.async_stop()
    assert f"{DOMAIN}.budget.{entry.entry_id}" not in hass_storage


async def test_an_entry_that_never_was_loaded_is_forgotten_too(
    hass: HomeAssistant, entry: ConfigEntry, hass_storage: dict[str, Any]
) -> None:
    budget(entry).spend(42, 84)
    await stored(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.data.pop(f"{DOMAIN}_ledgers")
    await hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.budget.{entry.entry_id}" not in hass_storage


async def test_accounts_have_budgets_of_their_own(
    hass: HomeAssistant, simulator: Simulator, entry: ConfigEntry
) -> None:
    other = await set_up(hass, make_entry(simulator, "sk_pro"))
    budget(entry).spend(42, 84)
    assert budget(other).today == 0


@pytest.mark.parametrize(
    ("model", "asked", "cost"),
    [
        ("eleven_flash_v2_5", None, 6),
        ("eleven_multilingual_v2", None, 11),
        ("eleven_multilingual_v2", "eleven_flash_v2_5", 6),
        ("eleven_of_tomorrow", None, 11),
    ],
)
async def test_where_the_service_does_not_say_the_characters_tell(
    hass: HomeAssistant, simulator: Simulator, model: str, asked: str | None, cost: int
) -> None:
    entry = await set_up(hass, make_entry(simulator, model=model))
    budget(entry).spend(None, 11, model=asked)
    assert spent(hass)[0] == str(cost)
    last = hass.states.get("sensor.elevenlabs_streaming_last_cost")
    assert last
    assert last.state == str(cost)
    assert last.attributes["estimated"] is True


async def test_the_last_cost_tells_of_what(hass: HomeAssistant, entry: ConfigEntry) -> None:
    name = "sensor.elevenlabs_streaming_last_cost"
    state = hass.states.get(name)
    assert state
    assert state.state == "unknown"
    budget(entry).spend(7, 14, voice=voice(entry), route="websocket")
    state = hass.states.get(name)
    assert state
    assert state.state == "7"
    told = {key: state.attributes[key] for key in ("characters", "estimated", "route", "voice")}
    assert told == {"characters": 14, "estimated": False, "route": "websocket", "voice": "George"}
    assert state.attributes["unit_of_measurement"] == "credits"
