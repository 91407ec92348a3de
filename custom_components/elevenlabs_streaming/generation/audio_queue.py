"""Audio between the task that makes it and Home Assistant's TTS stream."""

import asyncio
from typing import Final

from ..api import ElevenLabsError

# Chunks that may wait for Home Assistant, which reads as fast as they come.
_WAITING_CHUNKS: Final = 64


class AudioQueue:
    """Pieces of audio in their order, and how they end."""

    def __init__(self) -> None:
        """Start empty."""
        self._pieces: asyncio.Queue[bytes | ElevenLabsError | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_WAITING_CHUNKS)

    def put_header(self, header: bytes) -> None:
        """Add what comes before all audio."""
        if header:
            self._pieces.put_nowait(header)

    async def put(self, audio: bytes) -> None:
        """Add audio; waits while too much of it was not read."""
        if audio:
            await self._room.acquire()
            self._pieces.put_nowait(audio)

    def end(self, error: ElevenLabsError | None) -> None:
        """End the audio, with an error if it breaks off."""
        self._pieces.put_nowait(error)

    async def get(self) -> bytes | None:
        """Return the next audio, or None at the end. Raises the error where it breaks off."""
        piece = await self._pieces.get()
        if isinstance(piece, ElevenLabsError):
            raise piece
        if piece is not None:
            self._room.release()
        return piece
