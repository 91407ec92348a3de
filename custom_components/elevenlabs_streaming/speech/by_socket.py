"""The route over a WebSocket: words as they come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
import logging

from ..api import ElevenLabsError, SpeechChunk, SpeechSocket
from .source import TextSource
from .text import WordFeeder
from .utterance import Patience

_LOGGER = logging.getLogger(__name__)


async def converse(
    socket: SpeechSocket, text: TextSource, patience: Patience
) -> AsyncGenerator[SpeechChunk]:
    """Send and receive at once, and end both together."""
    feeding = asyncio.create_task(_Feeding(socket, text, patience).run())
    try:
        async with aclosing(socket.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await socket.close()


class _Feeding:
    """Sends one socket its words."""

    def __init__(self, socket: SpeechSocket, text: TextSource, patience: Patience) -> None:
        self._socket = socket
        self._text = text
        self._patience = patience
        self._feeder = WordFeeder()

    async def run(self) -> None:
        """Send words as they come; a failure to send shows at the receiving end."""
        socket, feeder = self._socket, self._feeder
        try:
            while (piece := await self._next_alive()) is not None:
                if words := feeder.add(piece):
                    await socket.send_text(words)
                elif socket.idle > socket.keep_alive_after:
                    await socket.keep_alive()
            if rest := feeder.rest():
                await socket.send_text(rest)
            await socket.finish()
        except ElevenLabsError as err:
            _LOGGER.debug("Could not send on: %s", err.cause)
        except Exception:
            _LOGGER.exception("Feeding the text failed")
            await socket.close()

    async def _next_alive(self) -> str | None:
        """Wait for the next piece and keep the socket open and the listener supplied."""
        waited, flush = 0.0, self._patience.flush
        while (left := self._patience.silence - waited) > 0:
            next_step = flush - waited if waited < flush else left
            wait = min(left, next_step, self._socket.keep_alive_after)
            try:
                return await self._text.next(wait)
            except TimeoutError:
                waited += wait
            if waited >= flush:
                await self._speak_so_far()
            else:
                await self._socket.keep_alive()
        self._text.give_up()
        return None

    async def _speak_so_far(self) -> None:
        """Have everything generated that is known to be complete."""
        if words := self._feeder.settled():
            await self._socket.send_text(words)
        await self._socket.flush()
