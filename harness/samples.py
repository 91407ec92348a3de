"""Sound as samples, from raw bytes or decoded from a file."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

type Samples = NDArray[np.float64]

RATE = 44100
FULL_SCALE = 32768


def from_bytes(data: bytes) -> Samples:
    """Read 16-bit samples."""
    whole: NDArray[np.int16] = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
    return whole.astype(np.float64) / FULL_SCALE


def decode_samples(path: Path) -> Samples:
    """Decode an audio file to mono samples at `RATE`."""
    resampler = av.AudioResampler(format="dbl", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [
            part.to_ndarray()[0]
            for frame in [*container.decode(audio=0), None]
            for part in resampler.resample(frame)
        ]
    return np.concatenate(frames)
