"""Silence where a text pauses, for players that do not stand a gap."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..api import SpeechChunk, Timings
from ..audio import FrameReader
from .text_source import TextSource
from .utterance import Outcome, Sink

# The listener is never left with less than this. What is said after a pause waits for no more
# than this and one step.
_LEAST_S = 0.3
_STEP_S = 0.2


class PauseFiller:
    """Puts silence between chunks while the text pauses and the listener has heard all so far."""

    def __init__(
        self,
        frames: FrameReader,
        bytes_per_second: float | None,
        text: TextSource,
        outcome: Outcome,
        *,
        sink: Sink,
    ) -> None:
        """`frames`: those of the audio that is added. `sink` gets the chunks and the silence."""
        self._frames = frames
        self._bytes_per_second = bytes_per_second
        self._text = text
        self._outcome = outcome
        self._sink = sink
        self._pauses = _Pauses()
        self._began: float | None = None
        self._is_begun = asyncio.Event()
        self._in_order = asyncio.Lock()

    async def add(self, chunk: SpeechChunk) -> None:
        """Hand on a chunk, later by the silence before it."""
        if chunk.audio and self._began is None:
            self._began = asyncio.get_running_loop().time()
            self._is_begun.set()
        async with self._in_order:
            await self._sink(self._pauses.shifted(chunk))

    @asynccontextmanager
    async def filling(self) -> AsyncIterator[None]:
        """Fill the pauses inside this context."""
        task = asyncio.create_task(self._fill_pauses())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _fill_pauses(self) -> None:
        await self._is_begun.wait()
        while True:
            await asyncio.sleep(self._left())
            if not await self._is_supplied():
                await asyncio.sleep(_STEP_S)

    async def _is_supplied(self) -> bool:
        """Whether the listener has something to hear, if need be silence."""
        async with self._in_order:
            if self._left() > 0:
                return True
            silence = self._silence()
            if silence:
                await self._sink(silence)
            return silence is not None

    def _left(self) -> float:
        """Return in how many seconds the listener needs more."""
        assert self._began is not None  # noqa: S101  # nothing is filled before the first sound
        heard = asyncio.get_running_loop().time() - self._began
        return max(0.0, self._outcome.seconds - heard - _LEAST_S)

    def _silence(self) -> SpeechChunk | None:
        """Return silence where the text pauses, if this kind of audio can have any."""
        is_pause = self._text.is_waited_for and not self._outcome.owed.is_due
        audio = self._frames.silence(_STEP_S) if is_pause else b""
        if not audio or not self._bytes_per_second:
            return None
        seconds = len(audio) / self._bytes_per_second
        self._pauses.insert(self._outcome.seconds_spoken, seconds)
        self._outcome.seconds_paused += seconds
        return SpeechChunk(audio, silent=True)


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
        return chunk._replace(
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
        return times._replace(starts=tuple(starts), ends=tuple(ends))

    def _before(self, time: float) -> float:
        """Return the silence that was put before a time of the voice."""
        passed = bisect_right(self._at, time)
        return self._totals[passed - 1] if passed else 0.0
