"""The multi-context WebSockets of text to speech and of text to dialogue."""

import asyncio
import base64
from typing import Any

from aiohttp import ClientSession, WSServerHandshakeError
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.simulator_audio import (
    FLASH,
    GEORGE,
    SARAH,
    Talk,
    converse,
    listen,
)

_SPEECH = f"/v1/text-to-speech/{GEORGE}/multi-stream-input"
_DIALOGUE = "/v1/text-to-dialogue/multi-stream-input"
_END = {"close_socket": True}
_SENTENCE = "The laundry is done. "
_TOO_MANY = "Maximum simultaneous contexts per WebSocket connection exceeded (5)."


async def _talk(client: ClientSession, path: str, *messages: Any, **query: Any) -> Talk:
    model = "eleven_v3" if path == _DIALOGUE else FLASH
    params = {"model_id": model, "output_format": "pcm_24000", **query}
    async with client.ws_connect(path, params=params, max_msg_size=16 * 1024 * 1024) as socket:
        for message in messages:
            await socket.send_json(message)
        return await listen(socket)


def _begin(name: str, **more: Any) -> dict[str, Any]:
    return {"text": " ", "context_id": name, **more}


def _text(name: str, text: str = _SENTENCE, **more: Any) -> dict[str, Any]:
    return {"text": text, "context_id": name, **more}


def _close(name: str) -> dict[str, Any]:
    return {"context_id": name, "close_context": True}


def _voices(name: str, *voices: str, **more: Any) -> dict[str, Any]:
    return {"context_id": name, "voices": list(voices or (GEORGE,)), **more}


def _say(name: str, text: str = _SENTENCE, voice: str = GEORGE, **more: Any) -> dict[str, Any]:
    return {"context_id": name, "inputs": [{"text": text, "voice_id": voice}], **more}


def _of(talk: Talk, name: str | None, key: str = "contextId") -> Talk:
    return Talk([message for message in talk.messages if message[key] == name])


def _texts(sim: Simulator) -> list[tuple[str | None, str]]:
    return [(generation.context, generation.text) for generation in sim.journal.generations]


# Text to speech


async def test_a_turn(sim: Simulator, client: ClientSession) -> None:
    """A flush has no final message, and the end of the context has one."""
    talk = await _talk(
        client,
        _SPEECH,
        _begin("t1"),
        _text("t1"),
        _text("t1", "", flush=True),
        _close("t1"),
        _END,
    )
    assert (talk.close_code, talk.error) == (1000, None)
    assert talk.messages[-1] == {"isFinal": True, "contextId": "t1"}
    assert [m for m in talk.messages if m["isFinal"]] == talk.messages[-1:]
    assert talk.chars() == _SENTENCE
    alone = await converse(client, {"text": " "}, {"text": _SENTENCE})
    assert talk.audio == alone.audio
    names = {"audio", "isFinal", "contextId", "alignment", "normalizedAlignment"}
    assert set(talk.messages[0]) == names
    assert _texts(sim)[0] == ("t1", _SENTENCE)
    assert sim.journal.generations[0].route == "websocket"


async def test_contexts_speak_at_the_same_time(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(generation_speed=20))
    names = ["a", "b", "c"]
    messages = [_text(name, f"This is context {name}. ", flush=True) for name in names]
    talk = await _talk(client, _SPEECH, *map(_begin, names), *messages, *map(_close, names), _END)
    assert talk.close_code == 1000
    for name in names:
        part = _of(talk, name)
        assert part.chars() == f"This is context {name}. "
        assert part.messages[-1]["isFinal"] is True
    first_end = next(i for i, message in enumerate(talk.messages) if message["isFinal"])
    assert {message["contextId"] for message in talk.messages[:first_end]} == set(names)


async def test_closing_a_context_drops_what_was_not_flushed(
    sim: Simulator, client: ClientSession
) -> None:
    talk = await _talk(
        client,
        _SPEECH,
        _begin("a"),
        _text("a", "Said. ", flush=True),
        _text("a"),
        _close("a"),
        _END,
    )
    assert (talk.chars(), talk.close_code) == ("Said. ", 1000)


