"""The fallback: who speaks when ElevenLabs cannot."""

import asyncio
from collections.abc import AsyncGenerator
import logging
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from homeassistant.components.tts import async_create_stream
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.elevenlabs_streaming.account.budget import Budget
from custom_components.elevenlabs_streaming.api import Timeouts
from custom_components.elevenlabs_streaming.generation import async_erase
from simulator import Behaviour, Simulator
from tests.helpers.engines import (
    PIPER,
    SECONDS_PER_WORD,
    Piper,
    StreamingPiper,
    add_engine,
    add_piper,
    cached,
    is_tone,
    problems,
)
from tests.helpers.home import ENGINE, Ears, decode, fragments, hear_growing, make_entry, set_up
from tests.helpers.players import House, Stopwatch, retry_at_once

SENTENCE = "The laundry is done. Please come down in ten minutes."
WORDS = len(SENTENCE.split())
DOWN = Behaviour(refuse_connections=True)


@pytest.fixture
async def ears(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Ears:
    """Set up a home whose voice has a fallback."""
    retry_at_once(monkeypatch, Stopwatch(hass, monkeypatch))
    await set_up(hass, make_entry(simulator, fallback=PIPER))
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    return ears


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(quota=True), "quota_exceeded"),
        (Behaviour(unusual_activity=True), "unusual_activity"),
        (Behaviour(fail_status=500), "server_error"),
        (Behaviour(fail_status=403), "plan_required"),
        (DOWN, "cannot_connect"),
    ],
)
@pytest.mark.parametrize("growing", [False, True])
async def test_another_engine_speaks_and_says_so(
    hass: HomeAssistant,
    ears: Ears,
    simulator: Simulator,
    behaviour: Behaviour,
    cause: str,
    growing: bool,
) -> None:
    piper = await add_piper(hass)
    simulator.behave(behaviour)
    if growing:
        audio = await hear_growing(hass, fragments(SENTENCE))
    else:
        audio = await ears.hear(SENTENCE)
    captions = await ears.read()
    assert is_tone(audio)
    assert piper.heard == [(SENTENCE, "en-US")]
    assert (captions.track["fallback"], captions.track["state"]) == (PIPER, "finished")
    assert captions.text == SENTENCE
    assert captions.track["estimated"]
    sound = decode(audio)
    assert captions.track["duration"] == pytest.approx(sound.seconds, abs=0.1)
    assert sound.seconds == pytest.approx(WORDS * SECONDS_PER_WORD, abs=0.2)
    starts = [word["start"] for word in captions.words]
    assert starts == sorted(starts)
    assert 0.5 * sound.seconds < starts[-1] < sound.seconds
    issue = problems(hass)["fallback_used"]
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["fallback"] == "Piper"
    assert issue.translation_key == f"fallback_used_{cause}"
    assert not simulator.journal.generations


async def test_its_audio_is_never_kept_as_ours(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, tmp_path: Path
) -> None:
    await add_piper(hass)
    simulator.behave(DOWN)
    assert is_tone(await ears.hear(SENTENCE))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not cached(hass)
    assert not list((tmp_path / "tts").glob("*elevenlabs*"))
    assert len(list((tmp_path / "tts").glob("*piper*"))) == 1
    assert not list((tmp_path / "captions").glob("*.json"))
    simulator.behave(Behaviour())
    await ears.read()
    assert not is_tone(await ears.hear(SENTENCE))
    captions = await ears.read()
    assert captions.track["fallback"] is None
    assert len(simulator.journal.generations) == 1
    assert "fallback_used" not in problems(hass)
    # Ours is kept, and played again without asking anybody.
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.behave(DOWN)
    assert not is_tone(await ears.hear(SENTENCE))
    assert len(simulator.journal.generations) == 1


