"""Silence where a text pauses, for players that do not stand a gap."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from ..api import SpeechChunk, Timings
from .joiner import Joiner
from .text_source import TextSource

# The listener is never left with less than this. What is said after a pause waits for no more
# than this and one step.
_LEAST_S = 0.3
_STEP_S = 0.2


class PauseFiller:
    """Puts silence between chunks while the text pauses and the listener has heard all so far."""

    def __init__(
        self, chunks: AsyncGenerator[SpeechChunk], voice: Joiner, text: TextSource
    ) -> None:
        """Initialize with the chunks of a voice that speaks a text."""
        self._chunks = chunks
        self._voice = voice
        self._text = text
        self._coming: asyncio.Future[SpeechChunk | None] | None = None
        self._heard_from: float | None = None
        self._pauses = _Pauses()

    async def filled(self) -> AsyncGenerator[SpeechChunk]:
        """Yield the chunks and the silence. Closing it closes the chunks."""
        async with aclosing(self._chunks):
            try:
                while True:
                    if not await self._comes(self._left()):
                        if silence := self._silence():
                            yield silence
                            continue
                        if not await self._comes(_STEP_S):
                            continue
                    if (chunk := self._taken()) is None:
                        return
                    yield self._pauses.shifted(chunk)
            finally:
                await self._stop()

    def _left(self) -> float | None:
        """Return in how many seconds the listener needs more; None before the first of all."""
        if self._heard_from is None:
            return None
        heard = asyncio.get_running_loop().time() - self._heard_from
        return max(0.0, self._voice.seconds + self._pauses.inserted - heard - _LEAST_S)

    async def _comes(self, timeout: float | None) -> bool:
        """Wait for the next chunk."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._chunks, None))
        await asyncio.wait({self._coming}, timeout=timeout)
        return self._coming.done()

    def _taken(self) -> SpeechChunk | None:
        assert self._coming  # noqa: S101  # it has just come
        chunk, self._coming = self._coming.result(), None
        if chunk and chunk.audio and self._heard_from is None:
            self._heard_from = asyncio.get_running_loop().time()
        return chunk

    def _silence(self) -> SpeechChunk | None:
        """Return silence where the text pauses, if this kind of audio can have any."""
        audio = self._voice.frames.silence(_STEP_S) if self._text.is_waited_for else b""
        if not audio or not (rate := self._voice.bytes_per_second):
            return None
        self._pauses.insert(self._voice.seconds, len(audio) / rate)
        return SpeechChunk(audio, silent=True)

    async def _stop(self) -> None:
        if self._coming:
            self._coming.cancel()
            await asyncio.gather(self._coming, return_exceptions=True)


class _Pauses:
    """Where silence was put, on the clock of the voice."""

    def __init__(self) -> None:
        self._at: list[float] = []
        self._totals: list[float] = []

    @property
    def inserted(self) -> float:
        """Seconds of silence so far."""
        return self._totals[-1] if self._totals else 0.0

    def insert(self, at: float, seconds: float) -> None:
        """Record silence after `at` seconds of the voice."""
        total = self.inserted + seconds
        if not self._at or self._at[-1] < at:
            self._at.append(at)
            self._totals.append(total)
        else:
            self._totals[-1] = total

    def shifted(self, chunk: SpeechChunk) -> SpeechChunk:
        """Return the same chunk on the listener's clock."""
        if not self._at:
            return chunk
        return replace(
            chunk,
            timings=chunk.timings and self._later(chunk.timings),
            spoken=chunk.spoken and self._later(chunk.spoken),
            again=None if chunk.again is None else chunk.again + self._before(chunk.again),
        )

    def _later(self, times: Timings) -> Timings:
        """Move what sounds after a pause; what goes on through one ends where it begins."""
        starts, ends = [], []
        for start, end in zip(times.starts, times.ends, strict=True):
            before = self._before(start)
            passed = bisect_right(self._at, start)
            last = self._at[passed] if passed < len(self._at) else end
            starts.append(start + before)
            ends.append(min(end, last) + before)
        return Timings(times.characters, tuple(starts), tuple(ends))

    def _before(self, time: float) -> float:
        """Return the silence that was put before a time of the voice."""
        passed = bisect_right(self._at, time)
        return self._totals[passed - 1] if passed else 0.0
