"""What is wrong is shown once, with what to do, and goes when it is over."""

import asyncio
from dataclasses import replace
import time
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.elevenlabs_streaming.api import ElevenLabsError
from custom_components.elevenlabs_streaming.api.errors import (
    MissingPermissionError,
    PlanError,
    QuotaExceededError,
    ServerError,
    VoiceNotFoundError,
)
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour, Simulator
from tests.helpers.config_flow import Stranger
from tests.helpers.engines import problems
from tests.helpers.home import GEORGE, SARAH, Ears, make_entry, set_up

SENTENCE = "The laundry is done."
DAY_S = 86400
GONE = "0000000000000000gone"


async def listen(hass: HomeAssistant, hass_client: Any, hass_ws_client: Any) -> Ears:
    """Return ears for a home that is set up."""
    return Ears(await hass_client(), await hass_ws_client())


async def refresh(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have the account read again."""
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)


def leaves(simulator: Simulator, voice_id: str, days: float | None) -> None:
    """Have a voice retire in some days, or be gone."""
    if days is None:
        simulator.voice_catalog.remove_voice(voice_id)
        return
    voice = simulator.voice_catalog.find_voice(voice_id)
    assert voice
    end = int(time.time() + days * DAY_S)
    retiring = replace(voice, voice_type="community", disable_at_unix=end)
    simulator.voice_catalog.add_voice(retiring)


@pytest.mark.parametrize(
    ("key", "voice", "behaviour", "kind"),
    [
        ("sk_broke", {}, Behaviour(), "quota_exceeded"),
        ("sk_demo", {}, Behaviour(quota=True, quota_status=402), "quota_exceeded"),
        ("sk_demo", {}, Behaviour(quota=True, error_body="legacy"), "quota_exceeded"),
        ("sk_unusual", {}, Behaviour(), "unusual_activity"),
        ("sk_read_only", {}, Behaviour(), "missing_permission"),
        ("sk_free", {"voice": "library"}, Behaviour(), "plan_required"),
        ("sk_no_voices", {"voice": GONE}, Behaviour(), "voice_not_found"),
        ("sk_tts_only", {"model": "eleven_gone"}, Behaviour(), "model_refused"),
        ("sk_demo", {}, Behaviour(fail_status=403, error_body="text"), "access_refused"),
    ],
)
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_refusal_is_shown_until_speech_disproves_it(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    key: str,
    voice: dict[str, str],
    behaviour: Behaviour,
    kind: str,
    route: str,
) -> None:
    if kind == "access_refused":
        route = "http"  # the simulator refuses sockets in words
    if voice.get("voice") == "library":
        mei = next(one for one in simulator.voice_catalog.all_voices() if one.name == "Mei")
        voice = {"voice": mei.voice_id}
    entry = await set_up(hass, make_entry(simulator, key, route=route, **voice))
    ears = await listen(hass, hass_client, hass_ws_client)
    assert not problems(hass)
    if behaviour != Behaviour():
        simulator.behave(behaviour)
    for message in (SENTENCE, "Once more."):
        await ears.hear(message, status=500)
    (shown,) = problems(hass).values()
    assert shown.translation_key == kind
    assert shown.severity is ir.IssueSeverity.ERROR
    assert shown.learn_more_url is not None
    assert shown.is_fixable == (kind in ("voice_not_found", "model_refused"))
    assert key not in f"{shown.issue_id} {shown.data} {shown.translation_placeholders}"
    await assert_is_complete(hass, shown)
    assert not hass.config_entries.flow.async_progress()
    await heal(hass, entry, simulator)
    assert not problems(hass)


async def heal(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """Have the voice heard once, whatever kept it from speaking."""
    (voice,) = entry.subentries
    entry.runtime_data.issues.works(voice)


async def assert_is_complete(hass: HomeAssistant, issue: ir.IssueEntry) -> None:
    """Check that all texts of an issue are there, with all that they leave open."""
    texts = await async_get_translations(hass, "en", "issues", {DOMAIN})
    prefix = f"component.{DOMAIN}.issues.{issue.translation_key}."
    mine = {key.removeprefix(prefix): text for key, text in texts.items() if prefix in key}
    assert "title" in mine
    assert ("description" in mine) != bool(issue.is_fixable)
    for key, text in mine.items():
        assert text.format(**(issue.translation_placeholders or {})), key


async def test_speech_that_is_heard_again_takes_it_back(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(quota=True))
    await ears.hear(SENTENCE, status=500)
    assert set(problems(hass)) == {"quota_exceeded"}
    simulator.behave(Behaviour())
    await ears.hear(SENTENCE, options={"voice": SARAH})
    assert not problems(hass)


async def test_a_bad_key_asks_once_for_a_new_one(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, "sk_gone"))
    ears = await listen(hass, hass_client, hass_ws_client)
    await asyncio.gather(*(ears.hear(f"Sentence {n}.", status=500) for n in range(4)))
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert not problems(hass)


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(fail_status=500),
        Behaviour(fail_status=429),
        Behaviour(refuse_connections=True),
        Behaviour(drop_after=0),
    ],
)
async def test_what_may_pass_makes_no_repair(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, behaviour: Behaviour
) -> None:
    simulator.behave(behaviour)
    for number in range(4):
        await ears.hear(f"Sentence {number}.", status=500)
    assert not problems(hass)
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.parametrize(
    "options",
    [
        {"voice": "00000000000000000000"},
        {"model": "eleven_nonsense"},
        {"speed": 1.2, "voice": GONE},
    ],
)
async def test_a_mistake_in_one_call_is_no_fault_of_the_voice(
    hass: HomeAssistant, ears: Ears, options: dict[str, Any]
) -> None:
    await ears.hear(SENTENCE, status=500, options=options)
    assert not problems(hass)


@pytest.mark.parametrize(
    ("err", "kind"),
    [
        (QuotaExceededError(), "quota_exceeded"),
        (PlanError(code="workspace_access_denied"), "access_refused"),
        (MissingPermissionError(), None),
        (ServerError(), None),
    ],
)
async def test_reading_the_account_shows_what_concerns_all_of_it(
    hass: HomeAssistant, simulator: Simulator, err: ElevenLabsError, kind: str | None
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    entry.runtime_data.issues.report(err)
    assert set(problems(hass)) == ({kind} if kind else set())


async def test_an_account_that_was_read_again_takes_back_what_reading_may_show(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    (voice,) = entry.subentries
    for err in (QuotaExceededError(), MissingPermissionError(), VoiceNotFoundError()):
        entry.runtime_data.issues.report(err, voice)
    entry.runtime_data.issues.works()
    assert set(problems(hass)) == {"missing_permission", "voice_not_found"}


@pytest.mark.parametrize("way", ["remove", "unload", "remove voice"])
async def test_nothing_is_shown_of_what_is_not_there(
    hass: HomeAssistant, simulator: Simulator, way: str
) -> None:
    entry = await set_up(hass, make_entry(simulator, voice=GONE, model="eleven_turbo_v2"))
    assert set(problems(hass)) == {"voice_not_found", "model_outdated"}
    ir.async_ignore_issue(hass, DOMAIN, problems(hass)["model_outdated"].issue_id, ignore=True)
    (voice,) = entry.subentries
    if way == "remove":
        await hass.config_entries.async_remove(entry.entry_id)
        assert not problems(hass)
    elif way == "remove voice":
        hass.config_entries.async_remove_subentry(entry, voice)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert not problems(hass)
    else:
        await hass.config_entries.async_unload(entry.entry_id)
        # What the user does not want to see stays unseen when it comes again.
        assert set(problems(hass)) == {"model_outdated"}
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert problems(hass)["model_outdated"].dismissed_version


async def test_a_voice_that_goes_and_comes_is_noticed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    assert not problems(hass)
    george = simulator.voice_catalog.find_voice(GEORGE)
    assert george
    leaves(simulator, GEORGE, None)
    await refresh(hass, entry)
    assert problems(hass)["voice_not_found"].translation_placeholders == {
        "account": "ElevenLabs",
        "voice": "George",
    }
    simulator.voice_catalog.add_voice(george)
    await refresh(hass, entry)
    assert not problems(hass)
    assert not simulator.journal.generations


async def test_a_voice_that_is_only_not_listed_is_left_alone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    voices = simulator.voice_catalog.all_voices()
    others = [one.to_json() for one in voices if one.voice_id != GEORGE]
    page = {"voices": others, "has_more": False}
    with patch.object(simulator.voice_catalog, "search_voices", return_value=page):
        await refresh(hass, entry)
    assert GEORGE not in entry.runtime_data.coordinator.data.voices
    assert not problems(hass)


@pytest.mark.parametrize(
    ("days", "is_shown"), [(3, True), (59, True), (-1, True), (61, False), (400, False)]
)
@pytest.mark.parametrize("listed", [True, False])
async def test_a_voice_that_retires_is_told_in_good_time(
    hass: HomeAssistant, simulator: Simulator, days: float, is_shown: bool, listed: bool
) -> None:
    leaves(simulator, GEORGE, days)
    pages: dict[str, Any] = {"voices": [], "has_more": False}
    pages["voices"] = [
        one.to_json()
        for one in simulator.voice_catalog.all_voices()
        if listed or one.voice_id != GEORGE
    ]
    with patch.object(simulator.voice_catalog, "search_voices", return_value=pages):
        await set_up(hass, make_entry(simulator))
    assert set(problems(hass)) == ({"voice_retiring"} if is_shown else set())
    if is_shown:
        issue = problems(hass)["voice_retiring"]
        assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, True)
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["date"].startswith("20")
        await assert_is_complete(hass, issue)


@pytest.mark.parametrize(
    ("model", "other"),
    [
        ("eleven_turbo_v2_5", "Eleven Flash v2.5"),
        ("eleven_multilingual_v1", "Eleven Multilingual v2"),
        ("eleven_not_listed", "Eleven Flash v2.5"),
        ("eleven_flash_v2_5", None),
        ("eleven_v3", None),
    ],
)
async def test_an_outdated_model_is_told_with_its_successor(
    hass: HomeAssistant, simulator: Simulator, model: str, other: str | None
) -> None:
    await set_up(hass, make_entry(simulator, model=model))
    assert set(problems(hass)) == ({"model_outdated"} if other else set())
    if other:
        issue = problems(hass)["model_outdated"]
        assert issue.severity is ir.IssueSeverity.WARNING
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["other"] == other
        await assert_is_complete(hass, issue)


@pytest.mark.parametrize("key", ["sk_tts_only", "sk_gone"])
async def test_nothing_is_said_of_lists_that_cannot_be_read(
    hass: HomeAssistant, simulator: Simulator, key: str
) -> None:
    await set_up(hass, make_entry(simulator, key, voice=GONE, model="eleven_turbo_v2"))
    assert not problems(hass)


async def test_a_voice_that_cannot_be_looked_up_is_left_alone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    leaves(simulator, GEORGE, None)
    client = entry.runtime_data.issues._client
    with patch.object(client, "voice", side_effect=ServerError):
        await refresh(hass, entry)
    assert not problems(hass)


async def test_a_server_that_is_not_elevenlabs_makes_no_repairs(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    async with Stranger() as stranger:
        stranger.answer(200, [])
        entry = MockConfigEntry(
            domain=DOMAIN,
            data={"api_key": "sk_demo", "endpoint": stranger.url},
            subentries_data=[
                {
                    "data": {"voice": GEORGE, "model": "eleven_flash_v2_5"},
                    "subentry_type": "voice",
                    "title": "George",
                    "unique_id": None,
                }
            ],
        )
        await set_up(hass, entry)
        assert not problems(hass)
