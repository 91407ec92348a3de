"""Decode an audio file: how long it is, and whether there is anything to hear."""

from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.frame import AudioFrame
import numpy as np

from harness.errors import HarnessError

# Speech averages near a tenth of full scale; what lies below this is a silent file.
AUDIBLE = 0.005


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """What decoding an audio file told."""

    codec: str
    rate: int
    seconds: float
    loudness: float

    @property
    def is_audible(self) -> bool:
        """Whether the file is more than silence."""
        return self.loudness > AUDIBLE


def decode_file(path: Path) -> DecodedAudio:
    """Decode the whole file, without holding more than a frame of it."""
    samples = 0
    energy = 0.0
    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            rate = stream.codec_context.sample_rate
            for frame in container.decode(stream):
                samples += frame.samples
                energy += _power(frame) * frame.samples
            codec = stream.codec_context.name
    except (av.FFmpegError, IndexError) as error:
        message = f"{path.name} does not decode: {error}"
        raise HarnessError(message) from error
    if not samples:
        message = f"{path.name} holds no sound."
        raise HarnessError(message)
    return DecodedAudio(codec, rate, samples / rate, (energy / samples) ** 0.5)


def _power(frame: AudioFrame) -> float:
    values = frame.to_ndarray()
    whole = 2 ** (8 * values.itemsize - 1) if values.dtype.kind == "i" else 1
    return float(np.mean((values / whole) ** 2))
