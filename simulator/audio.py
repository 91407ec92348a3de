"""From espeak's samples to the bytes of an output format, in a stream."""

from collections.abc import Callable
from functools import lru_cache
import io
import math
import struct
from typing import Protocol

import av
from av.audio.stream import AudioStream
import lameenc
import numpy as np
from numpy.typing import NDArray

from .espeak import NATIVE_RATE, Samples
from .formats import OutputFormat

_TAPS_EACH_SIDE = 24
_SMALLEST_BLOCK = 128
_A_LAW_LINEAR = 16
_WAV_SIZE_UNKNOWN = 0xFFFFFFFF


@lru_cache(maxsize=16)
def _kernel(rate: int) -> tuple[NDArray[np.float32], int, int]:
    """Build the matrix that turns one block (plus its margins) into output samples."""
    common = math.gcd(rate, NATIVE_RATE)
    up, down = rate // common, NATIVE_RATE // common
    repeat = -(-_SMALLEST_BLOCK // down)
    up, down = up * repeat, down * repeat
    cutoff = 0.95 * min(1.0, up / down)
    margin = math.ceil(_TAPS_EACH_SIDE / min(1.0, up / down))
    inputs = np.arange(-margin, down + margin)[:, None]
    distance = inputs - (np.arange(up) * down / up)[None, :]
    window = np.where(np.abs(distance) < margin, 0.5 + 0.5 * np.cos(np.pi * distance / margin), 0.0)
    kernel = cutoff * np.sinc(cutoff * distance) * window
    return (kernel / kernel.sum(axis=0)).astype(np.float32), down, margin


def resample(samples: Samples, rate: int) -> Samples:
    """Convert a whole stretch of speech to another rate (windowed sinc)."""
    if rate == NATIVE_RATE or not len(samples):
        return samples
    kernel, block, margin = _kernel(rate)
    blocks = -(-len(samples) // block)
    padded = np.zeros(blocks * block + 2 * margin, dtype=np.float32)
    padded[margin : margin + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, block + 2 * margin)
    sound = (windows[::block] @ kernel).reshape(-1)
    length = round(len(samples) * rate / NATIVE_RATE)
    rounded: Samples = np.clip(np.rint(sound[:length]), -32768, 32767).astype(np.int16)
    return rounded


class Encoder(Protocol):
    """Turns samples at the format's own rate into bytes, piece by piece."""

    def encode(self, samples: Samples) -> bytes:
        """Take more samples; what comes back may be late or empty."""

    def finish(self) -> bytes:
        """Give what is left."""


class _Stateless:
    """Formats in which every sample stands for itself."""

    def __init__(self, convert: Callable[[Samples], bytes]) -> None:
        self._convert = convert

    def encode(self, samples: Samples) -> bytes:
        return self._convert(samples)

    def finish(self) -> bytes:
        return b""


class _Mp3:
    """LAME at a constant bit rate."""

    def __init__(self, chosen: OutputFormat) -> None:
        self._encoder = lameenc.Encoder()
        self._encoder.set_bit_rate(chosen.kbps)
        self._encoder.set_in_sample_rate(chosen.sample_rate)
        self._encoder.set_out_sample_rate(chosen.sample_rate)
        self._encoder.set_channels(1)
        self._encoder.set_quality(5)
        self._encoder.silence()
        self._fed = False

    def encode(self, samples: Samples) -> bytes:
        self._fed = self._fed or bool(len(samples))
        return bytes(self._encoder.encode(samples.tobytes())) if len(samples) else b""

    def finish(self) -> bytes:
        return bytes(self._encoder.flush()) if self._fed else b""


class _Opus:
    """Ogg Opus."""

    def __init__(self, chosen: OutputFormat) -> None:
        self._buffer = io.BytesIO()
        self._container = av.open(
            self._buffer,
            "w",
            format="ogg",
            options={"page_duration": "200000", "flush_packets": "1"},
        )
        self._stream: AudioStream = self._container.add_stream(
            "libopus", rate=chosen.sample_rate, layout="mono"
        )
        self._stream.bit_rate = chosen.kbps * 1000
        self._rate = chosen.sample_rate
        self._position = 0

    def encode(self, samples: Samples) -> bytes:
        if len(samples):
            frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = self._rate, self._position
            self._position += len(samples)
            self._container.mux(self._stream.encode(frame))
        return self._take()

    def finish(self) -> bytes:
        if self._position:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._take()

    def _take(self) -> bytes:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data


class _Wav:
    """PCM with a header in front; the length is not known in a stream."""

    def __init__(self, chosen: OutputFormat) -> None:
        self._header = wav_header(chosen.sample_rate, None)

    def encode(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + _little_endian(samples)

    def finish(self) -> bytes:
        header, self._header = self._header, b""
        return header


def wav_header(rate: int, size: int | None) -> bytes:
    """Write the 44 bytes in front of mono 16-bit samples."""
    data = _WAV_SIZE_UNKNOWN if size is None else size
    riff = _WAV_SIZE_UNKNOWN if size is None else size + 36
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form + b"data" + data.to_bytes(4, "little")
    )


def _little_endian(samples: Samples) -> bytes:
    return samples.astype("<i2", copy=False).tobytes()


def _mu_law(samples: Samples) -> bytes:
    """Encode by G.711: sign, three bits of exponent, four of mantissa, inverted."""
    value = samples.astype(np.int32)
    sign = np.where(value < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(value), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8).tobytes()


def _a_law(samples: Samples) -> bytes:
    """Encode by G.711 for Europe: as above without bias, every second bit inverted."""
    value = samples.astype(np.int32)
    sign = np.where(value >= 0, 0x80, 0)
    magnitude = np.where(value >= 0, value, -value - 1) >> 4
    exponent = np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 3
    exponent = np.maximum(exponent, 1) - (magnitude < _A_LAW_LINEAR)
    shift = np.maximum(exponent, 1) - 1
    mantissa = (magnitude >> shift) & 0x0F
    code: NDArray[np.int32] = (sign | (exponent << 4) | mantissa) ^ 0x55
    return code.astype(np.uint8).tobytes()


def encoder_for(chosen: OutputFormat) -> Encoder:
    """Make the encoder of a format."""
    match chosen.codec:
        case "mp3":
            return _Mp3(chosen)
        case "opus":
            return _Opus(chosen)
        case "wav":
            return _Wav(chosen)
        case "ulaw":
            return _Stateless(_mu_law)
        case "alaw":
            return _Stateless(_a_law)
        case "pcm":
            return _Stateless(_little_endian)
