"""Audio between the task that makes it and Home Assistant's TTS stream."""

import asyncio
from collections import deque
from typing import Final

from ..api import ElevenLabsError

# Chunks that may wait for Home Assistant, which reads as fast as they come.
_WAITING_CHUNKS: Final = 64


class AudioQueue:
    """Pieces of audio in their order, and how they end."""

    def __init__(self) -> None:
        """Start empty."""
        self._pieces: deque[bytes] = deque()
        self._is_ended = False
        self._error: ElevenLabsError | None = None
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()

    def put_header(self, header: bytes) -> None:
        """Add what comes before all audio."""
        if header:
            self._pieces.append(header)

    async def put(self, audio: bytes) -> None:
        """Add audio, to be read after `flush`; waits while too much of it was not read."""
        if not audio:
            return
        while len(self._pieces) >= _WAITING_CHUNKS:
            self.flush()
            self._has_room.clear()
            await self._has_room.wait()
        self._pieces.append(audio)

    def flush(self) -> None:
        """Let all that was added be read."""
        self._changed.set()

    def end(self, error: ElevenLabsError | None) -> None:
        """End the audio, with an error if it breaks off."""
        self._is_ended, self._error = True, error
        self._changed.set()

    async def get(self) -> bytes | None:
        """Return all audio that is there, or None at the end. Raises the error at a break."""
        await self._wait()
        if not self._pieces:
            if self._error:
                raise self._error
            return None
        audio = self._pieces.popleft() if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._has_room.set()
        return audio

    async def _wait(self) -> None:
        """Wait for audio, or its end."""
        while True:
            await self._changed.wait()
            if self._is_ended:
                return
            self._changed.clear()
            if self._pieces:
                return
