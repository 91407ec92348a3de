"""Text to dialogue on the WebSocket with one dialogue: voices, buffering, messages, and ends."""

import asyncio
from itertools import pairwise
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError
import pytest

from simulator import Account, Behaviour, Simulator
from tests.helpers.simulator_audio import (
    FLASH,
    GEORGE,
    SARAH,
    Talk,
    converse,
    decode,
    energy,
    listen,
)

_PATH = "/v1/text-to-dialogue/stream-input"
_V4 = "eleven_v4_turbo"
_END = {"close_socket": True}
_SENTENCE = "The laundry is done. "


def _say(text: str, voice: str = GEORGE, **more: Any) -> dict[str, Any]:
    return {"inputs": [{"text": text, "voice_id": voice}], **more}


async def _discuss(
    client: ClientSession, *messages: Any, voices: Any = (GEORGE,), **query: Any
) -> Talk:
    """Open a WebSocket, name the voices, send messages, and listen."""
    params = {"model_id": "eleven_v3", "output_format": "pcm_24000", **query}
    kept = {name: value for name, value in params.items() if value is not None}
    async with client.ws_connect(_PATH, params=kept, max_msg_size=16 * 1024 * 1024) as socket:
        if voices is not None:
            await socket.send_json({"voices": voices})
        for message in messages:
            await socket.send_json(message)
        return await listen(socket)


def _texts(sim: Simulator) -> list[str]:
    return [generation.text for generation in sim.journal.generations]


async def test_a_dialogue(sim: Simulator, client: ClientSession) -> None:
    talk = await _discuss(client, _say(_SENTENCE, flush=True), _say("And dinner. "), _END)
    assert (talk.close_code, talk.error) == (1000, None)
    assert talk.messages[-1] == {"is_final": True}
    turns = [m for m in talk.messages if "is_final_audio_for_turn" in m]
    assert turns == [{"is_final_audio_for_turn": True}] * 2
    assert talk.messages[-2] in turns
    spoken = [m for m in talk.messages if "audio" in m]
    assert len(spoken) + len(turns) + 1 == len(talk.messages)
    assert all(message["alignment"] is None for message in spoken)
    assert {frozenset(message) for message in spoken} == {frozenset({"audio", "alignment"})}
    sound, rate = decode(talk.audio, "pcm_24000")
    assert 1.5 < len(sound) / rate < 4
    assert energy(sound, rate, 0.1, 0.6) > 0.02


async def test_what_the_journal_says(sim: Simulator, client: ClientSession) -> None:
    settings = {"stability": 0.5, "clone_strength": 0.1, "style": 0.2}
    first = {"voices": [GEORGE], "voice_settings": settings, **_say(_SENTENCE), "text": "no"}
    query = {
        "auto_mode": "true",
        "seed": "3",
        "language_code": "en",
        "apply_text_normalization": "on",
    }
    await _discuss(client, first, _END, voices=None, **query)
    socket, request = sim.journal.sockets[-1], sim.journal.last_request()
    assert (socket.path, socket.voice, socket.account) == (_PATH, GEORGE, "workspace_demo")
    assert socket.messages[0].unknown == ["text", "voice_settings.style"]
    assert socket.texts == [_SENTENCE]
    assert request.unknown == ["auto_mode"]
    generation = sim.journal.generations[-1]
    assert (generation.route, generation.voice) == ("dialogue_websocket", GEORGE)
    assert (generation.model, generation.language) == ("eleven_v3", "en")
    assert generation.settings == {"stability": 0.5, "clone_strength": 0.1}
    assert (generation.credits, generation.state) == (len(_SENTENCE), "finished")


async def test_alignment(client: ClientSession) -> None:
    """The times of each message with characters start with its own audio."""
    flushed = _say(_SENTENCE, flush=True)
    talk = await _discuss(client, flushed, _say("And dinner. "), _END, sync_alignment="true")
    assert talk.chars() == f"{_SENTENCE}And dinner. "
    parts = [m["alignment"] for m in talk.messages if m.get("alignment")]
    assert len(parts) > 4
    assert {tuple(part) for part in parts} == {
        ("chars", "char_start_times_ms", "char_durations_ms")
    }
    for part in parts:
        assert 0 <= part["char_start_times_ms"][0] < 250
        assert max(part["char_start_times_ms"]) < 340
    assert not any("normalized_alignment" in message for message in talk.messages)


