"""What goes with the last account, and what stays."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.config_flow import fill_in_voice, open_notifier_form
from tests.helpers.home import make_entry, set_up
from tests.helpers.players import House

SENTENCE = "The laundry is done."


async def remove(hass: HomeAssistant, entry_id: str) -> None:
    """Delete an account, and wait until what was due has happened."""
    assert await hass.config_entries.async_remove(entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def speak(house: House) -> None:
    """Announce in the kitchen, and wait until all of it is kept."""
    kitchen = await house.player()
    await house.announce(SENTENCE, kitchen.entity_id, engine="tts.elevenlabs_george")
    await house.over()
    await house.hass.async_block_till_done(wait_background_tasks=True)


def kept(folder: Path) -> list[Path]:
    """Return the captions that are kept on the disk."""
    return list((folder / "captions").glob("*.json"))


async def test_the_kept_captions_go_with_the_last_account(house: House, tmp_path: Path) -> None:
    (first,) = house.hass.config_entries.async_entries(DOMAIN)
    second = await set_up(house.hass, make_entry(house.simulator, "sk_pro"))
    await speak(house)
    assert len(kept(tmp_path)) == 1
    await remove(house.hass, first.entry_id)
    assert len(kept(tmp_path)) == 1
    await remove(house.hass, second.entry_id)
    assert kept(tmp_path) == []


async def test_nothing_but_the_audio_cache_is_left(
    house: House, tmp_path: Path, hass_storage: dict[str, Any]
) -> None:
    await speak(house)
    await house.clock.pass_(31)
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    await remove(house.hass, entry.entry_id)
    files = await house.hass.async_add_executor_job(lambda: [*tmp_path.rglob("*.*")])
    assert {path.suffix for path in files} == {".mp3"}
    assert not (tmp_path / "captions").exists()
    assert not [key for key in hass_storage if DOMAIN in key]


async def test_announcement_targets_go_with_their_account(house: House) -> None:
    hass, kitchen = house.hass, await house.player()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    typed = {"name": "Upstairs", "target": {"entity_id": kitchen.entity_id}}
    await fill_in_voice(hass, await open_notifier_form(hass, entry), typed)
    assert hass.states.get("notify.upstairs")
    await remove(hass, entry.entry_id)
    assert hass.states.async_entity_ids("notify") == []
    assert er.async_get(hass).async_get("notify.upstairs") is None
    assert not dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


async def test_home_assistant_s_own_cache_is_left_until_it_is_cleared(
    house: House, tmp_path: Path
) -> None:
    await speak(house)
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    await remove(house.hass, entry.entry_id)
    assert len(list((tmp_path / "tts").glob("*.mp3"))) == 1
    await house.hass.services.async_call("tts", "clear_cache", {}, blocking=True)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert not list((tmp_path / "tts").iterdir())
