"""Text to dialogue over HTTP: the four routes, what they check, and who speaks when."""

import base64
from itertools import pairwise
import json
from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import Account, Behaviour, Simulator
from tests.helpers.simulator_audio import FLASH, GEORGE, SARAH, SPEECH, Timed, decode

_PATH = "/v1/text-to-dialogue"
_LINES = [("The laundry is done. ", GEORGE), ("It took 10 min. ", SARAH), ("Good. ", GEORGE)]
_INPUTS = [{"text": text, "voice_id": voice} for text, voice in _LINES]
_TEXT = "".join(text for text, _ in _LINES)
_HELLO = [{"text": "Hello there.", "voice_id": GEORGE}]


async def _ask(
    client: ClientSession, route: str = "", inputs: Any = _HELLO, query: Any = None, **body: Any
) -> tuple[int, bytes]:
    kept = {"inputs": inputs, **body}
    params = query or {"output_format": "pcm_24000"}
    async with client.post(f"{_PATH}{route}", params=params, json=kept) as answer:
        return answer.status, await answer.read()


async def _listen(client: ClientSession, **body: Any) -> Timed:
    status, content = await _ask(client, "/stream/with-timestamps", _INPUTS, **body)
    assert status == 200, content
    timed = Timed()
    for line in content.split(b"\n"):
        if line.strip():
            timed.add(json.loads(line))
    return timed


async def test_all_routes_say_the_same(sim: Simulator, client: ClientSession) -> None:
    _, whole = await _ask(client, "", _INPUTS)
    _, streamed = await _ask(client, "/stream", _INPUTS)
    _, answer = await _ask(client, "/with-timestamps", _INPUTS)
    timed = await _listen(client)
    assert whole == streamed == timed.audio
    assert base64.b64decode(json.loads(answer)["audio_base64"]) == whole
    sound, rate = decode(whole, "pcm_24000")
    assert 3 < len(sound) / rate < 8
    assert {item.route for item in sim.journal.generations} == {"dialogue_http"}
    assert {item.model for item in sim.journal.generations} == {"eleven_v3"}
    assert {item.state for item in sim.journal.generations} == {"finished"}
    assert sim.journal.generations[-1].voices == [GEORGE, SARAH, GEORGE]
    assert sim.journal.generations[-1].credits == len(_TEXT)


async def test_times_go_on(client: ClientSession) -> None:
    timed = await _listen(client)
    assert timed.text == _TEXT
    assert "ten minutes" in timed.spoken
    assert timed.starts == sorted(timed.starts)
    assert timed.ends[-1] == pytest.approx(len(timed.audio) / 2 / 24000, abs=0.3)


async def test_who_speaks(client: ClientSession) -> None:
    """The indices of a line are those of its own characters, the times go on."""
    _, content = await _ask(client, "/with-timestamps", _INPUTS)
    whole = json.loads(content)
    segments = whole["voice_segments"]
    assert [item["voice_id"] for item in segments] == [GEORGE, SARAH, GEORGE]
    assert [item["dialogue_input_index"] for item in segments] == [0, 1, 2]
    chars = whole["alignment"]["characters"]
    said = [chars[s["character_start_index"] : s["character_end_index"]] for s in segments]
    assert ["".join(part) for part in said] == [text for text, _ in _LINES]
    for before, after in pairwise(segments):
        assert before["end_time_seconds"] == after["start_time_seconds"]

    lines = (await _listen(client)).messages
    said_by = {GEORGE: "", SARAH: ""}
    for line in lines:
        for item in line["voice_segments"]:
            part = slice(item["character_start_index"], item["character_end_index"])
            said_by[item["voice_id"]] += "".join(
                (line["alignment"] or {"characters": []})["characters"][part]
            )
    assert said_by == {GEORGE: _LINES[0][0] + _LINES[2][0], SARAH: _LINES[1][0]}


async def test_empty_inputs_keep_their_number(client: ClientSession) -> None:
    inputs = [{"text": "", "voice_id": SARAH}, *_HELLO, {"text": "", "voice_id": SARAH}]
    status, content = await _ask(
        client, "/with-timestamps", inputs, query={"output_format": "mp3_44100_128"}
    )
    segments = json.loads(content)["voice_segments"]
    assert (status, [item["dialogue_input_index"] for item in segments]) == (200, [1])
    sound, rate = decode(base64.b64decode(json.loads(content)["audio_base64"]), "mp3_44100_128")
    assert len(sound) / rate > 0.5


@pytest.mark.parametrize("output_format", ["wav_24000", "opus_48000_64", "mp3_22050_32"])
async def test_formats(client: ClientSession, output_format: str) -> None:
    query = {"output_format": output_format}
    _, content = await _ask(client, "", _INPUTS, query=query)
    sound, rate = decode(content, output_format)
    assert 3 < len(sound) / rate < 8
    status, _ = await _ask(client, "/stream", _INPUTS, query=query)
    assert status == (400 if output_format.startswith("wav") else 200)


