"""The official Python SDK, unmodified, finds in the simulator what it expects."""

import asyncio
import base64
import json
from pathlib import Path
import sys
from typing import Any

import pytest

from simulator import Simulator
from tests.helpers.simulator_audio import GEORGE, SARAH, Timed, decode, energy

_SCRIPT = Path(__file__).parents[1] / "helpers" / "sdk_client.py"
_TEXT = "The laundry is done. It took 10 min."


async def _sdk(sim: Simulator, *tasks: str, key: str = "sk_demo", trust: Path | None = None) -> Any:
    """Run tasks of the SDK in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_SCRIPT),
        sim.url,
        key,
        *tasks,
        env={"SSL_CERT_FILE": str(trust)} if trust else {},
        cwd=_SCRIPT.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_pronunciation_dictionaries(sim: Simulator) -> None:
    found = (await _sdk(sim, "dictionaries"))["dictionaries"]
    assert found == {
        "names": ["Smart home", "Rooms", "Nothing yet", "Last year's", "Family"],
        "archived": ["dict_archived"],
        "kinds": ["GetPronunciationDictionaryMetadataResponse"],
    }


async def test_models_voices_and_account(sim: Simulator) -> None:
    found = await _sdk(sim, "models", "voices", "account")

    models = {model["id"]: model for model in found["models"]}
    assert models["eleven_flash_v2_5"]["speaks"]
    assert not models["eleven_multilingual_sts_v2"]["speaks"]
    assert {model["kind"] for model in found["models"]} == {"Model"}

    voices = found["voices"]
    assert voices["pages"] > 2
    assert len(voices["ids"]) == len(set(voices["ids"])) == voices["total"]
    assert voices["george"] == [GEORGE]
    assert voices["language"] == "en-GB"
    assert voices["settings"] == 0.5

    assert found["account"] == {
        "tier": "creator",
        "used": 17231,
        "limit": 100000,
        "status": "active",
        "overage": "0",
        "workspace": "workspace_demo",
    }


async def test_speech_over_http(sim: Simulator) -> None:
    tasks = ("whole", "stream", "stream_with_timestamps", "convert_with_timestamps")
    found = await _sdk(sim, *tasks)

    for task, output_format in (("whole", "mp3_44100_128"), ("stream", "mp3_22050_32")):
        sound, rate = decode(base64.b64decode(found[task]), output_format)
        assert 2 < len(sound) / rate < 5
        assert energy(sound, rate, 0.0, 1.0) > 0.01

    timed = Timed()
    for chunk in found["stream_with_timestamps"]:
        timed.add({**chunk, "audio_base64": chunk["audio_base_64"]})
    assert timed.text == _TEXT
    assert "ten minutes" in timed.spoken
    assert timed.starts == sorted(timed.starts)
    assert timed.ends[-1] == pytest.approx(len(timed.audio) / 2 / 16000, abs=0.01)

    whole = found["convert_with_timestamps"]
    assert "".join(whole["alignment"]["characters"]) == _TEXT
    assert len(whole["alignment"]["character_end_times_seconds"]) == len(_TEXT)


async def test_dialogue_over_http(sim: Simulator) -> None:
    """The SDK has no method for the WebSockets of dialogue."""
    tasks = ("dialogue", "dialogue_stream")
    timed_tasks = ("dialogue_with_timestamps", "dialogue_stream_with_timestamps")
    found = await _sdk(sim, *tasks, *timed_tasks)

    formats = ("mp3_44100_128", "mp3_22050_32")
    for task, output_format in zip(tasks, formats, strict=True):
        sound, rate = decode(base64.b64decode(found[task]), output_format)
        assert 2 < len(sound) / rate < 5
        assert energy(sound, rate, 0.0, 1.0) > 0.01

    timed = Timed()
    for chunk in found["dialogue_stream_with_timestamps"]:
        timed.add({**chunk, "audio_base64": chunk["audio_base_64"]})
    assert timed.text == _TEXT
    assert timed.starts == sorted(timed.starts)

    whole = found["dialogue_with_timestamps"]
    assert "".join(whole["alignment"]["characters"]) == _TEXT
    assert [item["voice_id"] for item in whole["voice_segments"]] == [GEORGE, SARAH]
    assert all(request.unknown == [] for request in sim.journal.requests)


async def test_parameters_of_the_sdk_arrive(sim: Simulator) -> None:
    await _sdk(sim, "stream")

    request = sim.journal.last_request("/stream")
    assert request.query == {"output_format": "mp3_22050_32"}
    assert request.body["seed"] == 7
    assert request.body["voice_settings"] == {"stability": 0.4, "speed": 1.1}
    assert request.unknown == []


async def test_realtime_text(tls_sim: Simulator, certificate: Path) -> None:
    found = await _sdk(tls_sim, "realtime", trust=certificate)

    sound, rate = decode(base64.b64decode(found["realtime"]), "mp3_44100_128")
    assert 3 < len(sound) / rate < 6
    socket = tls_sim.journal.sockets[-1]
    assert socket.close_code == 1000
    first = socket.messages[0].data
    assert first["generation_config"] == {"chunk_length_schedule": [50]}
    assert first["voice_settings"]["similarity_boost"] == 0.8
    sent = "".join(socket.texts[1:]).split()
    assert " ".join(sent) == "Hello there, my friend. The laundry is done, and dinner is ready."
    assert len(tls_sim.journal.generations) == 2


async def test_errors_are_the_sdks_own(tls_sim: Simulator, certificate: Path) -> None:
    found = (await _sdk(tls_sim, "errors", trust=certificate))["errors"]

    kinds = {name: (error["kind"], error["status"]) for name, error in found.items()}
    assert kinds == {
        "voice": ("ApiError", 404),
        "model": ("ApiError", 400),
        "settings_type": ("UnprocessableEntityError", 422),
        "format": ("ApiError", 403),
        "realtime_voice": ("ApiError", 1008),
    }
    assert found["voice"]["body"]["detail"]["status"] == "voice_not_found"
    assert found["format"]["body"]["detail"]["status"] == "output_format_not_allowed"
    assert found["settings_type"]["body"]["detail"][0]["loc"] == [
        "body",
        "voice_settings",
        "stability",
    ]


async def test_wrong_key(tls_sim: Simulator, certificate: Path) -> None:
    found = (await _sdk(tls_sim, "key_error", key="sk_wrong", trust=certificate))["key_error"]

    assert {found["models"]["status"], found["speech"]["status"]} == {401}
    assert found["speech"]["body"]["detail"]["code"] == "invalid_api_key"
    assert found["realtime"]["status"] == 1008
