"""Characters into words, as they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Any, Final, Self

from ..text import (
    ZERO_WIDTH_SPACE,
    breaks_lines,
    breaks_words,
    is_closing,
    is_extending,
    is_opening,
    is_syllabic,
    is_unspaced,
    is_wide_mark,
    takes_next,
)

_GAPS: Final = ("", " ", "\n")
# Where neither spaces nor characters show words: half a syllable each would only flicker.
_LETTERS_TOGETHER: Final = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it sounds, in seconds from the start of the utterance's audio."""

    text: str
    start: float
    end: float
    before: str = " "
    """What parts it from the word before: a space, a line break, or nothing."""
    estimated: bool = False
    """Whether its times were worked out because none came."""
    speaker: str = ""
    """Who says it, where several speak."""
    tag: str = ""
    """The audio tag that the voice performs from here on, without brackets."""

    def as_dict(self) -> dict[str, Any]:
        """Return the word as JSON; milliseconds are exact enough, the usual is left out."""
        found: dict[str, Any] = {
            "text": self.text,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
        }
        if self.before != " ":
            found["before"] = self.before
        if self.estimated:
            found["estimated"] = True
        if self.speaker:
            found["speaker"] = self.speaker
        if self.tag:
            found["tag"] = self.tag
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a word; raises ValueError, KeyError or TypeError for anything else."""
        word = cls(
            data["text"],
            float(data["start"]),
            float(data["end"]),
            data.get("before", " "),
            bool(data.get("estimated", False)),
            data.get("speaker", ""),
            data.get("tag", ""),
        )
        are_texts = all(isinstance(one, str) for one in (word.text, word.speaker, word.tag))
        if not are_texts or not word.text or word.before not in _GAPS:
            raise ValueError("a word without its text")
        if not (math.isfinite(word.end) and 0 <= word.start <= word.end):
            raise ValueError("a word without its times")
        return word


def join_words(words: Sequence[Word]) -> str:
    """Return the words as a text."""
    return "".join((word.before if at else "") + word.text for at, word in enumerate(words))


class WordSplitter:
    """Says of each visible character where it stands: in a word, at its start, between words."""

    def __init__(self) -> None:
        """Start before the first word."""
        self._gap: str | None = " "
        self._last = ""
        self._unspaced = False
        self._opening = False
        self._aside = False
        self._letters = 0

    def starts_word(self, character: str) -> str | None:
        """Return what parts the character from the word before, or None inside a word."""
        if self._gap is None and self._goes_on(character):
            self._note(character)
            return None
        joined = not self._last or (self._aside and is_closing(character))
        gap = "" if joined else self._gap or ""
        self._begin(character)
        return gap

    def begin_letters(self, letters: str) -> str | None:
        """Begin a word with Latin letters; return what parts it from the one before.

        None where no gap is before them.
        """
        if self._gap is None:
            return None
        gap = self._gap if self._last else ""
        self._gap = None
        self._aside = self._unspaced = self._opening = False
        self._letters = 0
        self._last = letters[-1]
        return gap

    def takes_letters(self, letters: str) -> bool:
        """Take Latin letters that may go on with a word; False where each has to be looked at."""
        if self._unspaced or self._opening or is_wide_mark(self._last):
            return False
        self._last = letters[-1]
        return True

    def is_gap(self, character: str) -> bool:
        """Handle a character that separates words; return False for all others."""
        if character == ZERO_WIDTH_SPACE:
            self._part("")
        elif breaks_lines(character):
            self._part("\n")
        elif breaks_words(character) or (self._gap is not None and character.isspace()):
            self._part(" ")
        else:
            return False
        return True

    def pause(self) -> None:
        """Handle markup that is a pause or a performance: words do not reach across it."""
        if self._gap is None:
            self._part("" if self._unspaced or is_wide_mark(self._last) else " ")
        self._aside = True

    def _part(self, gap: str) -> None:
        """Widen the gap: a line break outweighs a space, and a space outweighs nothing."""
        self._gap = max(self._gap or "", gap, key=_GAPS.index)

    def _begin(self, character: str) -> None:
        self._gap = None
        self._aside = False
        self._unspaced = False
        self._opening = True
        self._letters = 0
        self._note(character)

    def _note(self, character: str) -> None:
        taken = takes_next(self._last)
        self._last = character
        if is_extending(character):
            return
        self._unspaced = self._unspaced or is_unspaced(character)
        self._letters += not taken and is_syllabic(character)
        self._opening = self._opening and (is_opening(character) or character in "\"'")

    def _goes_on(self, character: str) -> bool:
        if is_extending(character) or takes_next(self._last) or self._opening:
            return True
        if is_unspaced(character):
            return is_syllabic(character) and 0 < self._letters < _LETTERS_TOGETHER
        if self._unspaced or is_wide_mark(self._last):
            return is_closing(character)
        return not (is_opening(character) and is_wide_mark(character))
