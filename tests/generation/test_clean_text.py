"""Texts that were written for eyes, from the action to the wire and the captions."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.elevenlabs_streaming.announcements import announcer
from simulator import Behaviour, Simulator
from tests.helpers.engines import PIPER, add_piper
from tests.helpers.home import (
    Ears,
    decode,
    fragments,
    hear_growing,
    make_entry,
    set_up,
)
from tests.helpers.players import House

WRITTEN = "**Dinner** is *ready* 🎉, see [the recipe](https://example.com/a?b=c)."
SPOKEN = "Dinner is ready, see the recipe."
SHOWN = "Dinner is ready 🎉, see the recipe."
LIST = (
    "## To buy\n\n- **Milk**\n- Eggs\n\nMore at https://www.example.com/list?a=1 in [the list](/b)."
)
LIST_SPOKEN = "To buy. Milk. Eggs. More at example dot com in the list."
LIST_SHOWN = "To buy Milk Eggs More at example.com in the list."


def sent(simulator: Simulator) -> str:
    """Return what ElevenLabs was asked to speak."""
    return " ".join(" ".join(one.text for one in simulator.journal.generations).split())


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_whole_text_is_spoken_and_shown_without_marks(
    ears: Ears, simulator: Simulator, route: str
) -> None:
    sound = decode(await ears.hear(WRITTEN, options={"route": route}))
    captions = await ears.read()
    assert (sent(simulator), captions.text) == (SPOKEN, SHOWN)
    assert sum(one.credits for one in simulator.journal.generations) < len(SPOKEN)
    ends = [word["end"] for word in captions.words]
    assert sound.seconds - 0.6 < ends[-1] < sound.seconds + 0.05
    assert not captions.track["estimated"]
    assert captions.track["message"] == SHOWN


@pytest.mark.parametrize(("route", "size"), [("http", 3), ("websocket", 3), ("websocket", 17)])
async def test_a_growing_text_is_spoken_and_shown_without_marks(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str, size: int
) -> None:
    sound = decode(await hear_growing(hass, fragments(LIST, size), {"route": route}))
    captions = await ears.read()
    assert (sent(simulator), captions.text) == (LIST_SPOKEN, LIST_SHOWN)
    assert captions.track["message"].split() == LIST_SHOWN.split()
    assert sound.seconds - 0.6 < captions.words[-1]["end"] < sound.seconds + 0.05


async def test_words_keep_their_times_where_others_are_spoken(
    hass: HomeAssistant, ears: Ears
) -> None:
    """A host is spoken as words, so its times span all of them."""
    await ears.hear("Look at https://example.com/list tonight.", options={"route": "http"})
    words = {word["text"]: word for word in (await ears.read()).words}
    host, last = words["example.com"], words["tonight."]
    assert host["end"] - host["start"] > 0.5
    assert host["end"] <= last["start"]


@pytest.mark.parametrize(
    ("of_voice", "of_call", "is_clean"),
    [
        ({}, {}, True),
        ({"clean_text": False}, {}, False),
        ({}, {"clean_text": False}, False),
        ({"clean_text": False}, {"clean_text": True}, True),
    ],
    ids=str,
)
async def test_a_voice_or_a_call_may_send_the_text_as_it_is(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    of_voice: dict[str, Any],
    of_call: dict[str, Any],
    is_clean: bool,
) -> None:
    await set_up(hass, make_entry(simulator, **of_voice))
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    await ears.hear(WRITTEN, options=of_call)
    assert sent(simulator) == (SPOKEN if is_clean else WRITTEN)
    assert "*" not in (await ears.read()).text or not is_clean


async def test_both_ways_of_a_sentence_are_cached_apart(ears: Ears, simulator: Simulator) -> None:
    for options in ({}, {"clean_text": False}, {}, {"clean_text": False}):
        await ears.hear(WRITTEN, options=options)
    assert [one.text for one in simulator.journal.generations] == [SPOKEN, WRITTEN]


async def test_a_cached_sentence_has_its_clean_captions(house: House) -> None:
    kitchen = await house.player()
    for count in (1, 2):
        response = await house.announce(WRITTEN, kitchen.entity_id)
        outcome = await house.over(count)
        assert response["message"] == outcome["message"] == WRITTEN
    assert house.shown == [SHOWN, ""] * 2
    assert len(house.simulator.journal.generations) == 1


async def test_a_fallback_is_told_no_marks_either(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, fallback=PIPER))
    piper = await add_piper(hass)
    simulator.behave(Behaviour(quota=True))
    await Ears(await hass_client(), await hass_ws_client()).hear(WRITTEN)
    assert [message for message, _ in piper.heard] == [SPOKEN]


async def test_an_emoji_that_comes_in_halves_is_shown_and_not_spoken(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    async def halves() -> AsyncGenerator[str]:
        for piece in ("Dinner is ready \ud83c", "\udf89 at last, please come down."):
            yield piece

    await hear_growing(hass, halves())
    assert sent(simulator) == "Dinner is ready at last, please come down."
    assert (await ears.read()).text == "Dinner is ready 🎉 at last, please come down."


@pytest.mark.parametrize("route", ["http", "websocket"])
@pytest.mark.parametrize("size", [1, 3, 6, 7])
async def test_an_emoji_before_a_sign_leaves_no_blank(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str, size: int
) -> None:
    text = "Great 👍! Dinner is ready 🎉, please come down."
    await hear_growing(hass, fragments(text, size), {"route": route})
    assert sent(simulator) == "Great! Dinner is ready, please come down."
    assert (await ears.read()).text == text


async def test_what_an_agent_wrote_before_it_died_is_spoken(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    async def dies() -> AsyncGenerator[str]:
        yield "**The soup** is ready and"
        yield " [hot"
        raise OSError

    await hear_growing(hass, dies())
    assert sent(simulator) == "The soup is ready and [hot"


THOUGHT = "<think>The user wants the *weather*.\n\nHm, sunny.</think>\n\nIt is sunny today."


@pytest.mark.parametrize("size", [1, 5, 1000])
async def test_the_reasoning_of_an_agent_is_neither_spoken_nor_shown(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, size: int
) -> None:
    await hear_growing(hass, fragments(THOUGHT, size))
    captions = await ears.read()
    assert (sent(simulator), captions.text) == ("It is sunny today.",) * 2
    assert captions.track["message"] == "It is sunny today."


async def test_nothing_is_spoken_behind_reasoning_that_never_ends(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await hear_growing(hass, fragments("One moment. <think>Which lamp is meant? I wonder"))
    assert (sent(simulator), (await ears.read()).text) == ("One moment.",) * 2


SIGNS = ["...", "?!", "*", "—", "👍", "😀 !", "", " \n ", "<think>Which lamp?</think>", "---\n"]


@pytest.mark.parametrize("options", [{}, {"clean_text": False}], ids=["clean", "as_it_is"])
@pytest.mark.parametrize("text", SIGNS)
async def test_a_reply_without_words_is_a_moment_of_silence_and_costs_nothing(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, text: str, options: dict[str, Any]
) -> None:
    if "clean_text" in options and "think" in text:
        text = "…"
    for audio in (
        await ears.hear(text, options=options) if text else None,
        await hear_growing(hass, fragments(text, 1), options),
    ):
        if audio is None:
            continue
        sound = decode(audio)
        assert sound.seconds == pytest.approx(0.1, abs=0.1)
        assert sound.loudness == 0
        assert (await ears.read()).track["state"] == "finished"
    assert not [one for one in simulator.journal.requests if "text-to-speech" in one.path]
    assert not simulator.journal.generations


@pytest.mark.parametrize(
    ("wanted", "codec"),
    [
        ({"preferred_format": "wav", "preferred_sample_rate": 16000}, "pcm_s16le"),
        ({"preferred_format": "flac", "preferred_sample_rate": 48000}, "flac"),
        ({"preferred_format": "mp3", "preferred_sample_rate": 22050}, "mp3float"),
        ({"preferred_format": "ogg"}, "vorbis"),
    ],
    ids=str,
)
async def test_the_silence_is_in_the_format_that_is_asked_for(
    hass: HomeAssistant, ears: Ears, wanted: dict[str, Any], codec: str
) -> None:
    sound = decode(await ears.hear("👍", options=wanted))
    assert sound.codec == codec
    assert sound.seconds == pytest.approx(0.1, abs=0.1)
    assert wanted.get("preferred_sample_rate") in (None, sound.sample_rate)


BRACKETS = "The open windows are ['Kitchen', 'Bathroom'] and it rains. [OK] says [ACME Support]."
TAGGED = "[whispers] Good night. [Laughs] Sleep well, [OK] dear."


@pytest.mark.parametrize("model", ["eleven_flash_v2_5", "eleven_multilingual_v2", "eleven_v3"])
async def test_what_is_spoken_in_brackets_is_shown(
    hass: HomeAssistant, ears: Ears, model: str
) -> None:
    await ears.hear(BRACKETS, options={"model": model})
    assert (await ears.read()).text == BRACKETS
    await hear_growing(hass, fragments(BRACKETS), {"model": model})
    assert (await ears.read()).text == BRACKETS


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("eleven_v3", "Good night. Sleep well, [OK] dear."),
        ("eleven_v4_turbo", "Good night. Sleep well, [OK] dear."),
        ("eleven_flash_v2_5", "Good night. Sleep well, [OK] dear."),
    ],
)
async def test_tags_are_never_shown_and_reach_the_models_that_perform_them(
    ears: Ears, simulator: Simulator, model: str, shown: str
) -> None:
    await ears.hear(TAGGED, options={"model": model})
    assert (await ears.read()).text == shown
    assert sent(simulator) == (shown if model == "eleven_flash_v2_5" else TAGGED)


@pytest.mark.parametrize("size", [1, 3, 9])
async def test_a_growing_text_has_no_tags_for_a_model_that_would_read_them(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, size: int
) -> None:
    await hear_growing(hass, fragments(TAGGED, size), {"model": "eleven_flash_v2_5"})
    assert (await ears.read()).text == sent(simulator) == "Good night. Sleep well, [OK] dear."


async def test_a_text_that_is_not_cleaned_keeps_its_tags(ears: Ears, simulator: Simulator) -> None:
    await ears.hear(TAGGED, options={"model": "eleven_flash_v2_5", "clean_text": False})
    assert (await ears.read()).text == sent(simulator) == TAGGED


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_a_tag_reaches_its_model_in_one_message(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, size: int
) -> None:
    text = "Good night. [laughs softly] Sleep well, my dear, and dream of [page 3] things."
    await hear_growing(hass, fragments(text, size), {"model": "eleven_v4"})
    sent_texts = [text for socket in simulator.journal.sockets for text in socket.texts]
    assert sum("[laughs softly]" in one for one in sent_texts) == 1


@pytest.mark.parametrize(
    ("options", "is_clean"),
    [({}, True), ({"clean_text": None}, True), ({"clean_text": False}, False)],
    ids=str,
)
async def test_cached_audio_whose_captions_are_lost_shows_what_was_spoken(
    house: House, options: dict[str, Any], is_clean: bool
) -> None:
    kitchen = await house.player()
    await house.announce(WRITTEN, kitchen.entity_id, options=options)
    await house.over()
    captions = announcer(house.hass).caption_cache
    captions._recent.clear()
    await captions.async_clear()
    told = await house.announce(WRITTEN, kitchen.entity_id, options=options)
    await house.over(2)
    assert len(house.simulator.journal.generations) == 1
    shown = (await (await house.http.get(told["captions"]["json"])).json())["words"]
    text = " ".join(word["text"] for word in shown)
    assert ("**" in text) == (not is_clean)
    assert "Dinner" in text