async def test_some_audio_has_no_alignment(client: ClientSession) -> None:
    talk = await _discuss(
        client, _say(_SENTENCE), _END, sync_alignment="true", output_format="mp3_44100_128"
    )
    spoken = [message for message in talk.messages if "audio" in message]
    assert spoken[-1]["alignment"] is None
    assert talk.chars() == _SENTENCE


async def test_several_voices_share_one_stream(sim: Simulator, client: ClientSession) -> None:
    lines = [("Hello Sarah. ", GEORGE), ("Hello George. ", SARAH), ("Goodbye. ", GEORGE)]
    inputs = [{"text": text, "voice_id": voice} for text, voice in lines]
    talk = await _discuss(
        client,
        {"inputs": inputs, "flush": True},
        _END,
        voices=[GEORGE, SARAH],
        sync_alignment="true",
        output_format="opus_48000_64",
    )
    assert talk.chars() == "Hello Sarah. Hello George. Goodbye. "
    sound, rate = decode(talk.audio, "opus_48000_64")
    assert 2 < len(sound) / rate < 6
    generation = sim.journal.generations[-1]
    assert generation.voices == [GEORGE, SARAH, GEORGE]
    assert len(sim.journal.generations) == 1


async def test_each_voice_sounds_as_it_does_alone(client: ClientSession) -> None:
    inputs = [{"text": "Hello. ", "voice_id": voice} for voice in (GEORGE, SARAH)]
    both = await _discuss(client, {"inputs": inputs}, _END, voices=[GEORGE, SARAH])
    george = await _discuss(client, _say("Hello. ", GEORGE), _END)
    sarah = await _discuss(client, _say("Hello. ", SARAH), _END, voices=[SARAH])
    assert george.audio != sarah.audio
    assert both.audio == george.audio + sarah.audio


# Buffering


async def test_texts_are_joined_as_they_come(client: ClientSession) -> None:
    talk = await _discuss(client, _say("Good"), _say("morning"), _END, sync_alignment="true")
    assert talk.chars() == "Goodmorning"


async def test_starts_by_itself(sim: Simulator, client: ClientSession) -> None:
    """From 40 characters and eight words on, a word that may not be complete waits."""
    words = ["word "] * 9
    async with client.ws_connect(_PATH, params={"model_id": "eleven_v3"}) as socket:
        await socket.send_json({"voices": [GEORGE], **_say("".join(words[:7]))})
        await socket.send_json(_say("word"))
        await socket.send_json(_say(" lau"))
        await sim.journal.until(lambda journal: bool(journal.generations))
        await socket.send_json(_say("ndry "))
        await socket.send_json(_END)
        talk = await listen(socket)
    assert talk.close_code == 1000
    assert _texts(sim) == ["word " * 8, "laundry "]


async def test_characters_alone_are_not_enough(sim: Simulator, client: ClientSession) -> None:
    await _discuss(client, _say("Internationalisation " * 3), _say("a b c d "), _say("e "), _END)
    assert _texts(sim) == ["Internationalisation " * 3 + "a b c d e "]


async def test_other_thresholds(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(dialogue_trigger_characters=5, dialogue_trigger_words=1))
    await _discuss(client, _say("Hello "), _say("you "), _say("there. "), _END)
    assert _texts(sim) == ["Hello ", "you there. "]


async def test_flush_alone(sim: Simulator, client: ClientSession) -> None:
    talk = await _discuss(client, _say("Hello. "), {"flush": True}, {"flush": True}, _END)
    assert _texts(sim) == ["Hello. "]
    assert sum("is_final_audio_for_turn" in message for message in talk.messages) == 1


async def test_new_turn_ends_the_one_before(sim: Simulator, client: ClientSession) -> None:
    later = {"inputs": [{"text": "Really. ", "voice_id": GEORGE, "new_turn": True}]}
    await _discuss(client, _say("Hello. "), later, _END)
    assert _texts(sim) == ["Hello. ", "Really. "]


async def test_nothing_to_say(sim: Simulator, client: ClientSession) -> None:
    talk = await _discuss(client, _say(""), _say(" ", flush=True), _END)
    assert (talk.messages, talk.close_code, _texts(sim)) == ([{"is_final": True}], 1000, [])


# Ends


