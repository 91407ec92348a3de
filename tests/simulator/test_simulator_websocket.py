"""The WebSocket side: buffering, alignment clocks, the older dialect, errors and closes."""

import asyncio
from itertools import pairwise
from typing import Any

from aiohttp import ClientSession, WSServerHandshakeError
import pytest

from simulator import Account, Behaviour, Simulator
from tests.helpers.simulator_audio import (
    FLASH,
    GEORGE,
    Talk,
    converse,
    decode,
    energy,
    listen,
    speak_timed,
)

_BOS = {"text": " "}
_PATH = f"/v1/text-to-speech/{GEORGE}/stream-input"
_SENTENCE = "The laundry is done. "


def _texts(sim: Simulator) -> list[str]:
    return [generation.text for generation in sim.journal.generations]


async def test_a_conversation(sim: Simulator, client: ClientSession) -> None:
    talk = await converse(client, _BOS, {"text": "Hello there. "}, {"text": _SENTENCE})
    assert talk.close_code == 1000
    assert talk.messages[-1] == {
        "audio": None,
        "isFinal": True,
        "normalizedAlignment": None,
        "alignment": None,
    }
    assert all(message["isFinal"] is None for message in talk.messages[:-1])
    assert talk.chars() == "Hello there. The laundry is done. "
    assert talk.chars("normalizedAlignment") == " Hello there. The laundry is done."
    sound, rate = decode(talk.audio, "pcm_24000")
    assert 1.5 < len(sound) / rate < 4
    assert energy(sound, rate, 0.1, 0.6) > 0.02
    assert set(talk.messages[0]["alignment"]) == {"chars", "charStartTimesMs", "charDurationsMs"}


async def test_same_speech_as_over_http(client: ClientSession) -> None:
    talk = await converse(client, _BOS, {"text": _SENTENCE})
    timed = await speak_timed(client, _SENTENCE)
    assert talk.audio == timed.audio


async def test_alignment_without_sync(client: ClientSession) -> None:
    """The first message of a chunk covers all of it, the others have none."""
    talk = await converse(
        client, _BOS, {"text": _SENTENCE, "flush": True}, {"text": "And dinner. "}
    )
    with_times = [m for m in talk.messages if m.get("alignment")]
    assert len(with_times) == 2 < len(talk.messages) - 1
    for message in with_times:
        starts = message["alignment"]["charStartTimesMs"]
        assert starts[0] == 46
        assert message["normalizedAlignment"]["chars"][0] == " "
        assert message["normalizedAlignment"]["charStartTimesMs"][0] == 0


async def test_alignment_with_sync(client: ClientSession) -> None:
    """Each message has its own times, counted from its own start."""
    talk = await converse(client, _BOS, {"text": _SENTENCE}, sync_alignment="true")
    assert talk.chars() == _SENTENCE
    parts = [m["alignment"] for m in talk.messages if m.get("alignment")]
    assert len(parts) > 4
    for part in parts:
        assert 0 <= part["charStartTimesMs"][0] < 250
        assert max(part["charStartTimesMs"]) < 340


@pytest.mark.parametrize("clock", ["message", "generation", "cumulative"])
async def test_clocks(sim: Simulator, client: ClientSession, clock: str) -> None:
    sim.behave(Behaviour.from_json({"ws_clock": clock}))
    flushed = {"text": _SENTENCE, "flush": True}
    talk = await converse(client, _BOS, flushed, {"text": _SENTENCE}, sync_alignment="true")
    starts = [m["alignment"]["charStartTimesMs"] for m in talk.messages if m.get("alignment")]
    falls = sum(after[0] < before[-1] for before, after in pairwise(starts))
    assert falls == {"message": len(starts) - 1, "generation": 1, "cumulative": 0}[clock]


async def test_whole_words(sim: Simulator, client: ClientSession) -> None:
    split = await converse(client, _BOS, {"text": _SENTENCE}, sync_alignment="true")
    sim.behave(Behaviour(word_borders="whole"))
    whole = await converse(client, _BOS, {"text": _SENTENCE}, sync_alignment="true")

    def cuts(talk: Talk) -> int:
        parts = ["".join(m["alignment"]["chars"]) for m in talk.messages if m.get("alignment")]
        return sum(not part[-1].isspace() for part in parts[:-1])

    assert cuts(split) > 0
    assert cuts(whole) == 0
    assert whole.chars() == _SENTENCE


