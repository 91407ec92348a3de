"""The limit: a client of a few lines, whose connection is there before the text."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
import time

import aiohttp
import orjson

from benchmarks.first_sound.cases import (
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
DIALOGUE_MODELS = ("eleven_v3", "eleven_v4")


class SpeechMessages:
    """What the WebSocket of Text to Speech is sent."""

    first: Mapping[str, object] = {"text": " ", "generation_config": SCHEDULE}
    end: Mapping[str, object] = {"text": ""}

    def text(self, text: str) -> dict[str, object]:
        """Return the message with a piece of text."""
        return {"text": text}


class DialogueMessages:
    """What the WebSocket of Text to Dialogue is sent."""

    first: Mapping[str, object] = {"voices": [VOICE]}
    end: Mapping[str, object] = {"close_socket": True}

    def text(self, text: str) -> dict[str, object]:
        """Return the message with a piece of text, which is flushed at the end of a sentence."""
        flush = text.rstrip().endswith((".", "!", "?"))
        return {"inputs": [{"text": text, "voice_id": VOICE}], "flush": flush}


class BareClient:
    """Speaks to the service with nothing between."""

    def __init__(
        self,
        sockets: aiohttp.ClientSession,
        requests: aiohttp.ClientSession,
        address: str,
        model: str,
    ) -> None:
        """Keep them apart: a socket takes a kept connection away from the requests."""
        self._sockets = sockets
        self._requests = requests
        self._speech = f"{address}/v1/text-to-speech/{VOICE}"
        self._dialogue = f"{address}/v1/text-to-dialogue/stream-input"
        self._model = model

    async def reply(self, reply: Reply) -> Measured:
        """Speak an answer while it is written, over a socket that was opened before."""
        query = {
            "model_id": self._model,
            "output_format": FORMATS[reply.format],
            "language_code": "en",
            "sync_alignment": "true",
        }
        is_dialogue = self._model.startswith(DIALOGUE_MODELS)
        url = self._dialogue if is_dialogue else f"{self._speech}/stream-input"
        messages = DialogueMessages() if is_dialogue else SpeechMessages()
        moments: dict[str, float] = {}
        async with self._sockets.ws_connect(
            url, params=query, headers=HEADERS, max_msg_size=0
        ) as socket:
            await socket.send_json(messages.first)
            await asyncio.sleep(THINKING_S)
            writing = asyncio.create_task(_write(socket, messages, reply, moments))
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
            json={"text": text, "model_id": self._model, "language_code": "en"},
        ) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.strip():
                    audio = b64decode(orjson.loads(line)["audio_base64"])
                    received.add(time.monotonic(), audio)
        return Measured(begun, hear(received), {"first byte": received.pieces[0][0]})


@asynccontextmanager
async def bare_client(address: str, model: str) -> AsyncIterator[BareClient]:
    """Make a client whose connections are kept."""
    connector = aiohttp.TCPConnector(keepalive_timeout=LONG)
    async with (
        aiohttp.ClientSession() as sockets,
        aiohttp.ClientSession(connector=connector) as requests,
    ):
        yield BareClient(sockets, requests, address, model)


async def _write(
    socket: aiohttp.ClientWebSocketResponse,
    messages: SpeechMessages | DialogueMessages,
    reply: Reply,
    moments: dict[str, float],
) -> None:
    """Send whole words; the service puts together what it gets as it is."""
    held = ""
    async for piece in written(reply, moments):
        held += piece
        cut = held.rfind(" ") + 1
        if cut:
            await socket.send_str(orjson.dumps(messages.text(held[:cut])).decode())
            held = held[cut:]
    await socket.send_json(messages.text(f"{held} "))
    await socket.send_json(messages.end)


async def _listen(socket: aiohttp.ClientWebSocketResponse) -> Received:
    received = Received()
    async for frame in socket:
        message = orjson.loads(frame.data)
        if audio := message.get("audio"):
            received.add(time.monotonic(), b64decode(audio))
        if message.get("isFinal") or message.get("is_final"):
            break
    return received


def _heard(received: Received, wanted: str) -> Heard:
    if rate := RATES.get(wanted):
        return heard_of(list(pcm_parts(received, rate)), last=received.pieces[-1][0])
    return hear(received)
