"""Convert samples to another sample rate."""

from functools import lru_cache
import math

import numpy as np
from numpy.typing import NDArray

from .espeak import NATIVE_RATE, Samples

_TAPS_PER_SIDE = 24
_MIN_BLOCK_LENGTH = 128


def resample(samples: Samples, rate: int) -> Samples:
    """Return samples of espeak-ng at another rate (windowed sinc)."""
    if rate == NATIVE_RATE or not len(samples):
        return samples
    kernel, block, margin = _kernel(rate)
    blocks = -(-len(samples) // block)
    padded = np.zeros(blocks * block + 2 * margin, dtype=np.float32)
    padded[margin : margin + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, block + 2 * margin)
    output = (windows[::block] @ kernel).reshape(-1)
    length = round(len(samples) * rate / NATIVE_RATE)
    rounded: Samples = np.clip(np.rint(output[:length]), -32768, 32767).astype(np.int16)
    return rounded


@lru_cache(maxsize=16)
def _kernel(rate: int) -> tuple[NDArray[np.float32], int, int]:
    """Return the matrix that converts a block with its margins, and the length of both."""
    common = math.gcd(rate, NATIVE_RATE)
    up, down = rate // common, NATIVE_RATE // common
    repeat = -(-_MIN_BLOCK_LENGTH // down)
    up, down = up * repeat, down * repeat
    cutoff = 0.95 * min(1.0, up / down)
    margin = math.ceil(_TAPS_PER_SIDE / min(1.0, up / down))
    inputs = np.arange(-margin, down + margin)[:, None]
    distance = inputs - (np.arange(up) * down / up)[None, :]
    window = np.where(np.abs(distance) < margin, 0.5 + 0.5 * np.cos(np.pi * distance / margin), 0.0)
    kernel = cutoff * np.sinc(cutoff * distance) * window
    return (kernel / kernel.sum(axis=0)).astype(np.float32), down, margin