async def test_closing_a_context_ignores_the_text(client: ClientSession) -> None:
    closing = {**_close("a"), "text": "More. ", "flush": True}
    talk = await _talk(client, _SPEECH, _begin("a"), _text("a", flush=True), closing, _END)
    assert talk.chars() == _SENTENCE


async def test_closing_the_socket_generates_the_rest(client: ClientSession) -> None:
    talk = await _talk(client, _SPEECH, _begin("a"), _text("a", "One. "), _text("b", "Two. "), _END)
    assert (_of(talk, "a").chars(), _of(talk, "b").chars()) == ("One. ", "Two. ")
    assert sum(message["isFinal"] is True for message in talk.messages) == 2
    assert talk.close_code == 1000


async def test_closing_an_idle_socket(client: ClientSession) -> None:
    talk = await _talk(client, _SPEECH, _END)
    assert (talk.messages, talk.close_code) == ([], 1000)


async def test_default_context(client: ClientSession) -> None:
    talk = await _talk(client, _SPEECH, {"text": " "}, {"text": _SENTENCE}, _END)
    assert _of(talk, None).chars() == _SENTENCE


async def test_other_spelling_of_the_id(client: ClientSession) -> None:
    first = {"text": " ", "contextId": "a"}
    talk = await _talk(client, _SPEECH, first, _text("a"), _END)
    assert _of(talk, "a").chars() == _SENTENCE


async def test_snake_case(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(ws_keys="snake"))
    talk = await _talk(client, _SPEECH, _begin("a"), _text("a"), _END)
    assert talk.messages[-1] == {"is_final": True, "context_id": "a"}
    assert _of(talk, "a", "context_id").chars("normalized_alignment").strip() == _SENTENCE.strip()


async def test_at_most_five_contexts(sim: Simulator, client: ClientSession) -> None:
    """A sign of life with an unknown ID counts, too, and the sixth ends the socket."""
    begun = [_begin("a"), *(_text(name, "") for name in "bcde")]
    talk = await _talk(client, _SPEECH, *begun, _begin("f"))
    assert (talk.close_code, talk.error) == (1008, "max_contexts_exceeded")
    assert talk.reason.startswith(_TOO_MANY)
    async with client.ws_connect(_SPEECH, params={"model_id": FLASH}) as socket:
        for message in (*begun, _close("b")):
            await socket.send_json(message)
        assert (await socket.receive_json())["isFinal"]
        await socket.send_json(_begin("f"))
        await socket.send_json(_END)
        assert (await listen(socket)).close_code == 1000


async def test_an_id_can_come_again(sim: Simulator, client: ClientSession) -> None:
    slow = {"voice_settings": {"speed": 0.8}}
    messages = [_begin("a"), _text("a", flush=True), _close("a")]
    again = [_begin("a", **slow), _text("a", "Again. ", flush=True), _close("a")]
    talk = await _talk(client, _SPEECH, *messages, *again, _END)
    assert sum(message["isFinal"] is True for message in talk.messages) == 2
    assert [item.settings for item in sim.journal.generations] == [{}, {"speed": 0.8}]


async def test_settings_of_each_context(sim: Simulator, client: ClientSession) -> None:
    fast = {"voice_settings": {"speed": 1.2}}
    await _talk(client, _SPEECH, _begin("a", **fast), _begin("b"), _text("a"), _text("b"), _END)
    settings = {item.context: item.settings for item in sim.journal.generations}
    assert settings == {"a": {"speed": 1.2}, "b": {}}
    talk = await _talk(client, _SPEECH, _text("a", ""), _begin("a", **fast))
    assert (talk.close_code, talk.error) == (1008, "invalid_voice_settings")


async def test_closing_an_unknown_context(client: ClientSession) -> None:
    talk = await _talk(client, _SPEECH, _begin("a"), _close("b"), _END)
    assert talk.messages == [{"isFinal": True, "contextId": "a"}]


