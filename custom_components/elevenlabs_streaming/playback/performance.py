"""One utterance on its way from the speaker to Home Assistant's TTS stream."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
import logging

from ..api import ElevenLabsError, SpeechChunk
from ..api.errors import ConnectionFailedError, OutputFormatNotAllowedError
from ..speech import Speaker, TextSource, Utterance
from .delivery import Delivery
from .recorder import Recorder

_LOGGER = logging.getLogger(__name__)

# Chunks that may wait for Home Assistant, which reads as fast as they come.
_WAITING_CHUNKS = 64


class Performance:
    """Speaks one utterance in a task of its own, so that whoever owns the task can end it."""

    def __init__(
        self,
        speaker: Speaker,
        utterance: Utterance,
        text: TextSource,
        deliveries: Sequence[Delivery],
        recorder: Recorder,
    ) -> None:
        """`deliveries` are tried in turn where the plan does not include one."""
        self._speaker = speaker
        self._utterance = utterance
        self._text = text
        self._deliveries = deliveries
        self._recorder = recorder
        self._opened: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
        self._audio: asyncio.Queue[bytes | ElevenLabsError | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_WAITING_CHUNKS)
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Speak to the end; the outcome is seen through `opened` and `audio`."""
        self._task = asyncio.current_task()
        error: ElevenLabsError | None = ConnectionFailedError("ended from outside")
        try:
            await self._speak()
            error = None
        except ElevenLabsError as err:
            error = err
        finally:
            try:
                await self._text.close()
            finally:
                self._end(error)

    def stop(self) -> None:
        """Stop speaking: nobody listens."""
        if self._task:
            self._task.cancel()

    async def opened(self) -> Delivery:
        """Wait for the first of the speech; raises `ElevenLabsError` when there is none."""
        return await asyncio.shield(self._opened)

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield the audio; raises `ElevenLabsError` where it breaks off. Closing it stops."""
        try:
            if header := (await self.opened()).header():
                yield header
            while (piece := await self._audio.get()) is not None:
                if isinstance(piece, ElevenLabsError):
                    raise piece
                self._room.release()
                yield piece
        finally:
            self.stop()

    async def _speak(self) -> None:
        for delivery in self._deliveries:
            self._utterance = replace(
                self._utterance,
                request=replace(self._utterance.request, output_format=delivery.output_format),
            )
            try:
                await self._deliver(delivery)
            except OutputFormatNotAllowedError:
                if self._opened.done() or delivery is self._deliveries[-1]:
                    raise
                _LOGGER.info("The plan does not include %s", delivery.output_format)
                self._text.rewind()
            else:
                return

    async def _deliver(self, delivery: Delivery) -> None:
        async with aclosing(self._speaker.speak(self._utterance, self._text)) as chunks:
            async for chunk in chunks:
                if not self._opened.done():
                    self._opened.set_result(delivery)
                if chunk.audio:
                    await self._room.acquire()
                    self._audio.put_nowait(chunk.audio)
                self._caption(chunk)

    def _caption(self, chunk: SpeechChunk) -> None:
        """Captions that fail leave the speech alone."""
        try:
            self._recorder.add(chunk, self._utterance, self._text)
        except Exception:
            _LOGGER.exception("Captions failed")

    def _end(self, error: ElevenLabsError | None) -> None:
        if not self._opened.done():
            self._opened.set_exception(error or ConnectionFailedError())
            # Nobody may be left to look at it.
            self._opened.exception()
        self._audio.put_nowait(error)
        self._record_end(error)

    def _record_end(self, error: ElevenLabsError | None) -> None:
        """Complete the captions, which must not stop the listener either."""
        try:
            self._recorder.end(self._utterance, self._text, error)
        except Exception:
            _LOGGER.exception("Captions failed")
