"""Fitting the times of words to the length of their audio."""

from itertools import pairwise
from operator import le
from typing import Final

from ..alignment import Word

# Nothing sounds after the audio has ended; MP3 adds frames of 26 ms at both ends.
_TOO_LONG_S: Final = 0.1
# Audio goes on a little in silence; a full stop's time already covers most of that. Beyond it
# the times run fast: v3's have been seen to (elevenlabs-python#772).
_TOO_SHORT_S: Final = 0.5
_LONGEST_STRETCH: Final = 1.3
# Words without times may be squeezed to this much of their usual length.
_LEAST_OF_REST: Final = 0.3


def stretch_factor(heard: float, rest: float, duration: float, *, is_complete: bool) -> float:
    """Return what the times are to be multiplied with to fit the audio; all in seconds.

    `heard`: when the last word ends that had times. `rest`: how long those without may take.
    `is_complete`: whether times came up to the end of the text.
    """
    if heard <= 0:
        return 1.0
    if heard + rest * _LEAST_OF_REST > duration + _TOO_LONG_S:
        return duration / (heard + rest)
    loses_time = heard < duration - _TOO_SHORT_S and duration < heard * _LONGEST_STRETCH
    return duration / heard if loses_time and not rest and is_complete else 1.0


def fit_words(words: list[Word], factor: float, limit: float) -> list[Word]:
    """Return the words in order, within the audio, and none sounding into the next."""
    if factor == 1.0 and (fitting := _fitting(words, limit)) is not None:
        return fitting
    starts: list[float] = []
    for word in words:
        starts.append(max(min(word.start * factor, limit), starts[-1] if starts else 0.0))
    borders = pairwise([*starts, limit])
    return [
        timed(word, start, min(max(word.end * factor, start), max(start, following)))
        for word, (start, following) in zip(words, borders, strict=True)
    ]


def _fitting(words: list[Word], limit: float) -> list[Word] | None:
    """Return words that need no more than earlier ends; None if their order is wrong.

    Most words fit as they are, and a long text has thousands.
    """
    starts = [word.start for word in words]
    borders = [*starts, limit][1:]
    if not all(map(le, starts, borders, strict=True)):
        return None
    found = [*words]
    for at, (word, border) in enumerate(zip(words, borders, strict=True)):
        if word.end > border:
            found[at] = timed(word, word.start, border)
    return found


def timed(word: Word, start: float, end: float) -> Word:
    """Return the same word with other times, in seconds."""
    if word.start == start and word.end == end:
        return word
    return Word(word.text, start, end, word.before, word.estimated, word.speaker, word.tag)
