"""How long a voice takes for characters, where no times came for them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
import unicodedata

from ..text import is_unspaced

# In letters of Latin script; one takes about a fourteenth of a second (BBC: 160 to 180 words
# a minute). A Chinese character is a syllable, a digit a word, a full stop a breath.
SECONDS_PER_LETTER: Final = 1 / 14
_SYLLABLE: Final = 2.8
_ABUGIDA: Final = 1.3
_DIGIT: Final = 4.0
_SENTENCE_PAUSE: Final = 5.0
_CLAUSE_PAUSE: Final = 3.0
_SIGN: Final = 0.2
# Seconds that a character takes at least with a slow voice. Where no times came this tells what
# was spoken, so it is taken for less than it was: a word said twice is better than one missing.
_LEAST_LETTER_S: Final = 0.1
_LEAST_UNSPACED_S: Final = 0.35
_LEAST_DIGIT_S: Final = 0.5
_LEAST_SIGN_S: Final = 0.05


@lru_cache(maxsize=4096)
def weight(key: str) -> float:
    """Return how long a key is spoken, in letters."""
    if key.isdigit():
        return _DIGIT
    if is_unspaced(key):
        return _ABUGIDA if key < "\u3000" else _SYLLABLE
    if "\uac00" <= key <= "\ud7a3":
        return _SYLLABLE
    if key.isalnum():
        return 1.0
    if key in ".!?…":
        return _SENTENCE_PAUSE
    return _CLAUSE_PAUSE if key in ",;:" else _SIGN


def seconds_for(keys: Iterable[str]) -> float:
    """Return how long keys are spoken at a usual pace, in seconds."""
    return sum(map(weight, keys)) * SECONDS_PER_LETTER


def least_time(character: str) -> float:
    """Return the seconds that a slow voice needs for a character."""
    if is_unspaced(character):
        return _LEAST_UNSPACED_S
    if unicodedata.category(character)[0] == "N":
        return _LEAST_DIGIT_S
    return _LEAST_LETTER_S if character.isalnum() else _LEAST_SIGN_S


def spread(weights: Sequence[float], start: float, end: float) -> list[float]:
    """Return the borders of stretches that share an interval, one more than there are."""
    total = sum(weights) or 1.0
    borders, passed = [start], 0.0
    for part in weights:
        passed += part
        borders.append(start + (end - start) * passed / total)
    borders[-1] = end
    return borders
