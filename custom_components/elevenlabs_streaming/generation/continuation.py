"""The rest of a text by the fallback, as more of the audio that broke off."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
import math
from typing import Final

from homeassistant.core import HomeAssistant

from ..audio import AudioContainer, frames_of, loudness, samples_of_wav
from ..speech import TextSource, TimeLimits, sentences_of
from ..text import has_words, is_sayable
from .conversion import converted
from .fallback import FallbackEngine
from .output import (
    PREFERRED_FORMAT,
    PREFERRED_SAMPLE_BYTES,
    PREFERRED_SAMPLE_CHANNELS,
    PREFERRED_SAMPLE_RATE,
    AudioOutput,
)

# Seconds of speech that tell how loud a voice is.
_HEARD_S: Final = 3.0
_MEASURED_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 0.2
_MEASURED_RATE: Final = 16000
# Decibels: beyond them one of the two was no speech.
_MOST_GAIN: Final = 20.0
_SAMPLE_BYTES: Final = 2


class Continuation:
    """Goes on with a fallback in the format and as loudly as the voice before it."""

    def __init__(
        self, fallback: FallbackEngine, audio_output: AudioOutput, container: AudioContainer
    ) -> None:
        """`audio_output` and `container`: those of what was heard until now."""
        self.container = container
        self.extension = audio_output.extension
        self._format = audio_output.output_format
        self._rate = self._format.sample_rate
        self._hass = fallback.hass
        self.fallback = replace(fallback, options=_as_wav(self._rate))
        self._recent = deque[bytes]()
        self._recent_bytes = 0

    def note(self, audio: bytes) -> None:
        """Keep the newest audio of the voice, to be as loud."""
        self._recent.append(audio)
        self._recent_bytes += len(audio)
        most = _HEARD_S * (self._format.bytes_per_second or 0.0)
        while self._recent_bytes - len(self._recent[0]) > most:
            self._recent_bytes -= len(self._recent.popleft())

    def seconds_of(self, audio: bytes) -> float:
        """Return how long audio of the voice's format is."""
        rate = self._format.bytes_per_second
        return len(audio) / rate if rate else 0.0

    async def speak(self, text: TextSource, offset: int) -> AsyncGenerator[bytes]:
        """Yield the audio of a text from an offset on; raises what the engine raises."""
        measuring = asyncio.create_task(self._loudness())
        try:
            async with aclosing(self._spoken(text, offset)) as portions:
                async for portion in portions:
                    async with aclosing(self._fitted(portion, measuring)) as pieces:
                        async for piece in pieces:
                            yield piece
        finally:
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)

    async def _spoken(self, text: TextSource, offset: int) -> AsyncGenerator[AsyncGenerator[bytes]]:
        """Yield what the engine makes: sentence by sentence where it cannot wait for more text."""
        text.rewind(offset)
        if text.ended or self.fallback.takes_growing_text:
            yield self.fallback.speak(text, offset)
            return
        async with aclosing(sentences_of(text, TimeLimits())) as sentences:
            async for sentence in sentences:
                if is_sayable(sentence):
                    yield self.fallback.say(sentence)

    async def _fitted(
        self, pieces: AsyncGenerator[bytes], measuring: asyncio.Task[float]
    ) -> AsyncGenerator[bytes]:
        """Yield a WAV in the voice's format, as loud as the voice."""
        frames = frames_of(self._format)
        frames.begin()
        async with aclosing(_Ahead(pieces)) as ahead:
            start = await ahead.start(round(_MEASURED_S * self._rate * _SAMPLE_BYTES))
            samples = samples_of_wav(start, self._rate)
            arguments = self._arguments(_gain(await measuring, loudness(samples, self._rate)))
            async with aclosing(converted(self._hass, arguments, ahead.all(start))) as audio:
                async for piece in audio:
                    if taken := frames.take(piece):
                        yield taken

    async def _loudness(self) -> float:
        """Return how loud the voice was."""
        spoken = b"".join(self._recent)
        if self._format.codec == "pcm" or not spoken:
            return loudness(spoken, self._rate)
        return await _loudness_of(self._hass, self._format.codec, spoken)

    def _arguments(self, gain: float) -> list[str]:
        """Return how ffmpeg is to make the stream's own format of a WAV."""
        arguments = ["-f", "wav", "-probesize", "32", "-i", "pipe:0"]
        arguments += ["-af", f"volume={gain:.1f}dB,alimiter=limit=0.95:level=false"]
        arguments += ["-ar", str(self._rate), "-ac", "1", "-fflags", "+bitexact"]
        if self._format.codec == "pcm":
            return [*arguments, "-f", "s16le"]
        arguments += ["-b:a", f"{self._format.kbps}k", "-write_xing", "0", "-id3v2_version", "0"]
        return [*arguments, "-flush_packets", "1", "-f", self._format.codec]


async def has_more(text: TextSource, offset: int, timeout: float) -> bool:
    """Return whether there is more to speak after an offset; waits for a text that pauses."""
    text.rewind(offset)
    while not has_words(text.so_far()[offset:]):
        if text.ended:
            return False
        try:
            await text.next(timeout)
        except TimeoutError:
            text.give_up()
    return True


def _as_wav(rate: int) -> dict[str, str | int]:
    """Return the options for plain samples of a rate."""
    return {
        PREFERRED_FORMAT: "wav",
        PREFERRED_SAMPLE_RATE: rate,
        PREFERRED_SAMPLE_CHANNELS: 1,
        PREFERRED_SAMPLE_BYTES: _SAMPLE_BYTES,
    }


class _Ahead:
    """Audio in pieces, of which some are read before the others."""

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        self._pieces = pieces
        self._reading: asyncio.Task[bytes | None] | None = None

    async def start(self, size: int) -> bytes:
        """Return about so much audio, or what comes without a pause; raises EOFError if none."""
        start = await anext(self._pieces, b"")
        while start and len(start) < size:
            self._reading = asyncio.create_task(_next_of(self._pieces))
            done, _ = await asyncio.wait({self._reading}, timeout=_LONGEST_PAUSE_S)
            if not done or (piece := self._reading.result()) is None:
                break
            start, self._reading = start + piece, None
        if not start:
            raise EOFError
        return start

    async def all(self, start: bytes) -> AsyncGenerator[bytes]:
        """Yield the start and all that follows."""
        yield start
        if self._reading and (piece := await self._reading):
            yield piece
        async for piece in self._pieces:
            yield piece

    async def aclose(self) -> None:
        """Stop reading."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._pieces.aclose()


async def _next_of(pieces: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(pieces, None)


async def _once(audio: bytes) -> AsyncGenerator[bytes]:
    yield audio


async def _loudness_of(hass: HomeAssistant, codec: str, audio: bytes) -> float:
    """Return how loud audio of a codec is."""
    arguments = ["-f", codec, "-i", "pipe:0", "-ar", str(_MEASURED_RATE), "-ac", "1", "-f", "s16le"]
    async with aclosing(converted(hass, arguments, _once(audio))) as pieces:
        samples = b"".join([piece async for piece in pieces])
    return loudness(samples, _MEASURED_RATE)


def _gain(wanted: float, found: float) -> float:
    """Return by how many decibels what was found differs from what is wanted."""
    if not wanted or not found:
        return 0.0
    return max(-_MOST_GAIN, min(_MOST_GAIN, 20.0 * math.log10(wanted / found)))
