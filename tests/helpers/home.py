"""A home for tests: the component set up, and ways to hear what it says."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
import io
from typing import Any

from aiohttp.test_utils import TestClient
import av
from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator

GEORGE = "JBFqnCBsd6RMkjVDRZzb"
SARAH = "EXAVITQu4vr4xnSDxMaL"
ENGINE = "tts.elevenlabs_george"


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded audio."""

    codec: str
    sample_rate: int
    channels: int
    seconds: float
    loudness: float
    """Mean of the absolute samples, 0 to 1."""


def decode(audio: bytes) -> Sound:
    """Decode audio to its end; raises when it cannot be decoded."""
    total, samples = 0.0, 0
    with av.open(io.BytesIO(audio), "r") as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono")
        for frame in container.decode(stream):
            for part in resampler.resample(frame):
                values = part.to_ndarray()
                total += float(np.abs(values).sum())
                samples += values.size
        return Sound(
            codec=stream.codec_context.name,
            sample_rate=stream.codec_context.sample_rate,
            channels=stream.codec_context.layout.nb_channels,
            seconds=samples / stream.codec_context.sample_rate,
            loudness=total / samples if samples else 0.0,
        )


def make_entry(
    simulator: Simulator, key: str = "sk_demo", endpoint: str | None = None, **voice: Any
) -> MockConfigEntry:
    """Return an entry with one voice, as the config flow would store it."""
    data = {"voice": GEORGE, "model": "eleven_flash_v2_5", **voice}
    return MockConfigEntry(
        domain=DOMAIN,
        title="ElevenLabs",
        data={"api_key": key, "endpoint": endpoint or simulator.url},
        subentries_data=[
            {"data": data, "subentry_type": "voice", "title": "George", "unique_id": None}
        ],
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Set the entry up and wait for its catalogue."""
    await async_setup_component(hass, "tts", {})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@dataclass(slots=True)
class Captions:
    """What the caption channel told of one utterance."""

    track: dict[str, Any] = field(default_factory=dict)
    words: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words told, as a text."""
        return " ".join(word["text"] for word in self.words)


@dataclass(slots=True)
class Ears:
    """Fetches speech over HTTP, as a player would, and reads its captions."""

    http: TestClient[Any, Any]
    socket: MockHAClientWebSocket

    async def subscribe(self) -> None:
        """Subscribe to the captions."""
        await self.socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe"})
        assert (await self.socket.receive_json())["success"]

    async def hear(self, message: str, *, status: int = 200, **request: Any) -> bytes:
        """Return the audio of a message spoken through `tts_get_url`."""
        body = {"engine_id": ENGINE, "message": message, **request}
        response = await self.http.post("/api/tts_get_url", json=body)
        assert response.status == 200, await response.text()
        answer = await self.http.get((await response.json())["path"])
        assert answer.status == status
        return await answer.read()

    async def read(self) -> Captions:
        """Read what is told until an utterance has ended."""
        captions = Captions()
        while captions.track.get("state", "speaking") == "speaking":
            event = (await self.socket.receive_json())["event"]
            if event["type"] == "words":
                captions.words += event["words"]
            elif event["type"] == "track":
                captions.track = event["track"]
        return captions


async def hear_growing(
    hass: HomeAssistant, pieces: AsyncGenerator[str], options: Mapping[str, Any] | None = None
) -> bytes:
    """Return the audio of a text that is still being written, as Assist has it spoken."""
    stream = tts.async_create_stream(hass, ENGINE, options=dict(options or {}))
    stream.async_set_message_stream(pieces)
    return b"".join([chunk async for chunk in stream.async_stream_result()])


async def fragments(text: str, size: int = 4) -> AsyncGenerator[str]:
    """Yield a text in small pieces, giving way after each as an agent does."""
    for start in range(0, len(text), size):
        yield text[start : start + size]
        await asyncio.sleep(0.001)
