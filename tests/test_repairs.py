"""Repairs that put another voice or model in the place of one that is gone."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Behaviour, Simulator
from tests.helpers.config_flow import count_loads, voices_of
from tests.helpers.engines import problems
from tests.helpers.home import ENGINE, GEORGE, SARAH, Ears, make_entry, set_up
from tests.helpers.repair_form import RepairForm

GONE = "0000000000000000gone"


@pytest.fixture
async def browser(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> ClientSessionGenerator:
    """Set up repairs; returns what opens a browser, once all addresses are there."""
    assert await async_setup_component(hass, "repairs", {})
    return hass_client


async def broken(
    hass: HomeAssistant, simulator: Simulator, key: str = "sk_demo", **voice: Any
) -> MockConfigEntry:
    """Set up an account whose voice George needs a repair."""
    entry = await set_up(hass, make_entry(simulator, key, **voice))
    assert problems(hass)
    return entry


async def test_another_voice_takes_the_place_of_one_that_is_gone(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator, hass_ws_client: Any
) -> None:
    entry = await broken(hass, simulator, voice=GONE, speed=1.1, stability=0.3)
    loads = count_loads(entry)
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    assert (form.answer["step_id"], form.field["name"]) == ("voice", "voice")
    assert form.answer["description_placeholders"]["voice"] == "George"
    assert form.field["description"]["suggested_value"] == ""
    select = form.field["selector"]["select"]
    assert select["custom_value"]
    assert {"value": SARAH, "label": "Sarah (premade, female, young, american, news)"} in (
        select["options"]
    )
    done = await form.fill_in(voice=SARAH)
    assert done["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert dict(voices_of(entry)["George"].data) == {
        "voice": SARAH,
        "model": "eleven_flash_v2_5",
        "speed": 1.1,
        "stability": 0.3,
    }
    assert len(loads) == 1
    assert not problems(hass)
    assert hass.states.get(ENGINE)
    await Ears(await browser(), await hass_ws_client()).hear("All is well.")
    assert simulator.journal.generations[-1].voice == SARAH


@pytest.mark.parametrize(
    ("typed", "error"),
    [("Nobody", "voice_not_found"), (GONE, "voice_not_found"), ("../x", "voice_not_found")],
)
async def test_a_wrong_voice_is_refused_and_stays_in_the_form(
    hass: HomeAssistant,
    simulator: Simulator,
    browser: ClientSessionGenerator,
    typed: str,
    error: str,
) -> None:
    entry = await broken(hass, simulator, voice=GONE)
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    answer = await form.fill_in(voice=typed)
    assert answer["errors"] == {"voice": error}
    assert form.field["description"]["suggested_value"] == typed
    assert voices_of(entry)["George"].data["voice"] == GONE
    assert (await form.fill_in(voice="sarah"))["type"] == "create_entry"
    assert voices_of(entry)["George"].data["voice"] == SARAH
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_key_that_may_not_list_voices_takes_an_id(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator, hass_ws_client: Any
) -> None:
    entry = await set_up(hass, make_entry(simulator, "sk_no_voices", voice=GONE))
    ears = Ears(await browser(), await hass_ws_client())
    await ears.hear("Is anybody there?", status=500)
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    assert "text" in form.field["selector"]
    assert (await form.fill_in(voice="George"))["errors"] == {"voice": "invalid_voice_id"}
    await form.fill_in(voice=GEORGE)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert voices_of(entry)["George"].data["voice"] == GEORGE
    assert not problems(hass)
    await ears.hear("Somebody is.")


async def test_a_voice_that_will_retire_is_replaced_with_its_name(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator
) -> None:
    leaving = next(
        one for one in simulator.voice_catalog.all_voices() if one.name == "Leaving Soon"
    )
    entry = make_entry(simulator, voice=leaving.voice_id)
    await set_up(hass, entry)
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, subentry, title="Leaving Soon")
    await hass.async_block_till_done(wait_background_tasks=True)
    problem = entry.runtime_data.issues
    problem._show("voice_retiring", subentry.subentry_id, date="2027-01-15")
    form = await RepairForm.open(browser, problems(hass)["voice_retiring"].issue_id)
    assert form.answer["description_placeholders"]["date"] == "2027-01-15"
    await form.fill_in(voice=SARAH)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert list(voices_of(entry)) == ["Sarah"]
    assert not problems(hass)


async def test_a_model_is_replaced_by_its_successor(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator
) -> None:
    entry = await broken(hass, simulator, model="eleven_turbo_v2_5", route="websocket")
    loads = count_loads(entry)
    form = await RepairForm.open(browser, problems(hass)["model_outdated"].issue_id)
    assert (form.answer["step_id"], form.field["name"]) == ("model", "model")
    assert form.field["description"]["suggested_value"] == "eleven_flash_v2_5"
    assert (await form.fill_in(model="eleven_nonsense"))["errors"] == {"model": "model_not_found"}
    await form.fill_in(model="eleven_v3")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert dict(voices_of(entry)["George"].data) == {
        "voice": GEORGE,
        "model": "eleven_v3",
        "route": "websocket",
    }
    assert len(loads) == 1
    assert not problems(hass)


async def test_a_refused_model_is_replaced(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator, hass_ws_client: Any
) -> None:
    entry = await set_up(hass, make_entry(simulator, "sk_tts_only", model="eleven_gone"))
    ears = Ears(await browser(), await hass_ws_client())
    await ears.hear("Is anybody there?", status=500)
    form = await RepairForm.open(browser, problems(hass)["model_refused"].issue_id)
    assert len(form.field["selector"]["select"]["options"]) > 3
    await form.fill_in(model="eleven_multilingual_v2")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert voices_of(entry)["George"].data["model"] == "eleven_multilingual_v2"
    assert not problems(hass)
    await ears.hear("Somebody is.")


async def test_an_account_that_cannot_be_read_says_why(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator
) -> None:
    await broken(hass, simulator, voice=GONE)
    simulator.behave(Behaviour(fail_status=500))
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    assert (form.answer["type"], form.answer["reason"]) == ("abort", "server_error")
    assert "voice_not_found" in problems(hass)


async def test_a_failure_while_the_form_is_open_says_why(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator
) -> None:
    await broken(hass, simulator, voice=GONE)
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    simulator.behave(Behaviour(refuse_connections=True))
    answer = await form.fill_in(voice="abcdefghij0123456789")
    assert answer["errors"] == {"base": "cannot_connect"}


async def test_a_voice_that_was_removed_meanwhile_needs_no_repair(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator
) -> None:
    entry = await broken(hass, simulator, voice=GONE)
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    await hass.async_block_till_done(wait_background_tasks=True)
    answer = await form.fill_in(voice=SARAH)
    assert (answer["type"], answer["reason"]) == ("abort", "voice_removed")


async def test_the_voice_of_an_account_that_is_not_loaded_is_repaired(
    hass: HomeAssistant, simulator: Simulator, browser: ClientSessionGenerator
) -> None:
    entry = await broken(hass, simulator, voice=GONE)
    form = await RepairForm.open(browser, problems(hass)["voice_not_found"].issue_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await form.fill_in(voice=SARAH)
    assert voices_of(entry)["George"].data["voice"] == SARAH
    await hass.async_block_till_done(wait_background_tasks=True)