async def test_its_audio_is_not_played_as_ours_while_it_is_on_the_disk(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = asyncio.Event()

    async def erase_late(*args: Any) -> None:
        await late.wait()
        await async_erase(*args)

    erase = "custom_components.elevenlabs_streaming.generation.caption_cache.async_erase"
    monkeypatch.setattr(erase, erase_late)
    await add_piper(hass)
    simulator.behave(DOWN)
    assert is_tone(await ears.hear(SENTENCE))
    await hass.async_block_till_done()
    simulator.behave(Behaviour())
    assert not is_tone(await ears.hear(SENTENCE))
    late.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    # What was erased is the other engine's alone.
    assert len(cached(hass)) == 2
    simulator.behave(DOWN)
    assert not is_tone(await ears.hear(SENTENCE))


async def test_what_we_spoke_in_another_format_stays_in_the_cache(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await add_piper(hass)
    await ears.hear(SENTENCE)
    await hass.async_block_till_done(wait_background_tasks=True)
    ours = set(cached(hass))
    simulator.behave(DOWN)
    wav = {"preferred_format": "wav", "preferred_sample_rate": 16000}
    assert is_tone(await ears.hear(SENTENCE, options=wav))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(cached(hass)) == ours
    assert not is_tone(await ears.hear(SENTENCE))


@pytest.mark.parametrize("extension", ["mp3", "wav"])
@pytest.mark.parametrize(
    ("asked", "codec", "rate"),
    [
        ({}, "mp3", None),
        ({"preferred_format": "mp3", "preferred_sample_rate": 44100}, "mp3", 44100),
        ({"preferred_format": "wav", "preferred_sample_rate": 16000}, "pcm_s16le", 16000),
        (
            {
                "preferred_format": "flac",
                "preferred_sample_rate": 48000,
                "preferred_sample_channels": 1,
                "preferred_sample_bytes": 2,
            },
            "flac",
            48000,
        ),
    ],
)
async def test_the_listener_gets_the_format_it_asks_for(
    hass: HomeAssistant,
    ears: Ears,
    simulator: Simulator,
    extension: str,
    asked: dict[str, Any],
    codec: str,
    rate: int | None,
) -> None:
    await add_piper(hass, extension)
    simulator.behave(DOWN)
    audio = await ears.hear(SENTENCE, options=asked)
    sound = decode(audio)
    assert is_tone(audio)
    assert sound.codec.startswith(codec)
    assert rate is None or sound.sample_rate == rate
    assert (await ears.read()).track["duration"] == pytest.approx(sound.seconds, abs=0.15)


async def test_an_engine_that_streams_speaks_while_the_text_is_written(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    piper = StreamingPiper()
    await add_engine(hass, piper)
    simulator.behave(DOWN)
    heard = asyncio.Event()

    async def waits_to_be_heard() -> AsyncGenerator[str]:
        yield "The laundry is done. "
        await heard.wait()
        yield "That was all."

    stream = async_create_stream(hass, ENGINE, options={"preferred_format": "wav"})
    stream.async_set_message_stream(waits_to_be_heard())
    audio = b""
    async for piece in stream.async_stream_result():
        audio += piece
        heard.set()
    assert piper.heard == [("The laundry is done. That was all.", "en-US")]
    captions = await ears.read()
    assert captions.text == "The laundry is done. That was all."
    assert captions.track["duration"] == pytest.approx(2 * SECONDS_PER_WORD, abs=0.05)


@pytest.mark.parametrize(
    ("asked", "spoken"), [("de", "de-DE"), ("en-GB", "en-GB"), ("fr", "en-GB")]
)
async def test_it_speaks_the_nearest_language_it_has(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, asked: str, spoken: str
) -> None:
    piper = await add_piper(hass)
    simulator.behave(DOWN)
    assert is_tone(await ears.hear(SENTENCE, language=asked))
    assert piper.heard == [(SENTENCE, spoken)]


@pytest.mark.parametrize("ways", ["raises", "is empty", "unavailable", "breaks off", "missing"])
async def test_when_both_fail_the_first_failure_is_told(
    hass: HomeAssistant,
    ears: Ears,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    ways: str,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.elevenlabs_streaming")
    piper = StreamingPiper() if ways == "breaks off" else Piper()
    if ways == "breaks off":
        piper.breaks_off = True  # type: ignore[attr-defined]  # it is the streaming one
    if ways == "raises":
        piper.failure = HomeAssistantError(f"No TTS for '{SENTENCE}'")
    piper.empty = ways == "is empty"
    piper._attr_available = ways != "unavailable"
    if ways != "missing":
        await add_engine(hass, piper)
    simulator.behave(Behaviour(quota=True))
    stream = async_create_stream(hass, ENGINE)
    stream.async_set_message(SENTENCE)
    with pytest.raises(HomeAssistantError) as raised:
        [piece async for piece in stream.async_stream_result()]
    assert raised.value.translation_key == "quota_exceeded"
    assert (await ears.read()).track["state"] == "failed"
    assert "quota_exceeded" in problems(hass)
    assert ("fallback_missing" in problems(hass)) == (ways == "missing")
    ours = [r.getMessage() for r in caplog.records if "elevenlabs_streaming" in r.name]
    assert not [text for text in ours if "laundry" in text or "sk_demo" in text]
    assert any(PIPER in text for text in ours) == (ways not in ("unavailable", "missing"))


@pytest.mark.parametrize("message", ["🎉", " \n ", "x" * 200_000])
async def test_what_cannot_be_spoken_is_not_handed_on(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, message: str
) -> None:
    piper = await add_piper(hass)
    simulator.behave(DOWN)
    await ears.hear(message, status=500 if len(message) > 5 else 200)
    assert not piper.heard


async def test_a_mistake_in_one_call_is_no_fault_of_the_voice(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await add_piper(hass)
    assert is_tone(await ears.hear(SENTENCE, options={"voice": "00000000000000000000"}))
    assert set(problems(hass)) == {"fallback_used"}


async def add_second_account(
    hass: HomeAssistant, simulator: Simulator, fallback: str | None = None
) -> str:
    """Add Sarah of another account; returns her entity."""
    ways = {"fallback": fallback} if fallback else {}
    entry = make_entry(simulator, "sk_pro", voice="EXAVITQu4vr4xnSDxMaL", **ways)
    await set_up(hass, entry)
    return "tts.elevenlabs_george_2"


@pytest.mark.parametrize("growing", [False, True])
async def test_another_voice_of_ours_can_fallback(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any, growing: bool
) -> None:
    await set_up(hass, make_entry(simulator, fallback="tts.elevenlabs_george_2"))
    other = await add_second_account(hass, simulator)
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    simulator.behave(Behaviour(quota=True), key="sk_demo")
    if growing:
        audio = await hear_growing(hass, fragments(SENTENCE))
    else:
        audio = await ears.hear(SENTENCE)
    captions = await ears.read()
    assert (captions.track["engine"], captions.track["fallback"]) == (ENGINE, other)
    assert captions.track["duration"] == pytest.approx(decode(audio).seconds, abs=0.1)
    assert captions.text == SENTENCE
    (generation, *_) = simulator.journal.generations
    assert generation.voice == "EXAVITQu4vr4xnSDxMaL"
    # Nobody is told of the other voice as if it had been asked itself.
    event = hass.states.get("event.elevenlabs_george_announcement_2")
    assert event is None or event.state == "unknown"


async def test_voices_that_fallback_for_each_other_end_in_an_error(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, fallback="tts.elevenlabs_george_2"))
    other = await add_second_account(hass, simulator, ENGINE)
    ears = Ears(await hass_client(), await hass_ws_client())
    for entry in hass.config_entries.async_loaded_entries("elevenlabs_streaming"):
        entry.runtime_data.issues._client._timeouts = Timeouts(audio=0.3)
    # Both are asked, and fail, at the same time.
    simulator.behave(Behaviour(silent=True))
    async with asyncio.timeout(20):
        await asyncio.gather(
            ears.hear(SENTENCE, status=500), ears.hear(SENTENCE, status=500, engine_id=other)
        )


async def test_a_voice_that_stands_in_for_itself_is_ignored(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, fallback=ENGINE))
    ears = Ears(await hass_client(), await hass_ws_client())
    simulator.behave(DOWN)
    async with asyncio.timeout(10):
        await ears.hear(SENTENCE, status=500)


async def refused(hass: HomeAssistant) -> None:
    """Speak what nobody speaks."""
    stream = async_create_stream(hass, ENGINE)
    stream.async_set_message("This is dear.")
    [piece async for piece in stream.async_stream_result()]


@pytest.mark.parametrize("key", ["daily_budget", "monthly_budget"])
async def test_a_budget_that_is_used_up_leaves_it_to_the_other_engine(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, key: str
) -> None:
    asked = len(simulator.journal.requests)
    with patch.object(Budget, "refusal", PropertyMock(return_value=key)):
        await ears.hear(SENTENCE, status=500)
        failed = await ears.read()
        assert failed.track["state"] == "failed"
        with pytest.raises(HomeAssistantError) as raised:
            await refused(hass)
        assert raised.value.translation_key == key
        await add_piper(hass)
        assert is_tone(await ears.hear(SENTENCE))
    assert len(simulator.journal.requests) == asked
    assert set(problems(hass)) == {"fallback_used"}


async def test_every_utterance_is_counted_once(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    await add_piper(hass)
    with patch.object(Budget, "spend") as spend:
        await ears.hear(SENTENCE)
        await ears.read()
        (call,) = spend.call_args_list
        assert call.args == (simulator.journal.generations[-1].credits, len(SENTENCE))
        await hear_growing(hass, fragments(SENTENCE))
        await ears.read()
        assert [told.args for told in spend.call_args_list[1:]] == [(None, len(SENTENCE))]
        simulator.behave(Behaviour(drop_after=2))
        await ears.hear(f"{SENTENCE} Really.")
        await ears.read()
        assert len(spend.call_args_list) == 3
        simulator.behave(DOWN)
        assert is_tone(await ears.hear(f"{SENTENCE} Or not."))
        assert len(spend.call_args_list) == 3


async def choose_streaming_piper(house: House) -> StreamingPiper:
    """Put a Piper that streams into a home, as the fallback of its voice."""
    piper = StreamingPiper()
    await choose_piper(house, piper)
    return piper


async def choose_piper(house: House, piper: Piper | None = None) -> None:
    """Put Piper into a home, as the fallback of its voice."""
    hass = house.hass
    await add_engine(hass, piper or Piper())
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    (voice,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, voice, data={**voice.data, "fallback": PIPER})
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("ends", [True, False], ids=["complete", "still growing"])
async def test_an_engine_that_never_speaks_ends_in_the_first_failure(
    house: House, ends: bool
) -> None:
    piper = await choose_streaming_piper(house)
    piper.is_mute = True
    house.simulator.behave(DOWN)

    async def grows() -> AsyncGenerator[str]:
        yield SENTENCE
        if not ends:
            await asyncio.Event().wait()

    began = house.clock()
    call = house.hass.async_create_task(hear_growing(house.hass, grows()))
    await house.clock.until(lambda: call.done() or house.clock() > began + 200, step=0.5)
    assert call.done()
    error = call.exception()
    assert isinstance(error, HomeAssistantError)
    assert error.translation_key == "cannot_connect"


async def test_another_engine_waits_for_a_text_that_pauses(house: House) -> None:
    piper = await choose_streaming_piper(house)
    house.simulator.behave(DOWN)
    is_heard = asyncio.Event()

    async def grows() -> AsyncGenerator[str]:
        yield SENTENCE
        await is_heard.wait()
        began = house.clock()
        await house.clock.until(lambda: house.clock() > began + 400, step=1.0)
        yield " That was all."

    stream = async_create_stream(house.hass, ENGINE, options={"preferred_format": "wav"})
    stream.async_set_message_stream(grows())
    audio = b""
    async for piece in stream.async_stream_result():
        audio += piece
        is_heard.set()
    assert is_tone(audio)
    assert piper.heard == [(f"{SENTENCE} That was all.", "en-US")]


async def test_the_response_says_who_spoke(house: House) -> None:
    await choose_piper(house)
    kitchen = await house.player()
    for text, behaviour, fallback in (
        (SENTENCE, Behaviour(), None),
        ("And once more.", Behaviour(quota=True), PIPER),
    ):
        house.simulator.behave(behaviour)
        call = house.hass.async_create_task(house.announce(text, kitchen.entity_id, wait=True))
        await house.settled()
        await house.clock.until(call.done, step=0.2)
        assert (call.result()["engine"], call.result()["fallback"]) == (ENGINE, fallback)


async def test_the_event_says_who_spoke(house: House) -> None:
    await choose_piper(house)
    house.simulator.behave(Behaviour(quota=True))
    kitchen = await house.player()
    response = await house.announce(SENTENCE, kitchen.entity_id)
    await house.over()
    assert is_tone(kitchen.device.audio[0])
    assert [told["event_type"] for told in house.happened] == ["started", "finished"]
    for told in house.happened:
        assert (told["fallback"], told["fallback_cause"]) == (PIPER, "quota_exceeded")
        assert told["error"] is None
    assert house.outcomes[-1]["credits"] == 0
    assert response["engine"] == ENGINE
    assert house.shown[-1] == ""
    assert any("laundry" in shown for shown in house.shown)


async def test_a_private_text_is_not_filed_by_the_other_engine(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, tmp_path: Path
) -> None:
    await add_piper(hass)
    simulator.behave(DOWN)
    assert is_tone(await ears.hear(SENTENCE, options={"private": True}))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not cached(hass)
    assert not list((tmp_path / "tts").glob("*"))


async def test_unloading_ends_the_other_engine_too(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    piper = StreamingPiper()
    await add_engine(hass, piper)
    simulator.behave(DOWN)

    async def never_ends() -> AsyncGenerator[str]:
        yield "The laundry is done. "
        await asyncio.Event().wait()

    stream = async_create_stream(hass, ENGINE, options={"preferred_format": "wav"})
    stream.async_set_message_stream(never_ends())
    pieces = stream.async_stream_result()
    assert await anext(pieces)
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    with patch("custom_components.elevenlabs_streaming._FINISH_S", 0.05):
        assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(HomeAssistantError):
        [piece async for piece in pieces]
    assert not problems(hass)