async def test_what_the_journal_says(sim: Simulator, client: ClientSession) -> None:
    inputs = [{"text": "Hello.", "voice_id": GEORGE, "new_turn": True}]
    settings = {"stability": 0.5, "similarity": 0.2, "style": 0.1}
    status, _ = await _ask(
        client,
        "/stream",
        inputs,
        {"output_format": "pcm_16000", "optimize_streaming_latency": "1"},
        model_id="eleven_v4",
        language_code="en",
        settings=settings,
        pronunciation_dictionary_locators=[{"pronunciation_dictionary_id": "dict_demo"}],
        seed=5,
        apply_text_normalization="off",
        previous_text="before",
        future_text="after",
        voice_settings={},
    )
    assert status == 200
    assert sorted(sim.journal.last_request().unknown) == [
        "inputs.new_turn",
        "optimize_streaming_latency",
        "settings.style",
        "voice_settings",
    ]
    generation = sim.journal.generations[-1]
    assert (generation.model, generation.language) == ("eleven_v4", "en")
    assert generation.settings == {"stability": 0.5}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"inputs": []}, 422, "too_short"),
        ({"inputs": None}, 422, "missing"),
        ({"inputs": "Hi."}, 422, "list_type"),
        ({"inputs": [{"text": "Hi."}]}, 422, "missing"),
        ({"inputs": [{"text": 5, "voice_id": GEORGE}]}, 422, "string_type"),
        ({"inputs": [{"text": " ", "voice_id": GEORGE}]}, 400, "empty_text"),
        ({"inputs": [{"text": "Hi.", "voice_id": "nobody"}]}, 404, "voice_not_found"),
        ({"inputs": [{"text": "a" * 1000, "voice_id": GEORGE}] * 3}, 400, "text_too_long"),
        (
            {"inputs": [{"text": "Hi.", "voice_id": f"v{n}"} for n in range(11)]},
            400,
            "too_many_voices",
        ),
        ({"inputs": _INPUTS, "model_id": "eleven_v4_turbo"}, 400, "too_many_voices"),
        ({"model_id": FLASH}, 400, "unsupported_model"),
        ({"model_id": "eleven_v9"}, 400, "model_not_found"),
        ({"previous_text": "a" * 101}, 422, "string_too_long"),
        ({"future_text": "a" * 101}, 422, "string_too_long"),
        ({"settings": {"stability": 2}}, 400, "invalid_voice_settings"),
        ({"seed": -1}, 422, "out_of_range"),
        ({"previous_request_ids": ["unknown"]}, 400, "invalid_parameters"),
        ({"query": {"enable_logging": "false"}}, 403, "subscription_required"),
        ({"query": {"output_format": "pcm_44100"}}, 403, "subscription_required"),
    ],
)
async def test_errors(
    sim: Simulator, client: ClientSession, body: dict[str, Any], status: int, code: str
) -> None:
    found, content = await _ask(client, "/stream", **body)
    detail = json.loads(content)["detail"]
    assert found == status
    assert (detail[0]["type"] if isinstance(detail, list) else detail["code"]) == code
    assert not sim.journal.generations


@pytest.mark.parametrize(
    ("behaviour", "body", "route", "status"),
    [
        ({"dialogue_refused": "eleven_v3"}, {}, "/stream", 400),
        ({"dialogue_refused": "eleven_v3"}, {"model_id": "eleven_v4"}, "/stream", 200),
        ({"dialogue_context": "refuse"}, {"previous_text": "before"}, "/stream", 400),
        ({"dialogue_context": "refuse"}, {}, "/stream", 200),
        ({"fail_status": 503}, {}, "/stream", 503),
        ({"quota": True}, {}, "/stream", 401),
    ],
)
async def test_switches(
    sim: Simulator,
    client: ClientSession,
    behaviour: dict[str, Any],
    body: dict[str, Any],
    route: str,
    status: int,
) -> None:
    sim.behave(Behaviour.from_json(behaviour))
    assert (await _ask(client, route, **body))[0] == status


async def test_long_streams_can_end_early(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(dialogue_long_text="cut", generation_speed=0))
    inputs = [{"text": "word " * 390, "voice_id": GEORGE}, {"text": "end " * 30, "voice_id": SARAH}]
    assert (await _ask(client, "/stream", inputs))[0] == 200
    assert sim.journal.generations[-1].text == ("word " * 390 + "end " * 30)[:2000]
    assert (await _ask(client, "", inputs))[0] == 400


async def test_context_by_request_ids(client: ClientSession) -> None:
    async with client.post(_PATH, json={"inputs": _HELLO}) as answer:
        await answer.read()
        request_id = answer.headers["request-id"]
        assert answer.headers["character-cost"] == "12"
    assert (await _ask(client, previous_request_ids=[request_id]))[0] == 200


async def test_faults(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(cut_line=2))
    _, content = await _ask(client, "/stream/with-timestamps", _INPUTS)
    assert not content.endswith(b"}\n")
    assert sim.journal.generations[-1].state == "failed"


async def test_one_slot_for_all(sim: Simulator) -> None:
    sim.accounts.add_account(Account(key="sk_none", concurrency=0))
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_none"}) as client:
        assert (await _ask(client))[0] == 429


async def test_the_other_routes_take_these_models_as_before(client: ClientSession) -> None:
    body = {"text": "Hello.", "model_id": "eleven_v3"}
    async with client.post(SPEECH, json=body) as answer:
        assert answer.status == 200