async def test_inactivity(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.005))
    talk = await _discuss(client, _say("Hello. "))
    assert (talk.close_code, talk.error) == (1008, "input_timeout_exceeded")
    assert "timeout of 20.0 seconds" in talk.messages[-1]["message"]


async def test_keep_alive_restarts_the_timer(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.05))
    async with client.ws_connect(_PATH, params={"model_id": "eleven_v3"}) as socket:
        await socket.send_json({"voices": [GEORGE]})
        for _ in range(15):
            await asyncio.sleep(0.1)
            await socket.send_json({"keep_alive": True})
        await socket.send_json(_END)
        talk = await listen(socket)
    assert (talk.messages, talk.close_code) == ([{"is_final": True}], 1000)


async def test_leaving_aborts_the_generation(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(generation_speed=0.5))
    async with client.ws_connect(_PATH, params={"model_id": "eleven_v3"}) as socket:
        await socket.send_json({"voices": [GEORGE]})
        await socket.send_json(_say("A long text. " * 50, flush=True))
        await socket.receive()
    await sim.journal.until(lambda journal: journal.open_sockets == 0)
    assert sim.journal.aborted == 1
    assert sim.journal.sockets[-1].closed_by == "client"


# Errors


@pytest.mark.parametrize(
    ("messages", "error", "param"),
    [
        ([{"keep_alive": True}], "invalid_parameters", "voices"),
        ([_say("Hello. ")], "invalid_parameters", "voices"),
        ([{"voices": []}], "invalid_parameters", "voices"),
        ([{"voices": GEORGE}], "invalid_parameters", "voices"),
        ([{"voices": ["nobody"]}], "voice_id_does_not_exist", None),
        ([{"voices": [f"voice{n}" for n in range(11)]}], "too_many_voices", "voices"),
        ([{"voices": [GEORGE]}, _say("Hi. ", SARAH)], "invalid_voice_id", "voice_id"),
        ([{"voices": [GEORGE]}, {"voices": [GEORGE]}], "invalid_parameters", "voices"),
        ([{"voices": [GEORGE]}, {"inputs": "Hi."}], "invalid_parameters", "inputs"),
        ([{"voices": [GEORGE]}, {"inputs": [{"text": "Hi."}]}], "invalid_parameters", "voice_id"),
        ([{"voices": [GEORGE]}, {"flush": "yes"}], "invalid_input_message", None),
        (
            [{"voices": [GEORGE]}, {"voice_settings": {"stability": 0.5}}],
            "invalid_parameters",
            "voice_settings",
        ),
        (
            [{"voices": [GEORGE]}, {"pronunciation_dictionary_locators": []}],
            "invalid_parameters",
            "pronunciation_dictionary_locators",
        ),
        (
            [{"voices": [GEORGE], "voice_settings": {"stability": 2}}],
            "invalid_voice_settings",
            "stability",
        ),
    ],
)
async def test_wrong_messages(
    client: ClientSession, messages: list[Any], error: str, param: str | None
) -> None:
    talk = await _discuss(client, *messages, voices=None)
    assert (talk.close_code, talk.error) == (1008, error)
    assert talk.messages[-1].get("param") == param
    assert talk.messages[-1]["code"] == 1008
    assert talk.messages[-1]["message"].startswith(talk.reason)


async def test_voices_come_once(client: ClientSession) -> None:
    talk = await _discuss(client, {"voices": [SARAH]})
    assert talk.reason == "voices can only be set in the first message"


@pytest.mark.parametrize("model", ["eleven_v3_conversational", _V4])
async def test_models_for_one_voice(client: ClientSession, model: str) -> None:
    talk = await _discuss(client, _END, voices=[GEORGE, SARAH], model_id=model)
    assert talk.error == "too_many_voices"
    assert (await _discuss(client, _END, model_id=model)).close_code == 1000


