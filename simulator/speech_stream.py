"""Speech as a stream of encoded audio chunks with their alignments."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from .alignment import CharacterAlignment
from .audio_formats import AudioFormat
from .encoders import create_encoder
from .resampling import resample
from .segment_builder import SynthesizedSegment
from .segmentation import split_segments
from .speech_synthesizer import SpeechSynthesizer
from .synthesis_settings import SynthesisSettings
from .synthesis_thread import SynthesisThread


@dataclass(frozen=True, slots=True)
class SpeechPart:
    """A text and how it sounds."""

    text: str
    settings: SynthesisSettings


@dataclass(frozen=True, slots=True)
class StreamSegment:
    """A segment with its times in seconds from the start of the stream."""

    text: str
    start: float
    end: float
    original: CharacterAlignment
    normalized: CharacterAlignment
    part: int = 0
    """The number of the part that it belongs to, if a stream speaks several at once."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A part of a segment's audio, and the characters that start in it."""

    audio: bytes
    start: float
    end: float
    index: int
    segment: StreamSegment
    original: CharacterAlignment
    normalized: CharacterAlignment

    def repeated_alignment(self) -> CharacterAlignment | None:
        """Return a part of the segment's alignment in the first chunk, and all in the second."""
        if self.index > 1:
            return None
        alignment = self.segment.original
        if self.index:
            return alignment
        return alignment.select(range(len(alignment.chars) * 3 // 5))


@dataclass(frozen=True, slots=True)
class _SampleRange:
    """The samples of a chunk among those of its segment."""

    first: int
    end: int
    total: int


class SpeechStream:
    """A continuous stream of encoded speech."""

    def __init__(
        self,
        thread: SynthesisThread,
        settings: SynthesisSettings,
        output_format: AudioFormat,
        chunk_ms: int,
    ) -> None:
        self._thread = thread
        self._synthesizer = SpeechSynthesizer(settings)
        self._synthesizers = {settings: self._synthesizer}
        self._part = 0
        self._encoder = create_encoder(output_format)
        self._rate = output_format.sample_rate
        self._chunk_length = max(1, round(output_format.sample_rate * chunk_ms / 1000))
        self._sample_count = 0
        self.keeps_words_whole = False

    @property
    def seconds(self) -> float:
        """Return the duration of the audio so far."""
        return self._sample_count / self._rate

    async def stream_parts(
        self, parts: Sequence[SpeechPart], *, is_last: bool = False
    ) -> AsyncIterator[AudioChunk]:
        """Yield the speech of several voices; the last text also empties the encoder."""
        numbered = [(number, part) for number, part in enumerate(parts) if part.text]
        for number, part in numbered:
            self._change_voice(number, part.settings)
            finish = is_last and number == numbered[-1][0]
            async for chunk in self.stream_text(part.text, is_last=finish):
                yield chunk

    def _change_voice(self, number: int, settings: SynthesisSettings) -> None:
        """Go on with a voice where it left off, or with a new one."""
        self._part = number
        if settings not in self._synthesizers:
            later = replace(settings, lead_in=0.0)
            self._synthesizers[settings] = SpeechSynthesizer(later)
        self._synthesizer = self._synthesizers[settings]

    async def stream_text(self, text: str, *, is_last: bool = False) -> AsyncIterator[AudioChunk]:
        """Yield the speech of a text; the last text also empties the encoder."""
        for segment, is_last_segment in _mark_last(split_segments(text)):
            finish = is_last and is_last_segment
            synthesize = partial(self._synthesize, segment, finish=finish)
            for chunk in await self._thread.run_blocking(synthesize):
                yield chunk

    async def finish(self) -> bytes:
        """Return the audio that is left in the encoder."""
        return await self._thread.run_blocking(self._encoder.finish)

    def _synthesize(self, text: str, *, finish: bool) -> list[AudioChunk]:
        synthesized = self._synthesizer.synthesize(text)
        samples = resample(synthesized.samples, self._rate)
        segment = self._stream_segment(synthesized, len(samples))
        chunks = []
        for index, (first, end) in enumerate(pairwise(self._chunk_edges(len(samples)))):
            audio = self._encoder.encode(samples[first:end])
            if finish and end == len(samples):
                audio += self._encoder.finish()
            chunks.append(
                self._chunk(segment, index, audio, _SampleRange(first, end, len(samples)))
            )
        if finish and not chunks:
            chunks.append(self._chunk(segment, 0, self._encoder.finish(), _SampleRange(0, 0, 0)))
        self._sample_count += len(samples)
        return chunks

    def _stream_segment(self, synthesized: SynthesizedSegment, length: int) -> StreamSegment:
        start = self.seconds
        return StreamSegment(
            synthesized.text,
            start,
            start + length / self._rate,
            synthesized.original.shift(start),
            synthesized.normalized.shift(start),
            self._part,
        )

    def _chunk_edges(self, length: int) -> list[int]:
        """Return the sample numbers between chunks; a short rest joins the last chunk."""
        edges = list(range(0, length, self._chunk_length))
        if len(edges) > 1 and length - edges[-1] < self._chunk_length // 3:
            edges.pop()
        return [*edges, length] if length else []

    def _chunk(
        self, segment: StreamSegment, index: int, audio: bytes, samples: _SampleRange
    ) -> AudioChunk:
        start = segment.start + samples.first / self._rate
        end = segment.start + samples.end / self._rate
        since = start if samples.first else float("-inf")
        until = end if samples.end < samples.total else float("inf")
        return AudioChunk(
            audio,
            start,
            end,
            index,
            segment,
            self._select_interval(segment.original, since, until),
            self._select_interval(segment.normalized, since, until),
        )

    def _select_interval(
        self, alignment: CharacterAlignment, since: float, until: float
    ) -> CharacterAlignment:
        if not self.keeps_words_whole:
            return alignment.select_interval(since, until)
        return alignment.select(_whole_words(alignment, since, until))


def _whole_words(alignment: CharacterAlignment, since: float, until: float) -> list[int]:
    """Return the indices of the words that start in an interval, and of the spaces after them."""
    indices, word_start = [], float("-inf")
    chars = alignment.chars
    for index, (char, start) in enumerate(zip(chars, alignment.starts, strict=True)):
        if index == 0 or (chars[index - 1].isspace() and not char.isspace()):
            word_start = start
        if since <= word_start < until:
            indices.append(index)
    return indices


def _mark_last[T](items: Iterator[T]) -> Iterator[tuple[T, bool]]:
    """Yield each item and whether it is the last one."""
    missing = object()
    current: T | object = next(items, missing)
    while current is not missing:
        following: T | object = next(items, missing)
        yield current, following is missing  # type: ignore[misc]
        current = following
