"""Adding an account and voices through the forms, with every way to be wrong on the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
import json
import logging
from typing import Any

from aiohttp import web
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.selector import SelectSelector, TextSelector
from homeassistant.setup import async_setup_component
import pytest

from custom_components.elevenlabs_streaming.account.account_selectors import OFFERED_MODELS
from custom_components.elevenlabs_streaming.api import REGIONS, Timeouts, client as api_client
from custom_components.elevenlabs_streaming.api.models import KNOWN_MODELS
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour, Simulator
from simulator.speech_models import MODELS
from tests.architecture import COMPONENT
from tests.helpers.config_flow import (
    Result,
    Stranger,
    count_loads,
    error_body,
    field_of,
    fill_in,
    fill_in_voice,
    has_default,
    open_access,
    open_form,
    open_voice,
    open_voice_form,
    options_of,
    suggested,
    voices_of,
)
from tests.helpers.home import ENGINE, GEORGE, SARAH, make_entry, set_up

FLASH = "eleven_flash_v2_5"
MULTILINGUAL = "eleven_multilingual_v2"
V3 = "eleven_v3"
FIRST_VOICE = {"voice": GEORGE, "model": FLASH}


@pytest.fixture
async def service(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """Let the region that the form proposes be the simulator."""
    monkeypatch.setitem(REGIONS, "global", simulator.url)
    return simulator


@pytest.fixture
async def stranger(socket_enabled: None) -> AsyncIterator[Stranger]:
    """Run a server that is not ElevenLabs."""
    async with Stranger() as running:
        yield running


@pytest.fixture
async def entry(hass: HomeAssistant, service: Simulator) -> ConfigEntry:
    """Set up an account with George's voice."""
    entry: ConfigEntry = await set_up(hass, make_entry(service, endpoint="global"))
    return entry


async def finish(hass: HomeAssistant, result: Result, **voice: Any) -> ConfigEntry:
    """Choose the first voice and see that the entry works."""
    assert result["step_id"] == "voice"
    result = await fill_in(hass, result, {**FIRST_VOICE, **voice})
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done(wait_background_tasks=True)
    entry: ConfigEntry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def add(hass: HomeAssistant, key: str = "sk_demo", endpoint: str = "global") -> ConfigEntry:
    """Add an account."""
    result = await fill_in(hass, await open_form(hass), {"api_key": key, "endpoint": endpoint})
    return await finish(hass, result)


# The account


async def test_an_account_is_added_with_its_first_voice(
    hass: HomeAssistant, service: Simulator
) -> None:
    form = await open_form(hass)
    assert form["step_id"] == "user"
    assert form["errors"] == {}
    assert form["description_placeholders"]["keys_page"].startswith("https://elevenlabs.io/")
    assert field_of(form, "api_key").config["type"] == "password"
    assert field_of(form, "endpoint").config["options"] == list(REGIONS)
    assert field_of(form, "endpoint").config["custom_value"]

    result = await fill_in(hass, form, {"api_key": "  sk_demo\n"})
    entry = await finish(hass, result)
    assert entry.title == "ElevenLabs"
    assert entry.data == {"api_key": "sk_demo", "endpoint": "global"}
    assert (entry.version, entry.minor_version) == (1, 3)
    assert entry.unique_id == "workspace_demo"
    [voice] = entry.subentries.values()
    assert voice.title == "George"
    assert voice.subentry_type == "voice"
    assert voice.unique_id is None
    assert voice.data == FIRST_VOICE
    assert not service.journal.generations


async def test_the_voice_form_offers_what_the_account_has(
    hass: HomeAssistant, service: Simulator
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    voices = options_of(result, "voice")
    assert len(voices) == len(service.voice_catalog.all_voices())
    assert voices[GEORGE] == "George (premade, male, middle aged, british, narration)"
    assert field_of(result, "voice").config["custom_value"]
    assert not has_default(result, "voice")
    speaking = [model for model in MODELS.values() if model.can_do_text_to_speech]
    assert options_of(result, "model") == {model.model_id: model.name for model in speaking}
    assert has_default(result, "model")
    optional = [str(m) for m in result["data_schema"].schema if type(m).__name__ == "Optional"]
    assert [name for name in optional if has_default(result, name)] == ["clean_text"]
    assert optional == [
        "route",
        "stability",
        "similarity_boost",
        "speed",
        "seed",
        "text_normalization",
        "latency",
        "clean_text",
        "fill_pauses",
        "loudness",
        "private",
        "speakers",
        "pronunciation_dictionary_locators",
        "fallback",
    ]

    entry = await finish(hass, result)
    assert entry.subentries


async def test_the_voice_must_be_chosen_and_the_model_need_not(
    hass: HomeAssistant, service: Simulator
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    with pytest.raises(InvalidData):
        await fill_in(hass, result, {"model": FLASH})
    result = await fill_in(hass, result, {"voice": SARAH})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    [voice] = result["result"].subentries.values()
    assert voice.data == {"voice": SARAH, "model": FLASH}
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_without_flash_no_model_is_chosen_in_advance(
    hass: HomeAssistant, service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(MODELS, FLASH)
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    assert FLASH not in options_of(result, "model")
    assert not has_default(result, "model")
    await finish(hass, result, model="eleven_multilingual_v2")


async def test_settings_are_kept_with_their_types(hass: HomeAssistant, service: Simulator) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    settings = {"stability": 0.4, "similarity_boost": 1, "speed": 1.1}
    words = {"route": "websocket", "text_normalization": "on", "latency": "lowest"}
    switches = {"private": True, "fill_pauses": True, "loudness": True, "clean_text": False}
    entry = await finish(hass, result, **settings, **words, **switches, seed=4294967295.0)
    [voice] = entry.subentries.values()
    expected = {**settings, **words, **switches, "seed": 4294967295}
    assert voice.data == {**FIRST_VOICE, **expected}
    assert type(voice.data["seed"]) is int


@pytest.mark.parametrize(
    "wrong",
    [
        {"stability": 1.1},
        {"similarity_boost": -0.1},
        {"speed": 0.6},
        {"speed": 1.3},
        {"seed": -1},
        {"seed": 2**32},
        {"route": "pigeon"},
        {"text_normalization": "perhaps"},
    ],
)
async def test_settings_out_of_range_are_refused(
    hass: HomeAssistant, service: Simulator, wrong: dict[str, Any]
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    with pytest.raises(InvalidData) as refused:
        await fill_in(hass, result, {**FIRST_VOICE, **wrong})
    assert set(refused.value.schema_errors) == set(wrong)
    await finish(hass, result)


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("sk_mistyped", "invalid_api_key"),
        ("", "invalid_api_key"),
        ("   ", "invalid_api_key"),
        ("sk_de mo", "invalid_api_key"),
        ("sk_démo", "invalid_api_key"),
        ("sk_\r\nx: y", "invalid_api_key"),
        ("sk_eu", "invalid_api_key"),
        ("key_id_of_demo", "api_key_id"),
    ],
)
async def test_a_wrong_key_is_explained(
    hass: HomeAssistant, service: Simulator, key: str, error: str
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": key})
    assert result["step_id"] == "user"
    assert result["errors"] == {"api_key": error}
    assert suggested(result) == {"api_key": key, "endpoint": "global"}
    await finish(hass, await fill_in(hass, result, {"api_key": "sk_demo"}))


async def test_a_key_unknown_to_a_residency_region_means_the_wrong_region(
    hass: HomeAssistant, service: Simulator, stranger: Stranger
) -> None:
    stranger.refuse(401, "invalid_api_key")
    wrong = {"api_key": "sk_demo", "endpoint": f"{stranger.url}/api.eu.residency.test"}
    result = await fill_in(hass, await open_form(hass), wrong)
    assert result["errors"] == {"endpoint": "wrong_region"}
    assert suggested(result) == wrong
    stranger.refuse(401, "api_key_id_used_as_api_key")
    result = await fill_in(hass, result, wrong)
    assert result["errors"] == {"api_key": "api_key_id"}
    await finish(hass, await fill_in(hass, result, {**wrong, "endpoint": "global"}))


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "europe",
        "api.elevenlabs.io",
        "ws://127.0.0.1",
        "http://",
        "http://[",
        "http://127.0.0.1:99999",
        "http://user:password@127.0.0.1",
        "http://127.0.0.1/?a=b",
    ],
)
async def test_what_is_no_address_is_told(
    hass: HomeAssistant, service: Simulator, endpoint: str
) -> None:
    typed = {"api_key": "sk_demo", "endpoint": endpoint}
    result = await fill_in(hass, await open_form(hass), typed)
    assert result["errors"] == {"endpoint": "invalid_endpoint"}
    assert suggested(result) == typed
    await finish(hass, await fill_in(hass, result, {"api_key": "sk_demo", "endpoint": " GLOBAL "}))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, b"<html>Welcome to your router</html>"), {"endpoint": "not_elevenlabs"}),
        ((200, {"hello": "world"}), {"endpoint": "not_elevenlabs"}),
        ((200, []), {"endpoint": "not_elevenlabs"}),
        ((301, b""), {"endpoint": "not_elevenlabs"}),
        ((404, b"Not Found"), {"endpoint": "not_elevenlabs"}),
        ((403, b"Forbidden"), {"base": "plan_required"}),
        ((401, b""), {"api_key": "invalid_api_key"}),
        ((401, error_body("detected_unusual_activity")), {"base": "unusual_activity"}),
        ((429, error_body("too_many_concurrent_requests")), {"base": "busy"}),
        ((429, b""), {"base": "busy"}),
        ((500, b""), {"base": "server_error"}),
        ((503, error_body("maintenance")), {"base": "server_error"}),
        ((400, error_body("input_timeout_exceeded")), {"base": "unknown"}),
    ],
)
async def test_other_answers_are_explained(
    hass: HomeAssistant,
    service: Simulator,
    stranger: Stranger,
    answer: tuple[int, object],
    error: dict[str, str],
) -> None:
    stranger.answer(*answer)
    typed = {"api_key": "sk_demo", "endpoint": stranger.url}
    result = await fill_in(hass, await open_form(hass), typed)
    assert result["errors"] == error
    assert suggested(result) == typed
    await finish(hass, await fill_in(hass, result, {**typed, "endpoint": "global"}))


