"""The text of an utterance: whole, or still being written."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
import contextlib
import logging

from ..text import SurrogateJoiner

_LOGGER = logging.getLogger(__name__)

# Event loop iterations within which a text that is complete must show its end. A generator
# that yields a complete text needs two: one for its item, one for its end.
_TURNS = 4


class TextSource:
    """Reads a text piece by piece and can be read again from its start.

    Whether the text is whole is found out: everything that is there at once is taken as one
    piece; if the text also ends there, it is whole.
    """

    def __init__(self, pieces: AsyncGenerator[str], *, limit: int) -> None:
        """`limit`: characters after which the rest of a growing text is left out."""
        self._pieces = pieces
        self._joiner = SurrogateJoiner()
        self._limit = limit
        self._reading: asyncio.Task[str | None] | None = None
        self._read: list[str] = []
        self._offset = 0
        self._length = 0
        self._began: float | None = None
        self.ended = False
        """Whether all of the text was read."""
        self.cut = False
        """Whether the text was given up before its end."""
        self.too_long = False
        """Whether the text reached its limit."""

    @property
    def age(self) -> float:
        """Seconds since its first words came."""
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began

    @property
    def length(self) -> int:
        """Characters read so far."""
        return self._length

    @property
    def is_waited_for(self) -> bool:
        """Whether all that was written is being spoken, and more of it may come."""
        return not self.ended and self._offset == self._length

    async def take_ready(self, timeout: float) -> bool:
        """Read all that is there once the first piece came; True if that is the whole text.

        Raises TimeoutError after `timeout` seconds without a first piece.
        """
        if not self._read:
            await self._fetch(timeout)
        while not self.ended and await self._is_ready():
            await self._fetch(None)
        return self.ended and not self.cut

    async def next(self, timeout: float | None = None) -> str | None:
        """Return the next piece, or None at the end.

        Raises TimeoutError after `timeout` seconds without one; nothing is lost by that.
        """
        self._offset, piece = await self.read(self._offset, timeout)
        return piece

    async def read(self, offset: int, timeout: float | None = None) -> tuple[int, str | None]:
        """Return what follows an offset, as soon as there is more, and the offset behind it.

        Several may read at once. None at the end; TimeoutError after `timeout` seconds.
        """
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        # A piece may be empty, which is not the end.
        while offset == self._length and not self.ended:
            await self._fetch(None if until is None else max(0.0, until - loop.time()))
        return self._length, self.since(offset) if offset < self._length else None

    def so_far(self) -> str:
        """Return all that was read."""
        return "".join(self._read)

    def since(self, length: int) -> str:
        """Return what was read after the first `length` characters."""
        found: list[str] = []
        missing = self._length - length
        for piece in reversed(self._read):
            if missing <= 0:
                break
            found.append(piece[-missing:])
            missing -= len(piece)
        return "".join(reversed(found))

    def rewind(self, length: int = 0) -> None:
        """Continue reading after the first `length` characters."""
        self._offset = min(length, self._length)

    def give_up(self) -> None:
        """Treat the text as complete although its end never came."""
        _LOGGER.warning("The text stopped coming; what came is spoken")
        self.ended = self.cut = True

    async def close(self) -> None:
        """Stop reading and close the generator."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._pieces.aclose()

    async def _is_ready(self) -> bool:
        reading = self._start_reading()
        for _ in range(_TURNS):
            if reading.done():
                return True
            await asyncio.sleep(0)
        return reading.done()

    def _start_reading(self) -> asyncio.Task[str | None]:
        if self._reading is None:
            self._reading = asyncio.create_task(_next_or_none(self._pieces))
        return self._reading

    async def _fetch(self, timeout: float | None) -> None:
        """Move one piece from the generator to what was read."""
        reading = self._start_reading()
        done, _ = await asyncio.wait({reading}, timeout=timeout)
        if not done:
            raise TimeoutError
        if self._reading is reading:
            self._reading = None
            self._keep(self._result(reading))

    def _result(self, reading: asyncio.Task[str | None]) -> str | None:
        """Return the piece; a writer that fails ends its text where it stands."""
        # A writer that was cancelled fails with CancelledError, which is not meant for us.
        error = asyncio.CancelledError() if reading.cancelled() else reading.exception()
        if error:
            _LOGGER.warning("The text ended early: %s", type(error).__name__)
            self.cut = True
            return None
        return reading.result()

    def _keep(self, piece: str | None) -> None:
        if piece is None:
            self.ended = True
            return
        piece = self._joiner.join(piece)
        if self._length + len(piece) > self._limit:
            piece = piece[: self._limit - self._length]
            self.too_long = True
            self.ended = self.cut = True
        if piece:
            if self._began is None:
                self._began = asyncio.get_running_loop().time()
            self._read.append(piece)
            self._length += len(piece)


async def _next_or_none(pieces: AsyncIterator[str]) -> str | None:
    return await anext(pieces, None)
