"""Audio into another format with the ffmpeg that Home Assistant comes with."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Final

from homeassistant.components import ffmpeg
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

_PIECE: Final = 4096


async def converted(
    hass: HomeAssistant, arguments: Sequence[str], pieces: AsyncGenerator[bytes]
) -> AsyncGenerator[bytes]:
    """Yield what ffmpeg makes of audio in pieces; raises what they raise.

    `arguments`: between input and output, without these two.
    """
    process = await _start(hass, arguments)
    assert process.stdin and process.stdout  # noqa: PT018, S101  # both are pipes
    writing = asyncio.create_task(_write(process.stdin, pieces))
    try:
        while piece := await process.stdout.read(_PIECE):
            yield piece
        await writing
        if await process.wait():
            raise HomeAssistantError("ffmpeg failed")
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await _end(process)


async def _start(hass: HomeAssistant, arguments: Sequence[str]) -> asyncio.subprocess.Process:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        ffmpeg.get_ffmpeg_manager(hass).binary,
        *("-hide_banner", "-loglevel", "error"),
        *arguments,
        "pipe:1",
        stdin=pipe,
        stdout=pipe,
        stderr=nothing,
    )


async def _write(stdin: asyncio.StreamWriter, pieces: AsyncGenerator[bytes]) -> None:
    """Write all pieces, and close the input whatever comes."""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                stdin.write(piece)
                await stdin.drain()
    finally:
        stdin.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
