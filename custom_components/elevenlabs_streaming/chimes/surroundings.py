"""What is played around the speech, in the format of its stream."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from homeassistant.core import HomeAssistant

from ..audio import DurationReader, StreamFormat, read_format, wav_header
from ..generation import converted
from .decoding import PCM_ARGUMENTS, SAMPLE_BYTES, SAMPLE_RATE

_SAMPLES: Final = {1: "u8", 2: "s16le", 3: "s24le", 4: "s32le"}
_BYTES_A_SECOND: Final = SAMPLE_RATE * SAMPLE_BYTES
_PIECE: Final = 16_384


class Surroundings:
    """Sound before and after speech; what it becomes in a format is made once."""

    def __init__(self, hass: HomeAssistant, before: bytes, after: bytes) -> None:
        """Both are samples as in `decoding`."""
        self._hass = hass
        self._before = before
        self._after = after
        self._encoded: dict[StreamFormat, tuple[bytes, bytes]] = {}

    def join(self, speech: AsyncGenerator[bytes], extension: str) -> JoinedAudio:
        """Return the stream of a speech with its surroundings."""
        return JoinedAudio(self, speech, extension)

    async def encoded(self, stream_format: StreamFormat) -> tuple[bytes, bytes]:
        """Return what goes before and after a speech that can be joined as it is."""
        if stream_format not in self._encoded:
            parts = [await self._encode(part, stream_format) for part in self.samples]
            self._encoded[stream_format] = (parts[0], parts[1])
        return self._encoded[stream_format]

    @property
    def samples(self) -> tuple[bytes, bytes]:
        """The samples before and after the speech."""
        return self._before, self._after

    def convert(
        self, arguments: tuple[str, ...], pieces: AsyncGenerator[bytes]
    ) -> AsyncGenerator[bytes]:
        """Yield what ffmpeg makes of audio; `arguments`: between its input and its output."""
        return converted(self._hass, arguments, pieces)

    async def _encode(self, samples: bytes, wanted: StreamFormat) -> bytes:
        if not samples:
            return b""
        arguments = (*PCM_ARGUMENTS, "-i", "pipe:0", *_format_arguments(wanted))
        pieces = self.convert(arguments, _pieces(samples))
        return b"".join([piece async for piece in pieces])


class JoinedAudio:
    """One stream: what is before the speech, the speech, and what is after it."""

    def __init__(
        self, surroundings: Surroundings, speech: AsyncGenerator[bytes], extension: str
    ) -> None:
        """`extension` names the format of the speech where it has to be converted."""
        self._surroundings = surroundings
        self._speech = speech
        self._extension = extension
        self.seconds_before = 0.0
        """How long the sound before the speech is; known before the first piece."""
        self.seconds_after = 0.0

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the stream; raises what the speech raises."""
        async with aclosing(self._speech) as speech:
            head, stream_format = b"", None
            async for piece in speech:
                head += piece
                if stream_format := read_format(head):
                    break
            if not head:
                return
            stream_format = stream_format or StreamFormat("other")
            joined = self._joined(head, speech, stream_format)
            async with aclosing(joined) as pieces:
                async for piece in pieces:
                    yield piece

    def _joined(
        self, head: bytes, speech: AsyncGenerator[bytes], stream_format: StreamFormat
    ) -> AsyncGenerator[bytes]:
        if stream_format.kind == "other":
            return self._converted(_with_head(head, speech), stream_format)
        return self._spliced(head, speech, stream_format)

    async def _spliced(
        self, head: bytes, speech: AsyncGenerator[bytes], stream_format: StreamFormat
    ) -> AsyncGenerator[bytes]:
        """Yield frames or samples of the same format one after the other."""
        before, after = await self._surroundings.encoded(stream_format)
        self.seconds_before = _seconds(before, stream_format)
        self.seconds_after = _seconds(after, stream_format)
        header = _header(stream_format)
        yield header + before + head[stream_format.header_bytes :]
        async for piece in speech:
            yield piece
        if after:
            yield after

    async def _converted(
        self, speech: AsyncGenerator[bytes], stream_format: StreamFormat
    ) -> AsyncGenerator[bytes]:
        """Yield what cannot be joined as it is, decoded and encoded again."""
        before, after = self._surroundings.samples
        self.seconds_before = len(before) / _BYTES_A_SECOND
        self.seconds_after = len(after) / _BYTES_A_SECOND
        convert = self._surroundings.convert
        decoded = convert(("-i", "pipe:0", *PCM_ARGUMENTS), speech)
        rate, channels = str(stream_format.sample_rate), str(stream_format.channels)
        arguments = (
            *(*PCM_ARGUMENTS, "-i", "pipe:0"),
            *("-ar", rate, "-ac", channels, "-f", self._extension),
        )
        async with aclosing(convert(arguments, _around(before, decoded, after))) as pieces:
            async for piece in pieces:
                yield piece


def _format_arguments(wanted: StreamFormat) -> tuple[str, ...]:
    """Return ffmpeg's arguments for frames or samples without a header."""
    shape = ("-ar", str(wanted.sample_rate), "-ac", str(wanted.channels))
    if wanted.kind == "wav":
        return (*shape, "-f", _SAMPLES[wanted.sample_bytes])
    rate = f"{wanted.kbps}k"
    return (*shape, "-b:a", rate, "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3")


def _header(stream_format: StreamFormat) -> bytes:
    """Return the header of a WAV whose length is open."""
    if stream_format.kind != "wav":
        return b""
    return wav_header(stream_format.sample_rate, stream_format.channels, stream_format.sample_bytes)


def _seconds(audio: bytes, stream_format: StreamFormat) -> float:
    reader = DurationReader()
    reader.add(_header(stream_format) + audio)
    return reader.seconds


async def _pieces(samples: bytes) -> AsyncGenerator[bytes]:
    for at in range(0, len(samples), _PIECE):
        yield samples[at : at + _PIECE]


async def _with_head(head: bytes, speech: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    yield head
    async for piece in speech:
        yield piece


async def _around(
    before: bytes, speech: AsyncGenerator[bytes], after: bytes
) -> AsyncGenerator[bytes]:
    async for piece in _pieces(before):
        yield piece
    async with aclosing(speech) as pieces:
        async for piece in pieces:
            yield piece
    async for piece in _pieces(after):
        yield piece
