"""A voice that speaks, heard through Home Assistant's own doors."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.components import tts
from homeassistant.components.tts import async_create_stream
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.elevenlabs_streaming.speech import Synthesizer, TimeLimits
from simulator import Behaviour, Simulator
from tests.helpers.home import (
    ENGINE,
    GEORGE,
    SARAH,
    Ears,
    decode,
    fragments,
    hear_growing,
    make_entry,
    set_up,
)
from tests.helpers.players import Stopwatch
from tests.helpers.wires import pieces

RACHEL = "21m00Tcm4TlvDq8ikWAM"
SENTENCE = "The laundry is done. Please come down in 10 min."
LONG = " ".join([SENTENCE] * 5)


@pytest.mark.parametrize(
    ("route", "used"), [("auto", "http"), ("http", "http"), ("websocket", "websocket")]
)
async def test_a_whole_text_is_spoken_with_its_words(
    ears: Ears, simulator: Simulator, route: str, used: str
) -> None:
    sound = decode(await ears.hear(SENTENCE, options={"route": route}))
    captions = await ears.read()
    assert captions.text == SENTENCE
    assert captions.track["route"] == used
    assert captions.track["message"] == SENTENCE
    assert sound.seconds - 0.6 < captions.words[-1]["end"] < sound.seconds + 0.05
    assert captions.track["duration"] == pytest.approx(sound.seconds, abs=0.1)
    assert sound.codec.startswith("mp3")
    assert sound.loudness > 0.01
    assert {item.route for item in simulator.journal.generations} == {used}


@pytest.mark.parametrize(
    ("model", "used"), [("eleven_flash_v2_5", "websocket"), ("eleven_v3", "websocket")]
)
async def test_a_growing_text_is_spoken_while_it_grows(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, model: str, used: str
) -> None:
    sound = decode(await hear_growing(hass, fragments(LONG), {"model": model}))
    captions = await ears.read()
    assert captions.text == LONG
    assert captions.track["route"] == used
    starts = [word["start"] for word in captions.words]
    assert starts == sorted(starts)
    assert sound.seconds - 0.6 < captions.words[-1]["end"] < sound.seconds + 0.05
    assert len(simulator.journal.generations) > 1
    assert not simulator.journal.open_sockets


@pytest.mark.parametrize(
    ("model", "used"), [("eleven_flash_v2_5", "websocket"), ("eleven_v3", "dialogue_websocket")]
)
async def test_half_a_character_does_not_silence_a_reply(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, model: str, used: str
) -> None:
    parts = ["\ud83d", "\ude80 Lift off, ", "said the \ud83d", "captain. ", "And so it was. \ud83d"]
    sound = decode(await hear_growing(hass, pieces(parts), {"model": model}))
    captions = await ears.read()
    assert sound.seconds > 1
    assert captions.text == "🚀 Lift off, said the captain. And so it was."
    assert {item.route for item in simulator.journal.generations} == {used}


async def test_speech_starts_before_the_text_is_complete(hass: HomeAssistant, ears: Ears) -> None:
    heard = asyncio.Event()

    async def waits_to_be_heard() -> AsyncGenerator[str]:
        yield f"{SENTENCE} "
        await heard.wait()
        yield "That was all."

    stream = async_create_stream(hass, ENGINE)
    stream.async_set_message_stream(waits_to_be_heard())
    async for _ in stream.async_stream_result():
        heard.set()
    assert (await ears.read()).text == f"{SENTENCE} That was all."


@pytest.mark.parametrize(
    ("asked", "codec", "rate", "channels"),
    [
        ({}, "mp3", 44100, 1),
        ({"preferred_format": "mp3", "preferred_sample_rate": 22050}, "mp3", 22050, 1),
        ({"preferred_format": "mp3", "preferred_sample_channels": 2}, "mp3", None, 2),
        ({"preferred_format": "wav"}, "pcm_s16le", 24000, 1),
        ({"preferred_format": "wav", "preferred_sample_rate": 16000}, "pcm_s16le", 16000, 1),
        ({"preferred_format": "wav", "preferred_sample_rate": 22050}, "pcm_s16le", 22050, 1),
        ({"preferred_format": "wav", "preferred_sample_rate": 11025}, "pcm_s16le", 11025, 1),
        (
            {
                "preferred_format": "wav",
                "preferred_sample_rate": 16000,
                "preferred_sample_channels": 2,
                "preferred_sample_bytes": 2,
            },
            "pcm_s16le",
            16000,
            2,
        ),
        (
            {
                "preferred_format": "flac",
                "preferred_sample_rate": 48000,
                "preferred_sample_channels": 1,
                "preferred_sample_bytes": 2,
            },
            "flac",
            48000,
            1,
        ),
        ({"preferred_format": "ogg"}, "vorbis", None, 1),
    ],
)
async def test_home_assistant_gets_the_format_it_asks_for(
    ears: Ears, asked: dict[str, Any], codec: str, rate: int, channels: int
) -> None:
    sound = decode(await ears.hear(SENTENCE, options=asked))
    assert sound.codec.startswith(codec)
    assert sound.channels == channels
    assert rate in (None, sound.sample_rate)
    assert sound.seconds == pytest.approx((await ears.read()).track["duration"], abs=0.2)
    assert sound.loudness > 0.01


async def test_a_plan_without_the_format_still_speaks(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, "sk_starter"))
    ears = Ears(await hass_client(), await hass_ws_client())
    asked = {"preferred_format": "wav", "preferred_sample_rate": 44100}
    sound = decode(await ears.hear(SENTENCE, options=asked))
    assert (sound.codec, sound.sample_rate) == ("pcm_s16le", 44100)
    tried = [
        (request.query["output_format"], request.status)
        for request in simulator.journal.requests
        if request.method == "POST"
    ]
    assert tried[-1] == ("mp3_44100_128", 200)
    # Home Assistant before 2026.11 converts all of this from what every plan has.
    refused = [("pcm_44100", 403)] if hasattr(tts, "async_create_audio_stream") else []
    assert tried[:-1] == refused


async def test_options_of_one_call_reach_the_service(ears: Ears, simulator: Simulator) -> None:
    options = {
        "voice": "sarah",
        "model": "eleven_multilingual_v2",
        "stability": "0.3",
        "similarity_boost": 0.8,
        "style": 0.2,
        "use_speaker_boost": "false",
        "speed": 1.1,
        "seed": 7,
        "text_normalization": "off",
    }
    await ears.hear(SENTENCE, language="en-GB", options=options)
    request = simulator.journal.last_request("stream/with-timestamps")
    assert SARAH in request.path
    assert request.body == {
        "text": SENTENCE,
        "model_id": "eleven_multilingual_v2",
        "voice_settings": {
            "stability": 0.3,
            "similarity_boost": 0.8,
            "style": 0.2,
            "use_speaker_boost": False,
            "speed": 1.1,
        },
        "seed": 7,
        "apply_text_normalization": "off",
    }


HTTP_PARAMETERS = {
    "previous_text": "It rang twice.",
    "next_text": "Nobody was there.",
    "apply_language_text_normalization": True,
    "pronunciation_dictionary_locators": [
        {"pronunciation_dictionary_id": "dict_demo", "version_id": "version_1"}
    ],
}


@pytest.mark.parametrize("name", HTTP_PARAMETERS)
async def test_parameters_of_the_api_reach_http(
    ears: Ears, simulator: Simulator, name: str
) -> None:
    value = HTTP_PARAMETERS[name]
    options = {"model": "eleven_multilingual_v2", name: value}
    await ears.hear(SENTENCE, options=options)
    assert simulator.journal.last_request("stream/with-timestamps").body[name] == value
    await ears.hear(SENTENCE, options=options)
    assert len(simulator.journal.generations) == 1
    await ears.hear(SENTENCE, options={"model": "eleven_multilingual_v2"})
    assert len(simulator.journal.generations) == 2


async def test_the_streaming_latency_of_the_api_reaches_http(
    ears: Ears, simulator: Simulator
) -> None:
    await ears.hear(SENTENCE, options={"optimize_streaming_latency": 3})
    request = simulator.journal.last_request("stream/with-timestamps")
    assert request.query["optimize_streaming_latency"] == "3"


async def test_parameters_of_the_api_reach_the_websocket(ears: Ears, simulator: Simulator) -> None:
    options = {
        "route": "websocket",
        "enable_ssml_parsing": True,
        "apply_language_text_normalization": False,
        "optimize_streaming_latency": "2",
        "chunk_length_schedule": [60, 200],
        "pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "dict_demo"}],
    }
    await ears.hear(SENTENCE, options=options)
    (socket,) = simulator.journal.sockets
    assert socket.query["enable_ssml_parsing"] == "true"
    assert socket.query["apply_language_text_normalization"] == "false"
    assert socket.query["optimize_streaming_latency"] == "2"
    first = socket.messages[0].data
    assert first["generation_config"] == {"chunk_length_schedule": [60, 200]}
    assert first["pronunciation_dictionary_locators"] == [
        {"pronunciation_dictionary_id": "dict_demo"}
    ]


@pytest.mark.parametrize("latency", ["lowest", "balanced", "best_prosody"])
async def test_a_whole_text_goes_over_http_whatever_the_latency(
    ears: Ears, simulator: Simulator, latency: str
) -> None:
    await ears.hear(LONG, options={"latency": latency})
    assert [(one.route, one.text) for one in simulator.journal.generations] == [("http", LONG)]
    assert not simulator.journal.sockets


WAV = {"preferred_format": "wav", "preferred_sample_rate": 16000}
FLAC = {"preferred_format": "flac", "preferred_sample_rate": 48000}


@pytest.mark.parametrize(
    ("of_voice", "of_call", "is_filled"),
    [
        ({}, {}, False),
        ({"fill_pauses": True}, {}, True),
        ({}, {"fill_pauses": True}, True),
        ({"fill_pauses": True}, {"fill_pauses": False}, False),
        # Satellites ask for these; some of them hang when nothing comes.
        ({}, WAV, True),
        ({}, FLAC, True),
        ({}, {"preferred_format": "wav"}, True),
        ({}, {"preferred_format": "mp3", "preferred_sample_rate": 22050}, False),
        ({}, {**WAV, "fill_pauses": False}, False),
        ({"route": "http"}, FLAC, True),
    ],
    ids=str,
)
async def test_a_pause_of_a_reply_is_filled_where_that_is_set(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    of_voice: dict[str, Any],
    of_call: dict[str, Any],
    is_filled: bool,
) -> None:
    await set_up(hass, make_entry(simulator, **of_voice))
    clock, more = Stopwatch(hass, monkeypatch), asyncio.Event()

    async def pauses() -> AsyncGenerator[str]:
        yield "One moment, please. "
        await more.wait()
        yield "Here it is, I have found it."

    listener = hass.async_create_task(hear_growing(hass, pauses(), of_call))
    await clock.until(lambda: any(one.state == "finished" for one in simulator.journal.generations))
    paused = clock()
    await clock.until(lambda: clock() > paused + 10, step=0.1)
    more.set()
    spoken = decode(await listener).seconds
    silence = spoken - sum(one.audio_seconds for one in simulator.journal.generations)
    assert (silence > 5) if is_filled else (silence < 0.3)


@pytest.mark.parametrize("route", ["http", "websocket"])
@pytest.mark.parametrize("is_filled", [True, False], ids=["filled", "not filled"])
@pytest.mark.parametrize("tool", [65.0, 590.0])
async def test_an_agent_that_is_at_work_is_waited_for(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    route: str,
    tool: float,
    *,
    is_filled: bool,
) -> None:
    await set_up(hass, make_entry(simulator))
    clock, more = Stopwatch(hass, monkeypatch), asyncio.Event()

    async def uses_a_tool() -> AsyncGenerator[str]:
        yield "One moment, please. "
        await more.wait()
        yield "Here it is, I have found it."

    options = {"fill_pauses": is_filled, "route": route}
    listener = hass.async_create_task(hear_growing(hass, uses_a_tool(), options))
    await clock.until(lambda: any(one.state == "finished" for one in simulator.journal.generations))
    paused = clock()
    await clock.until(lambda: clock() > paused + tool, step=1.0)
    more.set()
    spoken = decode(await listener).seconds
    generated = " ".join(one.text for one in simulator.journal.generations)
    assert " ".join(generated.split()) == "One moment, please. Here it is, I have found it."
    silence = spoken - sum(one.audio_seconds for one in simulator.journal.generations)
    assert (silence > tool - 3) if is_filled else (silence < 0.3)


async def test_an_agent_that_is_never_done_is_waited_for_ten_minutes(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, make_entry(simulator))
    clock = Stopwatch(hass, monkeypatch)

    async def hangs() -> AsyncGenerator[str]:
        yield "One moment, please. "
        await asyncio.Event().wait()

    listener = hass.async_create_task(hear_growing(hass, hangs()))
    await clock.until(lambda: bool(simulator.journal.generations))
    paused = clock()
    await clock.until(listener.done, step=1.0)
    assert 595 < clock() - paused < 615
    assert decode(await listener).seconds > 0.5
    await simulator.journal.until(lambda journal: not journal.open_sockets)


async def test_a_voice_that_is_not_listed_yet_can_be_used(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    sarah = simulator.voice_catalog.find_voice(SARAH)
    assert sarah
    new = replace(sarah, voice_id="N" * 20, name="Newcomer")
    simulator.voice_catalog.add_voice(new)
    await ears.hear(SENTENCE, options={"voice": new.voice_id})
    assert [one.voice for one in simulator.journal.generations] == [new.voice_id]


async def test_context_is_not_sent_to_a_model_that_refuses_it(
    ears: Ears, simulator: Simulator
) -> None:
    await ears.hear(SENTENCE, options={"model": "eleven_v3", "previous_text": "It rang."})
    assert "previous_text" not in simulator.journal.last_request("with-timestamps").body


async def test_the_voice_s_own_settings_reach_the_service(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, speed=0.8, route="websocket", stability=1.0))
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.hear(SENTENCE, language="de")
    (socket,) = simulator.journal.sockets
    assert (socket.voice, socket.query["language_code"]) == (GEORGE, "de")
    first = socket.messages[0].data
    assert first["voice_settings"] == {"stability": 1.0, "speed": 0.8}
    assert "".join(socket.texts[1:]) == f"{SENTENCE} "


async def test_settings_the_model_does_not_know_are_left_out(
    ears: Ears, simulator: Simulator
) -> None:
    await ears.hear(SENTENCE, options={"model": "eleven_v3", "style": 0.5, "speed": 1.2})
    assert "voice_settings" not in simulator.journal.last_request("with-timestamps").body


async def test_a_second_time_comes_from_the_cache_unless_a_setting_changed(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    first = await ears.hear(SENTENCE)
    assert await ears.hear(SENTENCE) == first
    assert len(simulator.journal.generations) == 1
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "speed": 1.2})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await ears.hear(SENTENCE) != first


NUMBERS = {"minimum": "0", "maximum": "1"}
LENGTHS = {"minimum": "50", "maximum": "500"}


@pytest.mark.parametrize(
    ("options", "key", "limits"),
    [
        ({"speed": "fast"}, "option_not_number", {"minimum": "0.7", "maximum": "1.2"}),
        ({"speed": 3}, "option_not_number", {"minimum": "0.7", "maximum": "1.2"}),
        ({"stability": "nan"}, "option_not_number", NUMBERS),
        ({"stability": "inf"}, "option_not_number", NUMBERS),
        ({"stability": True}, "option_not_number", NUMBERS),
        ({"seed": 1.5}, "option_not_whole_number", {"minimum": "0", "maximum": "4294967295"}),
        ({"route": "pigeon"}, "option_not_listed", {"choices": "auto, websocket, http"}),
        ({"route": ["http"]}, "option_not_listed", {"choices": "auto, websocket, http"}),
        ({"use_speaker_boost": "maybe"}, "option_not_boolean", {}),
        ({"text_normalization": 1}, "option_not_listed", {"choices": "auto, on, off"}),
        ({"voice": 5}, "option_empty", {}),
        ({"voice": ""}, "option_empty", {}),
        ({"model": ["eleven_v3"]}, "option_empty", {}),
        (
            {"optimize_streaming_latency": 5},
            "option_not_whole_number",
            {"minimum": "0", "maximum": "4"},
        ),
        ({"chunk_length_schedule": [10]}, "option_not_whole_numbers", LENGTHS),
        ({"chunk_length_schedule": []}, "option_not_whole_numbers", LENGTHS),
        ({"chunk_length_schedule": 50}, "option_not_whole_numbers", LENGTHS),
        ({"previous_text": 7}, "option_not_text", {}),
        ({"enable_ssml_parsing": "maybe"}, "option_not_boolean", {}),
        ({"pronunciation_dictionary_locators": [{}]}, "option_not_dictionaries", {"maximum": "3"}),
        ({"speakers": {"[Nora]": SARAH}}, "option_not_speakers", {"maximum": "10"}),
        ({"speakers": {"Nora": ""}}, "option_not_speakers", {"maximum": "10"}),
        ({"speakers": ["Nora"]}, "option_not_speakers", {"maximum": "10"}),
        (
            {"speakers": {f"Guest {number}": SARAH for number in range(11)}},
            "option_not_speakers",
            {"maximum": "10"},
        ),
    ],
)
async def test_an_option_of_the_wrong_kind_is_told_what_is_expected(
    hass: HomeAssistant,
    ears: Ears,
    simulator: Simulator,
    options: dict[str, Any],
    key: str,
    limits: dict[str, str],
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await speak(hass, SENTENCE, options=options)
    assert raised.value.translation_key == key
    (option,) = options
    assert raised.value.translation_placeholders == {"option": option, **limits}
    await ears.hear(SENTENCE, options=options, status=500)
    assert not simulator.journal.generations


DICTIONARIES = [{"pronunciation_dictionary_id": f"dict_{number}"} for number in range(4)]
VALUES: list[tuple[str, list[Any], list[Any]]] = [
    ("route", ["auto", "websocket", "http"], ["pigeon"]),
    ("stability", [0, 1], [-0.01, 1.01]),
    ("similarity_boost", [0, 1], [-0.01, 1.01]),
    ("style", [0, 1], [-0.01, 1.01]),
    ("use_speaker_boost", [True, False], ["perhaps"]),
    ("speed", [0.7, 1.2], [0.69, 1.21]),
    ("seed", [0, 4294967295], [-1, 4294967296]),
    ("text_normalization", ["auto", "on", "off", True, False], ["perhaps"]),
    ("latency", ["lowest", "balanced", "best_prosody"], ["none"]),
    ("private", [True, False], ["perhaps"]),
    ("fill_pauses", [True, False], ["perhaps"]),
    ("loudness", [True, False], ["perhaps"]),
    ("clean_text", [True, False], ["perhaps"]),
    ("optimize_streaming_latency", [0, 4], [-1, 5]),
    ("chunk_length_schedule", [[50], [50, 500]], [[49], [501], []]),
    ("enable_ssml_parsing", [True, False], ["perhaps"]),
    ("apply_language_text_normalization", [True, False], ["perhaps"]),
    ("pronunciation_dictionary_locators", [[], DICTIONARIES[:3]], [DICTIONARIES, DICTIONARIES[0]]),
]


@pytest.mark.parametrize(("option", "good", "wrong"), VALUES, ids=[name for name, *_ in VALUES])
async def test_an_option_takes_what_the_readme_says_and_no_more(
    hass: HomeAssistant, ears: Ears, option: str, good: list[Any], wrong: list[Any]
) -> None:
    refused = []
    for value in (*good, *wrong):
        with pytest.raises(HomeAssistantError) as raised:
            await speak(hass, SENTENCE, options={option: value})
        if str(raised.value.translation_key).startswith("option_"):
            refused.append(value)
        else:  # the player of `speak` is nobody's
            assert raised.value.translation_key == "player_not_found"
    assert refused == wrong


async def speak(hass: HomeAssistant, message: str, **data: Any) -> None:
    """Call `tts.speak` as an automation does."""
    await hass.services.async_call(
        "tts",
        "speak",
        {
            "entity_id": ENGINE,
            "media_player_entity_id": "media_player.none",
            "message": message,
            **data,
        },
        blocking=True,
    )


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("", "nothing_to_speak"),
        (" \n ", "nothing_to_speak"),
        *((sign, "nothing_to_speak") for sign in ("...", "?!", "*", "—", "👍", "😀 !")),
        ("<think>Hm</think>", "nothing_to_speak"),
        ("x" * 200_000, "text_too_long"),
    ],
)
async def test_what_cannot_be_spoken_is_refused_where_it_is_asked_for(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, message: str, key: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await speak(hass, message)
    assert raised.value.translation_key == key
    if key == "text_too_long":
        await ears.hear(message, status=500)
    assert not simulator.journal.generations


async def test_a_text_is_as_long_as_promised_and_no_longer(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(quota=True))
    asked = len(simulator.journal.requests)
    longest = "word " * 20_000
    with pytest.raises(ServiceValidationError) as raised:
        await speak(hass, f"{longest}.")
    assert raised.value.translation_placeholders == {"limit": "100000"}
    await ears.hear(f"{longest}.", status=500)
    assert len(simulator.journal.requests) == asked
    await ears.hear(longest, status=500)
    assert len(simulator.journal.requests) > asked


@pytest.mark.parametrize(
    "message",
    [
        "🎉🎊!",
        'Wait <break time="0.5s" /> for it & "see".',
        "<speak>Hello</speak>",
        "晚饭好了，请下来吧。",  # noqa: RUF001  # Chinese punctuation
        "العشاء جاهز، تفضلوا.",
        "[whispers] The cake is gone.",
        "a\x00b\ud7ff {{ template }} \\n %s",
        "e\u0301" * 50,
    ],
)
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_odd_texts_are_spoken(ears: Ears, message: str, route: str) -> None:
    sound = decode(await ears.hear(message, options={"route": route}))
    captions = await ears.read()
    assert captions.track["state"] == "finished"
    assert captions.track["duration"] == pytest.approx(sound.seconds, abs=0.2)


@pytest.mark.parametrize(
    ("options", "behaviour", "cause"),
    [
        ({"voice": "00000000000000000000"}, Behaviour(), "voice_not_found"),
        ({"voice": "../../v1/user"}, Behaviour(), "voice_not_found"),
        ({"model": "eleven_nonsense"}, Behaviour(), "model_not_found"),
        ({}, Behaviour(quota=True), "quota_exceeded"),
        ({}, Behaviour(quota=True, quota_status=402), "quota_exceeded"),
        ({}, Behaviour(unusual_activity=True), "unusual_activity"),
        ({}, Behaviour(fail_status=500), "server_error"),
        ({}, Behaviour(refuse_connections=True), "cannot_connect"),
    ],
)
@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_a_refusal_says_why_and_the_next_sentence_is_heard(
    hass: HomeAssistant,
    ears: Ears,
    simulator: Simulator,
    options: dict[str, Any],
    behaviour: Behaviour,
    cause: str,
    route: str,
) -> None:
    simulator.behave(behaviour)
    stream = async_create_stream(hass, ENGINE, options={**options, "route": route})
    stream.async_set_message(SENTENCE)
    with pytest.raises(HomeAssistantError) as raised:
        [chunk async for chunk in stream.async_stream_result()]
    assert raised.value.translation_key == cause
    assert (await ears.read()).track["state"] == "failed"
    simulator.behave(Behaviour())
    decode(await ears.hear("And now it works."))
    assert not hass.config_entries.flow.async_progress()


async def test_a_key_that_turned_bad_asks_for_a_new_one(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    await set_up(hass, make_entry(simulator, "sk_gone"))
    assert hass.states.get(ENGINE) is not None
    ears = Ears(await hass_client(), await hass_ws_client())
    await ears.hear(SENTENCE, status=500)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_what_was_heard_before_a_failure_stays(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str
) -> None:
    simulator.behave(Behaviour(drop_after=3))
    stream = async_create_stream(hass, ENGINE, options={"route": route})
    stream.async_set_message(LONG)
    heard: list[bytes] = []
    listener = hass.async_create_task(_drain(stream.async_stream_result(), heard))
    await simulator.journal.until(lambda journal: any(one.chunks for one in journal.generations))
    # It breaks off, and what would go on is refused.
    simulator.behave(Behaviour(fail_status=418))
    with pytest.raises(HomeAssistantError):
        await listener
    captions = await ears.read()
    assert captions.track["state"] == "failed"
    assert captions.words
    assert decode(b"".join(heard)).seconds == pytest.approx(captions.track["duration"], abs=0.2)


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_speech_that_breaks_off_once_is_heard_and_read_to_its_end(
    ears: Ears, simulator: Simulator, route: str
) -> None:
    simulator.behave(Behaviour(drop_after=5, faulty_streams=1))
    sound = decode(await ears.hear(LONG, options={"route": route}))
    captions = await ears.read()
    assert captions.track["state"] == "finished"
    assert captions.text == " ".join(LONG.split())
    assert captions.track["duration"] == pytest.approx(sound.seconds, abs=0.2)
    assert len(simulator.journal.requests) > 2


async def test_a_text_that_never_ends_is_given_up_and_what_was_said_is_kept(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    async def dies() -> AsyncGenerator[str]:
        yield f"{SENTENCE} And th"
        await asyncio.Event().wait()

    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    speaker: Synthesizer = entry.runtime_data.synthesizer
    limits = TimeLimits(flush=0.01, silence=0.05)
    impatient = replace(speaker._account, time_limits=limits)
    with patch.object(speaker, "_account", impatient):
        sound = decode(await hear_growing(hass, dies()))
    captions = await ears.read()
    assert captions.text == f"{SENTENCE} And th"
    assert captions.track["duration"] == pytest.approx(sound.seconds, abs=0.2)
    await simulator.journal.until(lambda journal: not journal.open_sockets)


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_unloading_ends_what_is_being_spoken(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, route: str
) -> None:
    simulator.behave(Behaviour(stall_after=1))
    stream = async_create_stream(hass, ENGINE, options={"route": route})
    stream.async_set_message(LONG)
    listener = hass.async_create_task(_drain(stream.async_stream_result()))
    await simulator.journal.until(lambda journal: bool(journal.running))
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    with patch("custom_components.elevenlabs_streaming._FINISH_S", 0.05):
        assert await hass.config_entries.async_unload(entry.entry_id)
    await simulator.journal.until(lambda journal: not journal.running and not journal.open_sockets)
    with pytest.raises(HomeAssistantError):
        await listener


async def _drain(chunks: AsyncGenerator[bytes], heard: list[bytes] | None = None) -> bytes:
    """Listen to the end, into a list that keeps what was heard when it breaks off."""
    heard = [] if heard is None else heard
    async for chunk in chunks:
        heard.append(chunk)  # the list outlives an error
    return b"".join(heard)


async def test_a_reload_lets_a_sentence_end(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(inference_delay=0.2))
    stream = async_create_stream(hass, ENGINE)
    stream.async_set_message(SENTENCE)
    listener = hass.async_create_task(_drain(stream.async_stream_result()))
    await simulator.journal.until(lambda journal: bool(journal.running))
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert decode(await listener).seconds > 1
    assert (await ears.read()).text == SENTENCE


async def test_a_home_starts_without_a_network(
    hass: HomeAssistant, simulator: Simulator, hass_client: Any, hass_ws_client: Any
) -> None:
    simulator.behave(Behaviour(silent=True, refuse_connections=True))
    await set_up(hass, make_entry(simulator))
    simulator.behave(Behaviour())
    ears = Ears(await hass_client(), await hass_ws_client())
    assert decode(await ears.hear(SENTENCE)).seconds > 1


async def test_languages_and_voices_are_offered(hass: HomeAssistant, ears: Ears) -> None:
    await ears.socket.send_json_auto_id({"type": "tts/engine/get", "engine_id": ENGINE})
    provider = (await ears.socket.receive_json())["result"]["provider"]
    assert {"en", "en-US", "en-GB", "de", "pt-BR", "nb"} <= set(provider["supported_languages"])
    await ears.socket.send_json_auto_id(
        {"type": "tts/engine/voices", "engine_id": ENGINE, "language": "en"}
    )
    voices = (await ears.socket.receive_json())["result"]["voices"]
    assert {"voice_id": SARAH, "name": "Sarah"} in voices
    assert len(voices) > 10


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en_GB", "en"),
        ("EN-us", "en"),
        ("de-CH", "de"),
        ("zh-CN", "zh"),
        ("zh-HK", "zh"),
        ("zh-TW", "zh"),
        ("cmn-Hant-TW", "zh"),
        ("tl", "fil"),
        ("iw", "he"),
        ("in", "id"),
        ("nn-NO", "no"),
    ],
)
async def test_every_tag_of_a_language_that_the_model_has_is_spoken(
    hass: HomeAssistant, ears: Ears, simulator: Simulator, tag: str, code: str
) -> None:
    (entry,) = hass.config_entries.async_loaded_entries("elevenlabs_streaming")
    (voice,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, voice, data={**voice.data, "model": "eleven_v3"}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert decode(await ears.hear(SENTENCE, language=tag)).seconds > 1
    request = simulator.journal.last_request("stream/with-timestamps")
    assert request.body["language_code"] == code


@pytest.mark.parametrize("tag", ["xx", "iw", "english", "-", "e n"])
async def test_a_language_that_the_model_lacks_is_refused(
    hass: HomeAssistant, ears: Ears, tag: str
) -> None:
    with pytest.raises(HomeAssistantError, match="not supported"):
        async_create_stream(hass, ENGINE, language=tag)


def rename(simulator: Simulator, voice_id: str, name: str) -> None:
    """Give a voice of the account another name."""
    voice = simulator.voice_catalog.find_voice(voice_id)
    assert voice
    simulator.voice_catalog.add_voice(replace(voice, name=name))


@pytest.fixture
async def described(hass: HomeAssistant, ears: Ears, simulator: Simulator) -> Simulator:
    """Let the account's voices be called by name and description."""
    rename(simulator, GEORGE, "George - Warm, Captivating Storyteller")
    rename(simulator, SARAH, "Sarah - Mature, Reassuring, Confident")
    await reread(hass)
    return simulator


