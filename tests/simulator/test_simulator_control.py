"""The control endpoint, the journal, the values behind them, and the command line."""

import asyncio
import json
import os
from pathlib import Path
import ssl
import sys
import threading
from typing import Any

from aiohttp import (
    ClientConnectorCertificateError,
    ClientSession,
    ClientTimeout,
    TCPConnector,
)
import pytest

from simulator import Account, Behaviour, BehaviourError, Simulator
from simulator.behaviour import describe_switches
from tests.helpers.simulator_audio import FLASH, GEORGE, SPEECH, converse

_ROOT = Path(__file__).parents[2]
_BODY = {"text": "Hello there.", "model_id": FLASH}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"drop": 1}, "unknown switch: drop"),
        ({"drop_after": -1}, "drop_after must be at least 0, not -1"),
        ({"drop_after": "3"}, "drop_after must be int or null, not '3'"),
        ({"quota": 1}, "quota must be bool, not 1"),
        ({"chunk_ms": True}, "chunk_ms must be int, not True"),
        ({"ws_clock": "wall"}, "ws_clock must be 'message' or 'generation' or 'cumulative'"),
        ({"quota_status": 400}, "quota_status must be 401 or 402, not 400"),
        ([1], "behaviour must be an object, not list"),
    ],
)
async def test_wrong_switches_are_explained(
    client: ClientSession, data: object, message: str
) -> None:
    with pytest.raises(BehaviourError) as error:
        Behaviour.from_json(data)
    assert message in str(error.value)
    if isinstance(data, dict):
        async with client.post("/_control/behaviour", json=data) as answer:
            assert (answer.status, message in (await answer.json())["error"]) == (400, True)


def test_behaviour_travels_as_json() -> None:
    behaviour = Behaviour(drop_after=3, drift=1.5, ws_clock="cumulative", inference_delay=1)
    assert Behaviour.from_json(json.loads(json.dumps(behaviour.to_json()))) == behaviour
    assert behaviour.changed_switches() == {
        "drop_after": 3,
        "drift": 1.5,
        "ws_clock": "cumulative",
        "inference_delay": 1,
    }


def test_readme_lists_every_switch() -> None:
    text = (_ROOT / "simulator" / "README.md").read_text(encoding="utf-8")
    for switch in describe_switches():
        assert f"| `{switch['name']}` |" in text, switch["name"]
        assert switch["help"] in text, switch["name"]


async def test_switches_by_control_endpoint(sim: Simulator, client: ClientSession) -> None:
    async def statuses() -> list[int]:
        found = []
        for key in ("sk_demo", "sk_pro"):
            async with client.post(SPEECH, json=_BODY, headers={"xi-api-key": key}) as answer:
                found.append(answer.status)
        return found

    async with client.post(
        "/_control/behaviour", json={"api_key": "sk_pro", "fail_status": 500}
    ) as answer:
        assert await answer.json() == {"fail_status": 500}
    assert await statuses() == [200, 500]
    await client.post("/_control/behaviour", json={"quota": True})
    assert await statuses() == [401, 500]
    async with client.get("/_control/behaviour", params={"api_key": "sk_pro"}) as answer:
        assert (await answer.json())["fail_status"] == 500
    await client.delete("/_control/behaviour", params={"api_key": "sk_pro"})
    assert await statuses() == [401, 401]
    await client.delete("/_control/behaviour")
    assert await statuses() == [200, 200]
    async with client.post("/_control/behaviour", json={"api_key": "sk_nobody"}) as answer:
        assert answer.status == 400
    async with client.post("/_control/behaviour", data=b"?") as answer:
        assert answer.status == 400


async def test_idle_connections_end_as_time_passes(sim: Simulator, client: ClientSession) -> None:
    async def ask(path: str) -> int:
        async with client.get(path, headers={"xi-api-key": "sk_demo"}):
            return sim.journal.last_request(path).connection

    async def pass_time(seconds: object) -> int:
        async with (
            ClientSession(sim.url, timeout=ClientTimeout()) as other,
            other.post("/_control/time", json={"seconds": seconds}) as answer,
        ):
            return answer.status

    first = await ask("/v1/models")
    assert await ask("/v1/user") == first
    assert await pass_time(600) == 200
    assert await ask("/v1/models") == first
    assert await pass_time(620) == 200
    await asyncio.sleep(0.05)
    assert await ask("/v1/models") != first
    assert await pass_time("600") == 400


async def test_accounts_by_control_endpoint(client: ClientSession) -> None:
    account = {
        "key": "sk_new",
        "tier": "pro",
        "scopes": ["text_to_speech"],
        "credits_limit": 10,
        "behaviour": {"error_body": "legacy"},
    }
    async with client.post("/_control/accounts", json=account) as answer:
        assert (await answer.json())["behaviour"] == {"error_body": "legacy"}
    async with client.post(SPEECH, json=_BODY, headers={"xi-api-key": "sk_new"}) as answer:
        assert answer.status == 200
    async with client.get("/_control/accounts") as answer:
        found = {item["key"]: item for item in await answer.json()}
    assert found["sk_new"]["credits_used"] == 6
    for wrong in ({"tier": "pro"}, {"key": "a", "plan": "pro"}):
        async with client.post("/_control/accounts", json=wrong) as answer:
            assert answer.status == 400


async def test_accounts_in_process(socket_enabled: None) -> None:
    account = Account(key="sk_mine", tier="pro", credits_limit=100, behaviour=Behaviour(quota=True))
    async with (
        Simulator(accounts=[account]) as sim,
        ClientSession(sim.url, headers={"xi-api-key": "sk_mine"}) as client,
    ):
        async with client.post(SPEECH, json=_BODY) as answer:
            assert answer.status == 401
        sim.account_state("sk_mine").behave(None)
        async with client.post(SPEECH, json=_BODY) as answer:
            assert answer.status == 200
        assert sim.account_state("sk_mine").credits_used == 6
        with pytest.raises(KeyError):
            sim.account_state("sk_nobody")


