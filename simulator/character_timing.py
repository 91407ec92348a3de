"""When each character of a synthesized text starts, from the word events of espeak-ng."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .espeak import NATIVE_RATE, Samples, WordEvent
from .pinyin import is_chinese

_SILENCE_AMPLITUDE = 250
_MIN_PAUSE = 0.04
_PUNCTUATION_WEIGHT = 0.5


def character_edges(text: str, words: Sequence[WordEvent], samples: Samples) -> list[float]:
    """Return the start time of each character, and the end time of the last one."""
    events = [*_word_starts(text, words), WordEvent(len(text), len(samples))]
    edges: list[float] = []
    for word, following in pairwise(events):
        edges += _word_edges(text[word.index : following.index], word, following, samples)
    ends_with_pause = not text[-1:].isalnum()
    edges.append(len(samples) / NATIVE_RATE if ends_with_pause else _sound_end(samples))
    return edges


def _word_starts(text: str, words: Sequence[WordEvent]) -> list[WordEvent]:
    """Return one event for each word, in order; the first one starts at 0."""
    events = [WordEvent(0, 0)]
    for word in words:
        is_later = events[-1].index < word.index < len(text) and word.sample > 0
        if is_later and _is_word_start(text, word.index):
            events.append(word)
    return events


def _is_word_start(text: str, index: int) -> bool:
    before = text[index - 1]
    return not before.isalnum() or is_chinese(before) or is_chinese(text[index])


def _word_edges(
    word_text: str, word: WordEvent, following: WordEvent, samples: Samples
) -> list[float]:
    """Return the starts of a word's characters; punctuation takes the pause after the word."""
    start, end = word.sample / NATIVE_RATE, following.sample / NATIVE_RATE
    length = len(word_text.rstrip()) if word_text.strip() else 0
    while length and not word_text[length - 1].isalnum():
        length -= 1
    sound_end = start + _sound_end(samples[word.sample : following.sample])
    if not length or end - sound_end < _MIN_PAUSE:
        return _spread(word_text, start, end)
    letters, punctuation = word_text[:length], word_text[length:]
    return _spread(letters, start, sound_end) + _spread(punctuation, sound_end, end)


def _sound_end(samples: Samples) -> float:
    """Return the time after which the samples are silent."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _SILENCE_AMPLITUDE)
    return (int(loud[-1]) + 1) / NATIVE_RATE if len(loud) else 0.0


def _spread(text: str, start: float, end: float) -> list[float]:
    """Return the starts of characters that share an interval by weight."""
    weights = [1.0 if char.isalnum() else _PUNCTUATION_WEIGHT for char in text]
    scale = (end - start) / sum(weights) if weights else 0.0
    starts, at = [], start
    for weight in weights:
        starts.append(at)
        at += weight * scale
    return starts
