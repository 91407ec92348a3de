"""Reading what the server sends: lines, messages, and the chunk in each."""

import asyncio
import binascii
from collections.abc import AsyncGenerator, Mapping
import logging
import re
from typing import Any, Final

import aiohttp
import orjson

from .chunk import SpeechChunk
from .errors import ConnectionFailedError, ProtocolError
from .odd_times import LONGEST_PAUSE_S
from .output_formats import OutputFormat
from .timings import (
    StreamClock,
    Timings,
    characters_without_times,
    parse_timings,
    settle_untimed,
    starts_before,
    untimed_between,
    without_leaps,
)

# Python's json writes these two, and a text cut in UTF-16 leaves halves of characters.
_NO_NUMBER = re.compile(rb"(?<=[\[,:\s])-?(?:NaN|Infinity)(?=[\],}\s])")
_HALF_CHARACTER = re.compile(
    rb"\\u[dD][89abAB]\w\w(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]\w\w)\\u[dD][c-fC-F]\w\w"
)

# More than a stream's clock takes for inexact.
_NOT_NEAR_S: Final = 0.1

_LOGGER = logging.getLogger(__name__)

# Above any answer seen; audio messages of more than a megabyte are normal (docs/protocol.md,
# "WebSocket lifetime").
MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024


async def iter_lines(
    content: aiohttp.StreamReader, timeout: float | None = None
) -> AsyncGenerator[bytes]:
    """Yield lines of any length up to 16 MiB; aiohttp's own line reader stops at 512 KiB.

    Raises TimeoutError after `timeout` seconds without data, and ConnectionFailedError.
    """
    parts: list[bytes] = []
    size = 0
    while data := await read_any(content, timeout):
        *complete, rest = data.split(b"\n")
        for piece in complete:
            yield b"".join((*parts, piece))
            parts.clear()
        parts.append(rest)
        size = sum(map(len, parts)) if complete else size + len(rest)
        if size > MAX_MESSAGE_BYTES:
            raise ProtocolError("a line is longer than 16 MiB")
    yield b"".join(parts)


async def read_any(content: aiohttp.StreamReader, timeout: float | None = None) -> bytes:
    """Return what came, or nothing at the end.

    Raises TimeoutError after `timeout` seconds without data: aiohttp's own limit does not hold
    once it has met a broken chunk, after which it waits for ever (seen with 3.14.5).
    """
    try:
        async with asyncio.timeout(timeout):
            return await content.readany()
    except RuntimeError as err:
        # What aiohttp raises if the connection was lost before anybody waited for more
        # (`StreamReader._wait`).
        raise ConnectionFailedError("the connection closed") from err


def parse_object(data: str | bytes) -> dict[str, Any] | None:
    """Parse one JSON object; None for anything else, which the official client skips too."""
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            parsed = orjson.loads(_repaired(data))
        except orjson.JSONDecodeError:
            _LOGGER.debug("Skipped %s bytes that are not JSON", len(data))
            return None
    return parsed if isinstance(parsed, dict) else None