async def reread(hass: HomeAssistant) -> None:
    """Read the account."""
    await hass.services.async_call(
        "elevenlabs_streaming", "refresh_account", {}, blocking=True, return_response=True
    )


@pytest.mark.parametrize(
    "name", ["Sarah", "sarah", " Sarah ", "Sarah - Mature, Reassuring, Confident", SARAH]
)
async def test_a_voice_is_found_by_its_name_before_the_dash(
    described: Simulator, ears: Ears, name: str
) -> None:
    await ears.hear(SENTENCE, options={"voice": name})
    assert described.journal.generations[-1].voice == SARAH


async def test_a_name_that_several_voices_have_is_refused_with_all_of_them(
    hass: HomeAssistant, described: Simulator, ears: Ears
) -> None:
    rename(described, RACHEL, "Sarah \N{EN DASH} Calm")
    await reread(hass)
    request = {"engine": ENGINE, "message": SENTENCE, "options": {"voice": "sarah"}}
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            "elevenlabs_streaming",
            "announce",
            {"entity_id": "media_player.elevenlabs_streaming_dashboard", **request},
            blocking=True,
        )
    assert refused.value.translation_key == "voice_ambiguous"
    assert refused.value.translation_placeholders == {
        "voice": "sarah",
        "voices": f"Sarah - Mature, Reassuring, Confident ({SARAH}), "
        f"Sarah \N{EN DASH} Calm ({RACHEL})",
    }
    await ears.hear(SENTENCE, options={"voice": "Sarah"}, status=500)
    assert not described.journal.generations


