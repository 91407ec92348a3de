"""Each fault happens as asked, to whom it was asked for, and to nobody else."""

import asyncio
import base64
import json
from typing import Any

from aiohttp import ClientError, ClientSession, ServerDisconnectedError
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.simulator_audio import FLASH, GEORGE, SPEECH, Talk, converse, speak_timed

_BOS = {"text": " "}
_TEXT = "Hello there. The laundry is done, and dinner is ready. "
_TIMED = f"{SPEECH}/stream/with-timestamps"
_BODY = {"text": _TEXT, "model_id": FLASH}


async def _talk(client: ClientSession, **query: str) -> Talk:
    return await converse(client, _BOS, {"text": _TEXT}, **query)


async def _lines(client: ClientSession) -> list[bytes]:
    async with client.post(_TIMED, params={"output_format": "pcm_8000"}, json=_BODY) as answer:
        return [line for line in (await answer.read()).split(b"\n") if line.strip()]


async def _collect(client: ClientSession, received: bytearray) -> None:
    """Keep what came before the connection was lost."""
    async with client.post(_TIMED, json=_BODY) as answer:
        async for part in answer.content.iter_any():
            received += part


def _parts(talk: Talk, key: str = "alignment") -> list[Any]:
    return [message[key] for message in talk.messages if message.get("audio")]


# Streams that stop


async def test_drop_over_http(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(drop_after=3))
    received = bytearray()
    with pytest.raises(ClientError):
        await _collect(client, received)
    lines = [line for line in received.split(b"\n") if line]
    assert len(lines) == 3
    assert sim.journal.generations[-1].state == "failed"
    sim.behave(Behaviour(drop_after=0))
    with pytest.raises(ClientError):
        async with client.post(SPEECH, json=_BODY) as answer:
            await answer.read()


async def test_drop_over_websocket(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(drop_after=2))
    talk = await _talk(client)
    assert talk.close_code == 1006
    assert len(talk.messages) == 2
    assert sim.journal.generations[-1].state == "failed"


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000])
async def test_close_after(sim: Simulator, client: ClientSession, code: int) -> None:
    sim.behave(Behaviour(close_after=2, close_code=code, close_reason="reason " * 40))
    talk = await _talk(client)
    assert (talk.close_code, len(talk.messages)) == (code, 2)
    assert len(talk.reason) == 123


async def test_close_after_with_a_frame(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(close_after=0, close_reason="Sorry.", close_error="internal"))
    talk = await _talk(client)
    assert talk.messages == [{"message": "Sorry.", "error": "internal", "code": 1011}]
    assert talk.close_code == 1011


async def test_early_end_over_http_looks_complete(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(close_after=2))
    assert len(await _lines(client)) == 2


async def test_early_end_of_whole_audio_fails_the_generation(
    sim: Simulator, client: ClientSession
) -> None:
    sim.behave(Behaviour(close_after=1))
    async with client.post(SPEECH, json=_BODY) as answer:
        assert answer.status == 500
    assert sim.journal.generations[-1].state == "failed"


@pytest.mark.parametrize(("fault", "count"), [({"stall_after": 2}, 2), ({"silent": True}, 0)])
async def test_stall(
    sim: Simulator, client: ClientSession, fault: dict[str, Any], count: int
) -> None:
    sim.behave(Behaviour.from_json(fault))
    path = f"/v1/text-to-speech/{GEORGE}/stream-input"
    async with client.ws_connect(path, params={"model_id": FLASH}) as socket:
        for message in (_BOS, {"text": _TEXT}, {"text": ""}):
            await socket.send_json(message)
        for _ in range(count):
            assert (await socket.receive_json())["audio"]
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)
    await sim.journal.until(lambda journal: journal.open_sockets == 0)
    assert sim.journal.aborted == 1


async def test_silent_over_http(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(silent=True))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.post(_TIMED, json=_BODY)
    await sim.journal.until(lambda journal: journal.aborted == 1)
    assert sim.journal.last_request().aborted


