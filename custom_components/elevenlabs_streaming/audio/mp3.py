"""Audio in whole frames: it can be broken off, continued and interrupted after any of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
import io
from itertools import accumulate
import math
from typing import Protocol, Self, override

from ..api import OutputFormat

_ID3 = b"ID3"
_ID3_HEADER = 10
HEADER_BYTES = 4
_CRC = 2
# Sizes in bits 4 to 7 of a header's third byte, in kbit/s, for MPEG 1 and for MPEG 2 and 2.5.
_KBPS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES = (44100, 48000, 32000)
_LAYER_3 = 0b01
_VERSIONS = {0b11: 1, 0b10: 2, 0b00: 4}
_MONO = 0b11
_UNPROTECTED, _PADDED = 0b1, 0b10
_KEPT_FRAMES = 12


class FrameReader(Protocol):
    """The audio of one utterance, over all its streams."""

    def begin(self) -> None:
        """Begin another stream; what was half a frame until now is never heard."""

    def take(self, audio: bytes) -> bytes:
        """Return the frames that are whole now."""

    def silence(self, seconds: float) -> bytes:
        """Return about so much silence to put after what was returned; empty if unknown how."""


def frames_of(output_format: OutputFormat) -> FrameReader:
    """Return the frames of a format."""
    if output_format.codec == "mp3":
        return Mp3Frames()
    if output_format.codec in _SILENCE:
        return SampleFrames(output_format)
    return OpaqueFrames()


class OpaqueFrames(FrameReader):
    """Audio whose frames nobody here can read."""

    @override
    def begin(self) -> None:
        """Begin another stream."""

    @override
    def take(self, audio: bytes) -> bytes:
        """Return the audio as it is."""
        return audio

    @override
    def silence(self, seconds: float) -> bytes:
        """Return nothing."""
        return b""


_SILENCE = {"pcm": b"\x00\x00", "ulaw": b"\xff", "alaw": b"\xd5"}


class SampleFrames(FrameReader):
    """Raw samples: a byte too many would turn all that follows into noise."""

    def __init__(self, output_format: OutputFormat) -> None:
        """Start with nothing held back."""
        self._silent = _SILENCE[output_format.codec]
        self._rate = output_format.sample_rate
        self._held = b""

    @override
    def begin(self) -> None:
        """Begin another stream."""
        self._held = b""

    @override
    def take(self, audio: bytes) -> bytes:
        """Return the whole samples."""
        width = len(self._silent)
        if not self._held and len(audio) % width == 0:
            return audio
        audio = self._held + audio
        whole = len(audio) - len(audio) % width
        self._held = audio[whole:]
        return audio[:whole]

    @override
    def silence(self, seconds: float) -> bytes:
        """Return samples of silence."""
        return self._silent * round(seconds * self._rate)


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """The header of an MP3 frame (ISO 11172-3 §2.4.1.3 and 13818-3)."""

    raw: bytes
    length: int
    exact_length: float
    """Without rounding to whole bytes."""
    is_mpeg_1: bool
    is_mono: bool
    side: int
    """Bytes of side information."""
    seconds: float

    @classmethod
    @lru_cache(maxsize=64)
    def read(cls, raw: bytes) -> Self | None:
        """Read four bytes, those of the last frame as a rule; None if they are no header."""
        first, second, third, fourth = raw
        version = _VERSIONS.get(second >> 3 & 0b11)
        is_layer_3 = first == 0xFF and second >> 5 == 0b111 and second >> 1 & 0b11 == _LAYER_3  # noqa: PLR2004  # the sync word
        if not is_layer_3 or version is None or third >> 2 & 0b11 == len(_RATES):
            return None
        kbps = (*_KBPS[version > 1], 0)[third >> 4]
        rate = _RATES[third >> 2 & 0b11] / version
        samples = 1152 if version == 1 else 576
        exact, is_mono = samples * kbps * 125 / rate, fourth >> 6 == _MONO
        side = (17 if is_mono else 32) if version == 1 else (9 if is_mono else 17)
        padding = bool(third & _PADDED)
        return (
            cls(raw, int(exact) + padding, exact, version == 1, is_mono, side, samples / rate)
            if kbps
            else None
        )

    def main_data(self, frame: bytes) -> bytes:
        """Return what a frame of this kind carries behind its side information."""
        return frame[self.side_start + self.side :]

    @property
    def side_start(self) -> int:
        """Bytes of a frame before its side information."""
        return HEADER_BYTES + (0 if self.raw[1] & _UNPROTECTED else _CRC)

    @property
    def room(self) -> int:
        """Bytes for main data in a frame without checksum and padding."""
        return int(self.exact_length) - HEADER_BYTES - self.side

    @property
    def reservoir(self) -> int:
        """Bytes before a frame at which its main data may begin."""
        return 511 if self.is_mpeg_1 else 255

    def silent_frame(self, main_data: bytes, back: int) -> bytes:
        """Return a frame without sound, which all zeros in the side information mean.

        `back`: how many bytes before it are kept for the frames after it.
        """
        first, second, third, fourth = self.raw
        third = third | _PADDED if len(main_data) > self.room else third & ~_PADDED
        pointer = back << 7 if self.is_mpeg_1 else back << 8
        side = pointer.to_bytes(2) + bytes(self.side - 2)
        return bytes((first, second | _UNPROTECTED, third, fourth)) + side + main_data


class Mp3Frames(FrameReader):
    """MP3: a decoder loses the frame after half a frame, and some players stop at a second tag."""

    def __init__(self) -> None:
        """Start before the first stream."""
        self._streams = 0
        self._held = b""
        self._tag: int | None = None
        self._lost = False
        self._header: FrameHeader | None = None
        self._before, self._recent = b"", b""
        """Whole frames that were returned last, those in `_before` first."""
        self._owed_bytes = 0.0

    @override
    def begin(self) -> None:
        """Begin another stream, whose first frame needs none of those before."""
        self._streams += 1
        self._held = b""
        self._tag = None
        self._lost = False
        self._before = self._recent = b""

    @override
    def take(self, audio: bytes) -> bytes:
        """Return the frames that are whole; what is no MP3 at all passes as it is."""
        if self._lost:
            return audio
        self._held += audio
        tag = self._take_tag()
        taken = self._take(self._whole() if self._tag == 0 else 0)
        self._keep(taken)
        return tag + taken

    @override
    def silence(self, seconds: float) -> bytes:
        """Return frames of silence.

        The next frame may point at bytes that came before it. They are repeated in the silent
        frames, which keep them for it by pointing at them too.
        """
        header = self._header
        if header is None or self._lost or header.room <= 0:
            return b""
        recent = [*_frames(self._before + self._recent)][-_KEPT_FRAMES:]
        kept = b"".join(map(header.main_data, recent))[-header.reservoir :]
        count = max(math.ceil(len(kept) / header.room), round(seconds / header.seconds))
        rooms = [header.room + self._padding(header) for _ in range(count)]
        zeros = sum(rooms) - len(kept)
        main_data = io.BytesIO(bytes(zeros) + kept)
        ends = accumulate(rooms, initial=-zeros)
        return b"".join(
            header.silent_frame(main_data.read(room), max(0, back))
            for room, back in zip(rooms, ends, strict=False)
        )

    def _padding(self, header: FrameHeader) -> int:
        """Return how many bytes more the next silent frame has, so that bytes tell the time."""
        self._owed_bytes += header.exact_length % 1
        padding = int(self._owed_bytes)
        self._owed_bytes -= padding
        return padding

    def _keep(self, taken: bytes) -> None:
        """Keep at least as many frames as silence may need, and not much more."""
        if self._header and len(self._recent) > _KEPT_FRAMES * self._header.length:
            self._before, self._recent = self._recent, taken
        else:
            self._recent += taken

    def _take(self, count: int) -> bytes:
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def _take_tag(self) -> bytes:
        """Handle the tag before the first frame, as far as it came; only the first is passed on."""
        if self._tag is None:
            if len(self._held) < _ID3_HEADER:
                return b""
            self._tag = _tag_length(self._held)
        tag = self._take(self._tag)
        self._tag -= len(tag)
        return tag if self._streams <= 1 else b""

    def _whole(self) -> int:
        """Return where the last whole frame ends."""
        at, held, size, header = 0, self._held, len(self._held), self._header
        while at + HEADER_BYTES <= size:
            if header is None or not held.startswith(header.raw, at):
                header = FrameHeader.read(held[at : at + HEADER_BYTES])
            if header is None:
                self._lost = True
                return size
            after = at + header.length
            if after > size:
                break
            self._header = header
            at = after
        return at


def _frames(whole: bytes) -> Iterator[bytes]:
    """Yield the frames of audio that is nothing else."""
    at = 0
    while header := FrameHeader.read(whole[at : at + HEADER_BYTES]):
        yield whole[at : at + header.length]
        at += header.length
        if at >= len(whole):
            return


def _tag_length(data: bytes) -> int:
    """Return the length of an ID3v2 tag at the beginning, or 0."""
    if not data.startswith(_ID3):
        return 0
    size = (data[6] << 21) | (data[7] << 14) | (data[8] << 7) | data[9]
    return _ID3_HEADER + size
