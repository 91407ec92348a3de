"""Texts become speech with times for every character, as written and as spoken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
import re
from typing import Literal

import numpy as np

from . import espeak, languages
from .espeak import NATIVE_RATE, Mouth, Samples, Word
from .normalise import Reading, TextPiece, read
from .pinyin import is_chinese, pinyin

type Lead = Literal["usual", "none", "double"]

_LEAD_SECONDS = 0.046
_UNIT_LIMIT = 250
_UNIT_MINIMUM = 24
_QUIET = 250
_SHORTEST_PAUSE = 0.04
_PUNCTUATION_WEIGHT = 0.5
_SENTENCE_END = re.compile(
    r"(?:(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bNr)(?<!\bca)(?<!\bSr)"
    r"(?<!\bvs)(?<!\bSra)(?<![.\s]\w)[.]|[!?…])[!?.…]*[\"'”’)\]]*\s+"  # noqa: RUF001 - meant
    r"|[。！？；]+[」』”]*\s*|\n+"  # noqa: RUF001 - Chinese and Japanese punctuation
)
_SOFT_END = re.compile(r"[,;:—–]\s+|[，、؛،]\s*|\s+")  # noqa: RUF001 - of many scripts


@dataclass(frozen=True, slots=True)
class CharTimes:
    """Characters with their start and end in seconds."""

    chars: tuple[str, ...] = ()
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()

    def shifted(self, seconds: float) -> CharTimes:
        """Move the clock."""
        return CharTimes(
            self.chars,
            tuple(start + seconds for start in self.starts),
            tuple(end + seconds for end in self.ends),
        )

    def between(self, start: float, end: float) -> CharTimes:
        """Keep the characters that start in an interval."""
        chosen = [i for i, at in enumerate(self.starts) if start <= at < end]
        return self.at(chosen)

    def at(self, indices: Sequence[int]) -> CharTimes:
        """Keep the characters at some indices."""
        return CharTimes(
            tuple(self.chars[i] for i in indices),
            tuple(self.starts[i] for i in indices),
            tuple(self.ends[i] for i in indices),
        )


@dataclass(slots=True)
class _Track:
    """A CharTimes while it grows."""

    chars: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def add(self, text: str, start: float, end: float) -> None:
        """Let the characters of a text share an interval."""
        step = (end - start) / len(text) if text else 0.0
        for index, char in enumerate(text):
            self.chars.append(char)
            self.starts.append(start + index * step)
            self.ends.append(start + (index + 1) * step)

    def frozen(self) -> CharTimes:
        return CharTimes(tuple(self.chars), tuple(self.starts), tuple(self.ends))


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech: samples at espeak's rate and both alignments."""

    text: str
    samples: Samples
    written: CharTimes
    spoken: CharTimes

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.samples) / NATIVE_RATE


@dataclass(frozen=True, slots=True)
class Voice:
    """How a voice of the catalogue sounds here."""

    variant: str = ""
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = 165
    language: str = "en"
    english: str = "en-us"


@dataclass(frozen=True, slots=True)
class Manner:
    """Everything that decides how a text will sound."""

    voice: Voice = field(default_factory=Voice)
    language: str | None = None
    speed: float = 1.0
    stability: float = 0.5
    style: float = 0.0
    seed: int | None = None
    normalise: bool = True
    ssml: bool = False
    tags: bool = False
    romanise: bool = True
    lead: Lead = "usual"
    aliases: tuple[tuple[str, str], ...] = ()


def units(text: str) -> Iterator[str]:
    """Cut a text into sentences of bounded length; joined they are the text again."""
    start = 0
    while start < len(text):
        window = text[start : start + 2 * _UNIT_LIMIT]
        end = _cut(window, last=start + len(window) == len(text))
        yield window[:end]
        start += end


def _cut(window: str, *, last: bool) -> int:
    """Find where the first unit of a stretch of text ends."""
    for match in _SENTENCE_END.finditer(window):
        if match.end() > _UNIT_LIMIT:
            break
        if match.end() >= _UNIT_MINIMUM and not _inside_markup(window, match.end()):
            return match.end()
    if last and len(window) <= _UNIT_LIMIT:
        return len(window)
    soft = [
        match.end()
        for match in _SOFT_END.finditer(window, 0, _UNIT_LIMIT)
        if not _inside_markup(window, match.end())
    ]
    return soft[-1] if soft else _UNIT_LIMIT


