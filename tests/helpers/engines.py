"""Other TTS engines for tests: they hum a tone, as fast or slowly and as well as they are told."""

import asyncio
from collections.abc import AsyncGenerator
import io
import math
from typing import Any, override

import av
from homeassistant.components import tts
from homeassistant.components.tts import (
    TextToSpeechEntity,
    TTSAudioRequest,
    TTSAudioResponse,
    TtsAudioType,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import lameenc
import numpy as np

from custom_components.elevenlabs_streaming.const import DOMAIN

PIPER = "tts.piper"
TONE_HZ = 880.0
SECONDS_PER_WORD = 0.4
_RATE = 22050


def tone(seconds: float, extension: str = "mp3", amplitude: int = 12000) -> bytes:
    """Return a tone as MP3 or WAV."""
    times = np.arange(round(seconds * _RATE)) / _RATE
    samples = (np.sin(2 * math.pi * TONE_HZ * times) * amplitude).astype("<i2").tobytes()
    if extension == "wav":
        # As a stream, whose length is not known when it begins.
        head = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0"
        rates = _RATE.to_bytes(4, "little") + (_RATE * 2).to_bytes(4, "little")
        return head + rates + b"\x02\0\x10\0data\xff\xff\xff\xff" + samples
    encoder = lameenc.Encoder()
    encoder.set_in_sample_rate(_RATE)
    encoder.set_channels(1)
    encoder.set_bit_rate(64)
    encoder.silence()
    return bytes(encoder.encode(samples) + encoder.flush())


def is_tone(audio: bytes) -> bool:
    """Whether audio is the tone from its beginning to its end."""
    with av.open(io.BytesIO(audio), "r") as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=16000)
        frames = [
            part.to_ndarray().ravel()
            for frame in container.decode(container.streams.audio[0])
            for part in resampler.resample(frame)
        ]
    samples = np.concatenate(frames)
    parts = np.array_split(samples[1600:-1600], 4)
    return all(_peak(part) for part in parts)


def _peak(samples: np.ndarray[Any, Any]) -> bool:
    power = np.abs(np.fft.rfft(samples)) ** 2
    near = np.abs(np.fft.rfftfreq(samples.size, 1 / 16000) - TONE_HZ) < 20
    return bool(power[near].sum() > 0.8 * power.sum())


class Piper(TextToSpeechEntity):
    """An engine that speaks when all of the text is known."""

    _attr_name = "Piper"
    _attr_unique_id = "piper"
    _attr_should_poll = False
    _attr_default_language = "en-GB"
    _attr_supported_languages = ["en-GB", "en-US", "de-DE"]  # noqa: RUF012  # as Home Assistant's own

    def __init__(self, extension: str = "mp3") -> None:
        """`extension`: what it makes, whatever is asked for."""
        self.extension = extension
        self.heard: list[tuple[str, str]] = []
        """The texts it was asked for and their languages."""
        self.failure: Exception | None = None
        self.empty = False
        self.amplitude = 12000
        self.seconds_per_piece = SECONDS_PER_WORD

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Hum as long as the text is."""
        self.heard.append((message, language))
        if self.failure:
            raise self.failure
        if self.empty:
            return self.extension, b""
        return self.extension, self._hum_for(message)

    def _hum_for(self, message: str) -> bytes:
        seconds = len(message.split()) * SECONDS_PER_WORD
        return tone(seconds, self.extension, self.amplitude)


class StreamingPiper(Piper):
    """An engine that speaks while the text is written."""

    breaks_off = False
    is_mute = False

    @override
    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Hum for each piece."""
        return TTSAudioResponse("wav", self._hum(request))

    async def _hum(self, request: TTSAudioRequest) -> AsyncGenerator[bytes]:
        message = ""
        head = tone(0, "wav")
        async for piece in request.message_gen:
            message += piece
            if self.is_mute:
                continue
            yield head + tone(self.seconds_per_piece, "wav")[44:]
            head = b""
            if self.breaks_off:
                raise self.failure or OSError
        self.heard.append((message, request.language))
        if self.is_mute:
            await asyncio.Event().wait()


async def add_engine(hass: HomeAssistant, engine: TextToSpeechEntity) -> None:
    """Put an engine into a home."""
    await hass.data[tts.DATA_COMPONENT].async_add_entities([engine])


async def add_piper(hass: HomeAssistant, extension: str = "mp3") -> Piper:
    """Put a plain fallback into a home."""
    piper = Piper(extension)
    await add_engine(hass, piper)
    return piper


def problems(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return the repairs that Home Assistant shows, by their kind."""
    return {
        str(issue.data["kind"]): issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active and issue.data
    }


def cached(hass: HomeAssistant) -> list[str]:
    """Return what Home Assistant's audio cache holds of our voices, in memory and on the disk."""
    manager = hass.data[tts.DATA_TTS_MANAGER]
    keys = [*manager.mem_cache, *manager.file_cache]
    return [key for key in keys if "elevenlabs" in key]
