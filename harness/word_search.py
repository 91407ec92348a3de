"""Where the words of a text lie in a piece of sound, found in the sound itself.

The simulator's voice says the same text in the same way every time. So the text is spoken once
more, here, and each word of that reference is looked for in what was heard, by correlation of the
waveforms. No timing that travelled takes part.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from harness.home_api import Json
from harness.samples import FULL_SCALE, RATE, Samples
from simulator.preset_voices import default_voices
from simulator.resampling import resample
from simulator.segmentation import split_segments
from simulator.speech_synthesizer import SpeechSynthesizer
from simulator.synthesis_settings import SynthesisSettings

BEFORE = round(0.04 * RATE)
SHORTEST = round(0.25 * RATE)
REACH = round(0.4 * RATE)
SILENCE = round(0.06 * RATE)
FRAME = round(0.004 * RATE)
QUIET = 0.012
LOUD = 0.03
SURE = 0.8


@dataclass(frozen=True, slots=True)
class Reference:
    """A text as the voice says it, and the words with the samples they begin at."""

    samples: Samples
    words: tuple[str, ...]
    onsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WordPlace:
    """Where a word was found, and how alike the waveforms are (1: the same)."""

    word: str
    seconds: float
    likeness: float
    loud: float | None
    """Where the sound rises after a pause, for words that follow one."""


def speak_again(generations: list[Json]) -> Reference:
    """Say what the simulator was asked to say in one stream."""
    synthesizer = SpeechSynthesizer(_synthesis_settings(generations[0]))
    sounds, chars, starts, at = [], list[str](), list[float](), 0
    for text in (text for one in generations for text in split_segments(one["text"])):
        segment = synthesizer.synthesize(text)
        sound = resample(segment.samples, RATE).astype(np.float64) / FULL_SCALE
        chars += segment.original.chars
        starts += [at / RATE + start for start in segment.original.starts]
        sounds.append(sound)
        at += len(sound)
    words, onsets = _words(chars, starts)
    return Reference(np.concatenate(sounds), words, onsets)


def _synthesis_settings(generation: Json) -> SynthesisSettings:
    voice = next(v for v in default_voices() if v.voice_id == generation["voice"])
    settings = {**voice.current_settings(), **generation["settings"]}
    return SynthesisSettings(
        voice=voice.profile,
        language=generation["language"],
        speed=settings["speed"],
        stability=settings["stability"],
        style=settings["style"],
    )


def _words(chars: list[str], starts: list[float]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Group characters into words: what blanks separate, but for single marks."""
    words, onsets, opens = list[str](), list[int](), True
    for char, start in zip(chars, starts, strict=True):
        if char.isspace():
            opens = True
        elif opens:
            words.append(char)
            onsets.append(round(start * RATE))
            opens = False
        else:
            words[-1] += char
    kept = [i for i, word in enumerate(words) if any(c.isalnum() for c in word)]
    return tuple(words[i] for i in kept), tuple(onsets[i] for i in kept)


def find_words(reference: Reference, heard: Samples) -> list[WordPlace]:
    """Find each word of the reference in what was heard."""
    shift, _ = _best(heard, reference.samples)
    borders = pairwise([*reference.onsets, len(reference.samples)])
    places = []
    for word, (onset, end) in zip(reference.words, borders, strict=True):
        left = max(0, onset - BEFORE)
        part = reference.samples[left : max(end, onset + SHORTEST)]
        base = max(0, left + shift - REACH)
        found, likeness = _best(heard[base : left + shift + len(part) + REACH], part)
        at = base + found + onset - left
        places.append(WordPlace(word, at / RATE, likeness, _rise(heard, at)))
    return places


def _best(where: Samples, what: Samples) -> tuple[int, float]:
    """Return at which sample the waveforms are most alike, and how alike they are."""
    size = 1 << (len(where) + len(what)).bit_length()
    product = np.fft.rfft(where, size) * np.conj(np.fft.rfft(what, size))
    match = np.fft.irfft(product, size)
    power = np.concatenate([[0.0], np.cumsum(where**2)])
    lags = np.arange(max(1, len(where) - len(what) // 2))
    energy = power[np.minimum(lags + len(what), len(where))] - power[lags]
    scale = np.sqrt(np.maximum(energy, 1e-4) * np.sum(what**2))
    alike = match[: len(lags)] / np.maximum(scale, 1e-9)
    best = int(np.argmax(alike))
    return best, float(alike[best])


def _rise(heard: Samples, at: int) -> float | None:
    """Return where the sound begins near a place, if it is quiet before."""
    start = at - SILENCE
    if start < 0 or _level(heard[start : at - FRAME]) > QUIET:
        return None
    for frame in range(at - FRAME, min(at + SHORTEST, len(heard) - FRAME), FRAME // 4):
        if _level(heard[frame : frame + FRAME]) > LOUD:
            return frame / RATE
    return None


def _level(part: Samples) -> float:
    return float(np.max(np.abs(part))) if len(part) else 0.0
