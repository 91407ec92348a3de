"""Encode samples as a stream in an output format."""

from collections.abc import Callable
import io
import struct
from typing import Protocol

import av
from av.audio.stream import AudioStream
import lameenc
import numpy as np
from numpy.typing import NDArray

from .audio_formats import AudioFormat
from .espeak import Samples

_WAV_HEADER_LENGTH = 44
_A_LAW_LINEAR = 16
_WAV_LENGTH_UNKNOWN = 0xFFFFFFFF


class AudioEncoder(Protocol):
    """Encodes samples at the sample rate of the format."""

    def encode(self, samples: Samples) -> bytes:
        """Return encoded audio; some may come with later samples."""

    def finish(self) -> bytes:
        """Return the rest of the audio."""


class _SampleEncoder:
    """A format that encodes each sample on its own."""

    def __init__(self, convert: Callable[[Samples], bytes]) -> None:
        self._convert = convert

    def encode(self, samples: Samples) -> bytes:
        return self._convert(samples)

    def finish(self) -> bytes:
        return b""


class _Mp3Encoder:
    """MP3 by LAME at a constant bit rate."""

    def __init__(self, output_format: AudioFormat) -> None:
        self._encoder = lameenc.Encoder()
        self._encoder.set_bit_rate(output_format.kbps)
        self._encoder.set_in_sample_rate(output_format.sample_rate)
        self._encoder.set_out_sample_rate(output_format.sample_rate)
        self._encoder.set_channels(1)
        self._encoder.set_quality(5)
        self._encoder.silence()
        self._has_samples = False

    def encode(self, samples: Samples) -> bytes:
        self._has_samples = self._has_samples or bool(len(samples))
        return bytes(self._encoder.encode(samples.tobytes())) if len(samples) else b""

    def finish(self) -> bytes:
        return bytes(self._encoder.flush()) if self._has_samples else b""


class _OpusEncoder:
    """Opus in an Ogg container."""

    def __init__(self, output_format: AudioFormat) -> None:
        self._buffer = io.BytesIO()
        self._container = av.open(
            self._buffer,
            "w",
            format="ogg",
            options={"page_duration": "200000", "flush_packets": "1"},
        )
        self._stream: AudioStream = self._container.add_stream(
            "libopus", rate=output_format.sample_rate, layout="mono"
        )
        self._stream.bit_rate = output_format.kbps * 1000
        self._rate = output_format.sample_rate
        self._sample_count = 0

    def encode(self, samples: Samples) -> bytes:
        if len(samples):
            frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = self._rate, self._sample_count
            self._sample_count += len(samples)
            self._container.mux(self._stream.encode(frame))
        return self._read_buffer()

    def finish(self) -> bytes:
        if self._sample_count:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._read_buffer()

    def _read_buffer(self) -> bytes:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data


class _WavEncoder:
    """PCM after a header that leaves the length open."""

    def __init__(self, output_format: AudioFormat) -> None:
        self._header = _wav_header(output_format.sample_rate, None)

    def encode(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + _to_pcm(samples)

    def finish(self) -> bytes:
        header, self._header = self._header, b""
        return header


def create_encoder(output_format: AudioFormat) -> AudioEncoder:
    """Return a new encoder for an output format."""
    match output_format.codec:
        case "mp3":
            return _Mp3Encoder(output_format)
        case "opus":
            return _OpusEncoder(output_format)
        case "wav":
            return _WavEncoder(output_format)
        case "ulaw":
            return _SampleEncoder(_to_mu_law)
        case "alaw":
            return _SampleEncoder(_to_a_law)
        case "pcm":
            return _SampleEncoder(_to_pcm)


def complete_wav_header(audio: bytearray, output_format: AudioFormat) -> None:
    """Write the length of the audio into its header, if the format is WAV."""
    if output_format.codec == "wav":
        length = len(audio) - _WAV_HEADER_LENGTH
        audio[:_WAV_HEADER_LENGTH] = _wav_header(output_format.sample_rate, length)


def _wav_header(rate: int, length: int | None) -> bytes:
    """Return the header of mono 16-bit samples."""
    data = _WAV_LENGTH_UNKNOWN if length is None else length
    riff = _WAV_LENGTH_UNKNOWN if length is None else length + 36
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form + b"data" + data.to_bytes(4, "little")
    )


def _to_pcm(samples: Samples) -> bytes:
    return samples.astype("<i2", copy=False).tobytes()


def _to_mu_law(samples: Samples) -> bytes:
    """Encode by G.711: a sign bit, three exponent bits, and four mantissa bits, inverted."""
    value = samples.astype(np.int32)
    sign = np.where(value < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(value), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8).tobytes()


def _to_a_law(samples: Samples) -> bytes:
    """Encode by G.711: as µ-law, without a bias, and with every second bit inverted."""
    value = samples.astype(np.int32)
    sign = np.where(value >= 0, 0x80, 0)
    magnitude = np.where(value >= 0, value, -value - 1) >> 4
    exponent = np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 3
    exponent = np.maximum(exponent, 1) - (magnitude < _A_LAW_LINEAR)
    shift = np.maximum(exponent, 1) - 1
    mantissa = (magnitude >> shift) & 0x0F
    code: NDArray[np.int32] = (sign | (exponent << 4) | mantissa) ^ 0x55
    return code.astype(np.uint8).tobytes()
