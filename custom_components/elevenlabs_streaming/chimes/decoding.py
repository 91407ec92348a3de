"""Chimes as samples: mono, 16 bits, `SAMPLE_RATE` a second."""

from collections.abc import AsyncGenerator
import sys
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..generation import converted
from .chime_error import ChimeError

SAMPLE_RATE: Final = 48_000
SAMPLE_BYTES: Final = 2
LONGEST_CHIME_S: Final = 15.0
PCM_ARGUMENTS: Final = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1")
# 1/1000 of full scale, -60 dB: nobody hears it.
_AUDIBLE: Final = 33
_BYTES_A_SECOND: Final = SAMPLE_RATE * SAMPLE_BYTES


async def async_decode(hass: HomeAssistant, chime: str, encoded: bytes) -> bytes:
    """Return the samples of a chime; raises ChimeError."""
    longest = str(LONGEST_CHIME_S + 1)
    arguments = ("-i", "pipe:0", "-t", longest, *PCM_ARGUMENTS)
    try:
        pieces = [piece async for piece in converted(hass, arguments, _pieces(encoded))]
    except (HomeAssistantError, OSError) as err:
        raise ChimeError("chime_unreadable", chime) from err
    pcm = b"".join(pieces)
    if len(pcm) > LONGEST_CHIME_S * _BYTES_A_SECOND:
        raise ChimeError("chime_too_long", chime)
    if not pcm:
        raise ChimeError("chime_unreadable", chime)
    if not await hass.async_add_executor_job(_is_audible, pcm):
        raise ChimeError("chime_silent", chime)
    return pcm


def silence(seconds: float) -> bytes:
    """Return so many seconds without sound."""
    return bytes(round(seconds * SAMPLE_RATE) * SAMPLE_BYTES)


def _is_audible(pcm: bytes) -> bool:
    samples = memoryview(pcm[: len(pcm) - len(pcm) % SAMPLE_BYTES]).cast("h")
    assert sys.byteorder == "little"  # noqa: S101  # all machines that Home Assistant runs on
    return max(samples, default=0) >= _AUDIBLE or min(samples, default=0) <= -_AUDIBLE


async def _pieces(audio: bytes) -> AsyncGenerator[bytes]:
    yield audio