# Buffering


async def test_schedule(sim: Simulator, client: ClientSession) -> None:
    words = ["word "] * 200
    await converse(client, _BOS, *({"text": word} for word in words))
    assert [len(text) for text in _texts(sim)] == [120, 160, 250, 290, 180]
    assert "".join(_texts(sim)) == "word " * 200


@pytest.mark.parametrize("name", ["generation_config", "generator_config"])
async def test_own_schedule(sim: Simulator, client: ClientSession, name: str) -> None:
    first = {**_BOS, name: {"chunk_length_schedule": [50, 100]}}
    await converse(client, first, *({"text": "word "} for _ in range(60)))
    assert [len(text) for text in _texts(sim)] == [50, 100, 100, 50]


async def test_half_words_wait(sim: Simulator, client: ClientSession) -> None:
    first = {**_BOS, "generation_config": {"chunk_length_schedule": [50]}}
    await converse(client, first, {"text": "word " * 12 + "lau"}, {"text": "ndry. "})
    assert _texts(sim) == ["word " * 12, "laundry. "]


async def test_pieces_are_glued_as_they_come(client: ClientSession) -> None:
    glued = await converse(client, _BOS, {"text": "Good"}, {"text": "morning"})
    apart = await converse(client, _BOS, {"text": "Good "}, {"text": "morning "})
    assert glued.chars() == "Goodmorning"
    assert apart.chars() == "Good morning "
    assert glued.audio != apart.audio


async def test_flush(sim: Simulator, client: ClientSession) -> None:
    async with client.ws_connect(_PATH, params={"model_id": FLASH}) as socket:
        await socket.send_json(_BOS)
        await socket.send_json({"text": "Hello "})
        await socket.send_json({"text": " ", "flush": True})
        assert (await socket.receive_json())["audio"]
        await sim.journal.until(lambda j: j.generations[-1].state == "finished")
        await socket.send_json({"text": "again. ", "flush": True})
        await sim.journal.until(lambda j: len(j.generations) == 2)
        await socket.send_json({"text": ""})
        talk = await listen(socket)
    assert _texts(sim) == ["Hello ", "again. "]
    assert talk.close_code == 1000


async def test_empty_flush_is_the_end(sim: Simulator, client: ClientSession) -> None:
    end = {"text": "", "flush": True}
    talk = await converse(client, _BOS, {"text": "Hello. "}, end)
    assert talk.messages[-1]["isFinal"] is True
    assert talk.chars() == "Hello. "


async def test_auto_mode(sim: Simulator, client: ClientSession) -> None:
    pieces = ("Hello. ", "How are you? ")
    await converse(client, _BOS, *({"text": piece} for piece in pieces), auto_mode="true")
    assert _texts(sim) == list(pieces)


async def test_try_trigger(sim: Simulator, client: ClientSession) -> None:
    tries = [{"text": "twenty letters here ", "try_trigger_generation": True} for _ in range(4)]
    await converse(client, _BOS, *tries)
    assert [len(text) for text in _texts(sim)] == [60, 20]
    sim.journal.clear()
    sim.behave(Behaviour(try_trigger_minimum=10))
    await converse(client, _BOS, *tries)
    assert [len(text) for text in _texts(sim)] == [20] * 4


async def test_keep_alive_is_not_spoken(sim: Simulator, client: ClientSession) -> None:
    talk = await converse(client, _BOS, {"text": "Hello "}, _BOS, _BOS, {"text": "you. "})
    assert talk.chars() == "Hello you. "


async def test_inactivity(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.001))
    talk = await converse_without_end(client, _BOS, inactivity_timeout="180")
    assert (talk.close_code, talk.error) == (1008, "input_timeout_exceeded")
    assert "timeout of 180.0 seconds" in talk.messages[-1]["message"]
    assert talk.reason.startswith("Have not received a new text input within the timeout")
    assert len(talk.reason.encode()) <= 123
    assert talk.messages[-1]["message"].startswith(talk.reason)


async def converse_without_end(
    client: ClientSession, *messages: Any, path: str = _PATH, **query: str
) -> Talk:
    """Send messages as they are and listen."""
    async with client.ws_connect(path, params=query) as socket:
        for message in messages:
            if isinstance(message, str):
                await socket.send_str(message)
            elif isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_json(message)
        return await listen(socket)


