"""The HTTP side: catalogue, parameters, plans, credits, refusals and their bodies."""

import asyncio
import json
from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import Account, Behaviour, Simulator
from tests.helpers.simulator_audio import FLASH, GEORGE, SPEECH, decode, speak_timed

_V3 = "eleven_v3"
type Answer = tuple[int, Any, dict[str, str]]


async def _ask(
    sim: Simulator,
    path: str,
    body: object = None,
    *,
    key: str | None = "sk_demo",
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send one request; a body makes it a POST."""
    sent = {**({"xi-api-key": key} if key else {}), **(headers or {})}
    method = "GET" if body is None else "POST"
    async with (
        ClientSession(sim.url) as client,
        client.request(method, path, json=body, params=query, headers=sent) as answer,
    ):
        data = await answer.read()
        parsed = json.loads(data) if answer.content_type == "application/json" else data
        found = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, parsed, found


def _say(**fields: Any) -> dict[str, Any]:
    return {"text": "Hi there.", "model_id": FLASH, **fields}


def _names(answer: Answer) -> tuple[int, str, str]:
    status, body, _ = answer
    return status, body["detail"].get("code", ""), body["detail"]["status"]


# Catalogue and account


async def test_models(sim: Simulator) -> None:
    _, models, _ = await _ask(sim, "/v1/models")
    by_id = {model["model_id"]: model for model in models}
    assert len(by_id["eleven_flash_v2_5"]["languages"]) == 32
    assert len(by_id["eleven_multilingual_v2"]["languages"]) == 29
    assert len(by_id["eleven_v3"]["languages"]) == 74
    assert len(by_id["eleven_v4"]["languages"]) == 84
    assert by_id["eleven_flash_v2_5"]["model_rates"]["character_cost_multiplier"] == 0.5
    assert by_id["eleven_flash_v2_5"]["maximum_text_length_per_request"] == 40_000
    assert not by_id["eleven_multilingual_sts_v2"]["can_do_text_to_speech"]


async def test_voices_have_the_odd_ones(sim: Simulator) -> None:
    _, answer, _ = await _ask(sim, "/v1/voices", query={"show_legacy": "false"})
    voices = answer["voices"]
    assert any(voice["name"] is None for voice in voices)
    assert any((voice["sharing"] or {}).get("disable_at_unix") for voice in voices)
    assert len({voice["category"] for voice in voices}) >= 5
    assert len(voices) == len({voice["voice_id"] for voice in voices}) > 30


async def test_old_voice_list_has_a_limit(socket_enabled: None) -> None:
    async with Simulator(extra_voices=600) as sim:
        assert (await _ask(sim, "/v1/voices"))[0] == 400
        status, page, _ = await _ask(sim, "/v2/voices", query={"page_size": "100"})
        assert (status, len(page["voices"])) == (200, 112)


async def test_paging(sim: Simulator) -> None:
    found: list[str] = []
    query = {"page_size": "10", "sort": "created_at_unix", "sort_direction": "desc"}
    for _ in range(20):
        _, page, _ = await _ask(sim, "/v2/voices", query=query)
        found += [voice["voice_id"] for voice in page["voices"]]
        if not page["has_more"]:
            break
        assert page["next_page_token"]
        query["next_page_token"] = page["next_page_token"]
    assert len(found) == len(set(found)) == page["total_count"]

    first = (await _ask(sim, "/v2/voices"))[1]["voices"]
    assert len(first) > 10
    sim.behave(Behaviour(defaults_on_first_page=False))
    assert len((await _ask(sim, "/v2/voices"))[1]["voices"]) == 10


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"search": "GEORGE"}, {"George"}),
        ({"category": "famous"}, None),
        ({"voice_type": "workspace"}, {"Office voice"}),
        ({"voice_type": "default", "gender": "neutral"}, {"Ivo"}),
        ({"voice_ids": GEORGE}, {"George"}),
        ({"language": "ar", "page_size": "100", "voice_type": "non-default"}, {"Amira"}),
        ({"search": "kitchen"}, {"Kitchen robot"}),
    ],
)
async def test_search(sim: Simulator, query: dict[str, str], names: set[str] | None) -> None:
    status, page, _ = await _ask(sim, "/v2/voices", query=query)
    if names is None:
        assert status == 422
        return
    assert {voice["name"] for voice in page["voices"]} == names


@pytest.mark.parametrize(
    ("query", "code"),
    [({"page_size": "101"}, "invalid_page_size"), ({"next_page_token": "x"}, "invalid_cursor")],
)
async def test_bad_paging(sim: Simulator, query: dict[str, str], code: str) -> None:
    assert _names(await _ask(sim, "/v2/voices", query=query)) == (400, code, code)


async def test_one_voice(sim: Simulator) -> None:
    _, voice, _ = await _ask(sim, f"/v1/voices/{GEORGE}")
    assert voice["name"] == "George"
    _, settings, _ = await _ask(sim, f"/v1/voices/{GEORGE}/settings")
    assert settings["similarity_boost"] == 0.75
    assert _names(await _ask(sim, "/v1/voices/nobody"))[1] == "voice_not_found"
    assert (await _ask(sim, "/v1/voices/nobody/settings"))[0] == 404


# Keys


@pytest.mark.parametrize(
    ("key", "path", "expected"),
    [
        (None, "/v1/models", (401, "missing_api_key", "needs_authorization")),
        ("sk_wrong", "/v1/models", (401, "invalid_api_key", "invalid_api_key")),
        ("key_id_of_demo", "/v1/user", (401, "invalid_api_key", "api_key_id_used_as_api_key")),
        ("sk_eu", "/v1/models", (401, "invalid_api_key", "invalid_api_key")),
        ("sk_no_voices", "/v2/voices", (401, "unauthorized", "missing_permissions")),
        ("sk_tts_only", "/v1/user/subscription", (401, "unauthorized", "missing_permissions")),
    ],
)
async def test_keys(
    sim: Simulator, key: str | None, path: str, expected: tuple[int, str, str]
) -> None:
    assert _names(await _ask(sim, path, key=key)) == expected


async def test_key_of_another_region(socket_enabled: None) -> None:
    async with Simulator(region="eu") as sim:
        assert (await _ask(sim, "/v1/models", key="sk_eu"))[0] == 200
        assert (await _ask(sim, "/v1/models", key="sk_demo"))[0] == 401


async def test_bearer_token(sim: Simulator) -> None:
    headers = {"Authorization": "Bearer bearer_of_demo"}
    assert (await _ask(sim, "/v1/models", key=None, headers=headers))[0] == 200
    assert sim.journal.last_request().headers["Authorization"] == "***"


# Parameters


@pytest.mark.parametrize(
    ("query", "fields", "expected"),
    [
        ({"enable_logging": "True"}, {}, 422),
        ({"enable_logging": "1"}, {}, 422),
        ({"enable_logging": "true"}, {}, 200),
        ({"optimize_streaming_latency": "5"}, {}, 422),
        ({"optimize_streaming_latency": "4"}, {}, 200),
        ({}, {"text": 7}, 422),
        ({}, {"seed": -1}, 422),
        ({}, {"seed": 4294967296}, 422),
        ({}, {"seed": 4294967295}, 200),
        ({}, {"seed": True}, 422),
        ({}, {"previous_request_ids": ["a", "b", "c", "d"]}, 422),
        ({}, {"voice_settings": {"stability": "0.5"}}, 422),
        ({}, {"voice_settings": {"use_speaker_boost": 1}}, 422),
        ({}, {"voice_settings": {"style": None}}, 200),
        ({}, {"apply_text_normalization": "maybe"}, 422),
        ({}, {"pronunciation_dictionary_locators": [{"version_id": "x"}]}, 422),
        ({}, {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "x"}]}, 404),
    ],
)
async def test_parameters_are_checked(
    sim: Simulator, query: dict[str, str], fields: dict[str, Any], expected: int
) -> None:
    status, body, _ = await _ask(sim, f"{SPEECH}/stream", _say(**fields), query=query)
    assert status == expected
    if status == 422:
        assert set(body["detail"][0]) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    ("path", "fields", "query", "expected"),
    [
        (SPEECH, {"text": "  "}, {}, (400, "empty_text")),
        (SPEECH, {"voice_settings": {"speed": 2}}, {}, (400, "invalid_voice_settings")),
        (SPEECH, {"voice_settings": {"stability": 1.1}}, {}, (400, "invalid_voice_settings")),
        (SPEECH, {"model_id": "eleven_v9"}, {}, (400, "model_not_found")),
        (SPEECH, {"model_id": "eleven_multilingual_sts_v2"}, {}, (400, "unsupported_model")),
        ("/v1/text-to-speech/nobody", {}, {}, (404, "voice_not_found")),
        (SPEECH, {}, {"output_format": "mp3_44100"}, (400, "invalid_output_format")),
        (SPEECH, {}, {"output_format": "pcm_44100"}, (403, "subscription_required")),
        (SPEECH, {}, {"enable_logging": "false"}, (403, "subscription_required")),
        (SPEECH, {"model_id": _V3, "previous_text": "So."}, {}, (400, "unsupported_model")),
        (SPEECH, {"model_id": _V3, "next_request_ids": ["a"]}, {}, (400, "unsupported_model")),
        (SPEECH, {"previous_request_ids": ["unknown"]}, {}, (400, "invalid_parameters")),
    ],
)
async def test_refusals(
    sim: Simulator,
    path: str,
    fields: dict[str, Any],
    query: dict[str, str],
    expected: tuple[int, str],
) -> None:
    status, body, _ = await _ask(sim, path, _say(**fields), query=query)
    assert (status, body["detail"]["code"]) == expected
    assert body["detail"]["request_id"]
    assert not sim.journal.generations


async def test_text_too_long(sim: Simulator) -> None:
    answer = await _ask(sim, SPEECH, _say(text="a " * 2501, model_id=_V3))
    assert _names(answer) == (400, "text_too_long", "max_character_limit_exceeded")


async def test_body_that_is_no_json(client: ClientSession) -> None:
    async with client.post(SPEECH, data=b"{") as answer:
        assert answer.status == 422
    async with client.post(SPEECH, json=[]) as answer:
        assert answer.status == 422


@pytest.mark.parametrize(
    ("key", "query", "voice", "expected"),
    [
        ("sk_pro", {"output_format": "pcm_44100"}, GEORGE, 200),
        ("sk_starter", {"output_format": "mp3_44100_192"}, GEORGE, 403),
        ("sk_demo", {"output_format": "mp3_44100_192"}, GEORGE, 200),
        ("sk_enterprise", {"enable_logging": "false"}, GEORGE, 200),
        ("sk_read_only", {}, GEORGE, 401),
        ("sk_tts_only", {}, GEORGE, 200),
        ("sk_unusual", {}, GEORGE, 401),
    ],
)
async def test_plans(
    sim: Simulator, key: str, query: dict[str, str], voice: str, expected: int
) -> None:
    answer = await _ask(sim, f"/v1/text-to-speech/{voice}", _say(), key=key, query=query)
    assert answer[0] == expected


async def test_library_voice_on_the_free_plan(sim: Simulator) -> None:
    _, page, _ = await _ask(sim, "/v2/voices", query={"voice_type": "community"})
    path = f"/v1/text-to-speech/{page['voices'][0]['voice_id']}"
    assert _names(await _ask(sim, path, _say(), key="sk_free"))[:2] == (402, "paid_plan_required")
    assert (await _ask(sim, path, _say()))[0] == 200


# Switches for what is not confirmed


@pytest.mark.parametrize(
    ("switch", "fields", "expected"),
    [
        ({"model_not_found": 404}, {"model_id": "x"}, 404),
        ({"v4_over_http": "refuse"}, {"model_id": "eleven_v4"}, 400),
        ({}, {"model_id": "eleven_v4_turbo"}, 200),
        ({"v4_stitching": "accept"}, {"model_id": "eleven_v4", "previous_text": "So."}, 200),
        ({"unknown_request_ids": "ignore"}, {"previous_request_ids": ["x"]}, 200),
        ({"wide_speed": True}, {"voice_settings": {"speed": 2}}, 200),
        ({"language_code": "error"}, {"language_code": "sw"}, 400),
        ({"language_code": "error"}, {"language_code": "de", "model_id": "eleven_flash_v2"}, 400),
        ({"language_code": "error"}, {"language_code": "de"}, 200),
        ({}, {"language_code": "sw"}, 200),
    ],
)
async def test_http_switches(
    sim: Simulator, switch: dict[str, Any], fields: dict[str, Any], expected: int
) -> None:
    sim.behave(Behaviour.from_json(switch))
    assert (await _ask(sim, SPEECH, _say(**fields)))[0] == expected


async def test_error_bodies_of_three_generations(sim: Simulator) -> None:
    path = "/v1/voices/nobody"
    _, current, _ = await _ask(sim, path)
    assert set(current["detail"]) == {"type", "code", "message", "status", "request_id"}
    _, legacy, _ = await _ask(sim, path, key="sk_legacy")
    assert set(legacy["detail"]) == {"status", "message"}
    sim.behave(Behaviour(error_body="text", voice_not_found=400))
    status, text, _ = await _ask(sim, path)
    assert status == 400
    assert isinstance(text["detail"], str)


# Credits, headers, stitching


async def test_credits_run_down(sim: Simulator) -> None:
    text = "Sixty characters are a sentence that is about this long, ok?"
    assert len(text) == 60
    _, _, headers = await _ask(sim, SPEECH, _say(text=text), key="sk_low")
    assert headers["character-cost"] == "30"
    _, _, headers = await _ask(sim, SPEECH, {"text": text[:30]}, key="sk_low")
    assert headers["character-cost"] == "30"
    _, account, _ = await _ask(sim, "/v1/user/subscription", key="sk_low")
    assert account["character_count"] == account["character_limit"] == 100_000
    status, body, _ = await _ask(sim, SPEECH, _say(text="Hi."), key="sk_low")
    assert (status, body["detail"]["status"]) == (401, "quota_exceeded")
    assert body["detail"]["message"] == (
        "This request exceeds your quota of 100000. You have 0 credits remaining, while 2 "
        "credits are required for this request."
    )
    assert sim.journal.credits == 60
    sim.behave(Behaviour(quota_status=402))
    assert _names(await _ask(sim, SPEECH, _say(), key="sk_low"))[:2] == (
        402,
        "insufficient_credits",
    )


async def test_headers(sim: Simulator) -> None:
    sim.behave(Behaviour(cost_header="both", history_header=True))
    _, audio, headers = await _ask(sim, f"{SPEECH}/stream", _say())
    assert headers["content-type"] == "audio/mpeg"
    assert headers["transfer-encoding"] == "chunked"
    assert headers["character-cost"] == headers["x-character-count"] == "5"
    assert headers["maximum-concurrent-requests"] == "10"
    assert headers["current-concurrent-requests"] == "1"
    assert {"request-id", "x-trace-id", "x-region", "history-item-id"} <= set(headers)
    assert decode(audio, "mp3_44100_128")[1] == 44100
    assert "x-trace-id" in (await _ask(sim, "/v1/models", key=None))[2]


async def test_request_ids_are_valid_after_the_body(sim: Simulator) -> None:
    _, _, headers = await _ask(sim, f"{SPEECH}/stream", _say())
    ids = [headers["request-id"]]
    assert (await _ask(sim, SPEECH, _say(previous_request_ids=ids)))[0] == 200
    sim.request_history.times[ids[0]] -= 7201
    assert (await _ask(sim, SPEECH, _say(previous_request_ids=ids)))[0] == 400


async def test_whole_and_streamed_timestamps_agree(sim: Simulator, client: ClientSession) -> None:
    text = "Hello there. This takes 10 min. And this is the end of it."
    query = {"output_format": "pcm_24000"}
    path = f"{SPEECH}/with-timestamps"
    _, whole, _ = await _ask(sim, path, _say(text=text), query=query)
    timed = await speak_timed(client, text)
    assert whole["alignment"]["characters"] == timed.chars
    assert whole["alignment"]["character_start_times_seconds"] == timed.starts
    assert "".join(whole["normalized_alignment"]["characters"]) == timed.spoken


async def test_lines(sim: Simulator, client: ClientSession) -> None:
    async with client.post(
        f"{SPEECH}/stream/with-timestamps",
        params={"output_format": "pcm_8000"},
        json=_say(text="One two three four five six seven eight nine ten."),
    ) as answer:
        assert answer.content_type == "application/json"
        lines = (await answer.read()).split(b"\n")
    assert b"" in lines[:-1]
    assert len([line for line in lines if line]) > 5


# Concurrency


async def test_audio_without_characters_has_no_alignment(client: ClientSession) -> None:
    timed = await speak_timed(client, 'Wait. <break time="2s" /> Now.')
    found = [message["alignment"] for message in timed.messages]
    assert None in found
    assert all(alignment is None or alignment["characters"] for alignment in found)


async def test_concurrency_limit(sim: Simulator) -> None:
    sim.accounts.add_account(
        Account(key="sk_one", concurrency=1, behaviour=Behaviour(inference_delay=30, queue_ms=20))
    )
    first = asyncio.create_task(_ask(sim, SPEECH, _say(), key="sk_one"))
    await sim.journal.until(lambda journal: journal.running == 1)
    answer = await _ask(sim, SPEECH, _say(), key="sk_one")
    assert _names(answer) == (429, "concurrent_limit_exceeded", "too_many_concurrent_requests")
    assert "maximum of 1 concurrent" in answer[1]["detail"]["message"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await sim.journal.until(lambda journal: journal.aborted == 1)


async def test_short_queue(sim: Simulator) -> None:
    sim.accounts.add_account(
        Account(key="sk_one", concurrency=1, behaviour=Behaviour(queue_ms=20_000))
    )
    answers = await asyncio.gather(*(_ask(sim, SPEECH, _say(), key="sk_one") for _ in range(6)))
    assert [status for status, _, _ in answers] == [200] * 6


async def test_hundred_streams_at_once(sim: Simulator) -> None:
    answers = await asyncio.gather(
        *(_ask(sim, f"{SPEECH}/stream", _say(), key="sk_enterprise") for _ in range(100))
    )
    assert {status for status, _, _ in answers} == {200}
    assert len({bytes(body) for _, body, _ in answers}) == 1


async def test_leaving_aborts_the_generation(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(generation_speed=0.5))
    answer = await client.post(f"{SPEECH}/stream", json=_say(text="A long text. " * 200))
    await answer.content.readany()
    answer.close()
    await sim.journal.until(lambda journal: journal.aborted == 1)
    assert sim.journal.generations[-1].chunks < 20
    assert sim.journal.running == 0


async def test_pace_is_the_models(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(inference_delay=0.2, generation_speed=10))
    loop = asyncio.get_running_loop()
    start = loop.time()
    timed = await speak_timed(client, "Hello there, my dear friend.")
    assert loop.time() - start >= 0.2 + timed.ends[-1] / 10 - 0.02
