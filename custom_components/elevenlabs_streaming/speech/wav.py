"""WAV framing of a PCM stream whose length is not known yet."""

import struct

# RIFF and data sizes of a stream: 0 would be silence on ESPHome's parser (facts §1).
_UNKNOWN_SIZE = 0xFFFFFFFF
_BYTES_PER_SAMPLE = 2


def wav_header(sample_rate: int) -> bytes:
    """Return the 44 bytes before 16-bit mono PCM of `sample_rate` samples a second."""
    return b"RIFF%sWAVEfmt %s%sdata%s" % (
        struct.pack("<I", _UNKNOWN_SIZE),
        struct.pack("<I", 16),
        struct.pack(
            "<HHIIHH", 1, 1, sample_rate, sample_rate * _BYTES_PER_SAMPLE, _BYTES_PER_SAMPLE, 16
        ),
        struct.pack("<I", _UNKNOWN_SIZE),
    )
