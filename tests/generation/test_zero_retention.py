"""What a private voice asks of ElevenLabs, on plans that have it and on those that have not."""

import logging

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.home import Ears, decode, fragments, hear_growing, make_entry, set_up

TEXT = "The laundry is done, please come down and fetch it."
AGAIN = "The soup is hot and needs a pinch of salt."
LONG = f"{TEXT} {AGAIN} Somebody rang at the door a minute ago."


@pytest.fixture
def ears(ears_alone: Ears) -> Ears:
    """Listen; the voice is to be set up by the test."""
    return ears_alone


def asked(simulator: Simulator) -> list[str | None]:
    """Return how each request for speech spelled its wish, in order."""
    return [
        request.query.get("enable_logging")
        for request in simulator.journal.requests
        if "/text-to-speech/" in request.path
    ]


async def test_a_voice_that_is_not_private_does_not_ask(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, "sk_enterprise"))
    await ears.hear(TEXT)
    assert asked(simulator) == [None]


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_plan_that_has_it_keeps_nothing(
    hass: HomeAssistant, simulator: Simulator, ears: Ears, route: str
) -> None:
    await set_up(hass, make_entry(simulator, "sk_enterprise", private=True, route=route))
    for text in (TEXT, AGAIN):
        assert decode(await ears.hear(text)).seconds > 1
    assert asked(simulator) == ["false", "false"]


@pytest.mark.parametrize("refused", ["frame", "handshake"])
@pytest.mark.parametrize("body", ["current", "legacy", "text"])
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_plan_without_it_speaks_and_is_asked_once(
    hass: HomeAssistant,
    simulator: Simulator,
    ears: Ears,
    caplog: pytest.LogCaptureFixture,
    route: str,
    body: str,
    refused: str,
) -> None:
    caplog.set_level(logging.INFO)
    simulator.behave(Behaviour(error_body=body, ws_bad_query=refused))  # type: ignore[arg-type]  # from the parameters
    await set_up(hass, make_entry(simulator, private=True, route=route))
    for text in (TEXT, AGAIN, LONG):
        assert decode(await ears.hear(text)).seconds > 1
    wishes = asked(simulator)
    assert wishes[0] == "false"
    assert wishes[-3:] == [None, None, None]
    assert wishes.count("false") <= 2
    assert len([r for r in caplog.records if "zero retention" in r.getMessage()]) == 1
    spoken = [made.text for made in simulator.journal.generations]
    assert "".join(spoken).count("laundry") == 2
    assert {made.route for made in simulator.journal.generations} == {route}


async def test_a_growing_text_loses_no_word(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, private=True))
    audio = await hear_growing(hass, fragments(LONG))
    assert decode(audio).seconds > 5
    spoken = " ".join(made.text.strip() for made in simulator.journal.generations)
    assert spoken == LONG


async def test_the_wish_of_one_call_is_heard_too(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, "sk_enterprise"))
    await ears.hear(TEXT, options={"private": True})
    assert asked(simulator) == ["false"]


async def test_another_refusal_by_the_plan_is_not_taken_for_this_one(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    # The voice is the library's, which the free plan may not use whatever is kept of it.
    voices = simulator.voice_catalog.all_voices()
    library = next(voice for voice in voices if voice.voice_type == "community")
    await set_up(hass, make_entry(simulator, "sk_free", private=True, voice=library.voice_id))
    await ears.hear(TEXT, status=500)
    await ears.hear(AGAIN, status=500)
    assert asked(simulator)[::2] == ["false", "false"]


async def test_a_format_that_the_plan_lacks_is_still_replaced(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator, "sk_starter", private=True))
    options = {"preferred_format": "wav", "preferred_sample_rate": 44100}
    assert decode(await ears.hear(TEXT, options=options)).seconds > 1
    # Before 2026.11 all is converted from what every plan has.
    formats = 2 if hasattr(tts, "async_create_audio_stream") else 1
    assert asked(simulator) == ["false"] * formats + [None]


# What a model takes of a call's options


@pytest.mark.parametrize(("wanted", "sent"), [(0.3, 0.5), (0.2, 0.0), (0.9, 1.0), (0.5, 0.5)])
async def test_a_model_gets_a_stability_that_it_knows(
    hass: HomeAssistant, simulator: Simulator, ears: Ears, wanted: float, sent: float
) -> None:
    await set_up(hass, make_entry(simulator, model="eleven_v3"))
    await ears.hear(TEXT, options={"stability": wanted})
    [made] = simulator.journal.generations
    assert made.settings["stability"] == sent


async def test_other_models_get_the_stability_that_was_asked_for(
    hass: HomeAssistant, simulator: Simulator, ears: Ears
) -> None:
    await set_up(hass, make_entry(simulator))
    await ears.hear(TEXT, options={"stability": 0.3})
    [made] = simulator.journal.generations
    assert made.settings["stability"] == 0.3
