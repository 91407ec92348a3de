"""Text-to-Dialogue: its WebSocket for one voice and several, its HTTP route, and its sessions."""

import asyncio
from dataclasses import replace
from itertools import groupby
from typing import Any

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.api import DictionaryLocator, VoiceSettings, errors
from custom_components.elevenlabs_streaming.speech import (
    Latency,
    Outcome,
    Route,
    Synthesizer,
    Turns,
    Utterance,
)
from simulator import Behaviour, Simulator
from tests.helpers.home import GEORGE, SARAH
from tests.helpers.speaking import (
    SENTENCES,
    TEXT,
    WHOLE,
    Time,
    at,
    growing,
    say,
    spoken,
    squeezed,
    utterance,
)
from tests.helpers.wires import FLASH, Gate, Heard, pieces

V4, TURBO = "eleven_v4", "eleven_v4_turbo"
HALL = "assist_satellite.hall"
VOICES = (GEORGE, SARAH)


def dialogue(model: str = V4, route: Route = Route.AUTO, **fields: Any) -> Utterance:
    """Return an utterance whose sentences are spoken by two voices in turn."""
    turns = Turns({"George": GEORGE, "Sarah": SARAH})
    offset = 0
    for number, sentence in enumerate(SENTENCES):
        turns.start(offset, ("George", "Sarah")[number % 2])
        offset += len(sentence)
    voices = VOICES if model == V4 else ()
    wanted = utterance(model, route, dialogue_voices=voices, voice_id=GEORGE, **fields)
    return replace(wanted, turns=turns)


def inputs(simulator: Simulator) -> list[dict[str, Any]]:
    """Return the inputs that the newest socket was sent."""
    messages = simulator.journal.sockets[-1].messages
    return [one for message in messages for one in message.data.get("inputs", [])]


def assert_whole(heard: Heard) -> None:
    """Check that all was spoken once, on one clock that goes on."""
    assert heard.error is None
    assert squeezed(heard.text) == TEXT
    assert heard.starts == sorted(heard.starts)


@pytest.mark.parametrize("size", [3, 11, len(TEXT)])
async def test_two_voices_share_one_socket(
    speaker: Synthesizer, simulator: Simulator, size: int
) -> None:
    heard = await say(speaker, growing(TEXT, size), dialogue())
    assert_whole(heard)
    (socket,) = simulator.journal.sockets
    assert socket.messages[0].data["voices"] == list(VOICES)
    assert not [message for message in socket.messages if message.unknown]
    sent = inputs(simulator)
    turns = [
        squeezed("".join(one["text"] for one in group))
        for _, group in groupby(sent, lambda one: one["voice_id"])
    ]
    assert turns == list(map(squeezed, SENTENCES))
    voices = [one["voice_id"] for one in sent]
    changes = [number for number in range(1, len(voices)) if voices[number] != voices[number - 1]]
    assert len(changes) == len(SENTENCES) - 1
    assert [number for number, one in enumerate(sent) if one.get("new_turn")] == changes


