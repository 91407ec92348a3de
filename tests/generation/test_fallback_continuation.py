"""The fallback goes on in mid-sentence: what is heard when ElevenLabs stays away after a while."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeassistant.components import tts
from homeassistant.components.tts import async_create_stream
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import numpy as np
import pytest

from custom_components.elevenlabs_streaming.api import Timeouts
from custom_components.elevenlabs_streaming.text import clean_text
from simulator import Behaviour, Simulator
from tests.helpers.engines import (
    PIPER,
    SECONDS_PER_WORD,
    Piper,
    StreamingPiper,
    add_engine,
    cached,
    problems,
)
from tests.helpers.faults import AFTER, Fault, decoded, heard
from tests.helpers.home import (
    ENGINE,
    Captions,
    Ears,
    decode,
    fragments,
    hear_growing,
    make_entry,
    set_up,
)
from tests.helpers.players import House, Stopwatch, retry_at_once

TEXT = (
    "The laundry is done, please come down and fetch it. It smells of lavender and of a warm "
    "summer day! I will remind you again in an hour, and tell you whether it rains."
)
BREAKS = Behaviour(drop_after=6, gone_after=1)
# A word that was cut, and what an encoder holds back.
_CUT_S = 1.0
_LAG_S = 0.15
_RATE = 16000


@dataclass(slots=True)
class Home:
    """A home whose voice has a fallback."""

    hass: HomeAssistant
    ears: Ears
    piper: Piper

    async def hear(self, *, growing: bool = False, **options: Any) -> tuple[bytes, Captions]:
        """Return what is heard of the text, and its captions."""
        if growing:
            audio = await hear_growing(self.hass, fragments(TEXT), options)
        else:
            audio = await self.ears.hear(TEXT, options=options)
        return audio, await self.ears.read()

    def rest(self) -> str:
        """Return what the fallback was asked for."""
        rest = "".join(text for text, _ in self.piper.heard)
        self.piper.heard.clear()
        return rest


@pytest.fixture
async def home(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """Set up a home whose voice has a fallback, at a service that is soon given up."""
    retry_at_once(monkeypatch, Stopwatch(hass, monkeypatch))
    entry = await set_up(hass, make_entry(simulator, fallback=PIPER))
    entry.runtime_data.issues._client._timeouts = Timeouts(audio=1.5)
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.subscribe()
    piper = getattr(request, "param", Piper)()
    await add_engine(hass, piper)
    return Home(hass, ears, piper)


def check_words(rest: str, captions: Captions, audio: bytes) -> None:
    """Check that all words were heard, and only the one that was cut twice."""
    assert captions.text == TEXT
    assert TEXT.endswith(rest)
    first, words = len(TEXT.removesuffix(rest).split()), captions.track["words"]
    assert 0 < first < len(words)
    ours, tone = heard([audio])
    assert tone == pytest.approx(len(rest.split()) * SECONDS_PER_WORD, abs=0.2)
    assert words[first - 1]["end"] - _LAG_S < ours < words[first - 1]["end"] + _CUT_S
    is_estimated = [bool(word.get("estimated")) for word in words]
    assert is_estimated == [number >= first for number in range(len(words))]


def lasting(route: str) -> list[Fault]:
    """Return the faults after which nothing more comes on a route."""
    met = ((fault, fault.expected(route)) for fault in AFTER)
    return [fault for fault, expected in met if expected and expected.sound == "part"]


@pytest.mark.parametrize("growing", [False, True], ids=["whole", "growing"])
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_after_every_lasting_fault_all_words_are_heard(
    home: Home, simulator: Simulator, route: str, growing: bool
) -> None:
    for seed, fault in enumerate(lasting(route)):
        simulator.behave(fault.behaviour)
        await home.hass.services.async_call("tts", "clear_cache", blocking=True)
        # Another seed each time: what is disowned stays on the disk for a moment.
        audio, captions = await home.hear(growing=growing, route=route, seed=seed)
        assert (captions.track["state"], captions.track["fallback"]) == ("finished", PIPER), fault
        check_words(home.rest(), captions, audio)
        assert "fallback_used" in problems(home.hass)
    assert len(lasting(route)) > 2


MONO = {"preferred_sample_channels": 1, "preferred_sample_bytes": 2}
FORMATS = {
    "mp3": {},
    "mp3 22050": {"preferred_format": "mp3", "preferred_sample_rate": 22050},
    "wav 16000": {"preferred_format": "wav", "preferred_sample_rate": 16000, **MONO},
    "wav 48000": {"preferred_format": "wav", "preferred_sample_rate": 48000, **MONO},
    "flac 48000": {"preferred_format": "flac", "preferred_sample_rate": 48000, **MONO},
}


def longest_silence(samples: np.ndarray[Any, Any]) -> float:
    """Return the seconds of the longest silence between the first sound and the last."""
    size = _RATE // 100
    windows = np.abs(samples[: samples.size // size * size].reshape(-1, size)).max(axis=1)
    sounding = np.flatnonzero(windows > 0.003)
    return float(np.diff(sounding).max() - 1) / 100


@pytest.mark.parametrize("asked", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("extension", ["mp3", "wav"])
async def test_it_goes_on_in_the_format_of_the_stream(
    home: Home, simulator: Simulator, extension: str, asked: dict[str, Any]
) -> None:
    home.piper.extension = extension
    whole, _ = await home.hear(**asked)
    simulator.behave(BREAKS)
    audio, captions = await home.hear(**asked, seed=1)
    check_words(home.rest(), captions, audio)
    usual, sound = decode(whole), decode(audio)
    assert (sound.codec, sound.sample_rate) == (usual.codec, usual.sample_rate)
    assert sound.channels == usual.channels
    assert sound.seconds == pytest.approx(captions.track["duration"], abs=0.1)
    samples = decoded(audio)
    assert samples.size / _RATE == pytest.approx(sound.seconds, abs=0.1)
    assert longest_silence(samples) < longest_silence(decoded(whole)) + 0.1


def level(samples: np.ndarray[Any, Any]) -> float:
    """Return how loud speech is between its pauses, in decibels."""
    size = _RATE // 20
    powers = (samples[: samples.size // size * size].reshape(-1, size) ** 2).mean(axis=1)
    return float(10 * np.log10(powers[powers > powers.max() / 100].mean()))


@pytest.mark.parametrize("asked", [{}, FORMATS["wav 16000"]], ids=["mp3", "wav"])
@pytest.mark.parametrize("amplitude", [1000, 30000])
async def test_it_is_as_loud_as_the_voice_before_it(
    home: Home, simulator: Simulator, asked: dict[str, Any], amplitude: int
) -> None:
    home.piper.amplitude = amplitude
    simulator.behave(BREAKS)
    audio, captions = await home.hear(**asked)
    samples, (ours, _) = decoded(audio), heard([audio])
    border = round(ours * _RATE)
    assert level(samples[border + _RATE // 5 :]) == pytest.approx(
        level(samples[: border - _RATE // 5]), abs=2.5
    )
    check_words(home.rest(), captions, audio)


@pytest.mark.parametrize("home", [Piper, StreamingPiper], indirect=True)
async def test_it_speaks_on_while_the_text_is_written(home: Home, simulator: Simulator) -> None:
    half, goes_on = TEXT.index("It smells"), asyncio.Event()

    async def waits_to_be_heard() -> AsyncGenerator[str]:
        yield TEXT[:half]
        await goes_on.wait()
        yield TEXT[half:]

    # Converters hold back the newest half second, and before 2026.10 several to see what it is.
    home.piper.seconds_per_piece = 12.0
    simulator.behave(Behaviour(drop_after=2, gone_after=1))
    stream = async_create_stream(home.hass, ENGINE)
    stream.async_set_message_stream(waits_to_be_heard())
    audio = b""
    async for piece in stream.async_stream_result():
        audio += piece
        if not goes_on.is_set() and heard([audio])[1]:
            goes_on.set()
    captions = await home.ears.read()
    said = "".join(text for text, _ in home.piper.heard)
    assert TEXT.endswith(said)
    assert len(said) > len(TEXT) - half
    assert captions.text == TEXT
    assert captions.track["duration"] == pytest.approx(decode(audio).seconds, abs=0.15)


async def test_its_rest_is_never_kept_as_ours(
    home: Home, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.behave(BREAKS)
    await home.hear()
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert not cached(home.hass)
    assert not list((tmp_path / "tts").glob("*elevenlabs*"))
    assert not list((tmp_path / "captions").glob("*.json"))
    simulator.behave(Behaviour())
    audio, captions = await home.hear()
    assert heard([audio])[1] == 0
    assert captions.track["fallback"] is None


@pytest.mark.parametrize("growing", [False, True], ids=["whole", "growing"])
@pytest.mark.parametrize("way", ["raises", "is empty", "unavailable"])
async def test_a_fallback_that_fails_leaves_it_at_what_was_heard(
    home: Home, simulator: Simulator, way: str, growing: bool
) -> None:
    home.piper.failure = OSError() if way == "raises" else None
    home.piper.empty = way == "is empty"
    home.piper._attr_available = way != "unavailable"
    home.piper.async_write_ha_state()
    simulator.behave(BREAKS)
    if growing:
        with pytest.raises(HomeAssistantError):
            await home.hear(growing=True)
        captions = await home.ears.read()
    else:
        _, captions = await home.hear()
    assert captions.track["state"] == "failed"
    assert captions.words


async def fall_back_on_piper(house: House, piper: Piper | None = None, **settings: Any) -> None:
    """Put Piper into a home, as the fallback of its voice."""
    hass = house.hass
    await add_engine(hass, piper or Piper())
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    (voice,) = entry.subentries.values()
    data = {**voice.data, "fallback": PIPER, **settings}
    hass.config_entries.async_update_subentry(entry, voice, data=data)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_event_and_response_tell_from_where_on_it_spoke(house: House) -> None:
    await fall_back_on_piper(house)
    house.simulator.behave(BREAKS)
    kitchen = await house.player()
    call = house.hass.async_create_task(house.announce(TEXT, kitchen.entity_id, wait=True))
    outcome = await house.over()
    await house.clock.until(call.done, step=0.2)
    for told in (outcome, call.result()):
        assert told["fallback"] == PIPER
        assert TEXT[: told["fallback_from"]].endswith(" ")
        assert 0 < told["fallback_from"] < len(TEXT)
        assert (told["spoken_until"], told["unspoken_text"]) == (None, None)
    assert (outcome["event_type"], outcome["error"]) == ("finished", None)
    assert outcome["fallback_cause"] == "cannot_connect"


@pytest.mark.parametrize("private", [False, True])
async def test_without_a_fallback_what_was_not_spoken_is_told(house: House, private: bool) -> None:
    house.simulator.behave(BREAKS)
    kitchen = await house.player()
    options = {"private": private}
    call = house.announce(TEXT, kitchen.entity_id, wait=True, options=options)
    task = house.hass.async_create_task(call)
    outcome = await house.over()
    await house.clock.until(task.done, step=0.2)
    for told in (outcome, task.result()):
        until = told["spoken_until"]
        assert 0 < until < len(TEXT)
        assert told["unspoken_text"] == (None if private else TEXT[until:])
        assert (told["fallback"], told["fallback_from"]) == (None, None)
    assert (outcome["event_type"], outcome["error"]) == ("failed", "cannot_connect")


MARKED = (
    "**The laundry** is *done* 🎉, please [come down](https://example.com/come/down?a=done) and "
    "fetch it.\n\n# Weather\n\n- It smells of `lavender` and of a __warm__ summer day!\n"
    "- I will **remind you again** in an hour 🧺, and [tell you](https://example.com/you) "
    "whether it rains."
)


@pytest.mark.parametrize("broken", [3, 8, 14])
@pytest.mark.parametrize("fallback", [True, False])
async def test_offsets_are_those_of_the_message_as_it_was_written(
    house: House, broken: int, fallback: bool
) -> None:
    piper = Piper()
    await fall_back_on_piper(house, piper, **({} if fallback else {"fallback": None}))
    house.simulator.behave(Behaviour(drop_after=broken, gone_after=1))
    kitchen = await house.player()
    await house.announce(MARKED, kitchen.entity_id)
    told = await house.over()
    if fallback:
        offset, (rest, _) = told["fallback_from"], piper.heard[0]
    else:
        offset, rest = told["spoken_until"], told["unspoken_text"]
    assert 0 < offset < len(MARKED)
    assert told["message"][offset:].startswith(rest.split()[0].rstrip(",.!"))
    words, before = clean_text(MARKED).spoken.split(), told["message"][:offset]
    before_rest = len(words) - len(rest.split())
    assert len(clean_text(before).spoken.split()) == pytest.approx(before_rest, abs=1)


async def test_where_nothing_was_spoken_all_of_it_is_told(house: House) -> None:
    house.simulator.behave(Behaviour(refuse_connections=True))
    kitchen = await house.player()
    await house.announce(TEXT, kitchen.entity_id)
    outcome = await house.over()
    assert (outcome["spoken_until"], outcome["unspoken_text"]) == (0, TEXT)


def be_patient(house: House) -> None:
    """Let the client wait for audio for longer than anybody listens."""
    (entry,) = house.hass.config_entries.async_entries("elevenlabs_streaming")
    entry.runtime_data.issues._client._timeouts = Timeouts(first_audio=1000.0, audio=1000.0)


@pytest.mark.parametrize("route", ["http", "websocket"])
@pytest.mark.parametrize("fallback", [True, False])
async def test_a_listener_is_not_left_without_sound_for_long(
    house: House, route: str, fallback: bool
) -> None:
    await fall_back_on_piper(house, **({} if fallback else {"fallback": None}))
    be_patient(house)
    house.simulator.behave(Behaviour(stall_after=6))
    kitchen, began = await house.player(), house.clock()
    await house.announce(TEXT, kitchen.entity_id, options={"route": route})
    await house.clock.until(lambda: not house._is_busy() or house.clock() > began + 60, step=0.1)
    assert house._is_busy() == (not fallback)
    await house.clock.until(lambda: not house._is_busy(), step=50)
    if fallback:
        assert (await house.over())["fallback_cause"] == "stalled"
        ours, tone = heard(kitchen.device.audio)
        assert ours > 1
        assert tone > 5


@pytest.mark.parametrize("route", ["http", "websocket"])
@pytest.mark.parametrize("goes_on", [False, True], ids=["pauses", "goes on slowly"])
async def test_a_service_that_is_mute_while_the_text_grows_is_not_waited_for(
    house: House, route: str, goes_on: bool
) -> None:
    await fall_back_on_piper(house)
    be_patient(house)
    house.simulator.behave(Behaviour(stall_after=6))
    half, heard_all = TEXT.index("I will"), asyncio.Event()

    async def grows() -> AsyncGenerator[str]:
        yield TEXT[:half]
        if goes_on:
            for word in TEXT[half:].split(" "):
                yield f"{word} "
                await asyncio.wait({asyncio.ensure_future(heard_all.wait())}, timeout=1.0)
        await heard_all.wait()

    stream = async_create_stream(house.hass, ENGINE, options={"route": route})
    stream.async_set_message_stream(grows())
    audio = list[bytes]()

    async def listen() -> None:
        async for piece in stream.async_stream_result():
            audio.append(piece)
            if heard(audio)[1] > 3:
                heard_all.set()

    listening = house.hass.async_create_task(listen())
    await house.clock.until(lambda: audio)
    began = house.clock()
    await house.clock.until(lambda: heard_all.is_set() or house.clock() > began + 60, step=0.1)
    assert heard_all.is_set()
    heard_all.set()
    await house.clock.until(listening.done, step=0.1)
    assert heard(audio)[0] > 1


async def pause(house: House, seconds: float) -> None:
    """Write nothing for so many seconds after a sound that was made."""
    generations = house.simulator.journal.generations
    await house.clock.until(lambda: any(one.chunks for one in generations), step=0.05)
    started = house.clock()
    await house.clock.until(lambda: house.clock() > started + 5, step=0.1)
    await house.clock.until(lambda: house.clock() > started + seconds, step=1.0)


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_text_that_pauses_is_waited_for(
    hass: HomeAssistant, house: House, route: str
) -> None:
    await fall_back_on_piper(house)
    be_patient(house)
    half = TEXT.index("It smells")

    async def pauses() -> AsyncGenerator[str]:
        yield TEXT[:half]
        await pause(house, 300)
        yield TEXT[half:]

    audio = await hear_growing(hass, pauses(), {"route": route})
    ours, tone = heard([audio])
    assert tone == 0
    assert ours > 8


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_after_a_pause_a_slow_model_has_time_to_begin(
    hass: HomeAssistant, house: House, route: str
) -> None:
    await fall_back_on_piper(house)
    be_patient(house)
    half = TEXT.index("It smells")
    asked = asyncio.Event()

    async def pauses() -> AsyncGenerator[str]:
        yield TEXT[:half]
        await pause(house, 20)
        house.simulator.behave(Behaviour(inference_delay=1.6))
        asked.set()
        yield TEXT[half:]

    call = hass.async_create_task(hear_growing(hass, pauses(), {"route": route}))
    await asked.wait()
    for _ in range(9):
        await house.clock.pass_(0.2)
    audio = await call
    assert heard([audio])[1] == 0


@pytest.mark.parametrize("speaks", [True, False], ids=["ElevenLabs", "the fallback"])
async def test_a_fallback_does_not_keep_the_converter_waiting(
    home: Home, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, speaks: bool
) -> None:
    convert, started = tts._async_convert_audio, asyncio.Event()

    async def noted(*args: Any, **more: Any) -> AsyncGenerator[bytes]:
        started.set()
        async for piece in convert(*args, **more):
            yield piece

    async def waits_for_the_converter() -> AsyncGenerator[str]:
        async with asyncio.timeout(30):
            await started.wait()
        yield TEXT

    monkeypatch.setattr(tts, "_async_convert_audio", noted)
    simulator.behave(Behaviour(refuse_connections=not speaks))
    asked = {"preferred_format": "wav", "preferred_sample_rate": 11025}
    audio = await hear_growing(home.hass, waits_for_the_converter(), asked)
    assert decode(audio).sample_rate == 11025
    assert (heard([audio])[1] > 5) == (not speaks)
    captions = await home.ears.read()
    assert captions.track["duration"] == pytest.approx(decode(audio).seconds, abs=0.15)
    assert captions.track["fallback"] == (None if speaks else PIPER)


async def test_a_sentence_that_is_asked_for_alone_is_waited_for_as_long_as_any(
    house: House,
) -> None:
    """Over HTTP each sentence of a growing text is a request of its own."""
    await fall_back_on_piper(house)
    be_patient(house)
    made = house.simulator.journal.generations

    async def grows() -> AsyncGenerator[str]:
        yield "Sure, I can do that. "
        await house.clock.until(lambda: made and made[0].state == "finished")
        house.simulator.behave(Behaviour(silent=True))
        yield "And then I will go on"

    call = house.hass.async_create_task(hear_growing(house.hass, grows(), {"route": "http"}))
    await house.clock.until(lambda: made and made[0].state == "finished")
    began = house.clock()
    await house.clock.until(lambda: call.done() or house.clock() > began + 60, step=0.1)
    assert call.done()
    ours, tone = heard([call.result()])
    assert ours > 1
    assert tone > 1