async def test_idle_context(sim: Simulator, client: ClientSession) -> None:
    """A sign of life restarts the timer of its own context only."""
    sim.behave(Behaviour(time_scale=0.05))
    async with client.ws_connect(_SPEECH, params={"model_id": FLASH}) as socket:
        await socket.send_json(_begin("idle"))
        await socket.send_json(_text("alive", "Still "))
        final = asyncio.ensure_future(socket.receive_json())
        while not final.done():
            await socket.send_json(_text("alive", ""))
            await asyncio.sleep(0.1)
        assert await final == {"isFinal": True, "contextId": "idle"}
        await socket.send_json(_text("alive", "here. "))
        await socket.send_json(_END)
        await listen(socket)
    assert _texts(sim) == [("alive", "Still here. ")]


async def test_idle_context_as_an_error(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.005, idle_context="error"))
    talk = await _talk(client, _SPEECH, _begin("a"))
    assert (talk.close_code, talk.error) == (1008, "input_timeout_exceeded")


async def test_idle_socket(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.005))
    talk = await _talk(client, _SPEECH, _begin("a"))
    assert talk.messages[0] == {"isFinal": True, "contextId": "a"}
    assert (talk.close_code, talk.error) == (1008, "input_timeout_exceeded")


async def test_leaving(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(generation_speed=0.5))
    async with client.ws_connect(_SPEECH, params={"model_id": FLASH}) as socket:
        for name in "ab":
            await socket.send_json(_begin(name))
            await socket.send_json(_text(name, "A long text. " * 20, flush=True))
        await sim.journal.until(lambda journal: journal.running == 2)
    await sim.journal.until(lambda journal: journal.open_sockets == 0)
    assert sim.journal.aborted == 2
    assert sim.journal.sockets[-1].closed_by == "client"


async def test_fields_of_the_journal(sim: Simulator, client: ClientSession) -> None:
    first = _begin("a", try_trigger_generation=True, foo=1)
    await _talk(client, _SPEECH, first, _END, foo="1")
    assert sim.journal.sockets[-1].messages[0].unknown == ["try_trigger_generation", "foo"]
    assert sim.journal.last_request().unknown == ["foo"]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([{"text": "Hello. "}], "invalid_input_message"),
        ([{"text": 5}], "invalid_input_message"),
        ([{"text": " ", "close_context": "yes"}], "invalid_input_message"),
        ([_begin("a", voice_settings={"speed": 3})], "invalid_voice_settings"),
    ],
)
async def test_wrong_messages(client: ClientSession, messages: list[Any], error: str) -> None:
    talk = await _talk(client, _SPEECH, *messages)
    assert (talk.close_code, talk.error) == (1008, error)


async def test_no_dialogue_models(client: ClientSession) -> None:
    with pytest.raises(WSServerHandshakeError) as refusal:
        await _talk(client, _SPEECH, model_id="eleven_v3")
    assert refusal.value.status == 403


async def test_a_fault_of_one_context_ends_the_socket(
    sim: Simulator, client: ClientSession
) -> None:
    sim.behave(Behaviour(close_after=1, close_error="internal", faulty_streams=1))
    talk = await _talk(client, _SPEECH, _begin("a"), _begin("b"), _text("a"), _text("b"), _END)
    assert (talk.close_code, talk.error) == (1011, "internal")


async def test_out_of_credits(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(quota=True))
    talk = await _talk(client, _SPEECH, _begin("a"), _text("a"), _END)
    assert (talk.close_code, talk.error) == (1008, "quota_exceeded")


# Text to dialogue


async def test_a_dialogue(sim: Simulator, client: ClientSession) -> None:
    talk = await _talk(
        client,
        _DIALOGUE,
        _voices("a"),
        _say("a", flush=True),
        _say("a", "", flush=True),
        _close("a"),
        _END,
        sync_alignment="true",
    )
    assert (talk.close_code, talk.error) == (1000, None)
    assert talk.messages[-1] == {"is_final": True, "context_id": "a"}
    assert talk.messages[-2] == {"is_final_audio_for_turn": True, "context_id": "a"}
    assert talk.chars() == _SENTENCE
    assert {frozenset(message) for message in talk.messages[:-2]} == {
        frozenset({"audio", "alignment", "context_id"})
    }
    assert base64.b64decode(talk.messages[0]["audio"])
    generation = sim.journal.generations[-1]
    assert (generation.route, generation.context) == ("dialogue_websocket", "a")
    assert sim.journal.sockets[-1].voice == GEORGE
    assert sim.journal.last_request().unknown == []


