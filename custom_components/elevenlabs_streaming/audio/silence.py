"""A moment of silence in a format that ElevenLabs has: what is heard of a text without words."""

import math
from typing import Final

from ..api import OutputFormat
from .mp3 import frames_of

_SECONDS: Final = 0.1
# Where a frame's header names its rate and its bit rate, of MPEG-1 and MPEG-2 (layer III).
_RATES: Final = {44100: 0, 48000: 1, 32000: 2, 22050: 0, 24000: 1, 16000: 2}
_LEAST_RATE_OF_MPEG_1: Final = 32000
_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_OF_MPEG_2: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_USUAL_KBPS: Final = 128


def silent_audio(output_format: OutputFormat) -> bytes:
    """Return a tenth of a second without sound; nothing where it is not known how."""
    if output_format.codec == "mp3":
        return _silent_mp3(output_format.sample_rate, output_format.kbps or _USUAL_KBPS)
    return frames_of(output_format).silence(_SECONDS)


def _silent_mp3(rate: int, kbps: int) -> bytes:
    """Return frames whose coefficients are all zero."""
    is_first = rate >= _LEAST_RATE_OF_MPEG_1
    rates = _KBPS if is_first else _KBPS_OF_MPEG_2
    if rate not in _RATES or kbps not in rates:
        return b""
    samples = 1152 if is_first else 576
    numbers = (rates.index(kbps) + 1) << 4 | _RATES[rate] << 2
    header = bytes((0xFF, 0xFB if is_first else 0xF3, numbers, 0xC0))
    frame = header.ljust(samples // 8 * kbps * 1000 // rate, b"\0")
    return frame * math.ceil(_SECONDS * rate / samples)