def _repaired(data: str | bytes) -> bytes:
    """Replace what other writers of JSON let pass, so that the audio beside it is kept."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return _HALF_CHARACTER.sub(rb"\\ufffd", _NO_NUMBER.sub(b"null", raw))


class ChunkReader:
    """Turns the objects of one stream into chunks on that stream's clock."""

    def __init__(
        self, output_format: OutputFormat, *, restarts: bool, doubled: bool = False
    ) -> None:
        """`restarts`: whether this wire's times count from zero in every message.

        `doubled`: whether the characters as written may come twice, as they do with
        pronunciation dictionaries (pipecat#4316); those as spoken are then used alone.
        """
        self._doubled = doubled
        self._spoken_came = False
        self._bytes_per_second = output_format.bytes_per_second
        self._delay = output_format.decoding_delay
        self._lag = output_format.encoding_lag
        self._clock = StreamClock(restarts=restarts)
        self.bytes_read = 0

    @property
    def seconds(self) -> float | None:
        """Seconds of audio read so far, where bytes tell."""
        return self.bytes_read / self._bytes_per_second if self._bytes_per_second else None

    @property
    def _encoded(self) -> float | None:
        """Seconds of sound that went into the encoder before the next message."""
        seconds = self.seconds
        return seconds + self._lag if seconds else seconds

    def read(self, message: Mapping[str, Any]) -> SpeechChunk | None:
        """Return the chunk in a message; None when it carries neither sound nor times."""
        audio = _decode(message.get("audio_base64") or message.get("audio"))
        timings, spoken = self._alignments(message)
        length = len(audio) / self._bytes_per_second if self._bytes_per_second else None
        if reference := spoken or timings:
            reading = self._clock.reading
            offset = self._clock.offset(reference, self._encoded, length) + self._delay
            timings = timings and timings.shifted(offset)
            spoken = None if timings or not spoken else spoken.shifted(offset)
            if reference.untimed or self._leaps(reference.starts[0] + offset, length):
                timings = timings and self._settled(timings, offset, reading, length)
                spoken = spoken and self._settled(spoken, offset, reading, length)
        elif characters := characters_without_times(message.get("alignment")):
            timings = untimed_between(characters, *self._audible(self._clock.end, length))
        self.bytes_read += len(audio)
        return SpeechChunk(audio, timings, spoken) if audio or timings or spoken else None

    def _leaps(self, start: float, length: float | None) -> bool:
        """Return whether characters of a message are told for long after its audio."""
        if length is None or not self._bytes_per_second:
            return False
        seconds = self.bytes_read / self._bytes_per_second + length
        return max(start, self._clock.end) - seconds > LONGEST_PAUSE_S

    def _audible(self, before: float, length: float | None) -> tuple[float, float]:
        """Return when the audio of a message of such a length is heard, in the stream's seconds.

        `before`: the end of the last character before it.
        """
        begin = self._encoded or 0.0
        # What the next message tells does not begin earlier.
        end = begin + (length or 0.0) - 2 * self._lag
        return max(before, begin) + self._delay, end + self._delay

    def _settled(
        self, times: Timings, offset: float, reading: tuple[float, float], length: float | None
    ) -> Timings | None:
        """Return the characters with estimates for those whose times make no sense.

        `offset`: what was added to them, which they may have misled; `reading`: that before them.
        """
        clock, audible = self._clock, self._audible(reading[1], length)
        kept = times if length is None else without_leaps(times, *audible)
        if kept is None:
            clock.go_back(reading)
            return untimed_between(times.characters, *audible)
        if kept.starts[0] != times.starts[0]:
            clock.go_back(reading)
            kept = kept.shifted(-offset)
            kept = kept.shifted(clock.offset(kept, self._encoded, length) + self._delay)
        if length and kept.ends_untimed:
            # What follows does not go on where an estimate ends.
            end = max(0.0, audible[1] - self._delay - _NOT_NEAR_S)
            clock.go_back((clock.reading[0], end))
        return settle_untimed(kept, *audible)

    def _alignments(self, message: Mapping[str, Any]) -> tuple[Timings | None, Timings | None]:
        """Return the characters as written, and those as spoken where they are needed.

        Both share their message's clock. The characters as spoken are needed where those as
        written are missing, and to find the start of the message where they start earlier.
        """
        timings = parse_timings(message.get("alignment"))
        raw = message.get("normalizedAlignment") or message.get("normalized_alignment")
        if timings and not self._doubled and not starts_before(raw, timings.starts[0]):
            return timings, None
        spoken = parse_timings(raw)
        self._spoken_came = self._spoken_came or spoken is not None
        if self._doubled and self._spoken_came:
            return None, spoken
        if timings and spoken and spoken.starts[0] >= timings.starts[0]:
            spoken = None
        return timings, spoken


def _decode(encoded: object) -> bytes:
    """Decode base64; damaged audio is dropped, what came before it stays."""
    if not isinstance(encoded, str) or not encoded:
        return b""
    try:
        return binascii.a2b_base64(encoded)
    except binascii.Error, ValueError:
        _LOGGER.debug("Skipped audio that is not base64")
        return b""
