"""How places are recognized in a text: by words that it shares with the voice, or by syllables."""

from collections.abc import Sequence
from typing import Final
import unicodedata

from ..text import frozen_words, is_unspaced

ANCHOR: Final = 3
"""Letters that show where the voice is."""
# A word that numbers bring along ("three dollars and fifty cents") shows nothing by itself.
_IN_NUMBERS: Final = frozen_words("and und con poi com")
_LATIN_END: Final = "\u0250"
_VOWELS: Final = frozenset("aeiouv")


def nearest(text: str, anchor: str, due: int) -> int | None:
    """Return where the anchor, or as much of it as fits, is nearest to where it is due."""
    found, best = text.find(anchor), None
    while found >= 0:
        if best is None or abs(found - due) < abs(best - due):
            best = found
        found = text.find(anchor, found + 1)
    return best


def letters_needed(anchor: str) -> int:
    """Return how many letters show where the voice is."""
    if is_unspaced(anchor[0]):
        return 2
    return ANCHOR if anchor[:3] not in _IN_NUMBERS else 2 * ANCHOR


def is_latin(key: str) -> bool:
    """Return whether a key is a letter of Latin script."""
    return key.isalpha() and key < _LATIN_END


def syllables(word: str) -> int:
    """Return the number of vowels of a word in Latin letters, those side by side as one."""
    plain = unicodedata.normalize("NFD", word)
    vowels = [letter in _VOWELS for letter in plain if unicodedata.category(letter) != "Mn"]
    return max(
        1, sum(now and not before for before, now in zip([False, *vowels], vowels, strict=False))
    )


def after_syllables(keys: Sequence[str], index: int, count: int) -> int:
    """Return the index after `count` keys of a script without spaces, or after the last of them."""
    while count and index < len(keys) and is_unspaced(keys[index]):
        index, count = index + 1, count - 1
    return index