def _inside_markup(text: str, position: int) -> bool:
    opened = text.rfind("<", max(0, position - 200), position)
    return opened >= 0 and ">" not in text[opened:position] and ">" in text[position:]


class Speaker:
    """Speaks the units of one stream in order."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._language = manner.language
        self._whisper = False
        self._at_word_start = True

    def speak(self, text: str) -> Utterance:
        """Speak one unit; blocking."""
        pieces = read(text, self._reading(text))
        composer = _Composer()
        lead = self._at_word_start and self._manner.lead != "none"
        if lead:
            composer.lead(2 if self._manner.lead == "double" else 1)
        for run, pause in _runs(pieces):
            self._style(run)
            composer.add_run(self._shown(run), self._mouth())
            composer.add_silence(pause)
        self._at_word_start = text[-1:].isspace() or not text[-1:].isalnum()
        return composer.utterance(text, trim=self._manner.lead != "none")

    def _reading(self, text: str) -> Reading:
        manner = self._manner
        if manner.language is None:
            home = self._language or manner.voice.language
            self._language = languages.guess(text, home)
        return Reading(
            languages.base(self._language or "en"),
            normalise=manner.normalise,
            ssml=manner.ssml,
            tags=manner.tags,
            aliases=manner.aliases,
        )

    def _style(self, run: Sequence[TextPiece]) -> None:
        """Let an audio tag whisper until the next tag."""
        for piece in run:
            if piece.style:
                self._whisper = "whisper" in piece.style

    def _shown(self, run: Sequence[TextPiece]) -> list[tuple[TextPiece, str]]:
        """Say how each piece reads in the normalised alignment."""
        if not (self._manner.romanise and languages.base(self._language or "") == "zh"):
            return [(piece, piece.spoken) for piece in run]
        return [
            (replace(piece, written=char, spoken=char), _romanised(char))
            if piece.written == piece.spoken
            else (piece, piece.spoken)
            for piece in run
            for char in (piece.written if piece.written == piece.spoken else "-")
        ]

    def _mouth(self) -> Mouth:
        manner, voice = self._manner, self._manner.voice
        language = self._language or voice.language
        name = languages.espeak_voice(language)
        if languages.base(language) == "en":
            name = voice.english
        variant = "whisper" if self._whisper else voice.variant
        wobble = 0 if manner.seed is None else manner.seed % 7 - 3
        lively = round((0.5 - manner.stability) * 40 + manner.style * 20)
        return Mouth(
            f"{name}+{variant}" if variant else name,
            pitch=min(99, max(0, voice.pitch + wobble)),
            pitch_range=min(99, max(0, voice.pitch_range + lively)),
            words_per_minute=round(voice.words_per_minute * manner.speed),
        )


def _romanised(char: str) -> str:
    return f"{pinyin(char)} " if is_chinese(char) else char


def _runs(pieces: Sequence[TextPiece]) -> Iterator[tuple[list[TextPiece], float]]:
    """Group pieces into what is spoken in one breath and the silence after it."""
    run: list[TextPiece] = []
    for piece in pieces:
        styled = piece.style is not None and any(item.spoken for item in run)
        if styled:
            yield run, 0.0
            run = []
        run.append(piece)
        if piece.pause:
            yield run, piece.pause
            run = []
    if run:
        yield run, 0.0


class _Composer:
    """Puts runs and silences in a row."""

    def __init__(self) -> None:
        self._blocks: list[Samples] = []
        self._clock = 0.0
        self._written = _Track()
        self._spoken = _Track()
        self._pending = ""

    def lead(self, spaces: int) -> None:
        """Start with a short silence that the spoken alignment calls a space."""
        self._spoken.add(" " * spaces, 0.0, _LEAD_SECONDS)
        self._silence(_LEAD_SECONDS)

    def add_run(self, run: Sequence[tuple[TextPiece, str]], mouth: Mouth) -> None:
        """Speak pieces and note where their characters lie."""
        text = "".join(piece.spoken for piece, _ in run)
        sound = espeak.speak(text, mouth) if text.strip() else None
        samples = sound.samples if sound else np.zeros(0, dtype=np.int16)
        edges = _edges(text, sound.words if sound else (), samples)
        position = 0
        for piece, shown in run:
            start = self._clock + edges[position]
            after = position + len(piece.spoken)
            self._place(piece, shown, start, [self._clock + e for e in edges[position : after + 1]])
            position = after
        self._append(samples)

    def _place(self, piece: TextPiece, shown: str, start: float, edges: list[float]) -> None:
        """Write one piece into both alignments."""
        end = edges[-1]
        if piece.pause:
            self._pending += piece.written
        elif piece.written == piece.spoken:
            for char, (left, right) in zip(piece.written, pairwise(edges), strict=False):
                self._written.add(char, left, right)
        else:
            self._written.add(piece.written, start, end)
        if shown == piece.spoken:
            for char, (left, right) in zip(shown, pairwise(edges), strict=False):
                self._spoken.add(char, left, right)
        else:
            self._spoken.add(shown, start, end)

    def add_silence(self, seconds: float) -> None:
        """Keep silent; the markup that asked for it covers the silence."""
        self._written.add(self._pending, self._clock, self._clock + seconds)
        self._pending = ""
        self._silence(seconds)

    def _silence(self, seconds: float) -> None:
        self._append(np.zeros(round(seconds * NATIVE_RATE), dtype=np.int16))

    def _append(self, samples: Samples) -> None:
        self._blocks.append(samples)
        self._clock += len(samples) / NATIVE_RATE

    def utterance(self, text: str, *, trim: bool) -> Utterance:
        """Finish; the space at the end moves in front of the next unit."""
        spoken = self._spoken.frozen()
        if trim:
            kept = len(spoken.chars)
            while kept and spoken.chars[kept - 1].isspace():
                kept -= 1
            spoken = spoken.at(range(kept))
        samples = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        return Utterance(text, samples, self._written.frozen(), spoken)


def _edges(text: str, words: Sequence[Word], samples: Samples) -> list[float]:
    """Give the time of every border between characters, one more than there are."""
    starts = _word_starts(text, words)
    borders = [*starts, Word(len(text), len(samples))]
    edges: list[float] = []
    for word, following in pairwise(borders):
        edges += _share(text[word.index : following.index], word, following, samples)
    pause_belongs_to_text = not text[-1:].isalnum()
    edges.append(len(samples) / NATIVE_RATE if pause_belongs_to_text else _voiced(samples))
    return edges


def _word_starts(text: str, words: Sequence[Word]) -> list[Word]:
    """Keep one event for each word, in order; what comes first starts at 0."""
    kept = [Word(0, 0)]
    for word in words:
        later = kept[-1].index < word.index < len(text) and word.sample > 0
        if later and _starts_word(text, word.index):
            kept.append(word)
    return kept


def _starts_word(text: str, index: int) -> bool:
    before = text[index - 1]
    return not before.isalnum() or is_chinese(before) or is_chinese(text[index])


def _share(part: str, word: Word, following: Word, samples: Samples) -> list[float]:
    """Let a word's characters share its time; punctuation takes the pause after it."""
    start, end = word.sample / NATIVE_RATE, following.sample / NATIVE_RATE
    core = len(part.rstrip()) if part.strip() else 0
    while core and not part[core - 1].isalnum():
        core -= 1
    voiced = start + _voiced(samples[word.sample : following.sample])
    if core and end - voiced >= _SHORTEST_PAUSE:
        return _spread(part[:core], start, voiced) + _spread(part[core:], voiced, end)
    return _spread(part, start, end)


def _voiced(samples: Samples) -> float:
    """Measure until where a stretch of sound is not silent."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _QUIET)
    return (int(loud[-1]) + 1) / NATIVE_RATE if len(loud) else 0.0


def _spread(part: str, start: float, end: float) -> list[float]:
    """Give the starts of characters that share an interval by weight."""
    weights = [1.0 if char.isalnum() else _PUNCTUATION_WEIGHT for char in part]
    scale = (end - start) / sum(weights) if weights else 0.0
    edges, at = [], start
    for weight in weights:
        edges.append(at)
        at += weight * scale
    return edges
