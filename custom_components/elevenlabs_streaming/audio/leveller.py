"""Speech at another loudness, with a limiter that keeps its peaks below full scale."""

# Home Assistant requires audioop-lts (its pyproject.toml).
import math
from typing import Final

import audioop

_SAMPLE_BYTES: Final = 2
_BLOCK_S: Final = 0.002
_FULL_SCALE: Final = 32767


def factor_of(decibels: float) -> float:
    """Return the factor of an amplitude that so many decibels are."""
    return float(10.0 ** (decibels / 20.0))


# An encoder may add a decibel to a peak.
_CEILING: Final = _FULL_SCALE * factor_of(-1.5)
# From one block to the next: quick before a peak, slow after it, and slower where the gain itself
# changes, so that neither is heard.
_ATTACK: Final = factor_of(1.0)
_RELEASE: Final = factor_of(0.05)
_SLEW: Final = factor_of(0.02)


class Leveller:
    """Amplifies or attenuates 16-bit mono PCM."""

    def __init__(self, sample_rate: int) -> None:
        """Start without a gain; the first one applies at once."""
        self._block = round(_BLOCK_S * sample_rate) * _SAMPLE_BYTES
        self._wanted: float | None = None
        self._gain = 1.0
        """Of the last block, without the limiter."""
        self._limited = 1.0
        """Of the last block, with the limiter."""
        self._powers = [0.0, 0.0, 0.0]
        """Of all audio as it came, without the limiter, and with it."""

    @property
    def mean_gain(self) -> float:
        """By how many decibels the gain has made it louder, without the limiter."""
        plain, unlimited, _ = self._powers
        return _decibels(unlimited, plain)

    @property
    def loss(self) -> float:
        """By how many decibels the limiter has made it quieter."""
        _, unlimited, limited = self._powers
        return _decibels(unlimited, limited)

    def set_gain(self, decibels: float) -> None:
        """Come to another gain, in decibels."""
        if self._wanted is None:
            self._gain = self._limited = factor_of(decibels)
        self._wanted = factor_of(decibels)

    def level(self, audio: bytes) -> bytes:
        """Return the audio at the present gain; it has whole samples."""
        if self._wanted is None:
            return audio
        blocks = [audio[at : at + self._block] for at in range(0, len(audio), self._block)]
        wanted = [self._next_gain(self._wanted) for _ in blocks]
        gains = self._limit(wanted, [audioop.max(block, _SAMPLE_BYTES) for block in blocks])
        rms = [audioop.rms(block, _SAMPLE_BYTES) for block in blocks]
        for place, factors in enumerate(([1.0] * len(rms), wanted, gains)):
            amplitudes = [one * factor for one, factor in zip(rms, factors, strict=True)]
            self._powers[place] += math.sumprod(amplitudes, amplitudes)
        pairs = zip(blocks, gains, strict=True)
        return b"".join([audioop.mul(block, _SAMPLE_BYTES, gain) for block, gain in pairs])

    def _next_gain(self, wanted: float) -> float:
        self._gain = min(max(wanted, self._gain / _SLEW), self._gain * _SLEW)
        return self._gain

    def _limit(self, wanted: list[float], peaks: list[int]) -> list[float]:
        """Return the gains of blocks that have these peaks; they fall before a peak."""
        limits = [_CEILING / max(1, peak) for peak in peaks]
        gains = list(map(min, wanted, limits, strict=True))
        for at in range(len(gains) - 2, -1, -1):
            gains[at] = min(gains[at], gains[at + 1] * _ATTACK)
        for at, gain in enumerate(gains):
            self._limited = gains[at] = min(gain, self._limited * _RELEASE)
        return gains


def _decibels(power: float, of: float) -> float:
    return 10.0 * math.log10(power / of) if power and of else 0.0
