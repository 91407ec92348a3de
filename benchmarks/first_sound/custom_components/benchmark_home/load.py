"""Many texts spoken at once in one of four ways, and what that takes."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, nullcontext
from dataclasses import dataclass
import gc
import time
import tracemalloc
from typing import Any

import aiohttp
from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import orjson

from .held import Held

MP3_BYTES_A_SECOND = 16_000
MODEL = "eleven_flash_v2_5"
# A writer that is faster than speech, and gives way between pieces.
FIRST_PIECE, PIECE, PAUSE_S = 80, 200, 0.02
IDLE_S = 1.0
SETTLED_S = 0.5
QUERY = {
    "model_id": MODEL,
    "output_format": "mp3_44100_128",
    "language_code": "en",
    "sync_alignment": "true",
}
BEGIN = {"text": " ", "generation_config": {"chunk_length_schedule": [50, 120, 160, 250]}}
LONGEST_MESSAGE = 16 * 1024 * 1024
# The wire makes the audio, which Home Assistant may keep.
OURS = (
    tracemalloc.Filter(inclusive=True, filename_pattern="*elevenlabs_streaming*"),
    tracemalloc.Filter(inclusive=False, filename_pattern="*/api/wire.py"),
)

type Arrivals = list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Task:
    """What to speak, and which way."""

    way: str
    """`bare`, `speaker` (our client without Home Assistant), `entity`, or `core`."""
    engine: str
    address: str
    api_key: str
    voice: str
    texts: list[str]
    memory: bool
    """Whether to measure memory, which slows everything down, instead of the rest."""


async def measure(hass: HomeAssistant, task: Task) -> dict[str, Any]:
    """Speak all texts at once; returns seconds, bytes, and when how much audio came."""
    if task.way != "entity":
        await _silence(hass)
    idle = 0.0 if task.memory else await _idle_share()
    gc.collect()
    held, memory = Held(), Memory()
    with memory.tracing() if task.memory else nullcontext(), held.watching(on=not task.memory):
        began, used = time.monotonic(), time.process_time()
        with _led_to_address(hass, task):
            arrivals = await asyncio.gather(*(_speak(hass, task, text) for text in task.texts))
        processor = time.process_time() - used
    wall = time.monotonic() - began
    return {
        "processor": max(0.0, processor - idle * wall),
        "wall": wall,
        "memory": memory.most,
        "ours": memory.ours,
        "held": held.to_json(),
        "arrivals": arrivals,
    }


@contextmanager
def _led_to_address(hass: HomeAssistant, task: Task) -> Iterator[None]:
    """Lead Home Assistant's own integration to the task's address; ours is set up with it."""
    if task.way != "core":
        yield
        return
    engine: Any = hass.data[tts.DATA_COMPONENT].get_entity(task.engine)
    wrapper = engine._client._client_wrapper  # noqa: SLF001  # it offers no other address
    usual, wrapper._base_url = wrapper._base_url, task.address  # noqa: SLF001
    try:
        yield
    finally:
        wrapper._base_url = usual  # noqa: SLF001


async def _silence(hass: HomeAssistant) -> None:
    """End the announcements of ours that are tracked still: that is no work of the other ways."""
    # Home Assistant knows the component only once it was added.
    from custom_components.elevenlabs_streaming.announcements import announcer  # noqa: PLC0415

    for tracker in tuple(announcer(hass).registry):
        tracker.abort("queue_cleared", frozenset())
    await asyncio.sleep(SETTLED_S)


async def _idle_share() -> float:
    """Return the share of a processor that Home Assistant takes without us."""
    used = time.process_time()
    await asyncio.sleep(IDLE_S)
    return (time.process_time() - used) / IDLE_S


class Memory:
    """What Python takes in a block, in bytes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.most = 0
        """At the worst moment."""
        self.ours = 0
        """What our component's code made besides audio and is there at the end."""

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Look at a block."""
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        try:
            yield
            self.most = tracemalloc.get_traced_memory()[1] - before
            made = tracemalloc.take_snapshot().filter_traces(OURS)
            self.ours = sum(one.size for one in made.statistics("filename"))
        finally:
            tracemalloc.stop()


async def _speak(hass: HomeAssistant, task: Task, text: str) -> Arrivals:
    """Speak one text; returns when how many bytes of audio came."""
    ways = {"bare": _bare, "speaker": _speaker, "entity": _entity, "core": _entity}
    arrivals: Arrivals = []
    async with aclosing(ways[task.way](hass, task, text)) as pieces:
        async for piece in pieces:
            arrivals.append((time.monotonic(), len(piece)))
    return arrivals


async def _growing(text: str) -> AsyncGenerator[str]:
    """Yield a text as somebody writes it."""
    yield text[:FIRST_PIECE]
    for start in range(FIRST_PIECE, len(text), PIECE):
        await asyncio.sleep(PAUSE_S)
        yield text[start : start + PIECE]
    await asyncio.sleep(PAUSE_S)


async def _bare(hass: HomeAssistant, task: Task, text: str) -> AsyncGenerator[bytes]:
    """Decode what a socket sends: JSON and base64, nothing else."""
    session = async_get_clientsession(hass)
    url = f"{task.address}/v1/text-to-speech/{task.voice}/stream-input"
    async with session.ws_connect(
        url, params=QUERY, headers={"xi-api-key": task.api_key}, max_msg_size=LONGEST_MESSAGE
    ) as socket:
        writing = asyncio.create_task(_write(socket, text))
        try:
            async for message in _messages(socket):
                if audio := message.get("audio"):
                    yield b64decode(audio)
                if message.get("isFinal"):
                    break
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def _messages(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[dict[str, Any]]:
    async for frame in socket:
        yield orjson.loads(frame.data)


async def _write(socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
    await socket.send_json(BEGIN)
    async for piece in _growing(text):
        await socket.send_json({"text": piece})
    await socket.send_json({"text": ""})


async def _speaker(hass: HomeAssistant, task: Task, text: str) -> AsyncGenerator[bytes]:
    """Let our client speak, without Home Assistant's streams and without captions."""
    # Home Assistant knows the component only once it was added.
    from custom_components.elevenlabs_streaming.api import (  # noqa: PLC0415
        Model,
        SpeechChunk,
        SpeechRequest,
    )
    from custom_components.elevenlabs_streaming.speech import (  # noqa: PLC0415
        LONGEST_TEXT,
        Outcome,
        Route,
        TextSource,
        Utterance,
    )

    entry = next(
        entry
        for entry in hass.config_entries.async_loaded_entries("elevenlabs_streaming")
        if entry.data["api_key"] == task.api_key
    )
    request = SpeechRequest(voice_id=task.voice, model_id=MODEL, language_code="en")
    utterance = Utterance(request=request, model=Model.known(MODEL), route=Route.WEBSOCKET)
    source = TextSource(_growing(text), limit=LONGEST_TEXT)
    audio: asyncio.Queue[bytes] = asyncio.Queue()

    async def hand_on(chunk: SpeechChunk) -> None:
        if chunk.audio:
            audio.put_nowait(chunk.audio)

    speech = entry.runtime_data.synthesizer.speak(utterance, source, hand_on, Outcome())
    speaking = asyncio.create_task(speech)
    speaking.add_done_callback(lambda _: audio.put_nowait(b""))
    while piece := await audio.get():
        yield piece
    await speaking


async def _entity(hass: HomeAssistant, task: Task, text: str) -> AsyncGenerator[bytes]:
    """Let our entity speak into a stream of Home Assistant's, captions and all."""
    stream = tts.async_create_stream(hass, task.engine)
    stream.async_set_message_stream(_growing(text))
    async for piece in stream.async_stream_result():
        yield piece
    stream.delete()
