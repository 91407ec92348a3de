"""Servers that talk nonsense: never anything but an error of ours, never a wait without end."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Awaitable, Callable
import json
import random
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.elevenlabs_streaming.api import (
    ElevenLabsError,
    OutputFormat,
    SpeechChunk,
    Timeouts,
)
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import (
    Outcome,
    Route,
    Synthesizer,
    TextSource,
    Utterance,
)
from tests.helpers.speaking import TEXT, at, growing, speech_of, utterance, whole
from tests.helpers.wires import hang_up, http_peer, websocket_peer

QUICK = Timeouts(connect=2.0, answer=2.0, first_audio=0.3, audio=0.3)
ROUNDS = 25
# No sample of this stands in the audio by chance.
SOUND = b"\x5a\x5b" * 400


def message(rng: random.Random, audio: bytes = SOUND) -> dict[str, Any]:
    """Return a good message with a few characters of the text."""
    start = rng.randrange(len(TEXT) - 8)
    characters = list(TEXT[start : start + rng.randrange(1, 8)])
    times = [0.01 * at for at in range(len(characters))]
    return {
        "audio": base64.b64encode(audio).decode(),
        "audio_base64": base64.b64encode(audio).decode(),
        "alignment": {
            "chars": characters,
            "charStartTimesMs": [round(time * 1000) for time in times],
            "charDurationsMs": [10] * len(times),
            "characters": characters,
            "character_start_times_seconds": times,
            "character_end_times_seconds": [time + 0.01 for time in times],
        },
        "isFinal": None,
    }


def _truncated(rng: random.Random) -> str:
    text = json.dumps(message(rng))
    return text[: rng.randrange(1, len(text))]


def _with_times(rng: random.Random, value: Any) -> str:
    odd = message(rng)
    for key in list(odd["alignment"]):
        if rng.random() < 0.5:
            odd["alignment"][key] = [value] * rng.choice((0, 1, 5))
    # Spelled as JavaScript's numbers are, which JSON does not know.
    return json.dumps(odd)


ODD: list[Callable[[random.Random], str | bytes]] = [
    _truncated,
    lambda rng: _with_times(rng, float("nan")),
    lambda rng: _with_times(rng, rng.choice((-1, -0.5, -(10**9)))),
    lambda rng: _with_times(rng, rng.choice((1e308, 10**30, 2**63, 86_399.0))),
    lambda rng: _with_times(rng, rng.choice((None, True, "x", [], {}))),
    lambda rng: json.dumps(message(rng) | {"audio": "***", "audio_base64": "A"}),
    lambda rng: json.dumps(message(rng) | {"audio": rng.choice((7, [], {}, True))}),
    lambda rng: json.dumps({"audio": "=" * rng.randrange(9), "isFinal": "true"}),
    lambda rng: "[" * rng.choice((10, 5_000, 200_000)),
    lambda rng: '{"a":' * rng.choice((10, 2_000, 100_000)),
    lambda rng: json.dumps({"k" * rng.choice((1_000, 1_000_000)): "v" * 1_000_000}),
    lambda rng: json.dumps({"audio": "\ud800", "error": rng.choice(("\udfff", ""))}),
    lambda rng: json.dumps(message(rng) | {"alignment": {"chars": ["\ud800"] * 3}}),
    lambda rng: json.dumps(rng.choice((None, 7, [], "text", True))),
    lambda rng: json.dumps({"error": rng.choice((7, [], {}, None, ""))}),
    lambda rng: json.dumps({"detail": rng.choice((None, "")), "audio": None}),
    lambda rng: bytes(rng.randrange(256) for _ in range(rng.randrange(40))),
    lambda rng: b"\xff\xfe" + json.dumps(message(rng)).encode("utf-16"),
    lambda rng: " " * rng.randrange(3),
]
ENDS = ("final", "regular", "fault", "cut", "error", "silent")


async def hear(
    speaker: Synthesizer,
    wanted: Utterance,
    parts: AsyncGenerator[str],
    outcome: Outcome | None = None,
) -> tuple[bytes, ElevenLabsError | None]:
    """Hear a text to its end with captions; anything but our errors fails the test."""
    track, source, heard = CaptionTrack("en"), TextSource(parts, limit=10_000), bytearray()
    error: ElevenLabsError | None = None
    outcome = outcome or Outcome()
    try:
        async with asyncio.timeout(30):
            async for chunk in speech_of(speaker, wanted, source, outcome):
                assert isinstance(chunk, SpeechChunk)
                heard += chunk.audio
                track.add(chunk)
    except ElevenLabsError as err:
        error = err
    finally:
        await source.close()
    track.finish(outcome.seconds, cut=error is not None)
    assert all(word.start <= word.end for word in track.words)
    return bytes(heard), error


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])
async def test_nonsense_among_the_messages_costs_no_audio(
    session: aiohttp.ClientSession, route: Route, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(f"{route} {seed}")  # noqa: S311  # repeatable, not secret
    sent = 0

    async def say(send: Callable[[str | bytes], Awaitable[object]]) -> None:
        nonlocal sent
        for _ in range(rng.randrange(1, 6)):
            data = json.dumps(message(rng)) if rng.random() < 0.5 else rng.choice(ODD)(rng)
            await send(data)
            sent += _sounds(data)

    async def talk_socket(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await say(
            lambda data: (
                socket.send_str(data.encode("utf-8", "replace").decode())
                if isinstance(data, str)
                else socket.send_bytes(data)
            )
        )
        await _end_socket(socket, rng.choice(ENDS))

    async def talk_http(response: web.StreamResponse) -> None:
        await say(lambda data: response.write(_bytes(data) + b"\n"))
        await _end_answer(response, rng.choice(ENDS))

    served = websocket_peer(talk_socket) if route is Route.WEBSOCKET else http_peer(talk_http)
    async with served as url:
        for _ in range(ROUNDS):
            sent = 0
            speaker = at(session, url, timeouts=QUICK, retry=0.0)
            wanted = utterance(route=route, output_format=OutputFormat.parse("pcm_16000"))
            outcome = Outcome()
            heard, error = await hear(speaker, wanted, whole([TEXT]), outcome)
            # What is cut on the way may lose what was written last; all else is heard.
            whole_audio = heard.count(SOUND)
            assert whole_audio <= sent
            assert whole_audio == sent or error or outcome.attempts > 1
    assert not [
        record for record in caplog.records if record.exc_info and "elevenlabs" in record.name
    ]


def _sounds(data: str | bytes) -> bool:
    """Whether a reader that takes what it can hears something."""
    try:
        read = json.loads(data) if isinstance(data, str) else None
    except RecursionError, ValueError:
        return False
    audio = read.get("audio_base64") or read.get("audio") if isinstance(read, dict) else None
    return audio == base64.b64encode(SOUND).decode()


def _bytes(data: str | bytes) -> bytes:
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return raw.replace(b"\n", b" ")


async def _end_socket(socket: web.WebSocketResponse, end: str) -> None:
    if end == "final":
        await socket.send_str('{"isFinal":true}')
    elif end == "regular":
        await socket.close()
    elif end == "fault":
        await socket.close(code=1011, message="é".encode() * 50)
    elif end == "cut":
        assert socket._req
        assert socket._req.transport
        await asyncio.sleep(0.02)
        socket._req.transport.abort()
    elif end == "error":
        await socket.send_str('{"error":"quota_exceeded","code":true,"message":[]}')
    else:
        await asyncio.sleep(0.5)


async def _end_answer(response: web.StreamResponse, end: str) -> None:
    if end == "error":
        await response.write(b'{"detail":{"status":"system_busy","message":7}}\n')
    elif end == "silent":
        await asyncio.sleep(0.5)
    elif end == "cut":
        await hang_up(response)
    elif end == "fault":
        assert response._req
        assert response._req.transport
        # A chunk whose length is none makes aiohttp forget its own limits.
        response._req.transport.write(b"zz\r\n")
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])
async def test_bytes_at_random_after_a_good_beginning(
    session: aiohttp.ClientSession, route: Route
) -> None:
    rng = random.Random(str(route))  # noqa: S311  # repeatable, not secret

    async def talk_socket(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.send_str(json.dumps(message(rng)))
        await asyncio.sleep(0.01)
        await _scribble(socket, rng)

    async def talk_http(response: web.StreamResponse) -> None:
        await response.write(json.dumps(message(rng)).encode() + b"\n")
        await asyncio.sleep(0.01)
        await _scribble(response, rng)

    served = websocket_peer(talk_socket) if route is Route.WEBSOCKET else http_peer(talk_http)
    async with served as url:
        for _ in range(ROUNDS // 2):
            speaker = at(session, url, timeouts=QUICK, retry=0.0)
            heard, _ = await hear(speaker, utterance(route=route), growing())
            assert heard.startswith(SOUND)


async def _scribble(response: web.StreamResponse, rng: random.Random) -> None:
    """Write bytes past all framing, then hang up."""
    assert response._req
    if transport := response._req.transport:
        transport.write(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200))))
        await asyncio.sleep(0.02)
        transport.abort()
