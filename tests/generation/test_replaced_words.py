"""Words of the user's own, from the account's options to the wire and the captions."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from homeassistant.components import tts
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.elevenlabs_streaming.api import Timeouts
from simulator import Behaviour, Simulator
from tests.helpers.assist import furnish, talker
from tests.helpers.config_flow import count_loads
from tests.helpers.engines import PIPER, add_piper
from tests.helpers.home import (
    ENGINE,
    SARAH,
    Captions,
    Ears,
    fragments,
    hear_growing,
    make_entry,
    set_up,
)
from tests.helpers.players import House

WORDS = {
    "HA": "Home Assistant",
    "Nguyen": "Win",
    "washing machine": "washer",
    "asap": "as soon as possible",
}
WRITTEN = "HA is my Home Assistant. HA's *washing machine* 🎉 tells Nguyen to come (ASAP), says HA."
SPOKEN = (
    "Home Assistant is my Home Assistant. Home Assistant's washer tells Win to come "
    "(as soon as possible), says Home Assistant."
)
SHOWN = "HA is my Home Assistant. HA's washing machine 🎉 tells Nguyen to come (ASAP), says HA."
# Which words of what is spoken stand for each that is shown.
PLACES = (
    (0, 1), 2, 3, 4, 5, (6, 7), 8, 8, None, 9, 10, 11, 12, (13, 16), 17, (18, 19),
)  # fmt: skip


def options_of(words: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of an account with such words."""
    return {"replacements": [{"written": one, "spoken": words[one]} for one in words]}


async def replace(hass: HomeAssistant, words: Mapping[str, str] = WORDS) -> ConfigEntry:
    """Let the account have such words."""
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    hass.config_entries.async_update_entry(entry, options=options_of(words))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert isinstance(entry, ConfigEntry)
    return entry


def sent(simulator: Simulator) -> list[str]:
    """Return what ElevenLabs was asked to speak."""
    return [" ".join(one.text.split()) for one in simulator.journal.generations]


def check_times(shown: Captions, spoken: Captions) -> None:
    """Check that each word sounds from the start to the end of those that are spoken for it."""
    assert (shown.text, len(PLACES)) == (SHOWN, len(SHOWN.split()))
    words = spoken.track["words"]
    for word, place in zip(shown.track["words"], PLACES, strict=True):
        if place is None:
            continue
        first, last = place if isinstance(place, tuple) else (place, place)
        if word["text"] != "machine":
            assert word["start"] == pytest.approx(words[first]["start"], abs=0.002), word
        if word["text"] != "washing":
            assert word["end"] == pytest.approx(words[last]["end"], abs=0.002), word
    assert not shown.track["estimated"]


@pytest.mark.parametrize("growing", [False, True], ids=["whole", "growing"])
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_words_are_spoken_as_listed_and_shown_as_written(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str, growing: bool
) -> None:
    await replace(hass)
    heard: list[Captions] = []
    for text, options in ((WRITTEN, {}), (SPOKEN, {"replace_words": False})):
        given = {"route": route, "seed": 1, **options}
        if growing:
            await hear_growing(hass, fragments(text, 3), given)
        else:
            await ears.hear(text, options=given)
        heard.append(await ears.read())
    assert " ".join(sent(simulator)) == f"{SPOKEN} {SPOKEN}"
    check_times(*heard)
    assert heard[0].track["message"] == SHOWN


async def test_captions_of_languages_and_of_many_words(ears: Ears, hass: HomeAssistant) -> None:
    words = {"a b c d e f": "yes", "東京": "Tokyo city", "x": '<phoneme ph="x">ex</phoneme>'}
    await replace(hass, words)
    await ears.hear("So a b c d e f and 東京は x.", options={"seed": 1})
    told = (await ears.read()).track["words"]
    shown = "".join(word.get("before", " ") + word["text"] for word in told)
    assert shown.strip() == "So a b c d e f and 東京は x."
    starts = [word["start"] for word in told]
    assert starts == sorted(starts)
    assert all(word["end"] > word["start"] for word in told if word["text"] in ("東", "x."))


