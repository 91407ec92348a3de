"""An assistant speaks with the voice of the entity that is chosen for it."""

from homeassistant.components.assist_pipeline import (
    async_create_default_pipeline,
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.assist import HEARING, furnish, talker
from tests.helpers.engines import problems
from tests.helpers.home import ENGINE, GEORGE, SARAH
from tests.helpers.players import House
from tests.helpers.repair_form import RepairForm

ANSWER = "It is half past seven."


async def listed(house: House, language: str) -> list[str]:
    """Return the voices that the dialog of an assistant lists for our engine."""
    await house.socket.send_json_auto_id(
        {"type": "tts/engine/voices", "engine_id": ENGINE, "language": language}
    )
    answer = await house.socket.receive_json()
    return [voice["voice_id"] for voice in answer["result"]["voices"]]


async def languages(house: House) -> list[str]:
    """Return the languages that the dialog lists."""
    await house.socket.send_json_auto_id({"type": "tts/engine/get", "engine_id": ENGINE})
    return list((await house.socket.receive_json())["result"]["provider"]["supported_languages"])


async def first_before(house: House, language: str = "en") -> str:
    """Return the voice that the dialog listed first when the entity's own was not."""
    (entry,) = house.hass.config_entries.async_loaded_entries(DOMAIN)
    voices = entry.runtime_data.coordinator.data.voices.values()
    in_order = sorted(voices, key=lambda one: (language not in one.languages, one.name.lower()))
    assert in_order[0].voice_id != GEORGE
    return str(in_order[0].voice_id)


async def spoken_voice(house: House) -> str:
    """Have somebody ask a satellite; returns the ID of the voice that answers."""
    hall = await talker(house)
    hall.finish.set()
    await hall.asked()
    return house.simulator.journal.generations[-1].voice


async def test_an_assistant_speaks_with_the_voice_of_the_entity_that_is_chosen(
    house: House,
) -> None:
    # The dialog selects the first voice in the list, as soon as an engine is chosen.
    butler = await furnish(house, tts_voice=(await listed(house, "en"))[0])
    butler.answer = ANSWER
    assert await spoken_voice(house) == GEORGE
    assert not problems(house.hass)


async def test_an_assistant_that_home_assistant_makes_speaks_with_it(
    hass: HomeAssistant, house: House
) -> None:
    await furnish(house)
    made = await async_create_default_pipeline(hass, HEARING, ENGINE, "Made")
    assert made
    assert made.tts_voice == GEORGE


async def test_the_own_voice_is_first_for_every_language_and_nobody_is_left_out(
    house: House,
) -> None:
    (entry,) = house.hass.config_entries.async_loaded_entries(DOMAIN)
    known = set(entry.runtime_data.coordinator.data.voices)
    for language in await languages(house):
        voices = await listed(house, language)
        assert voices[0] == GEORGE
        assert len(voices) == len(set(voices))
        assert set(voices) == known


async def test_the_media_browser_finds_the_language_of_the_home_first(house: House) -> None:
    supported = await languages(house)
    # Its dialog takes the first language that begins with the same two letters.
    for base in {tag.split("-")[0] for tag in supported if len(tag.split("-")[0]) == 2}:
        assert next(tag for tag in supported if tag[:2] == base) == base


async def test_an_own_voice_that_the_account_does_not_list_is_first_too(
    hass: HomeAssistant, house: House
) -> None:
    (entry,) = hass.config_entries.async_loaded_entries(DOMAIN)
    (voice,) = entry.subentries.values()
    unlisted = "unlisted000000000000"
    hass.config_entries.async_update_subentry(entry, voice, data={**voice.data, "voice": unlisted})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await listed(house, "en"))[0] == unlisted


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    """Set up repairs before any browser comes."""
    assert await async_setup_component(hass, "repairs", {})


@pytest.fixture
async def mistaken(repairs: None, house: House) -> House:
    """Furnish a home with an assistant that was saved with the first voice of the old list."""
    butler = await furnish(house, tts_voice=await first_before(house))
    butler.answer = ANSWER
    await refresh(house)
    return house


async def refresh(house: House) -> None:
    """Read the account."""
    await house.hass.services.async_call(
        DOMAIN, "refresh_account", {}, blocking=True, return_response=True
    )
    await house.hass.async_block_till_done()


async def test_a_repair_offers_the_own_voice(
    mistaken: House, hass_client: ClientSessionGenerator
) -> None:
    hass = mistaken.hass
    assert await spoken_voice(mistaken) != GEORGE
    issue = problems(hass)["assistant_voice"]
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "assistant": "House", "voice": "George", "other": "Arthur",
    }  # fmt: skip
    form = await RepairForm.open(hass_client, issue.issue_id)
    assert form.answer["step_id"] == "confirm"
    assert (await form.fill_in())["type"] == "create_entry"
    assert not problems(hass)
    await mistaken.hass.services.async_call("tts", "clear_cache", {}, blocking=True)
    hall = await talker(mistaken, "Bath")
    hall.finish.set()
    await hall.asked()
    assert mistaken.simulator.journal.generations[-1].voice == GEORGE


async def test_the_repair_goes_when_the_assistant_is_changed(
    mistaken: House, hass_client: ClientSessionGenerator
) -> None:
    hass = mistaken.hass
    issue = problems(hass)["assistant_voice"]
    form = await RepairForm.open(hass_client, issue.issue_id)
    await async_update_pipeline(hass, async_get_pipeline(hass), tts_engine=None, tts_voice=None)
    assert (await form.fill_in())["reason"] == "assistant_changed"
    await refresh(mistaken)
    assert not problems(hass)


async def test_a_repair_that_is_ignored_stays_ignored(mistaken: House) -> None:
    hass = mistaken.hass
    issue_id = problems(hass)["assistant_voice"].issue_id
    ir.async_ignore_issue(hass, DOMAIN, issue_id, ignore=True)
    (entry,) = hass.config_entries.async_loaded_entries(DOMAIN)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    issue = problems(hass)["assistant_voice"]
    assert issue.dismissed_version


@pytest.mark.parametrize("chosen", [None, GEORGE, SARAH])
async def test_a_voice_that_was_chosen_is_left_alone(house: House, chosen: str | None) -> None:
    await furnish(house, tts_voice=chosen)
    await refresh(house)
    assert not problems(house.hass)


async def test_assistants_of_other_engines_are_left_alone(house: House) -> None:
    await furnish(house, tts_engine="tts.other", tts_voice=await first_before(house))
    await refresh(house)
    assert not problems(house.hass)


async def test_a_reply_finds_the_mistake_too(house: House) -> None:
    butler = await furnish(house)
    butler.answer = ANSWER
    pipeline = async_get_pipeline(house.hass)
    await async_update_pipeline(house.hass, pipeline, tts_voice=await first_before(house))
    assert "assistant_voice" not in problems(house.hass)
    await spoken_voice(house)
    assert "assistant_voice" in problems(house.hass)
