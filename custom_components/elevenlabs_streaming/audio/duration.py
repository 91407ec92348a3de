"""How long audio is that another engine made."""

from typing import Final

_RIFF: Final = b"RIFF"
_ID3: Final = b"ID3"
_ID3_HEADER: Final = 10
_WAV_HEADER: Final = 44
_FRAME_HEADER: Final = 4
_LAYER_3: Final = 1
_MPEG_1: Final = 3
_NO_MPEG: Final = 1
_KBPS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBPS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES: Final = (44100, 48000, 32000, 0)
# MPEG 2.5, nothing, MPEG 2, MPEG 1: what their sample rates are divided by.
_DIVISORS: Final = (4, 1, 2, 1)


class DurationReader:
    """Measures an MP3 or a WAV that comes in pieces."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.seconds = 0.0
        """What came so far; 0 for what cannot be read."""
        self._unread = b""
        self._next = 0
        """Where in what is unread the next frame begins; it may still be to come."""
        self._bytes_per_second = 0

    def add(self, piece: bytes) -> None:
        """Add more of the audio."""
        if self._bytes_per_second:
            self.seconds += len(piece) / self._bytes_per_second
            return
        self._unread += piece
        if self._unread.startswith(_RIFF):
            self._read_wav_header()
        else:
            self._read_frames()

    def _read_wav_header(self) -> None:
        fmt, data = self._unread.find(b"fmt "), self._unread.find(b"data")
        if len(self._unread) < _WAV_HEADER or fmt < 0 or data < fmt + 20:
            return
        self._bytes_per_second = int.from_bytes(self._unread[fmt + 16 : fmt + 20], "little")
        rest, self._unread = self._unread[data + 8 :], b""
        if self._bytes_per_second:
            self.add(rest)

    def _read_frames(self) -> None:
        while len(self._unread) >= self._next + _ID3_HEADER:
            header = self._unread[self._next : self._next + _ID3_HEADER]
            size, seconds = _tag(header) or _frame(header)
            self.seconds += seconds
            self._next += size or self._to_next_sync()
        read = min(self._next, len(self._unread))
        self._unread, self._next = self._unread[read:], self._next - read

    def _to_next_sync(self) -> int:
        """Return how much is no frame."""
        found = self._unread.find(b"\xff", self._next + 1)
        return (found if found > 0 else len(self._unread)) - self._next


def _tag(header: bytes) -> tuple[int, float] | None:
    """Return the size of an ID3 tag."""
    if not header.startswith(_ID3):
        return None
    size = 0
    for byte in header[6:]:
        size = size << 7 | byte & 0x7F
    return _ID3_HEADER + size, 0.0


def _frame(header: bytes) -> tuple[int, float]:
    """Return the bytes and seconds of the MP3 frame that begins here; zeros if none does."""
    bits = int.from_bytes(header[:_FRAME_HEADER])
    version, layer = bits >> 19 & 3, bits >> 17 & 3
    if bits >> 21 != 0x7FF or version == _NO_MPEG or layer != _LAYER_3:  # noqa: PLR2004  # eleven ones
        return 0, 0.0
    kbps = (_KBPS_1 if version == _MPEG_1 else _KBPS_2)[bits >> 12 & 15]
    rate = _RATES[bits >> 10 & 3] // _DIVISORS[version]
    if not kbps or not rate:
        return 0, 0.0
    samples = 1152 if version == _MPEG_1 else 576
    return samples * kbps * 125 // rate + (bits >> 9 & 1), samples / rate