async def test_a_whole_dialogue_goes_over_one_socket_too(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    heard = await say(speaker, WHOLE, dialogue())
    assert_whole(heard)
    assert len(simulator.journal.requests) == len(simulator.journal.sockets) == 1


@pytest.mark.parametrize("model", [TURBO, FLASH])
@pytest.mark.parametrize("route", [Route.AUTO, Route.HTTP, Route.WEBSOCKET])
async def test_models_with_one_voice_speak_one_turn_after_the_other(
    speaker: Synthesizer, simulator: Simulator, model: str, route: Route
) -> None:
    heard = await say(speaker, growing(), dialogue(model, route))
    assert_whole(heard)
    turns: list[tuple[str, str]] = []
    for one in simulator.journal.generations:
        if turns and turns[-1][0] == one.voice:
            turns[-1] = (one.voice, turns[-1][1] + one.text)
        else:
            turns.append((one.voice, one.text))
    assert [voice for voice, _ in turns] == [GEORGE, SARAH, GEORGE, SARAH]
    assert [squeezed(text) for _, text in turns] == list(map(squeezed, SENTENCES))


@pytest.mark.parametrize("kind", [{"drop_after": 5}, {"close_after": 5}, {"stall_after": 5}])
async def test_a_dialogue_that_breaks_off_is_spoken_to_its_end(
    session: aiohttp.ClientSession, simulator: Simulator, kind: dict[str, Any]
) -> None:
    simulator.behave(Behaviour(faulty_route="websocket", **kind))
    heard = await say(at(session, simulator.url, audio=0.5), growing(), dialogue())
    assert heard.error is None
    assert heard.outcome.continued
    last = simulator.journal.generations[-1]
    assert (last.voice, SENTENCES[-1].endswith(last.text.strip())) == (SARAH, True)
    assert all(
        one.text.strip() in TEXT for one in simulator.journal.generations if one.route == "http"
    )


@pytest.mark.parametrize("model", [V4, "eleven_v3_conversational", TURBO])
async def test_where_text_to_speech_refuses_a_model_text_to_dialogue_is_asked_and_remembered(
    speaker: Synthesizer, simulator: Simulator, model: str
) -> None:
    simulator.behave(Behaviour(v4_over_http="refuse"))
    for _ in range(2):
        assert_whole(await say(speaker, WHOLE, utterance(model)))
    paths = [request.path for request in simulator.journal.requests]
    refused = [path for path in paths if path.startswith("/v1/text-to-speech")]
    assert len(refused) == 1
    assert spoken(simulator, "dialogue_http") == [TEXT, TEXT]


async def test_a_model_that_both_refuse_is_told_and_asked_for_at_both_again(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(v4_over_http="refuse", dialogue_refused="all"))
    heard = await say(speaker, WHOLE, utterance(V4))
    assert isinstance(heard.error, errors.UnsupportedModelError)
    simulator.behave(Behaviour())
    assert_whole(await say(speaker, WHOLE, utterance(V4)))
    assert spoken(simulator, "http") == [TEXT]


async def test_long_texts_are_cut_where_times_were_seen_to_break(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(v4_over_http="refuse"))
    long = "".join(SENTENCES) * 12
    heard = await say(speaker, [long], utterance(V4))
    assert heard.error is None
    texts = spoken(simulator, "dialogue_http")
    assert squeezed("".join(texts)) == squeezed(long)
    assert max(map(len, texts)) <= 400


async def test_the_first_message_has_what_the_api_has(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    settings = VoiceSettings(stability=0.4, similarity_boost=0.3, style=0.2, speed=1.1)
    locator = DictionaryLocator(pronunciation_dictionary_id="dict_demo")
    wanted = utterance(
        V4,
        voice_settings=settings,
        pronunciation_dictionary_locators=(locator,),
        language_code="en",
        seed=4,
        chunk_length_schedule=(90,),
    )
    heard = await say(speaker, growing(), wanted)
    assert_whole(heard)
    (socket,) = simulator.journal.sockets
    first = dict(socket.messages[0].data)
    assert first.pop("voices") == [wanted.request.voice_id]
    assert first.pop("voice_settings") == {"stability": 0.4}
    assert first.pop("pronunciation_dictionary_locators") == [
        {"pronunciation_dictionary_id": "dict_demo"}
    ]
    assert not first
    assert {name: socket.query[name] for name in ("language_code", "seed", "sync_alignment")} == {
        "language_code": "en",
        "seed": "4",
        "sync_alignment": "true",
    }
    assert not [message for message in socket.messages if message.unknown]


@pytest.mark.parametrize("latency", list(Latency))
async def test_every_sentence_is_flushed(
    speaker: Synthesizer, simulator: Simulator, latency: Latency
) -> None:
    words = [f"{word} " for word in TEXT.split()]
    await say(speaker, pieces(words), utterance(V4, latency=latency))
    flushed = "".join(
        message.data["inputs"][0]["text"] + ("|" if message.data.get("flush") else "")
        for message in simulator.journal.sockets[-1].messages
        if message.data.get("inputs")
    )
    ends = [portion.split()[-1] for portion in flushed.split("|") if portion.strip()]
    assert {"day!", "hour?"} <= set(ends)


async def test_audio_tags_reach_the_model_and_no_caption(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    tagged = f"[whispers] {SENTENCES[0]}[laughs] {SENTENCES[1]}"
    heard = await say(speaker, growing(tagged, 5), utterance(V4))
    assert heard.error is None
    assert "[whispers]" in "".join(spoken(simulator, "dialogue_websocket"))
    assert len(simulator.journal.sockets) == 1


# --- sessions -------------------------------------------------------------------------------


async def test_a_prewarmed_socket_speaks(speaker: Synthesizer, simulator: Simulator) -> None:
    speaker.warm(utterance(TURBO), HALL)
    await simulator.journal.until(lambda journal: journal.dialogue_sessions == 1)
    heard = await say(speaker, growing(), utterance(TURBO))
    assert_whole(heard)
    assert heard.outcome.receipt.reused
    assert len(simulator.journal.sockets) == 1


async def test_a_session_is_given_back_after_twenty_seconds(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    speaker.warm(utterance(TURBO), HALL)
    speaker.warm(utterance(), "assist_satellite.bath")
    await simulator.journal.until(lambda journal: journal.open_sockets == 2)
    await time.pass_(16.0)
    await simulator.journal.until(
        lambda journal: any(
            message.data == {"keep_alive": True}
            for socket in journal.sockets
            for message in socket.messages
        )
    )
    assert simulator.journal.dialogue_sessions == 1
    await time.until(lambda: not simulator.journal.dialogue_sessions, step=1.0)
    assert simulator.journal.open_sockets == 1


async def test_a_session_is_kept_while_speech_is_expected(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    expected = {HALL}
    speaker.socket_pool.is_expected = expected.__contains__
    speaker.warm(utterance(TURBO), HALL)
    await simulator.journal.until(lambda journal: journal.dialogue_sessions == 1)
    for _ in range(30):
        await time.pass_(4.0)
        await asyncio.sleep(0.01)
    assert simulator.journal.dialogue_sessions == 1
    expected.clear()
    await time.until(lambda: not simulator.journal.dialogue_sessions, step=5.0)


async def test_speech_is_not_expected_for_ever(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    speaker.socket_pool.is_expected = lambda _: True
    speaker.warm(utterance(TURBO), HALL)
    await simulator.journal.until(lambda journal: journal.dialogue_sessions == 1)
    await time.until(lambda: not simulator.journal.dialogue_sessions, step=10.0)


@pytest.mark.parametrize("how", ["handshake", "frame"])
async def test_a_plan_without_sessions_left_speaks_over_http(
    session: aiohttp.ClientSession, simulator: Simulator, how: Any
) -> None:
    simulator.behave(Behaviour(dialogue_session_limit=how))
    speaker = at(session, simulator.url)
    limit = simulator.account_state("sk_demo").account.session_limit
    others = [await speaker.socket_pool.open(utterance(TURBO).request) for _ in range(limit)]
    heard = await say(speaker, growing(), utterance(TURBO))
    assert_whole(heard)
    assert heard.outcome.route is Route.HTTP
    for socket in others:
        await socket.close()
    await simulator.journal.until(lambda journal: not journal.dialogue_sessions)
    outcome = Outcome()
    assert_whole(await say(speaker, growing(), utterance(TURBO), outcome=outcome))
    assert outcome.route is Route.WEBSOCKET


async def test_one_word_of_six_thousand_characters_is_spoken(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    heard = await say(speaker, pieces(["a" * 6000]), utterance("eleven_v3"))
    assert heard.error is None
    assert "".join(one.text for one in simulator.journal.generations).strip() == "a" * 6000


async def test_a_service_without_text_to_dialogue_speaks_over_http(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    """An address that speaks an older dialect has no such route."""
    async with Gate(simulator.url) as gate:
        gate.refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        speaker = at(session, gate.url)
        heard = await say(speaker, growing(), utterance(TURBO))
        assert_whole(heard)
        assert heard.outcome.route is Route.HTTP


async def test_what_text_to_dialogue_refuses_is_not_held_against_text_to_speech(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(dialogue_refused="all"))
    speaker = at(session, simulator.url)
    for _ in range(3):
        assert_whole(await say(speaker, growing(), utterance(TURBO)))
        await time.pass_(11.0)
    heard = await say(speaker, growing(), utterance(FLASH))
    assert heard.outcome.route is Route.WEBSOCKET
    tried = [one for one in simulator.journal.requests if "text-to-dialogue" in one.path]
    assert len(tried) == 2


async def test_turns_of_one_speaker_are_one(speaker: Synthesizer, simulator: Simulator) -> None:
    turns = Turns({"George": GEORGE})
    turns.start(0, "George")
    turns.start(len(SENTENCES[0]), "George")
    wanted = replace(utterance(FLASH, voice_id=GEORGE), turns=turns)
    assert_whole(await say(speaker, growing(), wanted))
    assert len(simulator.journal.sockets) == 1
