"""How long a voice takes for characters, where no times came for them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

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


def spread(weights: Sequence[float], start: float, end: float) -> list[float]:
    """Return the borders of stretches that share an interval, one more than there are."""
    total = sum(weights) or 1.0
    borders, passed = [start], 0.0
    for part in weights:
        passed += part
        borders.append(start + (end - start) * passed / total)
    borders[-1] = end
    return borders
