"""A home that was set up with the first version, and entries of versions to come."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    issue_registry as ir,
    label_registry as lr,
    restore_state,
)
from homeassistant.setup import async_setup_component
import pytest

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.helpers.config_flow import fill_in_voice, open_voice, suggested
from tests.helpers.home import make_entry, set_up

# Written by Home Assistant 2026.6.4 with this component's first version; a voice was renamed, so
# was an entity, another one disabled, and settings are kept that their models do not have.
STORED = Path(__file__).parent / "fixtures" / "home_of_version_1_1.json"


def read_home(endpoint: str) -> dict[str, Any]:
    """Read what was stored."""
    text = STORED.read_text(encoding="utf-8").replace("http://elevenlabs.test", endpoint)
    return dict(json.loads(text))


async def start(hass: HomeAssistant, storage: dict[str, Any], home: dict[str, Any]) -> ConfigEntry:
    """Start Home Assistant from what was stored."""
    storage.update(home)
    dr.async_setup(hass)
    for registry in (dr, er, ar, cr, fr, ir, lr, restore_state):
        await registry.async_load(hass)
    await hass.config_entries.async_initialize()
    assert await async_setup_component(hass, "tts", {})
    await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done(wait_background_tasks=True)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    return entry


@pytest.mark.parametrize("load_registries", [False])
async def test_a_home_of_the_first_version_goes_on(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
) -> None:
    home = read_home(simulator.url)
    entry = await start(hass, hass_storage, home)
    [before] = home["core.config_entries"]["data"]["entries"]
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (1, 3)
    assert entry.options == {}
    assert entry.data == before["data"]
    assert [subentry.data for subentry in entry.subentries.values()] == [
        subentry["data"] for subentry in before["subentries"]
    ]

    entities = er.async_get(hass)
    known = {entity.entity_id: entity for entity in entities.entities.values()}
    for kept in home["core.entity_registry"]["data"]["entities"]:
        entity = known.pop(kept["entity_id"])
        assert entity.id == kept["id"]
        assert (entity.unique_id, entity.name) == (kept["unique_id"], kept["name"])
        assert entity.config_subentry_id == kept["config_subentry_id"]
        assert entity.disabled_by == kept["disabled_by"]
        disabled = kept["disabled_by"] is not None
        assert (hass.states.get(kept["entity_id"]) is None) == disabled
    assert all(
        name.startswith(("sensor.elevenlabs_streaming_", "switch.elevenlabs_streaming_do_not"))
        or name.endswith("_first_audio")
        for name in known
    )

    registry = dr.async_get(hass)
    devices = {d.id: d for d in dr.async_entries_for_config_entry(registry, entry.entry_id)}
    for kept in home["core.device_registry"]["data"]["devices"]:
        device = devices.pop(kept["id"])
        assert device.identifiers == {tuple(pair) for pair in kept["identifiers"]}
        assert device.name_by_user == kept["name_by_user"]
    assert not devices


@pytest.mark.parametrize("load_registries", [False])
async def test_a_voice_of_the_first_version_can_be_changed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
) -> None:
    entry = await start(hass, hass_storage, read_home(simulator.url))
    form = await open_voice(hass, entry, "George")
    assert "style" not in suggested(form)
    await fill_in_voice(hass, form, suggested(form))
    form = await open_voice(hass, entry, "Sarah")
    assert suggested(form)["stability"] == "natural"
    await fill_in_voice(hass, form, suggested(form))
    kept = {subentry.title: dict(subentry.data) for subentry in entry.subentries.values()}
    assert "style" not in kept["George"]
    assert kept["Sarah"]["stability"] == 0.5
    assert kept["Sarah"]["private"] is True
    assert hass.states.get("tts.butler")


@pytest.mark.parametrize("load_registries", [False])
@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((1, 3), ConfigEntryState.LOADED),
        ((1, 4), ConfigEntryState.LOADED),
        ((2, 1), ConfigEntryState.MIGRATION_ERROR),
    ],
)
async def test_only_a_later_major_version_is_refused(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    version: tuple[int, int],
    state: ConfigEntryState,
) -> None:
    home = read_home(simulator.url)
    [stored] = home["core.config_entries"]["data"]["entries"]
    stored["version"], stored["minor_version"] = version
    entry = await start(hass, hass_storage, home)
    assert entry.state is state
    assert (entry.version, entry.minor_version) == version
    assert len(entry.subentries) == 2


@pytest.mark.parametrize("load_registries", [False])
@pytest.mark.parametrize(
    ("pace", "latency"),
    [("quickest", "lowest"), ("balanced", "balanced"), ("best_prosody", "best_prosody")],
)
async def test_the_settings_of_version_1_2_keep_their_values_under_their_new_names(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    pace: str,
    latency: str,
) -> None:
    home = read_home(simulator.url)
    [stored] = home["core.config_entries"]["data"]["entries"]
    stored["minor_version"], stored["options"] = 2, {"daily_budget": 500}
    george, sarah = (voice["data"] for voice in stored["subentries"])
    george |= {"pace": pace, "stand_in": "tts.butler"}
    entry = await start(hass, hass_storage, home)
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (1, 3)
    assert entry.options == {"daily_budget": 500}
    unchanged = {name: value for name, value in george.items() if name not in {"pace", "stand_in"}}
    kept = [dict(voice.data) for voice in entry.subentries.values()]
    assert kept == [unchanged | {"latency": latency, "fallback": "tts.butler"}, sarah]


async def test_a_new_entry_is_of_the_present_version(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    assert (entry.version, entry.minor_version) == (1, 3)
