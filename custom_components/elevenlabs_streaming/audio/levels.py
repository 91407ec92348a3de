"""How loud audio is, step by step, as it comes."""

from array import array
import math
import sys
from typing import Final, Protocol, override

from ..api import OutputFormat
from .mp3_gain import SILENCE_DB, read_granules

_STEP_S: Final = 0.01
_SAMPLE_BYTES: Final = 2
# Samples a second that tell how loud speech is; more of them cost time.
_ENOUGH_HZ: Final = 4000


class LevelReader(Protocol):
    """Tells the levels of one stream of audio in decibels."""

    step: float
    """Seconds between two levels."""
    quiet_below: float
    """Decibels below the loudest of late: speech is louder than that, breath and noise are not."""

    def add(self, audio: bytes) -> list[float]:
        """Return the levels that more audio makes known."""


def levels_of(output_format: OutputFormat) -> LevelReader | None:
    """Return a reader of a format; None if it can't be read."""
    if output_format.codec == "mp3":
        return Mp3Levels()
    return PcmLevels(output_format.sample_rate) if output_format.codec == "pcm" else None


class PcmLevels(LevelReader):
    """Levels of 16-bit mono samples."""

    quiet_below = 30.0

    def __init__(self, sample_rate: int) -> None:
        """Start with no samples."""
        self._size = max(1, round(_STEP_S * sample_rate))
        self._stride = max(1, sample_rate // _ENOUGH_HZ)
        self.step = self._size / sample_rate
        self._held = b""

    @override
    def add(self, audio: bytes) -> list[float]:
        """Return a level for each hundredth of a second."""
        audio = self._held + audio
        size = self._size * _SAMPLE_BYTES
        whole = len(audio) // size * size
        self._held = audio[whole:]
        values = array("h", audio[:whole])
        if sys.byteorder == "big":
            values.byteswap()
        starts = range(0, len(values), self._size)
        return [_decibels(values[at : at + self._size : self._stride]) for at in starts]


def _decibels(samples: array[int]) -> float:
    power = math.sumprod(samples, samples) / len(samples)
    return 10 * math.log10(power) if power else SILENCE_DB


class Mp3Levels(LevelReader):
    """Levels of MP3 frames, by what their side information tells: nothing is decoded."""

    # The loudest value of a spectrum falls lower than its power.
    quiet_below = 40.0

    def __init__(self) -> None:
        """Start with no frame."""
        self.step = 0.0
        self._held = b""

    @override
    def add(self, audio: bytes) -> list[float]:
        """Return a level for each granule, which sounds one granule later than it stands."""
        self._held += audio
        levels, seconds, read = read_granules(self._held)
        self._held = self._held[read:]
        is_first = not self.step
        self.step = seconds or self.step
        return [SILENCE_DB, *levels] if is_first and levels else levels