async def test_audio_and_captions_are_cached_for_each_list(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    spoken = []
    for words in ({}, WORDS, {**WORDS, "HA": "aitch ay"}, WORDS, {}):
        await replace(hass, words)
        for _ in range(2):
            await ears.hear("HA works.")
            told = (await ears.read()).track["words"]
            spoken.append(" ".join(word["text"] for word in told))
    assert sent(simulator) == ["HA works.", "Home Assistant works.", "aitch ay works."]
    assert spoken == ["HA works."] * 10


async def test_without_a_list_the_audio_has_the_key_that_it_always_had(
    hass: HomeAssistant, ears: Ears
) -> None:
    for words, has_digest in (({}, False), (WORDS, True), ({}, False)):
        await replace(hass, words)
        stream = tts.async_create_stream(hass, ENGINE, options={"speed": 1.1})
        assert ("replacements" in stream.options) is has_digest
        assert len(stream.options) == (4 if has_digest else 3)


async def test_a_call_may_leave_its_words_alone(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await replace(hass)
    for options in ({}, {"replace_words": False}, {"replace_words": True}):
        await ears.hear("HA works.", options=options)
    assert sent(simulator)[:2] == ["Home Assistant works.", "HA works."]
    assert sent(simulator)[2] == "Home Assistant works."


async def test_credits_are_counted_on_what_is_spoken(house: House) -> None:
    await replace(house.hass)
    response = await house.announce("HA works.", (await house.player()).entity_id, wait=True)
    (spoken,) = house.simulator.journal.generations
    assert spoken.text == "Home Assistant works."
    assert response["credits"] == spoken.credits == (len(spoken.text) + 1) // 2


async def test_words_are_replaced_where_the_text_is_sent_as_it_is(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await replace(hass)
    await ears.hear("*HA* at https://HA.io/HA works.", options={"clean_text": False})
    assert sent(simulator) == ["*Home Assistant* at https://HA.io/HA works."]
    assert (await ears.read()).text == "*HA* at https://HA.io/HA works."


async def test_an_announcement_is_shown_as_written_and_heard_again_from_the_cache(
    house: House,
) -> None:
    await replace(house.hass)
    kitchen = await house.player()
    for count in (1, 2):
        response = await house.announce(WRITTEN, kitchen.entity_id)
        outcome = await house.over(count)
        assert response["message"] == outcome["message"] == WRITTEN
    # The clock may pass over one of the times on a busy machine.
    assert " ".join(dict.fromkeys(filter(None, house.shown))) == SHOWN
    assert sent(house.simulator) == [SPOKEN]
    assert response["captions"]
    for path in response["captions"].values():
        found = await (await house.http.get(path)).text()
        assert "Nguyen" in found
        assert "Win" not in found


async def test_a_reply_of_an_assistant_is_replaced_while_it_is_written(house: House) -> None:
    await replace(house.hass)
    butler, satellite = await furnish(house), await talker(house)
    butler.answer = WRITTEN
    satellite.finish.set()
    await satellite.asked()
    outcome = await house.over()
    assert " ".join(sent(house.simulator)) == SPOKEN
    assert outcome["message"] == SHOWN


@pytest.mark.parametrize("growing", [False, True], ids=["whole", "growing"])
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_speech_that_breaks_off_inside_a_word_goes_on_there(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str, growing: bool
) -> None:
    await replace(hass, {"HA": "Home Assistant and the kitchen radio and the garden lamp"})
    written = "Now HA is ready, HA is ready."
    whole: set[str] = set()
    for dropped in range(1, 9):
        simulator.behave(Behaviour(drop_after=dropped, faulty_streams=1))
        options = {"route": route, "seed": dropped}
        if growing:
            await hear_growing(hass, fragments(written), options)
        else:
            await ears.hear(written, options=options)
        captions = await ears.read()
        assert captions.text == written
        words = captions.track["words"]
        assert all(one["end"] <= two["start"] + 0.002 for one, two in pairwise(words))
        assert min(word["end"] - word["start"] for word in words if word["text"] == "HA") > 1.5
        whole.update(sent(simulator))
    assert any(text.startswith(("and the", "kitchen", "radio", "garden")) for text in whole)


async def test_a_fallback_is_told_what_a_person_should_hear(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, fallback=PIPER))
    await replace(hass)
    piper = await add_piper(hass)
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    simulator.behave(Behaviour(quota=True))
    await ears.hear(WRITTEN)
    captions = await ears.read()
    assert [message for message, _ in piper.heard] == [SPOKEN]
    assert captions.text == SHOWN


async def test_a_voice_of_ours_that_is_a_fallback_replaces_nothing_again(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    first = await set_up(hass, make_entry(simulator, fallback="tts.elevenlabs_george_2"))
    other = await set_up(hass, make_entry(simulator, "sk_pro", voice=SARAH))
    for entry, words in ((first, {"a": "be", "be": "sea"}), (other, {"be": "sea", "sea": "dee"})):
        hass.config_entries.async_update_entry(entry, options=options_of(words))
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.behave(Behaviour(quota=True), key="sk_demo")
    await Ears(await hass_client(), await hass_ws_client()).hear("One a.")
    assert sent(simulator) == ["One be."]


async def test_a_fallback_goes_on_inside_a_word(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    entry = await set_up(hass, make_entry(simulator, fallback=PIPER))
    entry.runtime_data.issues._client._timeouts = Timeouts(audio=1.5)
    spoken = "Home Assistant and the kitchen radio and the garden lamp"
    await replace(hass, {"HA": spoken})
    piper = await add_piper(hass)
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    simulator.behave(Behaviour(drop_after=6, gone_after=1))
    await ears.hear("Now HA is ready, HA is ready.")
    track = (await ears.read()).track
    ((rest, _),) = piper.heard
    all_spoken = f"Now {spoken} is ready, {spoken} is ready."
    assert all_spoken.endswith(rest)
    assert len("Now Home ") <= len(all_spoken.removesuffix(rest)) < len(f"Now {spoken}")
    words = track["words"]
    assert [word["text"] for word in words] == ["Now", "HA", "is", "ready,", "HA", "is", "ready."]
    assert [word.get("estimated", False) for word in words] == [False, *[True] * 6]
    assert all(one["end"] <= two["start"] + 0.002 for one, two in pairwise(words))
    assert words[1]["end"] - words[1]["start"] > 3.0


async def test_what_was_not_spoken_is_told_as_it_was_written(house: House) -> None:
    await replace(house.hass)
    house.simulator.behave(Behaviour(drop_after=4, gone_after=1))
    kitchen = await house.player()
    task = house.hass.async_create_task(house.announce(WRITTEN, kitchen.entity_id, wait=True))
    outcome = await house.over()
    await house.clock.until(task.done, step=0.2)
    for told in (outcome, task.result()):
        until = told["spoken_until"]
        assert 0 < until < len(SPOKEN)
        rest = told["unspoken_text"]
        assert rest
        assert WRITTEN.replace("*", "").replace("🎉 ", "").endswith(rest)


async def test_a_changed_list_is_heard_at_once_and_interrupts_nothing(house: House) -> None:
    entry = await replace(house.hass)
    loads = count_loads(entry)
    kitchen, hall = await house.player(), await house.player("Hall")
    await house.play(kitchen, "HA speaks.")
    await house.announce("HA waits.", kitchen.entity_id)
    await replace(house.hass, {"HA": "aitch ay"})
    await house.announce("HA works.", hall.entity_id)
    await house.over(3)
    assert sent(house.simulator)[0] == "Home Assistant speaks."
    assert "aitch ay works." in sent(house.simulator)
    assert [told["event_type"] for told in house.outcomes] == ["finished"] * 3
    assert loads == []
    house.hass.config_entries.async_update_entry(entry, options={"daily_budget": 9})
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert len(loads) == 1