async def test_slow_first_byte(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(first_byte_delay=30))
    async with client.post(_TIMED, json=_BODY) as answer:
        assert answer.status == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await answer.content.readany()


async def test_no_final_message(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(ws_final="none"))
    talk = await _talk(client)
    assert talk.close_code == 1000
    assert all("isFinal" in message and message["audio"] for message in talk.messages)


async def test_hang_after_final(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(hang_after_final=True))
    path = f"/v1/text-to-speech/{GEORGE}/stream-input"
    async with client.ws_connect(path, params={"model_id": FLASH}) as socket:
        for message in (_BOS, {"text": "Hi. "}, {"text": ""}):
            await socket.send_json(message)
        while not (await socket.receive_json()).get("isFinal"):
            pass
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)


async def test_connections_are_cut(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(refuse_connections=True))
    with pytest.raises(ServerDisconnectedError):
        await client.post(SPEECH, json=_BODY)


# Refusals


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_next_requests_fail(sim: Simulator, client: ClientSession, status: int) -> None:
    sim.behave(Behaviour(fail_status=status, fail_requests=2, fail_routes="speech"))
    seen = []
    for _ in range(3):
        async with client.post(SPEECH, json=_BODY) as answer:
            seen.append(answer.status)
        async with client.get("/v1/models") as answer:
            assert answer.status == 200
    assert seen == [status, status, 200]


async def test_quota_on_request(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(quota=True))
    async with client.post(SPEECH, json=_BODY) as answer:
        assert (await answer.json())["detail"]["status"] == "quota_exceeded"
    assert (await _talk(client)).error == "quota_exceeded"
    async with client.get("/v1/user/subscription") as answer:
        account = await answer.json()
    assert account["character_count"] == account["character_limit"]


async def test_unusual_activity(sim: Simulator) -> None:
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_unusual"}) as client:
        talk = await _talk(client)
    assert talk.error == "detected_unusual_activity"


# Who is hit


async def test_only_the_first_streams(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(close_after=0, faulty_streams=2))
    assert [(await _talk(client)).close_code for _ in range(4)] == [1011, 1011, 1000, 1000]


async def test_only_one_route(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(close_after=0, faulty_route="websocket"))
    assert (await _talk(client)).close_code == 1011
    assert len(await _lines(client)) > 3


async def test_only_one_key(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(close_after=0), key="sk_pro")
    assert (await _talk(client)).close_code == 1000
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_pro"}) as other:
        assert (await _talk(other)).close_code == 1011


# Alignments


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("null", lambda message: message["alignment"] is None),
        ("missing", lambda message: "alignment" not in message),
        ("wrong_type", lambda message: message["alignment"] == "alignment"),
        ("empty", lambda message: message["alignment"]["chars"] == []),
        (
            "mismatched",
            lambda message: (
                len(message["alignment"]["chars"])
                == len(message["alignment"]["charDurationsMs"]) + 1
            ),
        ),
    ],
)
async def test_spoiled_alignment(
    sim: Simulator, client: ClientSession, kind: str, check: Any
) -> None:
    sim.behave(Behaviour.from_json({"alignment": kind}))
    talk = await _talk(client)
    assert check(talk.messages[0])
    assert talk.messages[0]["normalizedAlignment"]["chars"]
    sim.behave(Behaviour.from_json({"normalized": kind}))
    talk = await _talk(client)
    assert talk.messages[0]["alignment"]["chars"]


async def test_alignment_null_on_every_second(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(alignment_null_every=2))
    parts = _parts(await _talk(client, sync_alignment="true"))
    assert len(parts) > 6
    assert all(part is None for part in parts[1::2])
    assert all(part for part in parts[:6:2])
    lines = [json.loads(line) for line in await _lines(client)]
    assert lines[0]["alignment"]
    assert lines[1]["alignment"] is lines[1]["normalized_alignment"] is None


