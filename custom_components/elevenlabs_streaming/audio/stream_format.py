"""What a stream of audio is, as its first bytes tell."""

from dataclasses import dataclass
from typing import Final, Literal

from .mp3 import HEADER_BYTES, FrameHeader

_RIFF: Final = b"RIFF"
_FLAC: Final = b"fLaC"
_STREAMINFO_BYTES: Final = 42
_PCM_TAGS: Final = (1, 0xFFFE)
_FMT_BYTES: Final = 24
_LONGEST_HEAD: Final = 65_536
_LEAST_HEAD: Final = 12
_SAMPLES_OF_A_FRAME: Final = {True: 1152, False: 576}


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """The format of a stream: MP3 and WAV can be joined as they are, others are converted."""

    kind: Literal["mp3", "wav", "other"]
    sample_rate: int = 48_000
    channels: int = 1
    sample_bytes: int = 2
    """Of a WAV."""
    kbps: int = 128
    """Of an MP3."""
    header_bytes: int = 0
    """What comes before the samples of a WAV."""


def read_format(head: bytes) -> StreamFormat | None:
    """Return what a stream is that begins with `head`; None if more of it is needed."""
    if len(head) < _LEAST_HEAD:
        return None
    if head.startswith(_RIFF):
        return _wav(head)
    if head.startswith(_FLAC):
        return _flac(head)
    return _mp3(head)


def _wav(head: bytes) -> StreamFormat | None:
    at = 12
    fmt = b""
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"data":
            return _pcm(fmt, at + 8)
        if name == b"fmt ":
            fmt = head[at : at + _FMT_BYTES]
        at += 8 + size + size % 2
    return StreamFormat("other") if len(head) > _LONGEST_HEAD else None


def _pcm(fmt: bytes, header_bytes: int) -> StreamFormat:
    if len(fmt) < _FMT_BYTES or int.from_bytes(fmt[8:10], "little") not in _PCM_TAGS:
        return StreamFormat("other")
    return StreamFormat(
        "wav",
        sample_rate=int.from_bytes(fmt[12:16], "little"),
        channels=int.from_bytes(fmt[10:12], "little"),
        sample_bytes=int.from_bytes(fmt[22:24], "little") // 8,
        header_bytes=header_bytes,
    )


def _flac(head: bytes) -> StreamFormat | None:
    if len(head) < _STREAMINFO_BYTES:
        return None
    rate_and_channels = int.from_bytes(head[18:22])
    rate, channels = rate_and_channels >> 12, (rate_and_channels >> 9 & 7) + 1
    return StreamFormat("other", sample_rate=rate, channels=channels)


def _mp3(head: bytes) -> StreamFormat | None:
    at = _tag_bytes(head)
    if len(head) < at + HEADER_BYTES:
        return None if at < _LONGEST_HEAD else StreamFormat("other")
    header = FrameHeader.read(head[at : at + HEADER_BYTES])
    if header is None:
        return StreamFormat("other")
    samples = _SAMPLES_OF_A_FRAME[header.is_mpeg_1]
    return StreamFormat(
        "mp3",
        sample_rate=round(samples / header.seconds),
        channels=1 if header.is_mono else 2,
        kbps=round(header.exact_length / header.seconds / 125),
    )


def _tag_bytes(head: bytes) -> int:
    """Return the size of the ID3 tag that an MP3 begins with; 0 without one."""
    if not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size
