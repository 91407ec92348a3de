"""Build one segment of speech with both alignments from fragments and silences."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from . import espeak
from .alignment import AlignmentBuilder, CharacterAlignment
from .character_timing import character_edges
from .espeak import NATIVE_RATE, EspeakSettings, Samples
from .text_normalization import TextFragment

_LEADING_SILENCE = 0.046


@dataclass(frozen=True, slots=True)
class SynthesizedSegment:
    """A segment of speech: samples at espeak-ng's rate and both alignments."""

    text: str
    samples: Samples
    original: CharacterAlignment
    normalized: CharacterAlignment

    @property
    def seconds(self) -> float:
        """Return the duration."""
        return len(self.samples) / NATIVE_RATE


@dataclass(frozen=True, slots=True)
class NormalizedFragment:
    """A fragment and how the normalized alignment shows it."""

    fragment: TextFragment
    normalized: str


class SegmentBuilder:
    """Appends fragments and silences to a segment."""

    def __init__(self) -> None:
        self._blocks: list[Samples] = []
        self._seconds = 0.0
        self._original = AlignmentBuilder()
        self._normalized = AlignmentBuilder()
        self._pause_markup = ""

    def append_leading_silence(self, spaces: int) -> None:
        """Append a short silence, which the normalized alignment shows as spaces."""
        self._normalized.append_text(" " * spaces, 0.0, _LEADING_SILENCE)
        self._append_silence(_LEADING_SILENCE)

    def append_fragments(
        self, fragments: Sequence[NormalizedFragment], settings: EspeakSettings
    ) -> None:
        """Synthesize fragments in one go and align their characters."""
        text = "".join(item.fragment.spoken for item in fragments)
        audio = espeak.synthesize(text, settings) if text.strip() else espeak.NO_AUDIO
        edges = [self._seconds + at for at in character_edges(text, audio.words, audio.samples)]
        offset = 0
        for item in fragments:
            end = offset + len(item.fragment.spoken)
            self._align(item, edges[offset : end + 1])
            offset = end
        self._append_samples(audio.samples)

    def append_pause(self, seconds: float) -> None:
        """Append the silence that markup asked for; the markup takes its time."""
        self._original.append_text(self._pause_markup, self._seconds, self._seconds + seconds)
        self._pause_markup = ""
        self._append_silence(seconds)

    def build(self, text: str, *, strip_end: bool) -> SynthesizedSegment:
        """Return the segment; the space at its end may move to the next segment."""
        normalized = self._normalized.build()
        if strip_end:
            normalized = normalized.strip_end()
        samples = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        return SynthesizedSegment(text, samples, self._original.build(), normalized)

    def _align(self, item: NormalizedFragment, edges: list[float]) -> None:
        fragment = item.fragment
        if fragment.pause:
            self._pause_markup += fragment.text
        else:
            _append_aligned(self._original, fragment.text, fragment.spoken, edges)
        _append_aligned(self._normalized, item.normalized, fragment.spoken, edges)

    def _append_silence(self, seconds: float) -> None:
        self._append_samples(np.zeros(round(seconds * NATIVE_RATE), dtype=np.int16))

    def _append_samples(self, samples: Samples) -> None:
        self._blocks.append(samples)
        self._seconds += len(samples) / NATIVE_RATE


def _append_aligned(
    alignment: AlignmentBuilder, text: str, spoken: str, edges: list[float]
) -> None:
    """Append a text with the times of its characters, or with one interval for all."""
    if text != spoken:
        alignment.append_text(text, edges[0], edges[-1])
        return
    for char, (start, end) in zip(text, pairwise(edges), strict=True):
        alignment.append_char(char, start, end)