async def test_journal(sim: Simulator, client: ClientSession) -> None:
    body = {**_BODY, "voice_settings": {"stability": 0.2, "warmth": 1}, "pitch": 3}
    async with client.post(SPEECH, json=body, params={"x": "1"}) as answer:
        await answer.read()
    request = sim.journal.last_request("text-to-speech")
    assert (request.method, request.status, request.body) == ("POST", 200, body)
    assert (request.account, request.key_in) == ("workspace_demo", "header")
    assert sorted(request.unknown) == ["pitch", "voice_settings.warmth", "x"]
    assert request.headers["xi-api-key"] == "***"

    late = {"text": "Hi. ", "pronunciation_dictionary_locators": [], "foo": 1}
    await converse(client, {"text": " "}, late, bar="1")
    socket = sim.journal.sockets[-1]
    assert socket.texts == [" ", "Hi. ", ""]
    assert sorted(socket.messages[1].unknown) == ["foo", "late pronunciation_dictionary_locators"]
    assert socket.messages[0].at <= socket.messages[1].at <= socket.messages[2].at
    assert sim.journal.last_request("stream-input").unknown == ["bar"]

    generations = list(sim.journal.generations)
    assert [item.route for item in generations] == ["http", "websocket"]
    assert {item.state for item in generations} == {"finished"}
    assert (sim.journal.characters, sim.journal.credits) == (16, 8)
    assert generations[0].settings == {"stability": 0.2}

    async with client.get("/_control/journal") as answer:
        found: dict[str, Any] = await answer.json()
    assert found["generations"][0]["text"] == "Hello there."
    assert found["sockets"][0]["messages"][1]["data"]["text"] == "Hi. "
    await client.delete("/_control/journal")
    assert not sim.journal.requests
    assert not sim.journal.sockets


async def test_closing_ends_everything(socket_enabled: None) -> None:
    before = asyncio.all_tasks()
    sim = Simulator(behaviour=Behaviour(generation_speed=0.1))
    await sim.start()
    path = f"/v1/text-to-speech/{GEORGE}/stream-input"
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_demo"}) as client:
        socket = await client.ws_connect(path, params={"model_id": FLASH})
        await socket.send_json({"text": " "})
        await socket.send_json({"text": "A long text. " * 50, "flush": True})
        request = asyncio.create_task(client.post(f"{SPEECH}/stream", json=_BODY))
        await sim.journal.until(lambda journal: journal.running == 2)
        await sim.stop()
        await asyncio.gather(request, return_exceptions=True)
        await socket.close()
    assert sim.journal.running == 0
    assert sim.journal.open_sockets == 0
    assert not any(t.name.startswith("simulator-speech") for t in threading.enumerate())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_start_again_on_the_same_port(socket_enabled: None) -> None:
    sim = Simulator()
    await sim.start()
    url = sim.url
    await sim.stop()
    await sim.start()
    assert sim.url == url
    async with (
        ClientSession(url, headers={"xi-api-key": "sk_demo"}) as client,
        client.post(SPEECH, json=_BODY) as answer,
    ):
        assert answer.status == 200
    other = Simulator(port=sim.port)
    with pytest.raises(OSError, match="address"):
        await other.start()
    await sim.stop()


async def _run(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        *arguments,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_command_line(socket_enabled: None) -> None:
    process = await _run("--port", "0", "--speed", "0", "--behaviour", '{"lead": "none"}')
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
    async with ClientSession(url, headers={"xi-api-key": "sk_demo"}) as client:
        async with client.post(f"{SPEECH}/with-timestamps", json=_BODY) as answer:
            data = await answer.json()
        async with client.get("/_control/behaviour") as answer:
            behaviour = await answer.json()
    assert data["normalized_alignment"]["characters"][0] == "H"
    assert (behaviour["inference_delay"], behaviour["generation_speed"]) == (0.075, 0)
    process.terminate()
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_command_line_with_tls(socket_enabled: None) -> None:
    """Who trusts the printed certificate speaks to it, and the file is gone at the end."""
    process = await _run("--port", "0", "--speed", "0", "--delay", "0", "--tls")
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    url = next(word for word in line.split() if word.startswith("https://127.0.0.1:"))
    path = Path(line.rstrip(")\n").split("certificate: ")[1])
    trust = ssl.create_default_context(cafile=path)
    async with ClientSession(
        url, headers={"xi-api-key": "sk_demo"}, connector=TCPConnector(ssl=trust)
    ) as client:
        talk = await converse(client, {"text": " "}, {"text": "Hello. "})
        async with client.get("/v1/user") as answer:
            assert answer.status == 200
    assert (talk.close_code, talk.chars()) == (1000, "Hello. ")
    async with ClientSession(url) as stranger:
        with pytest.raises(ClientConnectorCertificateError):
            await stranger.get("/v1/models")
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
    with pytest.raises(FileNotFoundError):
        ssl.create_default_context(cafile=path)


@pytest.mark.parametrize("behaviour", ['{"no": 1}', "{", "/no/such/file"])
async def test_command_line_mistakes(behaviour: str) -> None:
    process = await _run("--port", "0", "--behaviour", behaviour)
    out, err = await process.communicate()
    assert process.returncode == 1
    assert out == b""
    assert err.startswith(b"simulator: ")
    assert b"Traceback" not in err