async def test_no_timeout_after_the_end(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(time_scale=0.05, inference_delay=1.3))
    talk = await converse(client, _BOS, {"text": "Hello. "}, inactivity_timeout="20")
    assert talk.close_code == 1000


async def test_text_after_the_end(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(inference_delay=0.3))
    messages = [_BOS, {"text": "Hello. "}, {"text": ""}, {"text": "More. "}]
    talk = await converse_without_end(client, *messages)
    assert (talk.close_code, len(_texts(sim))) == (1000, 1)
    sim.behave(Behaviour(inference_delay=0.3, ws_text_after_end="error"))
    talk = await converse_without_end(client, *messages)
    assert (talk.close_code, talk.error) == (1008, "invalid_input_message")


# Parameters and the older dialect


async def test_every_query_parameter(sim: Simulator) -> None:
    query = {
        "model_id": FLASH,
        "language_code": "de",
        "enable_logging": "false",
        "enable_ssml_parsing": "true",
        "output_format": "pcm_48000",
        "inactivity_timeout": "180",
        "sync_alignment": "true",
        "auto_mode": "false",
        "apply_text_normalization": "off",
        "apply_language_text_normalization": "false",
        "seed": "42",
        "optimize_streaming_latency": "3",
    }
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_enterprise"}) as client:
        talk = await converse(client, _BOS, {"text": "Guten Tag, 10 min. "}, **query)
    assert talk.close_code == 1000
    assert talk.chars("normalizedAlignment") == " Guten Tag, 10 min."
    assert sim.journal.sockets[-1].query == query
    assert sim.journal.last_request().unknown == []
    generation = sim.journal.generations[-1]
    assert (generation.language, generation.output_format) == ("de", "pcm_48000")


async def test_dialect_of_2023(sim: Simulator) -> None:
    """What the first documentation page shows works word for word."""
    first = {
        "text": " ",
        "voice_settings": {"stability": 0.8, "similarity_boost": True},
        "generation_config": {"chunk_length_schedule": [120, 160, 250, 290]},
        "xi_api_key": "sk_demo",
    }
    hello = {"text": "Hello World ", "try_trigger_generation": True}
    query: dict[str, Any] = {"model_id": "eleven_monolingual_v1", "output_format": None}
    async with ClientSession(sim.url) as client:
        talk = await converse(client, first, hello, **query)
    assert talk.close_code == 1000
    sound, rate = decode(talk.audio, "mp3_44100_128")
    assert (rate, len(sound) > 30_000) == (44100, True)
    socket = sim.journal.sockets[-1]
    assert (socket.key_in, socket.account) == ("message", "workspace_demo")
    assert socket.messages[0].data["xi_api_key"] == "***"
    assert sim.journal.generations[-1].output_format == "mp3_44100_128"
    assert sim.journal.generations[-1].settings == {"stability": 0.8, "similarity_boost": 1.0}


async def test_answers_of_2023(sim: Simulator) -> None:
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_seed"}) as client:
        talk = await converse(client, _BOS, {"text": "Hello. "}, output_format="mp3_44100")
    first = talk.messages[0]
    assert set(first) == {"audio", "isFinal", "normalizedAlignment"}
    assert first["isFinal"] is False
    assert set(first["normalizedAlignment"]) == {
        "chars",
        "char_start_times_ms",
        "chars_durations_ms",
    }


@pytest.mark.parametrize(
    ("headers", "query", "first"),
    [
        ({"xi-api-key": "sk_demo"}, {}, {}),
        ({"Authorization": "Bearer bearer_of_demo"}, {}, {}),
        ({}, {"authorization": "bearer_of_demo"}, {}),
        ({}, {}, {"xi_api_key": "sk_demo"}),
        ({}, {}, {"xi-api-key": "sk_demo"}),
        ({}, {}, {"authorization": "Bearer bearer_of_demo"}),
    ],
)
async def test_ways_to_show_a_key(
    sim: Simulator, headers: dict[str, str], query: dict[str, str], first: dict[str, str]
) -> None:
    async with ClientSession(sim.url, headers=headers) as client:
        talk = await converse(client, {**_BOS, **first}, {"text": "Hello. "}, **query)
    assert (talk.close_code, sim.journal.sockets[-1].account) == (1000, "workspace_demo")
    assert sim.journal.sockets[-1].key_in == (
        "header" if headers else "query" if query else "message"
    )
    assert "sk_demo" not in str(sim.journal.to_json())
    assert "bearer_of_demo" not in str(sim.journal.to_json())


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ("camel_s", {"chars", "charStartTimesMs", "charsDurationsMs"}),
        ("camel_ss", {"chars", "charsStartTimesMs", "charsDurationsMs"}),
        ("snake", {"chars", "char_start_times_ms", "char_durations_ms"}),
    ],
)
async def test_spellings(sim: Simulator, client: ClientSession, keys: str, names: set[str]) -> None:
    sim.behave(Behaviour.from_json({"ws_keys": keys, "ws_final": "bare"}))
    talk = await converse(client, _BOS, {"text": "Hello. "})
    assert set(talk.messages[0]["alignment"]) == names
    assert talk.messages[-1] == {"is_final" if keys == "snake" else "isFinal": True}
    assert ("normalized_alignment" in talk.messages[0]) is (keys == "snake")


