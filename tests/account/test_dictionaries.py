"""The account's pronunciation dictionaries, from the form of a voice to the wire."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import SelectSelector, TextSelector
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.api import Timeouts, client as api_client
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Account, Simulator
from simulator.accounts import ALL_SCOPES
from tests.helpers.config_flow import (
    Result,
    Stranger,
    error_body,
    field_of,
    fill_in,
    fill_in_voice,
    open_access,
    open_form,
    open_voice,
    open_voice_form,
    options_of,
    suggested,
    voices_of,
)
from tests.helpers.engines import problems
from tests.helpers.home import GEORGE, SARAH, Ears, fragments, hear_growing, make_entry, set_up
from tests.helpers.repair_form import RepairForm

FIELD = "pronunciation_dictionary_locators"
LIST = "/v1/pronunciation-dictionaries"
FLASH = "eleven_flash_v2_5"
SENTENCE = "HA says that dinner is ready."
AGAIN = "HA says that the table is set."
GONE = "dictionary_not_found"
FIRST_VOICE = {"voice": GEORGE, "model": FLASH}
LISTED = {
    "dict_demo": "Smart home",
    "dict_empty": "Nothing yet",
    "dict_rooms": "Rooms",
    "dict_family": "Family",
}


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> ConfigEntry:
    """Set up an account with George's voice."""
    entry: ConfigEntry = await set_up(hass, make_entry(simulator))
    return entry


@pytest.fixture
async def stranger(socket_enabled: None) -> AsyncIterator[Stranger]:
    """Run a server that knows George and has no list of dictionaries."""
    async with Stranger() as running:
        running.answer(404, b"Not Found")
        running.answer_at("/v1/models", 200, [])
        running.answer_at("/v2/voices", 200, {"voices": [{"voice_id": GEORGE}], "has_more": False})
        yield running


def locators(*names: str) -> list[dict[str, str]]:
    """Return dictionaries as they are stored, and as they are sent."""
    return [{"pronunciation_dictionary_id": name} for name in names]


