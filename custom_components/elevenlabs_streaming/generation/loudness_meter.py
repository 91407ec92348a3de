"""Measures how loud speech is while it streams."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
import logging
from typing import Final

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from .conversion import converted

_LOGGER = logging.getLogger(__name__)

# The filter prints one line for each value after each tenth of a second of audio.
_FILTER: Final = "ebur128=metadata=1,ametadata=mode=print:file=-:direct=1:key=lavfi.r128.I"
_VALUE: Final = b"lavfi.r128.I="
# What the filter says before anything is louder than its gate (EBU R128: -70 LUFS).
_SILENT_LUFS: Final = -70.0


class LoudnessMeter:
    """The integrated loudness of one utterance (EBU R128), by the filter `ebur128` of ffmpeg."""

    def __init__(self, hass: HomeAssistant, sample_rate: int) -> None:
        """Take 16-bit mono PCM of a sample rate."""
        self.loudness: float | None = None
        """In LUFS, of what was added; None while that is not known."""
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._measured = asyncio.Event()
        arguments = ["-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", "pipe:0"]
        work = self._measure(hass, [*arguments, "-af", _FILTER, "-f", "null"])
        self._task = hass.async_create_background_task(work, f"{DOMAIN} measures")

    def add(self, audio: bytes) -> None:
        """Measure more audio, in the background."""
        self._pieces.put_nowait(audio)

    async def first(self, timeout: float) -> None:
        """Wait until the loudness is known, for at most `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._measured.wait()

    async def end(self, timeout: float) -> None:
        """Wait until all that was added is measured, for at most `timeout` seconds."""
        self._pieces.put_nowait(None)
        await asyncio.wait([self._task], timeout=timeout)

    def close(self) -> None:
        """Stop measuring."""
        self._task.cancel()

    async def _measure(self, hass: HomeAssistant, arguments: list[str]) -> None:
        rest = b""
        try:
            async with aclosing(converted(hass, arguments, self._added())) as printed:
                async for piece in printed:
                    *lines, rest = (rest + piece).split(b"\n")
                    self._read(lines)
        except Exception as err:  # noqa: BLE001  # speech is heard all the same
            _LOGGER.debug("The loudness is not known: %s", type(err).__name__)
        finally:
            self._measured.set()

    async def _added(self) -> AsyncGenerator[bytes]:
        while (audio := await self._pieces.get()) is not None:
            yield audio

    def _read(self, lines: list[bytes]) -> None:
        for line in lines:
            if line.startswith(_VALUE) and (value := float(line[len(_VALUE) :])) > _SILENT_LUFS:
                self.loudness = value
                self._measured.set()