async def test_no_connection_is_told(hass: HomeAssistant, service: Simulator) -> None:
    async with Stranger() as gone:
        closed = gone.url
    typed = {"api_key": "sk_demo", "endpoint": closed}
    result = await fill_in(hass, await open_form(hass), typed)
    assert result["errors"] == {"base": "cannot_connect"}
    service.behave(Behaviour(refuse_connections=True))
    result = await fill_in(hass, result, {**typed, "endpoint": "global"})
    assert result["errors"] == {"base": "cannot_connect"}
    assert suggested(result) == {**typed, "endpoint": "global"}
    service.behave(Behaviour())
    await finish(hass, await fill_in(hass, result, {**typed, "endpoint": "global"}))


async def test_no_answer_in_time_is_told(
    hass: HomeAssistant,
    service: Simulator,
    stranger: Stranger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(_: web.Request) -> None:
        await asyncio.Event().wait()

    stranger.before_answer = never
    typed = {"api_key": "sk_demo", "endpoint": stranger.url}
    form = await open_form(hass)
    with monkeypatch.context() as impatient:
        impatient.setattr(api_client, "Timeouts", lambda: Timeouts(answer=0.05))
        result = await fill_in(hass, form, typed)
    assert result["errors"] == {"base": "stalled"}
    await finish(hass, await fill_in(hass, result, {**typed, "endpoint": "global"}))


async def test_what_nobody_foresaw_is_told_and_logged(
    hass: HomeAssistant,
    service: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    form = await open_form(hass)
    with monkeypatch.context() as broken:
        broken.setattr(api_client.ElevenLabsClient, "models", fails)
        result = await fill_in(hass, form, {"api_key": "sk_demo"})
    assert result["errors"] == {"base": "unknown"}
    assert "nobody foresaw this" in caplog.text
    await finish(hass, await fill_in(hass, result, {"api_key": "sk_demo"}))


async def test_a_key_is_never_logged(
    hass: HomeAssistant, service: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_mistyped"})
    await finish(hass, await fill_in(hass, result, {"api_key": "sk_demo"}))
    assert "sk_demo" not in caplog.text
    assert "sk_mistyped" not in caplog.text


@pytest.mark.parametrize("key", ["sk_broke", "sk_low", "sk_unusual", "sk_free"])
async def test_a_key_without_credits_is_accepted(
    hass: HomeAssistant, service: Simulator, key: str
) -> None:
    entry = await add(hass, key)
    assert entry.unique_id == f"workspace_of_{key}"


async def test_a_key_whose_every_answer_is_about_credits_is_accepted(
    hass: HomeAssistant, stranger: Stranger
) -> None:
    stranger.refuse(401, "quota_exceeded")
    access = {"api_key": "sk_broke", "endpoint": stranger.url}
    result = await fill_in(hass, await open_form(hass), access)
    assert result["step_id"] == "voice"
    assert isinstance(field_of(result, "voice"), TextSelector)
    await finish(hass, result)


async def test_one_refused_question_does_not_make_a_key_wrong(
    hass: HomeAssistant, stranger: Stranger
) -> None:
    stranger.answer(404, b"Not Found")
    stranger.answer_at("/v1/models", 403, error_body("workspace_access_denied"))
    stranger.answer_at("/v2/voices", 200, {"voices": [{"voice_id": GEORGE}], "has_more": False})
    access = {"api_key": "sk_any", "endpoint": stranger.url}
    result = await fill_in(hass, await open_form(hass), access)
    assert options_of(result, "voice") == {GEORGE: GEORGE}
    entry = await finish(hass, result)
    assert entry.unique_id is None


# Keys that may not see everything


async def test_a_key_that_may_only_speak_takes_typed_ids(
    hass: HomeAssistant, service: Simulator
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_tts_only"})
    assert isinstance(field_of(result, "voice"), TextSelector)
    assert list(options_of(result, "model")) == list(OFFERED_MODELS)
    assert field_of(result, "model").config["custom_value"]

    for wrong in ("George", "", "  ", "../../v1/user/subscription", f"{GEORGE} {SARAH}"):
        result = await fill_in(hass, result, {"voice": wrong, "model": FLASH, "speed": 0.9})
        assert result["errors"] == {"voice": "invalid_voice_id"}
        assert suggested(result) == {"voice": wrong, "model": FLASH, "speed": 0.9}
    result = await fill_in(hass, result, {"voice": GEORGE, "model": "  "})
    assert result["errors"] == {"model": "model_not_found"}

    entry = await finish(hass, result, voice=f" {GEORGE} ", model="eleven_of_tomorrow")
    assert entry.unique_id is None
    [voice] = entry.subentries.values()
    assert voice.title == GEORGE
    assert voice.data == {"voice": GEORGE, "model": "eleven_of_tomorrow"}


async def test_a_key_that_may_not_list_voices_sees_models(
    hass: HomeAssistant, service: Simulator
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_no_voices"})
    assert isinstance(field_of(result, "voice"), TextSelector)
    assert options_of(result, "model")["eleven_v4"] == "Eleven v4"
    await finish(hass, result)


def test_the_models_offered_are_all_that_are_known_and_have_no_successor() -> None:
    offered = {name for name, facts in KNOWN_MODELS.items() if not facts.successor}
    assert set(OFFERED_MODELS) == offered


# Duplicates


async def test_the_same_account_is_refused(hass: HomeAssistant, service: Simulator) -> None:
    entry = await add(hass)
    second = replace(service.account_state().account, key="sk_second")
    service.accounts.add_account(second)
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_second"})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data["api_key"] == "sk_demo"
    assert "sk_" not in str(entry.unique_id)


async def test_the_same_key_is_refused_where_the_account_is_not_known(
    hass: HomeAssistant, service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add(hass, "sk_tts_only")
    assert entry.unique_id is None
    asked = len(service.journal.requests)
    for endpoint in ("global", "Global", service.url, f" {service.url}/ "):
        typed = {"api_key": " sk_tts_only ", "endpoint": endpoint}
        result = await fill_in(hass, await open_form(hass), typed)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "already_configured"
    assert len(service.journal.requests) == asked


async def test_the_same_key_is_refused_when_two_forms_are_open(
    hass: HomeAssistant, service: Simulator
) -> None:
    forms = [
        await fill_in(hass, await open_form(hass), {"api_key": "sk_tts_only"}) for _ in range(2)
    ]
    await finish(hass, forms[0])
    result = await fill_in(hass, forms[1], FIRST_VOICE)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_a_form_left_open_does_not_block_another(
    hass: HomeAssistant, service: Simulator
) -> None:
    await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    await add(hass)
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_several_accounts_have_titles_of_their_own(
    hass: HomeAssistant, service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Simulator(region="eu") as europe, Simulator() as other:
        monkeypatch.setitem(REGIONS, "eu", europe.url)
        titles = [
            (await add(hass)).title,
            (await add(hass, "sk_pro")).title,
            (await add(hass, "sk_eu", "eu")).title,
            (await add(hass, "sk_free", other.url)).title,
            (await add(hass, "sk_starter", other.url)).title,
        ]
        await hass.async_block_till_done(wait_background_tasks=True)
    assert titles == [
        "ElevenLabs",
        "ElevenLabs 2",
        "ElevenLabs (EU)",
        "ElevenLabs (127.0.0.1)",
        "ElevenLabs (127.0.0.1) 2",
    ]


async def test_an_address_is_kept_as_typed_or_as_its_region(
    hass: HomeAssistant, service: Simulator
) -> None:
    async with Simulator() as other:
        entry = await add(hass, "sk_demo", f" {other.url}/ ")
        assert entry.data["endpoint"] == other.url
    entry = await add(hass, "sk_pro", service.url)
    assert entry.data["endpoint"] == "global"


# The voice


async def test_a_voice_may_be_given_by_its_name(hass: HomeAssistant, service: Simulator) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    entry = await finish(hass, result, voice=" sarah ")
    assert voices_of(entry)["Sarah"].data["voice"] == SARAH


async def test_a_name_that_two_voices_have_is_not_guessed(
    hass: HomeAssistant, service: Simulator
) -> None:
    george = service.voice_catalog.find_voice(GEORGE)
    assert george
    service.voice_catalog.add_voice(replace(george, voice_id="T" * 20))
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    result = await fill_in(hass, result, {"voice": "George", "model": FLASH})
    assert result["errors"] == {"voice": "voice_not_found"}
    await finish(hass, result)


async def test_an_unknown_voice_is_told(hass: HomeAssistant, service: Simulator) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    for wrong in ("A" * 20, "Nobody", "", "../user"):
        filled = {"voice": wrong, "model": FLASH, "route": "http", "seed": 7}
        result = await fill_in(hass, result, filled)
        assert result["errors"] == {"voice": "voice_not_found"}
        assert suggested(result) == filled
    await finish(hass, result)


async def test_a_voice_added_meanwhile_is_found(hass: HomeAssistant, service: Simulator) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    george = service.voice_catalog.find_voice(GEORGE)
    assert george
    new = replace(george, voice_id="N" * 20, name="Newcomer")
    service.voice_catalog.add_voice(new)
    entry = await finish(hass, result, voice=new.voice_id)
    assert voices_of(entry)["Newcomer"].data["voice"] == new.voice_id


async def test_a_voice_that_cannot_be_looked_up_is_told(
    hass: HomeAssistant, service: Simulator
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    service.behave(Behaviour(fail_status=500))
    filled = {"voice": "A" * 20, "model": FLASH}
    result = await fill_in(hass, result, filled)
    assert result["errors"] == {"base": "server_error"}
    assert suggested(result) == filled
    service.accounts.authenticate("sk_demo").account = replace(
        service.account_state().account, key="sk_revoked"
    )
    service.accounts.remove_account("sk_demo")
    result = await fill_in(hass, result, filled)
    assert result["errors"] == {"base": "invalid_api_key"}
    service.reset()
    await finish(hass, result)


async def test_a_permission_lost_meanwhile_leaves_the_ids_form(
    hass: HomeAssistant, service: Simulator
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    state = service.account_state()
    state.account = replace(state.account, scopes=("text_to_speech",))
    result = await fill_in(hass, result, {**FIRST_VOICE, "voice": "short"})
    assert result["errors"] == {"voice": "invalid_voice_id"}
    entry = await finish(hass, result, voice="A" * 20)
    assert voices_of(entry)["A" * 20]


async def test_an_unknown_model_is_told(hass: HomeAssistant, service: Simulator) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    for wrong in ("eleven_of_tomorrow", "eleven_multilingual_sts_v2", "", " "):
        filled = {"voice": GEORGE, "model": wrong}
        result = await fill_in(hass, result, filled)
        assert result["errors"] == {"model": "model_not_found"}
        assert suggested(result) == filled
    await finish(hass, result)


@pytest.mark.parametrize("route", ["auto", "websocket", "http"])
@pytest.mark.parametrize("model", ["eleven_v3", "eleven_v4_turbo"])
async def test_every_model_takes_every_route(
    hass: HomeAssistant, service: Simulator, model: str, route: str
) -> None:
    result = await fill_in(hass, await open_form(hass), {"api_key": "sk_demo"})
    filled = {"voice": GEORGE, "model": model, "route": route}
    result = await fill_in(hass, result, filled)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_clone_and_a_model_that_it_was_not_made_for_are_warned_of_once(
    hass: HomeAssistant, entry: ConfigEntry, service: Simulator
) -> None:
    clone = next(
        voice
        for voice in service.voice_catalog.all_voices()
        if voice.category == "professional" and voice.name and not voice.disable_at_unix
    )
    filled = {"voice": clone.voice_id, "model": "eleven_v4"}
    result = await fill_in_voice(hass, await open_voice_form(hass, entry), filled)
    assert result["errors"] == {"model": "voice_not_tuned"}
    result = await fill_in_voice(hass, result, filled)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    form = await open_voice(hass, entry, str(clone.name))
    result = await fill_in_voice(hass, form, {**filled, "stability": 0.4})
    assert result["type"] is FlowResultType.ABORT


# More voices


def rename(service: Simulator, voice_id: str, name: str) -> None:
    """Give a voice of the account another name."""
    voice = service.voice_catalog.find_voice(voice_id)
    assert voice
    service.voice_catalog.add_voice(replace(voice, name=name))


async def test_a_voice_is_called_by_what_stands_before_the_dash(
    hass: HomeAssistant, service: Simulator
) -> None:
    rename(service, GEORGE, "George - Warm, Captivating Storyteller")
    rename(service, SARAH, "George - Calm")
    entry = await add(hass)
    assert list(voices_of(entry)) == ["George"]
    assert hass.states.get("tts.elevenlabs_george")
    for expected in ("George - Calm", "George (Eleven Flash v2.5)"):
        form = await open_voice_form(hass, entry)
        await fill_in_voice(hass, form, {"voice": SARAH, "model": FLASH})
        assert expected in voices_of(entry)
    assert hass.states.get("tts.elevenlabs_george_calm")


async def test_a_voice_that_was_called_by_its_whole_name_keeps_its_entity(
    hass: HomeAssistant, entry: ConfigEntry, service: Simulator
) -> None:
    whole = "George - Warm, Captivating Storyteller"
    rename(service, GEORGE, whole)
    subentry = voices_of(entry)["George"]
    hass.config_entries.async_update_subentry(entry, subentry, title=whole)
    await hass.async_block_till_done(wait_background_tasks=True)
    await fill_in_voice(hass, await open_voice(hass, entry, whole), {**FIRST_VOICE, "speed": 1.1})
    assert list(voices_of(entry)) == ["George"]
    assert hass.states.get("tts.elevenlabs_george")
    assert [state.entity_id for state in hass.states.async_all("tts")] == ["tts.elevenlabs_george"]


async def test_a_voice_is_added(hass: HomeAssistant, entry: ConfigEntry) -> None:
    loads = count_loads(entry)
    form = await open_voice_form(hass, entry)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "voice"
    # An empty value keeps the frontend from selecting the first of the list.
    assert suggested(form) == {"voice": ""}
    assert not has_default(form, "voice")
    assert isinstance(field_of(form, "voice"), SelectSelector)
    result = await fill_in_voice(hass, form, {"voice": SARAH, "model": FLASH, "speed": 1.2})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    added = voices_of(entry)["Sarah"]
    assert added.data == {"voice": SARAH, "model": FLASH, "speed": 1.2}
    assert added.unique_id is None
    assert added.subentry_type == "voice"
    assert entry.state is ConfigEntryState.LOADED
    assert len(loads) == 1


async def test_voices_of_one_name_have_titles_of_their_own(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    for _ in range(3):
        await fill_in_voice(hass, await open_voice_form(hass, entry), FIRST_VOICE)
    assert list(voices_of(entry)) == [
        "George",
        "George (Eleven Flash v2.5)",
        "George (Eleven Flash v2.5) 2",
        "George (Eleven Flash v2.5) 3",
    ]


async def test_a_wrong_voice_is_corrected_when_adding(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    filled = {"voice": "A" * 20, "model": FLASH, "stability": 0.1}
    result = await fill_in_voice(hass, await open_voice_form(hass, entry), filled)
    assert result["errors"] == {"voice": "voice_not_found"}
    assert suggested(result) == filled
    result = await fill_in_voice(hass, result, {**filled, "voice": SARAH})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert voices_of(entry)["Sarah"].data["stability"] == 0.1


async def test_a_limited_key_adds_voices_by_id(hass: HomeAssistant, service: Simulator) -> None:
    entry = await add(hass, "sk_tts_only")
    form = await open_voice_form(hass, entry)
    assert isinstance(field_of(form, "voice"), TextSelector)
    result = await fill_in_voice(hass, form, {"voice": SARAH, "model": FLASH})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert SARAH in voices_of(entry)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(refuse_connections=True), "cannot_connect"),
        (Behaviour(fail_status=429), "busy"),
        (Behaviour(fail_status=503), "server_error"),
    ],
)
async def test_voices_cannot_be_chosen_while_the_account_is_out_of_reach(
    hass: HomeAssistant,
    service: Simulator,
    entry: ConfigEntry,
    behaviour: Behaviour,
    reason: str,
) -> None:
    service.behave(behaviour)
    for result in (await open_voice_form(hass, entry), await open_voice(hass, entry, "George")):
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == reason
    assert list(voices_of(entry)) == ["George"]


async def test_a_voice_is_changed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    first = {"voice": GEORGE, "model": MULTILINGUAL}
    await fill_in_voice(hass, await open_voice(hass, entry, "George"), first)
    settings = {"stability": 0.5, "use_speaker_boost": "on", "seed": 7, "route": "http"}
    await fill_in_voice(hass, await open_voice(hass, entry, "George"), first | settings)
    changed = {**first, **settings, "use_speaker_boost": True}
    assert voices_of(entry)["George"].data == changed

    loads = count_loads(entry)
    form = await open_voice(hass, entry, "George")
    assert form["step_id"] == "voice"
    assert suggested(form) == {**first, **settings}
    result = await fill_in_voice(
        hass, form, {"voice": SARAH, "model": MULTILINGUAL, "use_speaker_boost": "off"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert {title: dict(voice.data) for title, voice in voices_of(entry).items()} == {
        "Sarah": {"voice": SARAH, "model": MULTILINGUAL, "use_speaker_boost": False}
    }
    assert entry.state is ConfigEntryState.LOADED
    assert len(loads) == 1


async def test_the_text_is_cleaned_unless_that_is_switched_off(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    for is_clean, stored in ((False, False), (True, None)):
        form = await open_voice(hass, entry, "George")
        await fill_in_voice(hass, form, FIRST_VOICE | {"clean_text": is_clean})
        assert voices_of(entry)["George"].data.get("clean_text") is stored
        form = await open_voice(hass, entry, "George")
        assert suggested(form).get("clean_text") is stored
        assert has_default(form, "clean_text")


async def test_a_change_that_is_none_reloads_nothing(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    loads = count_loads(entry)
    result = await fill_in_voice(hass, await open_voice(hass, entry, "George"), FIRST_VOICE)
    assert result["reason"] == "reconfigure_successful"
    assert not loads


async def test_a_wrong_voice_is_corrected_when_changing(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    form = await open_voice(hass, entry, "George")
    result = await fill_in_voice(hass, form, {**FIRST_VOICE, "voice": "Nobody"})
    assert result["errors"] == {"voice": "voice_not_found"}
    assert voices_of(entry)["George"].data == FIRST_VOICE
    result = await fill_in_voice(hass, result, {**FIRST_VOICE, "voice": SARAH})
    assert result["reason"] == "reconfigure_successful"
    assert voices_of(entry)["Sarah"].data["voice"] == SARAH


@pytest.mark.parametrize(
    ("title", "after"),
    [
        ("George", "Sarah"),
        (GEORGE, "Sarah"),
        ("George (Eleven Flash v2.5)", "Sarah"),
        ("George (Eleven Flash v2.5) 2", "Sarah"),
        ("Kitchen", "Kitchen"),
        ("George (kitchen)", "George (kitchen)"),
        ("Sarah's friend", "Sarah's friend"),
    ],
)
async def test_a_title_follows_the_voice_unless_it_was_changed(
    hass: HomeAssistant, entry: ConfigEntry, title: str, after: str
) -> None:
    hass.config_entries.async_update_subentry(entry, voices_of(entry)["George"], title=title)
    await hass.async_block_till_done(wait_background_tasks=True)
    filled = {"voice": SARAH, "model": FLASH}
    await fill_in_voice(hass, await open_voice(hass, entry, title), filled)
    assert list(voices_of(entry)) == [after]


async def test_a_changed_voice_does_not_take_the_title_of_another(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    await fill_in_voice(hass, await open_voice_form(hass, entry), {"voice": SARAH, "model": FLASH})
    filled = {"voice": SARAH, "model": "eleven_v3"}
    await fill_in_voice(hass, await open_voice(hass, entry, "George"), filled)
    assert list(voices_of(entry)) == ["Sarah (Eleven v3)", "Sarah"]
    await fill_in_voice(hass, await open_voice(hass, entry, "Sarah (Eleven v3)"), FIRST_VOICE)
    assert list(voices_of(entry)) == ["George", "Sarah"]


async def test_a_voice_that_is_gone_can_be_replaced(
    hass: HomeAssistant, service: Simulator, entry: ConfigEntry
) -> None:
    service.voice_catalog.remove_voice(GEORGE)
    form = await open_voice(hass, entry, "George")
    assert suggested(form) == FIRST_VOICE
    assert GEORGE not in options_of(form, "voice")
    result = await fill_in_voice(hass, form, FIRST_VOICE)
    assert result["errors"] == {"voice": "voice_not_found"}
    result = await fill_in_voice(hass, result, {"voice": SARAH, "model": FLASH})
    assert result["reason"] == "reconfigure_successful"
    [voice] = entry.subentries.values()
    assert voice.data["voice"] == SARAH


# Settings that a model has


COMMON = {"voice", "model", "route", "stability", "similarity_boost", "seed"} | {
    "text_normalization", "private", "clean_text", "fill_pauses", "loudness", "fallback",
    "speakers", "pronunciation_dictionary_locators",
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (FLASH, {"speed", "latency"}),
        (MULTILINGUAL, {"speed", "latency", "style", "use_speaker_boost"}),
        (V3, {"latency"}),
        ("eleven_v4", {"latency"}),
        ("eleven_of_tomorrow", {"speed", "latency", "style", "use_speaker_boost"}),
    ],
)
async def test_the_form_has_what_the_model_has(
    hass: HomeAssistant, service: Simulator, model: str, more: set[str]
) -> None:
    entry = await set_up(hass, make_entry(service, model=model))
    form = await open_voice(hass, entry, "George")
    assert {str(marker) for marker in form["data_schema"].schema} == COMMON | more
    steps = field_of(form, "stability").config.get("options")
    assert steps == (["creative", "natural", "robust"] if model == V3 else None)


@pytest.mark.parametrize(
    "model", [model.model_id for model in MODELS.values() if model.can_do_text_to_speech]
)
async def test_voice_and_model_are_enough(
    hass: HomeAssistant, entry: ConfigEntry, model: str
) -> None:
    filled = {"voice": SARAH, "model": model}
    result = await fill_in_voice(hass, await open_voice_form(hass, entry), filled)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert voices_of(entry)["Sarah"].data == filled


SPEAKERS = [{"name": "Nora", "voice": SARAH}, {"name": "Tom", "voice": "George"}]


async def test_other_speakers_are_kept_and_shown_again(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    form = await open_voice(hass, entry, "George")
    await fill_in_voice(hass, form, {**FIRST_VOICE, "speakers": SPEAKERS})
    stored = {one["name"]: one["voice"] for one in SPEAKERS}
    assert voices_of(entry)["George"].data == {**FIRST_VOICE, "speakers": stored}
    form = await open_voice(hass, entry, "George")
    assert suggested(form)["speakers"] == SPEAKERS
    await fill_in_voice(hass, form, {**FIRST_VOICE, "speakers": []})
    assert voices_of(entry)["George"].data == FIRST_VOICE


@pytest.mark.parametrize(
    ("speakers", "error"),
    [
        ([{"name": "[Nora]", "voice": SARAH}], "speakers_invalid"),
        ([{"name": "Nora", "voice": ""}], "speakers_invalid"),
        ([{"voice": SARAH}], "speakers_invalid"),
        ([*SPEAKERS, {"name": "nora", "voice": GEORGE}], "speakers_invalid"),
        ([*SPEAKERS, {"name": "Nora", "voice": GEORGE}], "speakers_invalid"),
        ([{"name": f"{n}", "voice": SARAH} for n in range(11)], "speakers_invalid"),
        ([{"name": "Nora", "voice": "Nobody"}], "speaker_voice_not_found"),
    ],
)
async def test_speakers_that_could_not_speak_are_refused(
    hass: HomeAssistant, entry: ConfigEntry, speakers: list[dict[str, str]], error: str
) -> None:
    form = await open_voice(hass, entry, "George")
    filled = {**FIRST_VOICE, "speakers": speakers}
    result = await fill_in_voice(hass, form, filled)
    assert result["errors"] == {"speakers": error}
    assert len(suggested(result)["speakers"]) == len(speakers)
    result = await fill_in_voice(hass, result, {**FIRST_VOICE, "speakers": SPEAKERS})
    assert result["type"] is FlowResultType.ABORT


@pytest.mark.parametrize("wrong", [{"style": 2}, {"use_speaker_boost": "perhaps"}])
async def test_settings_of_larger_models_are_checked_too(
    hass: HomeAssistant, service: Simulator, wrong: dict[str, Any]
) -> None:
    entry = await set_up(hass, make_entry(service, model=MULTILINGUAL))
    form = await open_voice(hass, entry, "George")
    with pytest.raises(InvalidData) as refused:
        await fill_in_voice(hass, form, {"voice": GEORGE, "model": MULTILINGUAL, **wrong})
    assert set(refused.value.schema_errors) == set(wrong)


async def test_what_another_model_ignores_is_told_and_not_kept(
    hass: HomeAssistant, service: Simulator
) -> None:
    settings: dict[str, Any] = {"style": 0.4, "use_speaker_boost": True, "speed": 1.1, "seed": 3}
    entry = await set_up(hass, make_entry(service, model=MULTILINGUAL, **settings))
    filled = {"voice": GEORGE, **settings, "use_speaker_boost": "on"}
    form = await open_voice(hass, entry, "George")
    form = await fill_in_voice(hass, form, {**filled, "model": V3})
    assert form["errors"] == {"model": "settings_ignored"}
    assert suggested(form) == {"voice": GEORGE, "model": V3, "seed": 3}

    form = await fill_in_voice(hass, form, {"voice": GEORGE, "model": MULTILINGUAL, "seed": 4})
    assert form["type"] is FlowResultType.ABORT
    kept = {"voice": GEORGE, "model": MULTILINGUAL, **settings, "seed": 4}
    assert voices_of(entry)["George"].data == kept


async def test_nothing_that_was_filled_in_is_lost_on_the_way_to_another_model(
    hass: HomeAssistant, service: Simulator, entry: ConfigEntry
) -> None:
    form = await open_voice_form(hass, entry)
    first = {"voice": SARAH, "model": V3, "speed": 1.1, "stability": 0.3}
    form = await fill_in_voice(hass, form, first)
    assert form["errors"] == {"model": "settings_ignored"}
    assert suggested(form) == {"voice": SARAH, "model": V3, "stability": "natural"}
    again = {"voice": "nobody at all", "model": FLASH, "stability": "robust"}
    form = await fill_in_voice(hass, form, again)
    assert form["errors"] == {"voice": "voice_not_found"}
    form = await fill_in_voice(hass, form, {**again, "voice": SARAH, "route": "http"})
    assert form["type"] is FlowResultType.CREATE_ENTRY
    assert voices_of(entry)["Sarah"].data == {
        "voice": SARAH, "model": FLASH, "stability": 1.0, "route": "http", "speed": 1.1,
    }  # fmt: skip

    form = await open_voice(hass, entry, "Sarah")
    form = await fill_in_voice(hass, form, {"voice": SARAH, "model": V3, "speed": 0.9})
    assert form["errors"] == {"model": "settings_ignored"}
    result = await fill_in_voice(hass, form, {"voice": SARAH, "model": V3})
    assert result["type"] is FlowResultType.ABORT
    assert voices_of(entry)["Sarah"].data == {"voice": SARAH, "model": V3}


async def test_a_voice_that_is_gone_is_told_in_the_form_of_another_model(
    hass: HomeAssistant, service: Simulator, entry: ConfigEntry
) -> None:
    form = await open_voice(hass, entry, "George")
    form = await fill_in_voice(hass, form, {"voice": GEORGE, "model": V3, "speed": 0.9})
    assert form["errors"] == {"model": "settings_ignored"}
    service.voice_catalog.remove_voice(SARAH)
    form = await fill_in_voice(hass, form, {"voice": "x" * 20, "model": V3})
    assert form["errors"] == {"voice": "voice_not_found"}


async def test_steps_of_stability_are_offered_and_kept_as_numbers(
    hass: HomeAssistant, service: Simulator, entry: ConfigEntry
) -> None:
    form = await open_voice(hass, entry, "George")
    form = await fill_in_voice(hass, form, {"voice": GEORGE, "model": V3, "stability": 0.8})
    assert form["errors"] == {"stability": "stability_steps"}
    assert suggested(form)["stability"] == "robust"
    with pytest.raises(InvalidData):
        await fill_in_voice(hass, form, {"voice": GEORGE, "model": V3, "stability": 0.8})
    await fill_in_voice(hass, form, suggested(form))
    assert voices_of(entry)["George"].data["stability"] == 1.0
    form = await open_voice(hass, entry, "George")
    assert suggested(form)["stability"] == "robust"
    await fill_in_voice(hass, form, {**suggested(form), "stability": "creative"})
    assert voices_of(entry)["George"].data["stability"] == 0.0


async def test_a_stability_that_is_one_of_the_steps_needs_no_second_look(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    filled = {"voice": SARAH, "model": V3, "stability": 0.5}
    result = await fill_in_voice(hass, await open_voice_form(hass, entry), filled)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert voices_of(entry)["Sarah"].data == filled


# A fallback


async def test_a_fallback_is_kept_and_taken_away(hass: HomeAssistant, entry: ConfigEntry) -> None:
    hass.states.async_set("tts.piper", "unknown")
    form = await open_voice(hass, entry, "George")
    selector = field_of(form, "fallback")
    assert selector.config["filter"] == [{"domain": ["tts"]}]
    assert selector.config["exclude_entities"] == [ENGINE]
    await fill_in_voice(hass, form, {**FIRST_VOICE, "fallback": "tts.piper"})
    assert voices_of(entry)["George"].data == {**FIRST_VOICE, "fallback": "tts.piper"}
    form = await open_voice(hass, entry, "George")
    assert suggested(form)["fallback"] == "tts.piper"
    await fill_in_voice(hass, form, FIRST_VOICE)
    assert voices_of(entry)["George"].data == FIRST_VOICE


@pytest.mark.parametrize("wrong", ["tts.nobody", "light.lamp"])
async def test_a_fallback_that_is_none_is_refused(
    hass: HomeAssistant, entry: ConfigEntry, wrong: str
) -> None:
    hass.states.async_set("light.lamp", "on")
    filled = {**FIRST_VOICE, "speed": 1.1, "fallback": wrong}
    form = await fill_in_voice(hass, await open_voice(hass, entry, "George"), filled)
    assert form["errors"] == {"fallback": "fallback_not_found"}
    assert suggested(form) == filled
    assert voices_of(entry)["George"].data == FIRST_VOICE


async def test_voices_do_not_fallback_for_each_other_in_a_circle(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    form = await open_voice(hass, entry, "George")
    with pytest.raises(InvalidData):
        await fill_in_voice(hass, form, {**FIRST_VOICE, "fallback": ENGINE})
    filled = {"voice": SARAH, "model": FLASH, "fallback": ENGINE}
    await fill_in_voice(hass, await open_voice_form(hass, entry), filled)
    assert voices_of(entry)["Sarah"].data == filled
    form = await open_voice(hass, entry, "George")
    wrong = {**FIRST_VOICE, "fallback": "tts.elevenlabs_sarah"}
    form = await fill_in_voice(hass, form, wrong)
    assert form["errors"] == {"fallback": "fallback_circle"}
    assert suggested(form) == wrong


# Budgets


async def open_options(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Begin to set the budgets."""
    return await hass.config_entries.options.async_init(entry.entry_id)


async def fill_in_options(hass: HomeAssistant, form: Result, filled: dict[str, Any]) -> Result:
    """Submit the budgets."""
    done = await hass.config_entries.options.async_configure(form["flow_id"], filled)
    await hass.async_block_till_done(wait_background_tasks=True)
    return done


async def test_budgets_are_set_and_taken_away_with_one_reload_each(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    loads = count_loads(entry)
    form = await open_options(hass, entry)
    assert form["step_id"] == "init"
    assert suggested(form) == {}
    await fill_in_options(hass, form, {"daily_budget": 500.0, "monthly_budget": 9000})
    assert entry.options == {"daily_budget": 500, "monthly_budget": 9000}
    assert type(entry.options["daily_budget"]) is int
    assert len(loads) == 1
    form = await open_options(hass, entry)
    assert suggested(form) == {"daily_budget": 500, "monthly_budget": 9000}
    await fill_in_options(hass, form, {"daily_budget": 500, "monthly_budget": 9000})
    assert len(loads) == 1
    await fill_in_options(hass, await open_options(hass, entry), {"daily_budget": 0})
    assert entry.options == {}
    assert len(loads) == 2
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("wrong", [{"daily_budget": -1}, {"monthly_budget": "much"}])
async def test_a_budget_is_a_number_from_nothing_up(
    hass: HomeAssistant, entry: ConfigEntry, wrong: dict[str, Any]
) -> None:
    form = await open_options(hass, entry)
    with pytest.raises(InvalidData) as refused:
        await fill_in_options(hass, form, wrong)
    assert set(refused.value.schema_errors) == set(wrong)
    assert entry.options == {}


# Words of one's own


def entries(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Return what a form sends for a list of words."""
    return [{"written": written, "spoken": spoken} for written, spoken in pairs]


async def test_words_are_listed_in_the_options_and_apply_without_a_reload(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    loads = count_loads(entry)
    form = await open_options(hass, entry)
    field = field_of(form, "replacements").config
    assert (field["multiple"], [*field["fields"]]) == (True, ["written", "spoken"])
    assert (field["label_field"], field["description_field"]) == ("written", "spoken")
    typed = entries((" HA ", "Home  Assistant"), ("", " "), ("Nguyen", "Win"))
    await fill_in_options(hass, form, {"replacements": typed})
    kept = entries(("HA", "Home Assistant"), ("Nguyen", "Win"))
    assert entry.options == {"replacements": kept}
    assert len(entry.runtime_data.replacements) == 2
    form = await open_options(hass, entry)
    assert suggested(form) == {"replacements": kept}
    await fill_in_options(hass, form, {"replacements": []})
    assert entry.options == {}
    assert not entry.runtime_data.replacements
    assert loads == []
    both = {"daily_budget": 5, "replacements": kept}
    await fill_in_options(hass, await open_options(hass, entry), both)
    assert entry.options == both
    assert len(loads) == 1
    assert len(entry.runtime_data.replacements) == 2


async def test_the_list_has_a_dialog_with_two_fields(
    hass: HomeAssistant, entry: ConfigEntry, hass_client: Any
) -> None:
    assert await async_setup_component(hass, "config", {})
    client, address = await hass_client(), "/api/config/config_entries/options/flow"
    form = await (await client.post(address, json={"handler": entry.entry_id})).json()
    field = next(field for field in form["data_schema"] if field["name"] == "replacements")
    assert {*field["selector"]["object"]["fields"]} == {"written", "spoken"}
    typed = {"replacements": entries(("HA", "Home Assistant"), ("HA", "x"))}
    form = await (await client.post(f"{address}/{form['flow_id']}", json=typed)).json()
    assert form["errors"] == {"replacements": "replacement_twice"}
    field = next(field for field in form["data_schema"] if field["name"] == "replacements")
    assert field["description"]["suggested_value"] == typed["replacements"]


MANY = [(f"word{number}", "x") for number in range(501)]


@pytest.mark.parametrize(
    ("typed", "error", "told"),
    [
        ([("HA", "x"), ("", "Win")], "written_missing", {"line": "2", "word": "Win"}),
        ([("HA", "  ")], "spoken_missing", {"line": "1", "word": "HA"}),
        ([("HA", "x"), ("", ""), ("HA", "y")], "twice", {"line": "3", "first": "1"}),
        ([("Home Assistant", "x"), ("Home  Assistant", "y")], "twice", {"line": "2"}),
        ([("O'Neil", "x"), ("O\u2019Neil", "y")], "twice", {"written": "O'Neil"}),
        ([("x" * 101, "y")], "too_long", {"line": "1", "limit": "100"}),
        ([("y", "x" * 101)], "too_long", {"line": "1", "word": "x" * 101}),
        ([("a", "b"), ("!", "y")], "without_letters", {"line": "2", "word": "!"}),
        ([("a", "…")], "without_letters", {"line": "1", "word": "…"}),
        (MANY, "too_many", {"line": "501", "limit": "500"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_word_is_named_and_nothing_that_was_typed_is_lost(
    hass: HomeAssistant,
    entry: ConfigEntry,
    typed: list[tuple[str, str]],
    error: str,
    told: dict[str, str],
) -> None:
    filled = {"daily_budget": 7, "replacements": entries(*typed)}
    form = await fill_in_options(hass, await open_options(hass, entry), filled)
    key = "replacements_too_many" if error == "too_many" else f"replacement_{error}"
    assert form["errors"] == {"replacements": key}
    assert told.items() <= form["description_placeholders"].items()
    assert suggested(form) == filled
    assert entry.options == {}
    texts = json.loads((COMPONENT / "translations" / "en.json").read_text())["options"]["error"]
    text = texts[key].format(**form["description_placeholders"])
    assert all(value in text for value in told.values())
    right = {**filled, "replacements": entries(("HA", "Home Assistant"))}
    await fill_in_options(hass, form, right)
    assert entry.options == right


async def test_five_hundred_words_are_possible_and_case_tells_them_apart(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    words = entries(*MANY[:498], ("ha", "x"), ("HA", "y"))
    await fill_in_options(hass, await open_options(hass, entry), {"replacements": words})
    assert entry.options["replacements"] == words


async def test_removing_a_voice_reloads_once(hass: HomeAssistant, entry: ConfigEntry) -> None:
    await fill_in_voice(hass, await open_voice_form(hass, entry), {"voice": SARAH, "model": FLASH})
    loads = count_loads(entry)
    subentry = voices_of(entry)["Sarah"]
    assert hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(loads) == 1
    assert hass.states.get("tts.elevenlabs_sarah") is None
    assert hass.states.get(ENGINE)


# A new key


async def start_reauth(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Ask for a new key, as a failed call does."""
    entry.async_start_reauth(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    [flow] = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["step_id"] == "reauth_confirm"
    assert (form["description_placeholders"] or {})["name"] == "ElevenLabs"
    return form


async def done(hass: HomeAssistant, result: Result) -> str:
    """Return how a form about access ended, after all that it set going."""
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.ABORT, result
    return str(result["reason"])


def another_key(service: Simulator, key: str = "sk_new", **changes: Any) -> None:
    """Give the demo account another key."""
    service.accounts.add_account(replace(service.account_state().account, key=key, **changes))


async def test_a_new_key_is_taken_and_the_entry_reloaded_once(
    hass: HomeAssistant, service: Simulator
) -> None:
    entry = await add(hass)
    another_key(service)
    form = await start_reauth(hass, entry)
    assert suggested(form) == {}
    loads = count_loads(entry)
    result = await fill_in(hass, form, {"api_key": " sk_new "})
    assert await done(hass, result) == "reauth_successful"
    assert entry.data == {"api_key": "sk_new", "endpoint": "global"}
    assert entry.unique_id == "workspace_demo"
    assert entry.state is ConfigEntryState.LOADED
    assert len(loads) == 1


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("sk_mistyped", {"api_key": "invalid_api_key"}),
        ("", {"api_key": "invalid_api_key"}),
        ("key_id_of_demo", {"api_key": "api_key_id"}),
        ("sk_pro", {"api_key": "wrong_account"}),
    ],
)
async def test_a_wrong_new_key_is_corrected(
    hass: HomeAssistant, service: Simulator, key: str, error: dict[str, str]
) -> None:
    entry = await add(hass)
    another_key(service)
    result = await fill_in(hass, await start_reauth(hass, entry), {"api_key": key})
    assert result["errors"] == error
    assert suggested(result) == {"api_key": key}
    assert entry.data["api_key"] == "sk_demo"
    result = await fill_in(hass, result, {"api_key": "sk_new"})
    assert await done(hass, result) == "reauth_successful"
    assert entry.data["api_key"] == "sk_new"


async def test_a_field_that_the_form_has_not_is_told_at_its_top(
    hass: HomeAssistant, service: Simulator, stranger: Stranger
) -> None:
    stranger.answer(200, b"<html></html>")
    entry = await set_up(hass, make_entry(service, endpoint=stranger.url))
    result = await fill_in(hass, await start_reauth(hass, entry), {"api_key": "sk_demo"})
    assert result["errors"] == {"base": "not_elevenlabs"}


async def test_a_new_key_without_the_permission_to_see_the_account_is_taken(
    hass: HomeAssistant, service: Simulator
) -> None:
    entry = await add(hass)
    result = await fill_in(hass, await start_reauth(hass, entry), {"api_key": "sk_tts_only"})
    assert await done(hass, result) == "reauth_successful"
    assert entry.data["api_key"] == "sk_tts_only"
    assert entry.unique_id == "workspace_demo"


async def test_an_account_gets_known_by_a_new_key(hass: HomeAssistant, service: Simulator) -> None:
    entry = await add(hass, "sk_tts_only")
    result = await fill_in(hass, await start_reauth(hass, entry), {"api_key": "sk_demo"})
    assert await done(hass, result) == "reauth_successful"
    assert entry.unique_id == "workspace_demo"


async def test_a_new_key_of_an_account_that_is_there_already_is_refused(
    hass: HomeAssistant, service: Simulator
) -> None:
    entry = await add(hass, "sk_tts_only")
    await add(hass)
    another_key(service)
    result = await fill_in(hass, await start_reauth(hass, entry), {"api_key": "sk_new"})
    assert await done(hass, result) == "already_configured"
    result = await fill_in(hass, await start_reauth(hass, entry), {"api_key": "sk_demo"})
    assert await done(hass, result) == "already_configured"
    assert entry.data["api_key"] == "sk_tts_only"


async def test_a_new_key_that_another_entry_has_is_refused(
    hass: HomeAssistant, service: Simulator
) -> None:
    another_key(service, "sk_other", scopes=("text_to_speech",))
    await add(hass, "sk_tts_only")
    entry = await add(hass, "sk_other")
    entry_form = await open_access(hass, entry)
    result = await fill_in(hass, entry_form, {"api_key": "sk_tts_only", "endpoint": "global"})
    assert await done(hass, result) == "already_configured"
    assert entry.data["api_key"] == "sk_other"


async def test_an_entry_that_is_not_loaded_is_loaded_with_the_new_key(
    hass: HomeAssistant, service: Simulator
) -> None:
    entry = await add(hass)
    form = await start_reauth(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not entry.update_listeners
    result = await fill_in(hass, form, {"api_key": "sk_demo"})
    assert await done(hass, result) == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED


# Another endpoint


async def test_the_endpoint_is_changed_and_the_key_kept(
    hass: HomeAssistant, service: Simulator
) -> None:
    entry = await add(hass)
    form = await open_access(hass, entry)
    assert form["step_id"] == "reconfigure"
    assert suggested(form) == {"endpoint": "global"}
    async with Simulator() as other:
        loads = count_loads(entry)
        result = await fill_in(hass, form, {"endpoint": other.url})
        assert await done(hass, result) == "reconfigure_successful"
        assert entry.data == {"api_key": "sk_demo", "endpoint": other.url}
        assert entry.state is ConfigEntryState.LOADED
        assert len(loads) == 1


async def test_the_key_is_changed_and_an_error_corrected(
    hass: HomeAssistant, service: Simulator
) -> None:
    entry = await add(hass)
    another_key(service)
    form = await open_access(hass, entry)
    for filled, error in (
        ({"api_key": "sk_new", "endpoint": "nowhere"}, {"endpoint": "invalid_endpoint"}),
        ({"api_key": "sk_mistyped", "endpoint": "global"}, {"api_key": "invalid_api_key"}),
        ({"api_key": "sk_pro", "endpoint": "global"}, {"api_key": "wrong_account"}),
    ):
        form = await fill_in(hass, form, filled)
        assert form["errors"] == error
        assert suggested(form) == filled
    assert entry.data == {"api_key": "sk_demo", "endpoint": "global"}
    result = await fill_in(hass, form, {"api_key": "sk_new", "endpoint": "global"})
    assert await done(hass, result) == "reconfigure_successful"
    assert entry.data == {"api_key": "sk_new", "endpoint": "global"}


async def test_nothing_changed_reloads_nothing(hass: HomeAssistant, service: Simulator) -> None:
    entry = await add(hass)
    loads = count_loads(entry)
    form = await open_access(hass, entry)
    result = await fill_in(hass, form, {"api_key": " ", "endpoint": "global"})
    assert await done(hass, result) == "reconfigure_successful"
    assert entry.data == {"api_key": "sk_demo", "endpoint": "global"}
    assert not loads
