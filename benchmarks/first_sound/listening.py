"""What a listener hears of bytes that arrive: when it begins, and where it is held up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
import io
from itertools import accumulate

import av

_DATA = b"data"
_CHUNK_HEAD = 8
_BYTES_A_SAMPLE = 2


@dataclass(slots=True)
class Received:
    """Bytes, and when each piece of them came."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    def add(self, moment: float, data: bytes) -> None:
        """Take a piece."""
        self.pieces.append((moment, data))

    @property
    def audio(self) -> bytes:
        """All bytes."""
        return b"".join(data for _, data in self.pieces)

    def moments(self, ends: Sequence[int]) -> list[float]:
        """Return when the byte before each position had come; positions ascend."""
        arrived = list(accumulate(len(data) for _, data in self.pieces))
        found, at = [], 0
        for end in ends:
            while arrived[at] < end:
                at += 1
            found.append(self.pieces[at][0])
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """Sound that can be played as soon as it is there."""

    arrived: float
    start: float
    """Seconds into the sound."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an utterance at its listener; moments on the machine's monotonic clock."""

    first: float
    """When the first sound was there. A header alone is none: in PCM it is the first sample, in
    MP3 and FLAC the end of the first frame, before which nothing can be decoded.
    """
    last: float
    """When the last byte was there."""
    seconds: float
    """How long it sounds."""
    silence: float
    """The longest silence in its middle, in seconds, for a listener who plays what there is."""


def hear(received: Received) -> Heard:
    """Listen to a file: MP3, FLAC, or WAV with 16-bit PCM."""
    parts = list(parts_of(received))
    return heard_of(parts, last=received.pieces[-1][0])


def heard_of(parts: Sequence[Part], *, last: float | None = None) -> Heard:
    """Sum up parts in the order of their sound; raises ValueError where there is none."""
    if not parts:
        raise ValueError("nothing was to be heard")
    end = parts[-1].start + parts[-1].seconds
    return Heard(parts[0].arrived, last or parts[-1].arrived, end, longest_silence(parts))


def longest_silence(parts: Sequence[Part]) -> float:
    """Return how long a listener who begins at once waits at worst for what comes next."""
    begun, longest = parts[0].arrived, 0.0
    for part in parts:
        late = part.arrived - (begun + part.start)
        if late > 0:
            longest = max(longest, late)
            begun += late
    return longest


def parts_of(received: Received) -> Iterator[Part]:
    """Cut a file into what can be played by itself."""
    audio = received.audio
    if audio.startswith(b"RIFF"):
        yield from _wav_parts(received, audio)
    else:
        yield from _frames(received, audio)


def pcm_parts(received: Received, rate: int, *, header: int = 0) -> Iterator[Part]:
    """Cut 16-bit mono PCM: every piece can be played as it is."""
    at, start = 0, 0.0
    for moment, data in received.pieces:
        at += len(data)
        end = max(0, at - header) // _BYTES_A_SAMPLE / rate
        if end > start:
            yield Part(moment, start, end - start)
            start = end


def _wav_parts(received: Received, audio: bytes) -> Iterator[Part]:
    header = audio.index(_DATA) + _CHUNK_HEAD
    channels = int.from_bytes(audio[22:24], "little")
    rate = int.from_bytes(audio[24:28], "little")
    yield from pcm_parts(received, rate * channels, header=header)


def _frames(received: Received, audio: bytes) -> Iterator[Part]:
    """Cut a compressed file into its frames."""
    with av.open(io.BytesIO(audio), "r") as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        lengths = [float((p.duration or 0) * (p.time_base or 0)) for p in packets]
    # What lies before the first frame is a header: the frames follow each other to the end.
    header = len(audio) - sum(packet.size for packet in packets)
    ends = [header + end for end in accumulate(packet.size for packet in packets)]
    starts = accumulate(lengths, initial=0.0)
    moments = received.moments(ends)
    for arrived, start, seconds in zip(moments, starts, lengths, strict=False):
        yield Part(arrived, start, seconds)