# Errors


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        (["no json"], "invalid_input_message"),
        ([b"binary"], "invalid_input_message"),
        ([[1]], "invalid_input_message"),
        ([{"txt": " "}], "invalid_input_message"),
        ([{"text": "Hello "}], "invalid_input_message"),
        ([{"text": ""}], "invalid_input_message"),
        ([{"text": " ", "flush": "true"}], "invalid_input_message"),
        ([_BOS, {"text": 5}], "invalid_input_message"),
        ([{**_BOS, "voice_settings": {"speed": 3}}], "invalid_voice_settings"),
        ([{**_BOS, "voice_settings": {"stability": "x"}}], "invalid_parameters"),
        (
            [{**_BOS, "generation_config": {"chunk_length_schedule": [20]}}],
            "invalid_generation_config",
        ),
        (
            [{**_BOS, "generation_config": {"chunk_length_schedule": "fast"}}],
            "invalid_parameters",
        ),
        (
            [{**_BOS, "pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "x"}]}],
            "pronunciation_dictionary_not_found",
        ),
        ([_BOS, {"text": "Hi ", "voice_settings": {"stability": 0.1}}], "invalid_voice_settings"),
        (
            [_BOS, {"text": "Hi ", "generation_config": {"chunk_length_schedule": [60]}}],
            "invalid_generation_config",
        ),
    ],
)
async def test_bad_messages(
    sim: Simulator, client: ClientSession, messages: list[Any], error: str
) -> None:
    talk = await converse_without_end(client, *messages, model_id=FLASH)
    assert (talk.close_code, talk.error) == (1008, error)
    assert talk.messages[-1]["code"] == 1008
    assert sim.journal.sockets[-1].error == error
    assert sim.journal.sockets[-1].closed_by == "server"


async def test_lenient_switches(sim: Simulator, client: ClientSession) -> None:
    sim.behave(
        Behaviour(
            ws_first_message="lenient", ws_schedule_range="clamp", ws_settings_change="ignore"
        )
    )
    first = {"text": "Hello ", "generation_config": {"chunk_length_schedule": [1, 9000]}}
    second = {"text": "you. ", "voice_settings": {"stability": 0.1}}
    talk = await converse(client, first, second)
    assert (talk.close_code, talk.chars()) == (1000, "Hello you. ")


async def test_repeated_settings_are_fine(client: ClientSession) -> None:
    settings = {"voice_settings": {"stability": 0.3, "similarity_boost": 0.7}}
    talk = await converse(client, {**_BOS, **settings}, {"text": "Hello. ", **settings})
    assert talk.close_code == 1000


@pytest.mark.parametrize(
    ("key", "voice", "query", "error"),
    [
        ("sk_wrong", GEORGE, {}, "invalid_api_key"),
        ("key_id_of_demo", GEORGE, {}, "api_key_id_used_as_api_key"),
        ("sk_read_only", GEORGE, {}, "missing_permissions"),
        ("sk_demo", "nobody", {}, "voice_id_does_not_exist"),
        ("sk_demo", GEORGE, {"model_id": "eleven_v9"}, "model_not_found"),
        ("sk_demo", GEORGE, {"output_format": "pcm_44100"}, "output_format_not_allowed"),
        ("sk_demo", GEORGE, {"output_format": "wav_44100"}, "invalid_output_format"),
        ("sk_demo", GEORGE, {"enable_logging": "false"}, "only_for_enterprise"),
        ("sk_demo", GEORGE, {"sync_alignment": "True"}, "invalid_parameters"),
        ("sk_demo", GEORGE, {"inactivity_timeout": "181"}, "invalid_parameters"),
        ("sk_demo", GEORGE, {"seed": "x"}, "invalid_parameters"),
    ],
)
async def test_refused_sockets(
    sim: Simulator, key: str, voice: str, query: dict[str, str], error: str
) -> None:
    path = f"/v1/text-to-speech/{voice}/stream-input"
    async with ClientSession(sim.url, headers={"xi-api-key": key}) as client:
        talk = await converse_without_end(client, path=path, **{"model_id": FLASH, **query})
    assert (talk.close_code, talk.error) == (1008, error)


