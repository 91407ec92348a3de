"""Characters into words, as they come."""

from dataclasses import dataclass
from typing import Final

from ..api import SpeechChunk, Timings

# Scripts that write no spaces between words: each character stands for itself.
_UNSPACED: Final = (
    ("\u0e00", "\u0eff"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u4dbf"),
    ("\u4e00", "\u9fff"),
    ("\U00020000", "\U0003ffff"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it sounds, in seconds from the start of the utterance's audio."""

    text: str
    start: float
    end: float

    def as_dict(self) -> dict[str, str | float]:
        """Return the word as JSON; milliseconds are exact enough."""
        return {"text": self.text, "start": round(self.start, 3), "end": round(self.end, 3)}


class WordReader:
    """Joins the characters of chunks into words; a word may be split over chunks."""

    def __init__(self) -> None:
        """Start before the first character."""
        self._text = ""
        self._start = 0.0
        self._end = 0.0

    def add(self, chunk: SpeechChunk) -> list[Word]:
        """Return the words that the chunk completed."""
        timings = chunk.timings or chunk.spoken
        return self._read(timings) if timings else []

    def rest(self) -> list[Word]:
        """Return the word that the end completes."""
        return self._complete()

    def _read(self, timings: Timings) -> list[Word]:
        words: list[Word] = []
        for text, start, end in zip(timings.characters, timings.starts, timings.ends, strict=True):
            for character in text:
                words += self._take(character, start, end)
        return words

    def _take(self, character: str, start: float, end: float) -> list[Word]:
        if character.isspace():
            return self._complete()
        words = self._complete() if _is_unspaced(character) else []
        if not self._text:
            self._start = start
        self._text += character
        self._end = max(end, self._start)
        return words

    def _complete(self) -> list[Word]:
        if not self._text:
            return []
        word = Word(self._text, self._start, self._end)
        self._text = ""
        return [word]


def _is_unspaced(character: str) -> bool:
    return any(first <= character <= last for first, last in _UNSPACED)
