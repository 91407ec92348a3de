"""How loud speech is, so that one voice can go on as loudly as another."""

from array import array
import math
import sys
from typing import Final

_SAMPLE_BYTES: Final = 2
_WINDOW_S: Final = 0.05
# Quieter windows than this part of the loudest are pauses (a power: 20 dB).
_PAUSE: Final = 0.01


def loudness(samples: bytes, sample_rate: int) -> float:
    """Return the RMS of 16-bit mono PCM without its pauses; 0 where there is no sound."""
    values = array("h", samples[: len(samples) // _SAMPLE_BYTES * _SAMPLE_BYTES])
    if sys.byteorder == "big":
        values.byteswap()
    size = max(1, round(_WINDOW_S * sample_rate))
    windows = [values[start : start + size] for start in range(0, len(values), size)]
    powers = [math.sumprod(window, window) / len(window) for window in windows]
    least = _PAUSE * max(powers, default=0.0)
    sounding = [power for power in powers if power > least]
    return math.sqrt(sum(sounding) / len(sounding)) if sounding else 0.0


def samples_of_wav(audio: bytes, sample_rate: int) -> bytes:
    """Return the samples of a WAV as far as it came, where they are 16-bit mono of this rate."""
    fmt, data = audio.find(b"fmt "), audio.find(b"data")
    if fmt < 0 or data < fmt:
        return b""
    channels = int.from_bytes(audio[fmt + 10 : fmt + 12], "little")
    rate = int.from_bytes(audio[fmt + 12 : fmt + 16], "little")
    bits = int.from_bytes(audio[fmt + 22 : fmt + 24], "little")
    is_plain = (channels, rate, bits) == (1, sample_rate, _SAMPLE_BYTES * 8)
    return audio[data + 8 :] if is_plain else b""