async def test_failure_after_the_handshake(sim: Simulator) -> None:
    sim.behave(Behaviour(fail_status=500))
    async with ClientSession(sim.url) as client:
        talk = await converse_without_end(client, {**_BOS, "xi_api_key": "sk_demo"})
    assert (talk.close_code, talk.error) == (1011, "internal_error")


async def test_missing_key(sim: Simulator) -> None:
    async with ClientSession(sim.url) as client:
        talk = await converse_without_end(client, _BOS, model_id=FLASH)
    assert (talk.close_code, talk.error) == (1008, "needs_authorization")


@pytest.mark.parametrize(
    ("switch", "key", "query", "status"),
    [
        ({"ws_bad_key": "handshake"}, "sk_wrong", {}, 401),
        ({"ws_bad_query": "handshake"}, "sk_demo", {"auto_mode": "False"}, 403),
        ({}, "sk_demo", {"model_id": "eleven_v3"}, 403),
        ({}, "sk_demo", {"model_id": "eleven_v4_turbo"}, 403),
        ({"fail_status": 503}, "sk_demo", {}, 503),
    ],
)
async def test_refused_handshakes(
    sim: Simulator, switch: dict[str, Any], key: str, query: dict[str, str], status: int
) -> None:
    sim.behave(Behaviour.from_json(switch))
    async with ClientSession(sim.url, headers={"xi-api-key": key}) as client:
        with pytest.raises(WSServerHandshakeError) as refused:
            await converse_without_end(client, **{"model_id": FLASH, **query})
    assert refused.value.status == status


async def test_refused_model_as_a_frame(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(ws_refused_model="frame"))
    talk = await converse_without_end(client, model_id="eleven_v4")
    assert (talk.close_code, talk.error) == (1008, "unsupported_model")


async def test_quota(sim: Simulator) -> None:
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_broke"}) as client:
        talk = await converse(client, _BOS, {"text": "Hello. "})
    assert (talk.close_code, talk.error) == (1008, "quota_exceeded")
    assert talk.reason.startswith("This request exceeds your quota of 100000.")


async def test_idle_sockets_do_not_count_as_concurrent(sim: Simulator) -> None:
    sim.accounts.add_account(Account(key="sk_one", concurrency=1))
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_one"}) as client:
        idle = [await client.ws_connect(_PATH, params={"model_id": FLASH}) for _ in range(5)]
        talk = await converse(client, _BOS, {"text": "Hello. "})
        assert talk.close_code == 1000
        await sim.journal.until(lambda journal: journal.open_sockets == 5)
        for socket in idle:
            await socket.close()
    await sim.journal.until(lambda journal: journal.open_sockets == 0)


async def test_leaving_aborts_the_generation(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(generation_speed=0.5))
    async with client.ws_connect(_PATH, params={"model_id": FLASH}) as socket:
        await socket.send_json(_BOS)
        await socket.send_json({"text": "A long text. " * 50, "flush": True})
        await socket.receive()
    await sim.journal.until(lambda journal: journal.open_sockets == 0)
    assert sim.journal.aborted == 1
    assert sim.journal.sockets[-1].closed_by == "client"
    assert sim.journal.generations[-1].credits > 0


async def test_hundred_sockets_at_once(sim: Simulator) -> None:
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_enterprise"}) as client:
        talks = await asyncio.gather(
            *(converse(client, _BOS, {"text": f"Number {i}. "}) for i in range(100))
        )
    assert {talk.close_code for talk in talks} == {1000}
    assert {talk.chars() for talk in talks} == {f"Number {i}. " for i in range(100)}