@pytest.mark.parametrize("model", [FLASH, "eleven_multilingual_v2"])
async def test_models_without_dialogue(sim: Simulator, client: ClientSession, model: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refusal:
        await _discuss(client, _END, model_id=model)
    assert refusal.value.status == 403
    sim.behave(Behaviour(ws_refused_model="frame"))
    talk = await _discuss(client, _END, model_id=model)
    assert (talk.close_code, talk.error) == (1008, "unsupported_model")
    assert talk.messages[-1]["param"] == "model_id"


@pytest.mark.parametrize("refused", [_V4, f"eleven_v4 {_V4}", "all"])
async def test_refused_models(sim: Simulator, client: ClientSession, refused: str) -> None:
    sim.behave(Behaviour(dialogue_refused=refused))
    with pytest.raises(WSServerHandshakeError) as refusal:
        await _discuss(client, _END, model_id=_V4)
    assert refusal.value.status == 403
    sim.behave(Behaviour(dialogue_refused="eleven_v4"))
    assert (await _discuss(client, _END, model_id=_V4)).close_code == 1000


async def test_wrong_query(client: ClientSession) -> None:
    for query in ({"sync_alignment": "True"}, {"seed": "-1"}, {"apply_text_normalization": "no"}):
        talk = await _discuss(client, _END, **query)
        assert (talk.close_code, talk.error) == (1008, "invalid_parameters")
        assert talk.messages[-1]["param"] == next(iter(query))
    talk = await _discuss(client, _END, output_format="mp3_44100")
    assert talk.error == "invalid_output_format"


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ({"single_use_token": "bearer_of_demo"}, {}),
        ({}, {"xi_api_key": "sk_demo"}),
        ({}, {"authorization": "Bearer bearer_of_demo"}),
        ({}, {"single_use_token": "bearer_of_demo"}),
    ],
)
async def test_ways_to_show_a_key(
    sim: Simulator, query: dict[str, str], first: dict[str, str]
) -> None:
    async with ClientSession(sim.url) as client:
        message = {"voices": [GEORGE], **_say("Hello. "), **first}
        talk = await _discuss(client, message, _END, voices=None, **query)
    assert (talk.close_code, sim.journal.sockets[-1].account) == (1000, "workspace_demo")
    assert sim.journal.sockets[-1].key_in == ("query" if query else "message")
    assert "bearer_of_demo" not in str(sim.journal.to_json())
    assert sim.journal.last_request().unknown == sim.journal.sockets[-1].messages[0].unknown == []


# Sessions and slots


async def test_each_socket_holds_a_session(sim: Simulator) -> None:
    state = sim.account_state("sk_free")
    query = {"model_id": "eleven_v3"}
    async with (
        ClientSession(sim.url, headers={"xi-api-key": "sk_free"}) as client,
        client.ws_connect(_PATH, params=query),
    ):
        other = await client.ws_connect(_PATH, params=query)
        assert (len(state.open_dialogues), sim.journal.dialogue_sessions) == (2, 2)
        with pytest.raises(WSServerHandshakeError) as refusal:
            await client.ws_connect(_PATH, params=query)
        assert refusal.value.status == 429
        await other.close()
        await sim.journal.until(lambda journal: journal.dialogue_sessions == 1)
        async with client.ws_connect(_PATH, params=query):
            assert len(state.open_dialogues) == 2
    await sim.journal.until(lambda journal: journal.dialogue_sessions == 0)
    assert state.open_dialogues == set()


async def test_session_limit_as_a_frame(sim: Simulator, client: ClientSession) -> None:
    sim.accounts.add_account(Account(key="sk_none", sessions=0))
    sim.behave(Behaviour(dialogue_session_limit="frame"))
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_none"}) as stranger:
        talk = await _discuss(stranger, _END)
    assert (talk.close_code, talk.error) == (1008, "too_many_concurrent_requests")
    first = {"voices": [GEORGE], "xi_api_key": "sk_none"}
    async with ClientSession(sim.url) as stranger:
        talk = await _discuss(stranger, first, voices=None)
    assert talk.error == "too_many_concurrent_requests"


async def test_other_sockets_need_no_session(sim: Simulator) -> None:
    sim.accounts.add_account(Account(key="sk_none", sessions=0))
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_none"}) as client:
        talk = await converse(client, {"text": " "}, {"text": "Hello. "})
    assert talk.close_code == 1000


async def test_generations_take_a_slot(sim: Simulator) -> None:
    sim.accounts.add_account(Account(key="sk_one", concurrency=1))
    sim.behave(Behaviour(generation_speed=1, queue_ms=0))
    async with (
        ClientSession(sim.url, headers={"xi-api-key": "sk_one"}) as client,
        client.ws_connect(_PATH, params={"model_id": "eleven_v3"}) as socket,
    ):
        await socket.send_json({"voices": [GEORGE], **_say(_SENTENCE, flush=True)})
        await sim.journal.until(lambda journal: journal.running == 1)
        talk = await _discuss(client, _say("Hi. ", flush=True))
    assert (talk.close_code, talk.error) == (1008, "too_many_concurrent_requests")