async def test_voices_of_each_context(sim: Simulator, client: ClientSession) -> None:
    talk = await _talk(
        client,
        _DIALOGUE,
        _voices("a"),
        _voices("b", SARAH, voice_settings={"stability": 0.5}),
        _say("a"),
        _say("b", voice=SARAH),
        _END,
    )
    assert talk.close_code == 1000
    voices = {item.context: (item.voice, item.settings) for item in sim.journal.generations}
    assert voices == {"a": (GEORGE, {}), "b": (SARAH, {"stability": 0.5})}
    assert _of(talk, "a", "context_id").audio != _of(talk, "b", "context_id").audio
    talk = await _talk(client, _DIALOGUE, _voices("a"), _voices("b", SARAH), _say("b"))
    assert talk.error == "invalid_voice_id"


@pytest.mark.parametrize(("rest", "texts"), [("generate", [("a", _SENTENCE)]), ("discard", [])])
async def test_closing_a_dialogue(
    sim: Simulator, client: ClientSession, rest: str, texts: list[Any]
) -> None:
    sim.behave(Behaviour.from_json({"dialogue_close_context": rest}))
    talk = await _talk(client, _DIALOGUE, _voices("a"), _say("a"), _close("a"), _END)
    assert (talk.close_code, _texts(sim)) == (1000, texts)
    assert talk.messages[-1] == {"is_final": True, "context_id": "a"}


@pytest.mark.parametrize(
    ("messages", "error", "param"),
    [
        ([{"voices": [GEORGE]}], "invalid_parameters", "context_id"),
        ([{"keep_alive": True}], "invalid_parameters", "context_id"),
        ([{"context_id": "a", "keep_alive": True}], "context_not_found", "context_id"),
        ([_say("a")], "invalid_parameters", "voices"),
        ([_voices("a"), _voices("a")], "invalid_parameters", "voices"),
        ([_voices(name) for name in "abcdef"], "max_contexts_exceeded", None),
    ],
)
async def test_wrong_dialogues(
    client: ClientSession, messages: list[Any], error: str, param: str | None
) -> None:
    talk = await _talk(client, _DIALOGUE, *messages)
    assert (talk.close_code, talk.error) == (1008, error)
    assert talk.messages[-1].get("param") == param


async def test_an_id_of_a_dialogue_that_still_closes(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(generation_speed=2))
    talk = await _talk(client, _DIALOGUE, _voices("a"), _say("a"), _close("a"), _voices("a"))
    assert (talk.close_code, talk.error) == (1008, "context_closing")
    sim.behave(Behaviour())
    async with client.ws_connect(_DIALOGUE, params={"model_id": "eleven_v3"}) as socket:
        for _ in range(2):
            await socket.send_json(_voices("a"))
            await socket.send_json(_close("a"))
            assert await socket.receive_json() == {"is_final": True, "context_id": "a"}


async def test_idle_dialogue(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.05))
    async with client.ws_connect(_DIALOGUE, params={"model_id": "eleven_v3"}) as socket:
        await socket.send_json(_voices("idle"))
        await socket.send_json({**_voices("alive"), **_say("alive", "Still ")})
        final = asyncio.ensure_future(socket.receive_json())
        while not final.done():
            await socket.send_json({"context_id": "alive", "keep_alive": True})
            await asyncio.sleep(0.1)
        assert await final == {"is_final": True, "context_id": "idle"}
        await socket.send_json(_say("alive", "here. "))
        await socket.send_json(_END)
        assert (await listen(socket)).close_code == 1000
    assert _texts(sim) == [("alive", "Still here. ")]


async def test_the_socket_holds_one_session(sim: Simulator, client: ClientSession) -> None:
    query = {"model_id": "eleven_v3"}
    async with client.ws_connect(_DIALOGUE, params=query) as socket:
        for name in "abc":
            await socket.send_json(_voices(name))
        await sim.journal.until(lambda journal: len(journal.sockets[-1].messages) == 3)
        assert len(sim.account_state().open_dialogues) == 1
    await sim.journal.until(lambda journal: journal.dialogue_sessions == 0)
    assert not sim.account_state().open_dialogues
