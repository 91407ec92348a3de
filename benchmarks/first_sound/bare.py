"""The limit: a client of a few lines, whose connection is there before the text."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import time

import aiohttp
import orjson

from benchmarks.first_sound.cases import (
    MODEL,
    THINKING_S,
    VOICE,
    Measured,
    Reply,
    written,
)
from benchmarks.first_sound.listening import Heard, Received, hear, heard_of, pcm_parts
from harness.speech_service import SIMULATOR_KEY

HEADERS = {"xi-api-key": SIMULATOR_KEY}
# FLAC is not in ElevenLabs' list; who needs it takes samples of its rate.
FORMATS = {"mp3": "mp3_44100_128", "wav": "pcm_16000", "flac": "pcm_48000"}
RATES = {"wav": 16000, "flac": 48000}
SCHEDULE = {"chunk_length_schedule": [50, 120, 160, 250]}
LONG = 3600


class BareClient:
    """Speaks to the service with nothing between."""

    def __init__(
        self, sockets: aiohttp.ClientSession, requests: aiohttp.ClientSession, address: str
    ) -> None:
        """Keep them apart: a socket takes a kept connection away from the requests."""
        self._sockets = sockets
        self._requests = requests
        self._speech = f"{address}/v1/text-to-speech/{VOICE}"

    async def reply(self, reply: Reply) -> Measured:
        """Speak an answer while it is written, over a socket that was opened before."""
        query = {
            "model_id": MODEL,
            "output_format": FORMATS[reply.format],
            "language_code": "en",
            "sync_alignment": "true",
        }
        moments: dict[str, float] = {}
        async with self._sockets.ws_connect(
            f"{self._speech}/stream-input", params=query, headers=HEADERS, max_msg_size=0
        ) as socket:
            await socket.send_json({"text": " ", "generation_config": SCHEDULE})
            await asyncio.sleep(THINKING_S)
            writing = asyncio.create_task(_write(socket, reply, moments))
            try:
                received = await _listen(socket)
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
        return Measured(moments["60 characters"], _heard(received, reply.format), moments)

    async def announce(self, text: str) -> Measured:
        """Speak a whole text over a connection that is kept."""
        received = Received()
        begun = time.monotonic()
        async with self._requests.post(
            f"{self._speech}/stream/with-timestamps",
            params={"output_format": FORMATS["mp3"]},
            headers=HEADERS,
            json={"text": text, "model_id": MODEL, "language_code": "en"},
        ) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.strip():
                    audio = b64decode(orjson.loads(line)["audio_base64"])
                    received.add(time.monotonic(), audio)
        return Measured(begun, hear(received))


@asynccontextmanager
async def bare_client(address: str) -> AsyncIterator[BareClient]:
    """Make a client whose connections are kept."""
    connector = aiohttp.TCPConnector(keepalive_timeout=LONG)
    async with (
        aiohttp.ClientSession() as sockets,
        aiohttp.ClientSession(connector=connector) as requests,
    ):
        yield BareClient(sockets, requests, address)


async def _write(
    socket: aiohttp.ClientWebSocketResponse, reply: Reply, moments: dict[str, float]
) -> None:
    """Send whole words; the service puts together what it gets as it is."""
    held = ""
    async for piece in written(reply, moments):
        held += piece
        cut = held.rfind(" ") + 1
        if cut:
            await socket.send_str(orjson.dumps({"text": held[:cut]}).decode())
            held = held[cut:]
    await socket.send_json({"text": f"{held} "})
    await socket.send_json({"text": ""})


async def _listen(socket: aiohttp.ClientWebSocketResponse) -> Received:
    received = Received()
    async for frame in socket:
        message = orjson.loads(frame.data)
        if audio := message.get("audio"):
            received.add(time.monotonic(), b64decode(audio))
        if message.get("isFinal"):
            break
    return received


def _heard(received: Received, wanted: str) -> Heard:
    if rate := RATES.get(wanted):
        return heard_of(list(pcm_parts(received, rate)), last=received.pieces[-1][0])
    return hear(received)
