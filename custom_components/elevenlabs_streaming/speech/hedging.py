"""A second route where the first stays mute: the first that speaks is heard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..api import ElevenLabsError, SpeechChunk
from ..api.errors import StalledError
from .joiner import Joiner
from .owed_audio import OwedAudio

# Our queue, Home Assistant's stream, and its HTTP response each take a turn of the event loop.
_TURNS_TO_LISTENER = 4

type Speak = Callable[["HedgedStream"], Awaitable[None]]
"""Speaks a text into a stream."""


class SoundDeadline:
    """How long a listener waits for a sound that is due."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: the most, over all attempts."""
        self._seconds = seconds
        self.due = asyncio.Event()
        """Set while the service has words to speak."""
        self._due_at = 0.0

    def start(self) -> None:
        """Record that a sound is due from now on."""
        if not self.due.is_set():
            self._due_at = _now()
            self.due.set()

    def reset(self) -> None:
        """Record that none is due: one has come, or others speak first."""
        self.due.clear()

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._due_at + self._seconds - _now() if self.due.is_set() else self._seconds

    @property
    def is_over(self) -> bool:
        """Whether the sound should have come."""
        return self.left <= 0


class HedgedStream:
    """What one route says; it reaches the listener once the route is the first to speak."""

    def __init__(
        self, joiner: Joiner, deadline: SoundDeadline, claim: Callable[[HedgedStream], None]
    ) -> None:
        """`claim` is called before the first sound."""
        self._joiner = joiner
        self._deadline = deadline
        self._claim = claim
        self._position = 0
        self.owed = OwedAudio(joiner.bytes_per_second)
        self._held: list[SpeechChunk] = []
        self.is_heard = False
        self.on_heard: list[Callable[[], None]] = []
        """Called at the first sound."""

    def request(self, text: str = "") -> None:
        """Record that the service is to speak a text, and all that it was given before."""
        self.owed.give(text)
        self.owed.request()
        if not self.is_heard:
            self._deadline.start()

    def start_stream(self, position: int) -> None:
        """Start a stream that speaks the text from a position on."""
        self._position = position
        if self.is_heard:
            self._joiner.start_stream(position)

    async def add(self, chunk: SpeechChunk) -> None:
        """Hand on a chunk; what comes before the first sound is held back."""
        chunks = [chunk]
        is_first = not self.is_heard
        if is_first:
            self._held.append(chunk)
            if not chunk.audio:
                return
            self._speak_first()
            chunks, self._held = self._held, []
        for one in chunks:
            self.owed.add(one)
            await self._joiner.add(one)
        if is_first:
            # Before what came with it is read: all of that may hold the loop for milliseconds.
            for _ in range(_TURNS_TO_LISTENER):
                await asyncio.sleep(0)

    def end_stream(self, until: int | None = None) -> None:
        """Check that the stream has spoken the text; raises `ElevenLabsError` if not."""
        if not self.is_heard:
            self._joiner.start_stream(self._position)
        self.owed.clear()
        self._joiner.end_stream(until)

    def _speak_first(self) -> None:
        self._claim(self)
        self.is_heard = True
        self._deadline.reset()
        self._joiner.start_stream(self._position)
        while self.on_heard:
            self.on_heard.pop()()


class Hedge:
    """Starts a second route when the first is mute for too long, and ends the one that loses."""

    def __init__(self, joiner: Joiner, deadline: SoundDeadline) -> None:
        """Start with none."""
        self._joiner = joiner
        self._deadline = deadline
        self._tasks: dict[HedgedStream, asyncio.Task[None]] = {}
        self._won: asyncio.Future[HedgedStream] = asyncio.get_running_loop().create_future()

    @property
    def is_hedged(self) -> bool:
        """Whether a second route was started."""
        return len(self._tasks) > 1

    async def run(self, first: Speak, second: Speak, *, after: float) -> None:
        """Speak; `after` so many seconds without a sound that is due over a second route too.

        Raises `ElevenLabsError`.
        """
        try:
            self._start(first)
            await self._wait_until_due()
            await self._wait(after)
            if not self._is_decided:
                self._start(second)
                await self._wait_for_first()
            await self._end()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _start(self, speak: Speak) -> None:
        stream = HedgedStream(self._joiner, self._deadline, self._claim)
        self._tasks[stream] = asyncio.ensure_future(speak(stream))

    def _claim(self, stream: HedgedStream) -> None:
        """Let a stream be heard, and end the other."""
        self._won.set_result(stream)
        for other, task in self._tasks.items():
            if other is not stream:
                task.cancel()

    @property
    def _is_decided(self) -> bool:
        """Whether one speaks, all have ended, or one was told why there will be no speech."""
        done = [task for task in self._tasks.values() if task.done()]
        return self._won.done() or len(done) == len(self._tasks) or any(map(_is_final, done))

    async def _wait_until_due(self) -> None:
        due = asyncio.ensure_future(self._deadline.due.wait())
        try:
            waited: set[asyncio.Future[Any]] = {due, self._won, *self._tasks.values()}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            due.cancel()

    async def _wait_for_first(self) -> None:
        """Wait for the first sound as long as a listener does."""
        while not self._is_decided and not self._deadline.is_over:
            await self._wait(self._deadline.left)

    async def _wait(self, seconds: float) -> None:
        """Wait until anything changes."""
        if self._is_decided:
            return
        waited: set[asyncio.Future[Any]] = {self._won}
        waited |= {task for task in self._tasks.values() if not task.done()}
        timeout = max(0.0, min(seconds, self._deadline.left))
        await asyncio.wait(waited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)

    async def _end(self) -> None:
        """Wait for the end of the one that speaks; raise what ended all."""
        if self._won.done():
            await self._tasks[self._won.result()]
            return
        if not self._is_decided:
            raise StalledError("no sound came in time")
        for task in reversed(self._tasks.values()):
            if task.done():
                task.result()


def _is_final(task: asyncio.Task[None]) -> bool:
    """Return whether a route has ended without a failure that might pass."""
    if task.cancelled() or (err := task.exception()) is None:
        return True
    return not (isinstance(err, ElevenLabsError) and err.retryable)


def _now() -> float:
    return asyncio.get_running_loop().time()
