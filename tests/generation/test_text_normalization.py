"""Text normalization that the plan does not include: spoken without it, and told by its name."""

from dataclasses import replace
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.config_flow import fill_in_voice, open_voice, suggested
from tests.helpers.engines import problems
from tests.helpers.home import Ears, decode, fragments, hear_growing, make_entry, set_up

TEXT = "The laundry is done, please come down and fetch it."
AGAIN = "The soup is hot and needs a pinch of salt."
LONG = f"{TEXT} {AGAIN} Somebody rang at the door a minute ago."
ENTERPRISE_ONLY = Behaviour(flash_normalisation="enterprise")
KIND = "normalization_left_out"


@pytest.fixture
def ears(ears_alone: Ears, simulator: Simulator) -> Ears:
    """Listen; the voice is to be set up by the test."""
    simulator.behave(ENTERPRISE_ONLY)
    return ears_alone


def refusals(simulator: Simulator) -> int:
    """Return how many requests for speech were in vain."""
    asked = [one for one in simulator.journal.requests if "/text-to-speech/" in one.path]
    return len(asked) - len(simulator.journal.generations)


@pytest.mark.parametrize("refused", ["frame", "handshake"])
@pytest.mark.parametrize("body", ["current", "legacy", "text"])
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_plan_without_it_speaks_is_asked_once_and_the_setting_is_named(
    hass: HomeAssistant,
    simulator: Simulator,
    ears: Ears,
    caplog: pytest.LogCaptureFixture,
    route: str,
    body: Any,
    refused: Any,
) -> None:
    caplog.set_level(logging.INFO)
    simulator.behave(replace(ENTERPRISE_ONLY, error_body=body, ws_bad_query=refused))
    await set_up(hass, make_entry(simulator, text_normalization="on", route=route))
    assert decode(await ears.hear(TEXT)).seconds > 1
    in_vain = refusals(simulator)
    assert in_vain
    for text in (AGAIN, LONG):
        assert decode(await ears.hear(text)).seconds > 1
    assert refusals(simulator) == in_vain
    assert {made.route for made in simulator.journal.generations} == {route}
    assert [made.text.strip() for made in simulator.journal.generations] == [TEXT, AGAIN, LONG]
    assert len([r for r in caplog.records if "text normalization" in r.getMessage()]) == 1
    issue = problems(hass)[KIND]
    assert issue.translation_placeholders
    assert issue.translation_placeholders["voice"] == "George"
    assert issue.translation_placeholders["model"] == "Eleven Flash v2.5"


async def test_a_growing_text_loses_no_word(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, text_normalization="on"))
    assert decode(await hear_growing(hass, fragments(LONG))).seconds > 5
    assert " ".join(made.text.strip() for made in simulator.journal.generations) == LONG


async def test_a_plan_that_has_it_is_not_asked_twice(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, "sk_enterprise", text_normalization="on"))
    await ears.hear(TEXT)
    assert not refusals(simulator)
    assert not problems(hass)


async def test_a_private_voice_is_spoken_without_both(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, text_normalization="on", private=True))
    await ears.hear(TEXT)
    in_vain = refusals(simulator)
    await ears.hear(AGAIN)
    assert refusals(simulator) == in_vain == 2
    assert KIND in problems(hass)


async def test_the_wish_of_one_call_is_no_repair(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator))
    assert decode(await ears.hear(TEXT, options={"text_normalization": "on"})).seconds > 1
    assert not problems(hass)


async def test_models_that_have_it_keep_it(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, text_normalization="on"))
    await ears.hear(TEXT)
    in_vain = refusals(simulator)
    await ears.hear("At 9 p.m.", options={"model": "eleven_multilingual_v2"})
    sent = [one for one in simulator.journal.requests if "/text-to-speech/" in one.path]
    assert refusals(simulator) == in_vain
    assert sent[-1].body["apply_text_normalization"] == "on"


async def test_the_repair_goes_with_the_setting(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    entry = await set_up(hass, make_entry(simulator, text_normalization="on"))
    await ears.hear(TEXT)
    assert KIND in problems(hass)
    form = await open_voice(hass, entry, "George")
    await fill_in_voice(hass, form, {**suggested(form), "text_normalization": "auto"})
    assert not problems(hass)
    await ears.hear(AGAIN)
    assert not problems(hass)


async def test_another_refusal_by_the_plan_is_not_taken_for_this_one(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    voices = simulator.voice_catalog.all_voices()
    library = next(voice for voice in voices if voice.voice_type == "community")
    entry = make_entry(simulator, "sk_free", text_normalization="on", voice=library.voice_id)
    await set_up(hass, entry)
    await ears.hear(TEXT, status=500)
    assert set(problems(hass)) == {"plan_required"}