# Faults


async def test_faults_of_streams(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(close_after=2, close_error="internal", faulty_streams=1))
    talk = await _discuss(client, _say(_SENTENCE), _END)
    assert (talk.close_code, talk.error, len(talk.messages)) == (1011, "internal", 3)
    assert (await _discuss(client, _say(_SENTENCE), _END)).close_code == 1000
    sim.behave(Behaviour(drop_after=1))
    assert (await _discuss(client, _say(_SENTENCE), _END)).close_code == 1006
    assert sim.journal.generations[-1].state == "failed"
    sim.behave(Behaviour(drop_after=1, faulty_route="http"))
    assert (await _discuss(client, _say(_SENTENCE), _END)).close_code == 1000


async def test_a_stall_holds_back_the_end_of_the_turn(
    sim: Simulator, client: ClientSession
) -> None:
    whole = await _discuss(client, _say("Hi. "), _END)
    count = sum("audio" in message for message in whole.messages)
    sim.behave(Behaviour(stall_after=count))
    async with client.ws_connect(_PATH, params={"model_id": "eleven_v3"}) as socket:
        await socket.send_json({"voices": [GEORGE], **_say("Hi. "), **_END})
        messages = [await socket.receive_json() for _ in range(count)]
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)
    assert all("audio" in message for message in messages)


@pytest.mark.parametrize("fault", ["null", "missing", "empty", "mismatched", "wrong_type"])
async def test_faults_of_alignments(sim: Simulator, client: ClientSession, fault: str) -> None:
    sim.behave(Behaviour.from_json({"alignment": fault}))
    talk = await _discuss(client, _say("Hello. "), _END, sync_alignment="true")
    first = talk.messages[0]
    assert ("alignment" in first) is (fault != "missing")
    match fault:
        case "null":
            assert first["alignment"] is None
        case "empty":
            assert first["alignment"]["char_durations_ms"] == []
        case "mismatched":
            alignment = first["alignment"]
            assert len(alignment["char_durations_ms"]) == len(alignment["chars"]) - 1
        case "wrong_type":
            assert first["alignment"] == "alignment"


async def test_odd_times(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(times="backwards"))
    talk = await _discuss(client, _say(_SENTENCE), _END, sync_alignment="true")
    for message in talk.messages:
        if alignment := message.get("alignment"):
            starts = alignment["char_start_times_ms"]
            assert all(before >= after for before, after in pairwise(starts))


async def test_silence(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(silent=True, time_scale=0.001))
    async with client.ws_connect(_PATH, params={"model_id": "eleven_v3"}) as socket:
        await socket.send_json({"voices": [GEORGE], **_say("Hi. "), **_END})
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.3)


async def test_pronunciation_dictionary(client: ClientSession) -> None:
    locators = [{"pronunciation_dictionary_id": "dict_demo", "version_id": "version_1"}]
    first = {"voices": [GEORGE], "pronunciation_dictionary_locators": locators}
    plain = await _discuss(client, _say("HA is on. "), _END, sync_alignment="true")
    named = await _discuss(
        client, first, _say("HA is on. "), _END, voices=None, sync_alignment="true"
    )
    assert plain.chars() == named.chars() == "HA is on. "
    assert len(named.audio) > len(plain.audio)


async def _receive_turn(socket: ClientWebSocketResponse) -> int:
    """Receive the audio of a turn and return the number of its messages."""
    count = 0
    while "is_final_audio_for_turn" not in await socket.receive_json():
        count += 1
    return count


async def test_many_turns_on_one_socket(sim: Simulator, client: ClientSession) -> None:
    query = {"model_id": _V4, "output_format": "pcm_24000"}
    async with client.ws_connect(_PATH, params=query) as socket:
        await socket.send_json({"voices": [GEORGE]})
        for number in range(4):
            await socket.send_json(_say(f"Number {number}. ", flush=True))
            assert await _receive_turn(socket) > 1
        await socket.send_json(_END)
        assert (await listen(socket)).close_code == 1000
    assert _texts(sim) == [f"Number {number}. " for number in range(4)]
