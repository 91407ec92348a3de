"""The route over a WebSocket: words as they come."""

import asyncio
from contextlib import aclosing
import logging

from ..api import ElevenLabsError, SpeechSocket, model_facts
from ..text import WordFeeder, split_text
from .chunking import Chunker, ChunkSchedule, PlaybackLead
from .hedging import HedgedStream
from .text_reader import TextReader
from .utterance import TimeLimits

_LOGGER = logging.getLogger(__name__)

# Slow agents write two tokens a second; after more than that a sign without a blank is an end.
_WORD_ENDS_AFTER_S = 0.75
# Messages that come meanwhile are read together. Each read of its own wakes the whole process. Some
# players gather seconds of audio before they sound, so it is not longer.
_TOGETHER_S = 0.15
# The event loop gets its turn after as long.
_AT_ONCE_S = 0.0005
# Characters. It takes about a millisecond to find the words of as many, and another to send them.
_LONG = 5000


async def speak_over_socket(
    socket: SpeechSocket,
    text: TextReader,
    stream: HedgedStream,
    time_limits: TimeLimits,
    schedule: ChunkSchedule,
) -> None:
    """Send a text and hand on the audio at once; end both together and close the socket.

    Raises `ElevenLabsError`.
    """
    lead = PlaybackLead(socket.request.output_format.bytes_per_second)
    feeding = asyncio.create_task(
        _Feeding(socket, text, stream, time_limits, Chunker(schedule, lead)).run()
    )
    try:
        async with aclosing(socket.chunks()) as chunks:
            pauses = _ReadingPauses(socket, lead)
            async for chunk in chunks:
                lead.add(chunk.audio)
                await stream.add(chunk)
                await pauses.next()
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await socket.close()


class _ReadingPauses:
    """Pauses between the messages of a socket: for others, and to read several together."""

    def __init__(self, socket: SpeechSocket, lead: PlaybackLead) -> None:
        self._socket = socket
        self._lead = lead
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    async def next(self) -> None:
        """Pause after a message, if there is a reason to."""
        if self._socket.has_waited:
            if self._lead.is_ample:
                await asyncio.sleep(_TOGETHER_S)
            self._since = self._loop.time()
        elif self._loop.time() - self._since > _AT_ONCE_S:
            await asyncio.sleep(0)
            self._since = self._loop.time()


class _Feeding:
    """Sends one socket its words."""

    def __init__(
        self,
        socket: SpeechSocket,
        text: TextReader,
        stream: HedgedStream,
        time_limits: TimeLimits,
        chunker: Chunker,
    ) -> None:
        self._socket = socket
        self._text = text
        self._stream = stream
        self._time_limits = time_limits
        self._chunker = chunker
        self._feeder = WordFeeder()
        self._longest = model_facts(socket.request.model_id).text_limit
        """Characters that the service generates at once."""

    async def run(self) -> None:
        """Send words as they come; a failure to send shows at the receiving end."""
        try:
            await self._feed()
            while self._socket.request.dialogue_voices and self._text.start_next_turn():
                self._feeder = WordFeeder()
                await self._feed()
            self._stream.request()
            await self._socket.finish()
        except ElevenLabsError as err:
            _LOGGER.debug("Could not send on: %s", err.cause)
        except Exception:
            _LOGGER.exception("Feeding the text failed")
            await self._socket.close()

    async def _feed(self) -> None:
        """Send the words of one speaker."""
        socket, feeder = self._socket, self._feeder
        while (piece := await self._next_alive()) is not None:
            words = feeder.add(piece)
            if len(piece) > _LONG:
                await asyncio.sleep(0)
            if self._text.ended:
                # Its last word belongs to what was sent before, not to a portion of its own.
                await self._say(_joined(words, feeder.rest()), flush=False)
            elif words:
                await self._say(words, flush=self._flushes(words))
            elif socket.idle > socket.keep_alive_after:
                await socket.keep_alive()
        await self._say(feeder.rest(), flush=False)

    async def _next_alive(self) -> str | None:
        """Wait for the next piece and keep the socket open and the listener supplied."""
        waited, flush = 0.0, self._time_limits.flush
        clause = min(flush, self._chunker.patience)
        word = min(flush, max(clause, _WORD_ENDS_AFTER_S))
        while (left := self._time_limits.silence - waited) > 0:
            steps = (step - waited for step in (clause, word, flush) if step > waited)
            wait = min(left, next(steps, left), self._socket.keep_alive_after)
            try:
                return await self._text.next(wait)
            except TimeoutError:
                waited += wait
            if waited >= clause:
                await self._speak_so_far(after_long=waited >= word, anyway=waited >= flush)
            elif self._socket.idle >= self._socket.keep_alive_after:
                await self._socket.keep_alive()
        self._text.give_up()
        return None

    async def _speak_so_far(self, *, after_long: bool, anyway: bool) -> None:
        """Request everything that is known to be complete, with `anyway` inside a clause too."""
        words = self._feeder.settled(after_long=after_long)
        is_flushed = bool(words) and self._chunker.flushes(words)
        await self._say(words, flush=is_flushed)
        if not is_flushed and (anyway or self._chunker.is_holding):
            self._chunker.flushed()
            self._stream.request()
            await self._socket.flush()

    def _flushes(self, words: str) -> bool:
        return self._chunker.flushes(words, ends_line=self._feeder.ends_line)

    async def _say(self, words: str, *, flush: bool) -> None:
        if flush:
            self._stream.request(words)
        else:
            self._stream.owed.give(words)
        parts = split_text(words, self._longest) if len(words) > self._longest else [words]
        for part in parts[:-1]:
            await self._socket.send_text(part, self._text.voice_id, flush=True)
        if words:
            await self._socket.send_text(parts[-1], self._text.voice_id, flush=flush)


def _joined(words: str, rest: str) -> str:
    """Put together what both end in the space that the service wants after a piece."""
    return words + rest
