"""The clauses of a growing text, and about how long their words are spoken."""

from dataclasses import dataclass, field
from typing import Final
import unicodedata

from ..text import CLAUSE_SIGNS, CLOSERS, STRONG_SIGNS, ends_sentence, is_unspaced
from .estimates import SECONDS_PER_LETTER, weight
from .tokens import Token, WrittenText

SECONDS_PER_UNIT: Final = 0.052
"""How long a usual voice takes for a letter of Latin script between two pauses."""
# Measured in speech of three languages: a word takes as long as a letter more than its letters,
# and the last one before a pause as long as two. Signs that are read are words.
_WORD: Final = 1.0
_LAST_WORD: Final = 2.0
_READ_SIGN: Final = 5.0
_READ_SIGNS: Final = frozenset("%&+=@°§")
_DIGIT: Final = 6.0
_LETTER_NAME: Final = 3.0
_LONGEST_SPELLED: Final = 5
_VOWELS: Final = frozenset("aeiouy")
# What it costs to assume that a voice makes no pause, and the length of a usual one in units.
_SENTENCE: Final = 5.0
_STRONG: Final = 2.5
_CLAUSE: Final = 1.2
_MAYBE: Final = 0.3
_MAYBE_SIGNS: Final = f".{CLOSERS}"
_UNITS_OF_PAUSE: Final = {_SENTENCE: 7.0, _STRONG: 5.0, _CLAUSE: 3.5, _MAYBE: 0.0}


@dataclass(slots=True)
class Clause:
    """Words that are spoken without a pause between them, as a rule."""

    first: int
    """The number of its first word."""
    weights: list[float] = field(default_factory=list)
    """How long its words take, in units."""
    weight: float = 0.0
    strength: float = 0.0
    """How unlikely it is that no pause follows; 0 while its end is not known."""

    @property
    def after(self) -> int:
        """The number of the word after it."""
        return self.first + len(self.weights)


class ClauseReader:
    """Divides the words of a text into clauses, as far as the text is read."""

    def __init__(self, written: WrittenText, first: int = 0, *, hears: bool = True) -> None:
        """Start with the word that has the number `first`.

        `hears`: whether pauses are heard; else words last until those after them are over.
        """
        self._written = written
        self._hears = hears
        self._next = first
        self.clauses = [Clause(first)]
        """The last of them may grow."""

    def read(self) -> None:
        """Read the words that are complete by now."""
        tokens = self._written.tokens
        while self._next < len(tokens) and tokens[self._next].ended:
            following = tokens[self._next + 1] if self._next + 1 < len(tokens) else None
            if following is None and not self._written.complete:
                return
            self._add(tokens[self._next], following)
            self._next += 1

    @property
    def newest(self) -> float | None:
        """How long the word takes that is complete but may end a clause or not."""
        tokens = self._written.tokens
        if self._next >= len(tokens) or not tokens[self._next].ended:
            return None
        return self._units_of(tokens[self._next])

    def _units_of(self, token: Token) -> float:
        return _units("".join(self._written.keys[token.first : token.last]), token)

    def _add(self, token: Token, following: Token | None) -> None:
        clause = self.clauses[-1]
        units = self._units_of(token)
        strength = _strength(token, following)
        if strength >= _CLAUSE and units:
            units += _LAST_WORD if self._hears else _UNITS_OF_PAUSE[strength]
        clause.weights.append(units)
        clause.weight += units
        if strength and following:
            clause.strength = strength
            self.clauses.append(Clause(clause.after))


def _units(keys: str, token: Token) -> float:
    """Return how long a word takes; a sign that stands alone takes no time."""
    spelled = _is_spelled(keys, token.text)
    units = sum(_LETTER_NAME if spelled and key.isalpha() else _key_units(key) for key in keys)
    return units + _WORD if units and not is_unspaced(token.text[0]) else units


def _is_spelled(keys: str, text: str) -> bool:
    """Whether a word is read letter by letter, or as a longer one: "USB", "kg"."""
    letters = [key for key in keys if key.isalpha()]
    if not letters or not keys.isascii() or len(letters) > _LONGEST_SPELLED:
        return False
    return _VOWELS.isdisjoint(letters) or (text.isupper() and len(letters) > 1)


def _key_units(key: str) -> float:
    if key.isdigit():
        return _DIGIT
    if key.isalnum():
        letters = weight(key)
        return letters if letters == 1.0 else letters * SECONDS_PER_LETTER / SECONDS_PER_UNIT
    is_read = key in _READ_SIGNS or unicodedata.category(key[0]) == "Sc"
    return _READ_SIGN if is_read else 0.0


def _strength(token: Token, following: Token | None) -> float:
    """Return how sure a pause follows a word; 0 if it is none that a sign shows."""
    text = token.text
    if following is None or following.before == "\n":
        return _SENTENCE
    if not any(map(str.isalnum, following.text)):
        return 0.0
    if ends_sentence(text, following.text, following.before):
        return _SENTENCE
    last = text.rstrip(CLOSERS)[-1:]
    if last and last in STRONG_SIGNS:
        return _STRONG
    if last and last in CLAUSE_SIGNS:
        return _CLAUSE
    return _MAYBE if not text[-1].isalnum() and text[-1] in _MAYBE_SIGNS else 0.0