async def test_drift_and_negative_times(sim: Simulator, client: ClientSession) -> None:
    plain = await speak_timed(client, _TEXT)
    sim.behave(Behaviour(drift=1.25))
    drifted = await speak_timed(client, _TEXT)
    assert drifted.audio == plain.audio
    assert drifted.ends[-1] == pytest.approx(1.25 * plain.ends[-1], abs=0.002)
    sim.behave(Behaviour(negative_times=True))
    assert (await speak_timed(client, _TEXT)).starts[0] < 0


@pytest.mark.parametrize(
    "kind", ["moment", "end_first", "end_beyond", "beyond", "backwards", "null"]
)
async def test_times_without_sense(sim: Simulator, client: ClientSession, kind: Any) -> None:
    sim.behave(Behaviour(times=kind, times_from=1, times_count=2))
    talk = (await _talk(client, sync_alignment="true")).messages[0]["alignment"]
    line = json.loads((await _lines(client))[0])["alignment"]
    starts, ends = list(line.values())[1:]
    sim.behave(Behaviour())
    plain = list(json.loads((await _lines(client))[0])["alignment"].values())
    chosen = slice(1, 3)
    assert starts[0] == plain[1][0]
    assert (starts[chosen], ends[chosen]) != (plain[1][chosen], plain[2][chosen])
    assert (starts[3:], ends[3:]) == (plain[1][3:], plain[2][3:])
    assert len(talk["charStartTimesMs"]) == len(talk["charDurationsMs"]) == len(talk["chars"])


async def test_overlap(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(overlap=True))
    lines = [json.loads(line) for line in await _lines(client)]
    first, second = (line["alignment"]["characters"] for line in lines[:2])
    assert second[: len(first)] == first
    assert len(second) > len(first)


@pytest.mark.parametrize("route", ["http", "websocket"])
async def test_double_pass(sim: Simulator, client: ClientSession, route: str) -> None:
    sim.behave(Behaviour(double_pass="always"))
    text = "Hello there, my old friend. "
    if route == "http":
        written = (await speak_timed(client, text)).text
    else:
        talk = await converse(client, _BOS, {"text": text})
        written = talk.chars()
        assert talk.chars("normalizedAlignment") == f" {text.rstrip()}"
    assert written == text[: len(text) * 3 // 5] + text


# Single messages


async def test_huge_line_and_message(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(huge_message=2))
    lines = await _lines(client)
    assert len(lines[0]) < 100_000 < 5 * 1024 * 1024 < len(lines[1])
    assert json.loads(lines[1])["audio_base64"]
    talk = await _talk(client)
    assert talk.close_code == 1000
    path = f"/v1/text-to-speech/{GEORGE}/stream-input"
    async with client.ws_connect(path, params={"model_id": FLASH}) as socket:
        await socket.send_json(_BOS)
        await socket.send_json({"text": _TEXT, "flush": True})
        await socket.receive()
        await socket.receive()
        assert socket.close_code == 1009


async def test_bad_audio(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(bad_base64=2, wrong_types=3))
    lines = [json.loads(line) for line in await _lines(client)]
    with pytest.raises(ValueError, match=r"base64|padding|characters"):
        base64.b64decode(lines[1]["audio_base64"], validate=True)
    assert lines[2]["audio_base64"] == 42
    assert base64.b64decode(lines[3]["audio_base64"], validate=True)


async def test_broken_line(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(broken_json=2))
    lines = await _lines(client)
    with pytest.raises(ValueError, match=r"."):
        json.loads(lines[1])
    assert all(json.loads(line) for index, line in enumerate(lines) if index != 1)


async def test_cut_line(sim: Simulator, client: ClientSession) -> None:
    whole = await _lines(client)
    sim.behave(Behaviour(cut_line=3))
    lines = await _lines(client)
    assert lines[:2] == whole[:2]
    assert len(lines) == 3
    assert whole[2].startswith(lines[2])
    assert len(lines[2]) < len(whole[2])


async def test_odd_frames(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(broken_json=1, binary_frame=2, unknown_message=3))
    talk = await _talk(client)
    assert talk.close_code == 1000
    assert [type(item) for item in talk.odd] == [str, bytes]
    assert talk.messages[2]["type"] == "flush_done"