async def select(hass: HomeAssistant, *names: str, model: str = FLASH) -> Result:
    """Select dictionaries for the voice George."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    filled = {**FIRST_VOICE, "model": model, FIELD: list(names)}
    return await fill_in_voice(hass, await open_voice(hass, entry, "George"), filled)


def asked(simulator: Simulator) -> int:
    """Return how often the dictionaries were asked for."""
    return len([one for one in simulator.journal.requests if one.path == LIST])


# The form


async def test_the_account_s_dictionaries_are_offered(
    hass: HomeAssistant, simulator: Simulator, entry: ConfigEntry
) -> None:
    typed = {"api_key": "sk_starter", "endpoint": simulator.url}
    for form in (
        await fill_in(hass, await open_form(hass), typed),
        await open_voice_form(hass, entry),
        await open_voice(hass, entry, "George"),
    ):
        assert isinstance(field_of(form, FIELD), SelectSelector)
        assert options_of(form, FIELD) == LISTED
        config = field_of(form, FIELD).config
        assert (config["multiple"], config["custom_value"]) == (True, True)


async def test_an_account_is_added_with_dictionaries(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    typed = {"api_key": "sk_demo", "endpoint": simulator.url}
    form = await fill_in(hass, await open_form(hass), typed)
    result = await fill_in(hass, form, {**FIRST_VOICE, FIELD: ["dict_rooms", "dict_demo"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    (voice,) = result["result"].subentries.values()
    assert voice.data == {**FIRST_VOICE, FIELD: locators("dict_rooms", "dict_demo")}


@pytest.mark.parametrize("names", [["dict_rooms", "dict_demo"], ["dict_demo", "dict_rooms"]])
async def test_what_is_selected_is_shown_again_in_its_order(
    hass: HomeAssistant, entry: ConfigEntry, names: list[str]
) -> None:
    await select(hass, *names)
    assert voices_of(entry)["George"].data[FIELD] == locators(*names)
    assert suggested(await open_voice(hass, entry, "George"))[FIELD] == names
    await select(hass)
    assert voices_of(entry)["George"].data == FIRST_VOICE


async def test_what_stands_twice_or_is_empty_is_left_out(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    await select(hass, "dict_rooms", " ", " dict_demo ", "", "dict_rooms", "dict_demo")
    assert voices_of(entry)["George"].data[FIELD] == locators("dict_rooms", "dict_demo")


async def test_more_than_three_are_refused_and_corrected(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    result = await select(hass, *LISTED)
    assert result["errors"] == {FIELD: "dictionaries_invalid"}
    assert suggested(result)[FIELD] == list(LISTED)
    three = [*LISTED][:3]
    result = await fill_in_voice(hass, result, {**FIRST_VOICE, FIELD: three})
    assert result["type"] is FlowResultType.ABORT
    assert voices_of(entry)["George"].data[FIELD] == locators(*three)


async def test_a_name_that_is_no_id_is_refused(hass: HomeAssistant, entry: ConfigEntry) -> None:
    result = await select(hass, "Smart home")
    assert result["errors"] == {FIELD: "dictionaries_invalid"}
    assert FIELD not in voices_of(entry)["George"].data


async def test_a_dictionary_that_is_not_listed_any_more_stays(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    await select(hass, "dict_archived")
    form = await open_voice(hass, entry, "George")
    assert suggested(form)[FIELD] == ["dict_archived"]
    result = await fill_in_voice(hass, form, {**suggested(form), "speed": 1.1})
    assert result["type"] is FlowResultType.ABORT
    assert voices_of(entry)["George"].data[FIELD] == locators("dict_archived")


# Keys and servers without a list


async def test_a_key_that_may_not_list_them_takes_ids(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    scopes = tuple(one for one in ALL_SCOPES if one != "pronunciation_dictionaries_read")
    simulator.accounts.add_account(Account(key="sk_without", scopes=scopes))
    entry = await set_up(hass, make_entry(simulator, "sk_without"))
    form = await open_voice(hass, entry, "George")
    assert isinstance(field_of(form, FIELD), TextSelector)
    assert field_of(form, FIELD).config["multiple"]
    assert isinstance(field_of(form, "voice"), SelectSelector)
    await select(hass, "dict_rooms", "dict_demo")
    assert voices_of(entry)["George"].data[FIELD] == locators("dict_rooms", "dict_demo")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"Not Found"),
        (401, error_body("invalid_api_key")),
        (403, error_body("workspace_access_denied")),
        (429, error_body("system_busy")),
        (500, b""),
        (200, b"<html>"),
        (200, []),
        (200, {"pronunciation_dictionaries": None}),
        (200, {"pronunciation_dictionaries": [{"name": "Rooms"}, {"id": 7}, None]}),
        (200, {"pronunciation_dictionaries": [], "has_more": False}),
    ],
)
async def test_without_a_list_the_form_opens_all_the_same(
    hass: HomeAssistant, stranger: Stranger, status: int, body: object
) -> None:
    stranger.answer_at(LIST, status, body)
    typed = {"api_key": "sk_any", "endpoint": stranger.url}
    form = await fill_in(hass, await open_form(hass), typed)
    assert form["step_id"] == "voice"
    assert LIST in stranger.paths
    assert isinstance(field_of(form, FIELD), TextSelector)
    assert options_of(form, "voice") == {GEORGE: GEORGE}


async def test_a_list_that_never_comes_is_not_waited_for_long(
    hass: HomeAssistant, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(request: web.Request) -> None:
        if request.path == LIST:
            await asyncio.Event().wait()

    stranger.before_answer = never
    monkeypatch.setattr(api_client, "Timeouts", lambda: Timeouts(answer=0.3))
    typed = {"api_key": "sk_any", "endpoint": stranger.url}
    async with asyncio.timeout(5):
        form = await fill_in(hass, await open_form(hass), typed)
    assert isinstance(field_of(form, FIELD), TextSelector)


async def test_only_the_form_of_a_voice_asks_for_them(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    entry = await set_up(hass, make_entry(simulator, voice="0000000000000000gone"))
    typed = {"api_key": "sk_demo", "endpoint": f"{simulator.url}/"}
    await fill_in(hass, await open_access(hass, entry), typed)
    await hass.async_block_till_done(wait_background_tasks=True)
    form = await RepairForm.open(hass_client, problems(hass)["voice_not_found"].issue_id)
    await form.fill_in(voice=SARAH)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert asked(simulator) == 0
    await open_voice_form(hass, entry)
    assert asked(simulator) == 1


# The wire


@pytest.mark.parametrize("names", [["dict_rooms", "dict_demo"], ["dict_demo", "dict_rooms"]])
@pytest.mark.parametrize(
    ("model", "route"),
    [
        (FLASH, "http"),
        (FLASH, "websocket"),
        ("eleven_v3", "http"),
        ("eleven_v3", "websocket"),
        ("eleven_v4", "websocket"),
    ],
)
async def test_dictionaries_of_the_form_reach_the_service_in_their_order(
    hass: HomeAssistant,
    ears: Ears,
    simulator: Simulator,
    names: list[str],
    model: str,
    route: str,
) -> None:
    await select(hass, *names, model=model)
    assert await hear_growing(hass, fragments(SENTENCE), {"route": route})
    if route == "http":
        sent = simulator.journal.last_request("stream/with-timestamps").body
    else:
        sent = simulator.journal.sockets[-1].messages[0].data
    assert sent[FIELD] == locators(*names)
    assert simulator.journal.generations[-1].model == model


async def test_without_dictionaries_none_are_sent(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await select(hass)
    await ears.hear(SENTENCE)
    assert FIELD not in simulator.journal.last_request("stream/with-timestamps").body


@pytest.mark.parametrize(
    "own",
    [
        [{"pronunciation_dictionary_id": "dict_demo", "version_id": "version_1"}],
        locators("dict_family", "dict_rooms", "dict_demo"),
        [],
    ],
)
async def test_a_call_has_dictionaries_of_its_own(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, own: list[dict[str, Any]]
) -> None:
    await select(hass, "dict_rooms")
    await ears.hear(SENTENCE)
    await ears.hear(SENTENCE, options={FIELD: own})
    sent = [one.body for one in simulator.journal.requests if one.path.endswith("timestamps")]
    assert [body.get(FIELD, []) for body in sent] == [locators("dict_rooms"), own]


async def test_other_dictionaries_make_other_audio(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    plain = await ears.hear(SENTENCE)
    await select(hass, "dict_demo")
    aliased = await ears.hear(SENTENCE)
    assert aliased != plain
    assert await ears.hear(SENTENCE) == aliased
    assert len(simulator.journal.generations) == 2


# Dictionaries that are gone


def sent(simulator: Simulator) -> list[Any]:
    """Return the dictionaries of each request for speech and of each socket that got any text."""
    bodies = [one.body for one in simulator.journal.requests if one.path.endswith("timestamps")]
    firsts = [one.messages[0].data for one in simulator.journal.sockets if one.messages]
    return [body[FIELD] for body in (*bodies, *firsts)]


@pytest.mark.parametrize(
    ("model", "route"),
    [(FLASH, "http"), (FLASH, "websocket"), ("eleven_v3", "http"), ("eleven_v4", "websocket")],
)
async def test_a_dictionary_that_is_gone_is_left_out_and_a_repair_says_so(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, model: str, route: str
) -> None:
    await select(hass, "dict_rooms", "dict_gone", "dict_demo", model=model)
    assert await hear_growing(hass, fragments(SENTENCE), {"route": route})
    assert problems(hass)[GONE].translation_placeholders
    assert sent(simulator)[0] == locators("dict_rooms", "dict_gone", "dict_demo")
    before = len(sent(simulator))
    assert await hear_growing(hass, fragments(AGAIN), {"route": route})
    assert {str(one) for one in sent(simulator)[before:]} == {
        str(locators("dict_rooms", "dict_demo"))
    }
    spoken = [one.text.strip() for made in simulator.journal.generations for one in made.inputs]
    assert " ".join(spoken) == f"{SENTENCE} {AGAIN}"
    assert all(route in made.route for made in simulator.journal.generations)


async def test_the_repair_goes_with_the_dictionary(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await select(hass, "dict_gone")
    await ears.hear(SENTENCE)
    assert GONE in problems(hass)
    await select(hass, "dict_demo")
    await ears.hear(SENTENCE)
    assert not problems(hass)


async def test_a_dictionary_of_one_call_that_is_gone_is_no_repair(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await select(hass)
    assert await ears.hear(SENTENCE, options={FIELD: locators("dict_gone")})
    assert not problems(hass)
