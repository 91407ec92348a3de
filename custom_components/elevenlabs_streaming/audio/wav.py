"""WAV framing of a stream whose length is not known yet."""

import struct
from typing import Final

# RIFF and data sizes of a stream: 0 would be silence on ESPHome's parser
# (docs/home-assistant.md, "WAV sizes").
_UNKNOWN_SIZE: Final = 0xFFFFFFFF
_PCM: Final = 1
_MP3: Final = 0x55
# What follows the usual fields for MP3: its id, no padding to a fixed size, the encoder's delay.
_MP3_ID, _MP3_PADS_AS_NEEDED, _MP3_DELAY = 1, 0, 1393
_SAMPLES_OF_A_FRAME: Final = {True: 1152, False: 576}
_FIRST_MPEG_1_RATE: Final = 32000


def wav_header(sample_rate: int, channels: int = 1, sample_bytes: int = 2) -> bytes:
    """Return the 44 bytes before PCM of `sample_rate` samples a second."""
    block = channels * sample_bytes
    return _riff(
        struct.pack(
            "<HHIIHH", _PCM, channels, sample_rate, sample_rate * block, block, sample_bytes * 8
        )
    )


def mp3_in_wav_header(sample_rate: int, kbps: int) -> bytes:
    """Return what goes before mono MP3 frames to make a WAV of them.

    ffmpeg reads no further than its first frame before it begins to convert, where it wants
    64 KiB of PCM in a WAV, and a second and a half of an MP3 (benchmarks/README.md).
    """
    samples = _SAMPLES_OF_A_FRAME[sample_rate >= _FIRST_MPEG_1_RATE]
    bytes_per_second = kbps * 125
    frame = samples * bytes_per_second // sample_rate
    usual = struct.pack("<HHIIHH", _MP3, 1, sample_rate, bytes_per_second, 1, 0)
    own = struct.pack("<HHIHHH", 12, _MP3_ID, _MP3_PADS_AS_NEEDED, frame, 1, _MP3_DELAY)
    return _riff(usual + own)


def _riff(fmt: bytes) -> bytes:
    unknown = struct.pack("<I", _UNKNOWN_SIZE)
    size = struct.pack("<I", len(fmt))
    return b"".join((b"RIFF", unknown, b"WAVEfmt ", size, fmt, b"data", unknown))