async def test_of_several_voices_the_entity_s_own_is_meant(
    hass: HomeAssistant, described: Simulator, ears: Ears
) -> None:
    rename(described, RACHEL, "George - Calm")
    await reread(hass)
    await ears.hear(SENTENCE, options={"voice": "George"})
    assert described.journal.generations[-1].voice == GEORGE


@pytest.mark.parametrize(("name", "short"), [("Anne-Marie", "Anne"), ("- Loud", "")])
async def test_a_dash_within_a_name_does_not_divide_it(
    hass: HomeAssistant, described: Simulator, ears: Ears, name: str, short: str
) -> None:
    rename(described, RACHEL, name)
    await reread(hass)
    await ears.hear(SENTENCE, options={"voice": name})
    assert described.journal.generations[-1].voice == RACHEL
    if short:
        await ears.hear(SENTENCE, options={"voice": short}, status=500)


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_nothing_secret_is_logged(
    ears: Ears, simulator: Simulator, caplog: pytest.LogCaptureFixture, route: str
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.elevenlabs_streaming")
    for behaviour in (Behaviour(), Behaviour(drop_after=2), Behaviour(broken_json=1, bad_base64=2)):
        simulator.behave(behaviour)
        response = await ears.http.post(
            "/api/tts_get_url",
            json={
                "engine_id": ENGINE,
                "message": f"Marzipan {behaviour.drop_after}",
                "options": {"route": route, "seed": behaviour.drop_after or 0},
            },
        )
        await (await ears.http.get((await response.json())["path"])).read()
    ours = [r.getMessage() for r in caplog.records if "elevenlabs_streaming" in r.name]
    assert not [text for text in ours if "Marzipan" in text or "sk_demo" in text]
