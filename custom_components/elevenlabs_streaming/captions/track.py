"""The captions of one utterance: they grow while speech is produced."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
import math
from typing import Any, Final, Self

from ..alignment import Word, join_words
from ..api import OutputFormat, SpeechChunk
from .cues import Cue, CueWriter
from .fitting import timed
from .word_maker import WordMaker

FORMAT_VERSION: Final = 1
# Laying out all words of a long text at its end would hold the event loop.
_MOST_WITHOUT_CUES: Final = 64


class DamagedCaptionsError(ValueError):
    """Stored captions that cannot be read."""


class CaptionTrack:
    """The captions of one utterance.

    `write` takes the text until `end_text`, `add` the speech, in any order; `finish` ends both.
    A word that was returned keeps its text for ever, and its times until `finish` knows how
    long the audio really is. What the user wrote is shown; until there is any of it, what came.
    """

    __slots__ = ("_cues", "_maker", "_words", "duration", "language")

    def __init__(self, language: str, *, message: str | None = None) -> None:
        """`message`: the whole text, if it is known already."""
        self.language = language
        self.duration: float | None = None
        """Seconds of audio; None while the track grows."""
        self._words: list[Word] = []
        self._cues = CueWriter()
        self._maker: WordMaker | None = WordMaker(message)

    @property
    def finished(self) -> bool:
        """Whether nothing will be added."""
        return self._maker is None

    @property
    def words(self) -> Sequence[Word]:
        """The words so far."""
        return self._words

    @property
    def text(self) -> str:
        """The words so far as a text."""
        return join_words(self._words)

    @property
    def estimated(self) -> bool:
        """Whether some of the times were worked out because none came."""
        return any(word.estimated for word in self._words)

    def show_tags(self) -> None:
        """Show audio tags, before there is any text: the model speaks them."""
        if self._maker:
            self._maker = WordMaker(None, performs_tags=False)

    def write(self, piece: str, spoken: str | None = None, speaker: str = "") -> list[Word]:
        """Add more of the written text; return the words that it completes.

        `spoken`: what is spoken in its place. `speaker`: who says all from here on; empty for the
        same as before.
        """
        return self._keep(self._maker.write(piece, spoken, speaker)) if self._maker else []

    def end_text(self) -> list[Word]:
        """Mark the text as complete; return the words that this completes."""
        return self._keep(self._maker.end_text()) if self._maker else []

    def add(self, *chunks: SpeechChunk, seconds: float = 0.0) -> list[Word]:
        """Add more of the speech; return the words that it completes.

        `seconds`: how much audio there is, up to which words without times are estimated.
        """
        found = self._keep(self._maker.add(chunks, seconds)) if self._maker else []
        if len(self._words) - self._cues.count > _MOST_WITHOUT_CUES:
            self._cues.write(self._words)
        return found

    def listen_as(self, output_format: OutputFormat | None) -> None:
        """Take the audio as one of a format, so that its pauses can be heard."""
        if self._maker:
            self._maker.listen_as(output_format)

    def finish(self, duration: float, *, cut: bool = False) -> list[Word]:
        """End the track with the seconds of its audio; return the words that were missing.

        All times are final now, also of words that were returned before; those returned now do
        not start before them. `cut`: the speech broke off, so the rest was never heard.
        """
        if self._maker is None:
            return []
        self._cues.write(self._words)
        shown, last = len(self._words), self._words[-1].start if self._words else 0.0
        self._words, self.duration = self._maker.finish(self._words, duration, cut=cut)
        self._cues.write(self._words, finished=True)
        self._maker = None
        rest = self._words[shown:]
        return [timed(word, max(word.start, last), max(word.end, last)) for word in rest]

    def cue_at(self, position: float) -> Cue | None:
        """Return the cue to show at a position in seconds; None where there is none."""
        self._cues.write(self._words)
        return self._cues.at(self._words, position)

    def cue_end_at(self, position: float) -> float | None:
        """Return when the cue at a position ends; None where there is none."""
        self._cues.write(self._words)
        return self._cues.end_at(self._words, position)

    def cues(self) -> list[Cue]:
        """Return the cues; all but those that end the list of a growing track are final."""
        self._cues.write(self._words)
        return self._cues.cues(self._words)

    def layouts(self, index: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return which words are in the cues from one on, and how many cues are final."""
        self._cues.write(self._words)
        return self._cues.layouts(self._words, index), len(self._cues.borders)

    def as_dict(self) -> dict[str, Any]:
        """Return the track as JSON, to be kept."""
        self._cues.write(self._words)
        return {
            "version": FORMAT_VERSION,
            "language": self.language,
            "duration": None if self.duration is None else round(self.duration, 3),
            "words": [word.as_dict() for word in self._words],
            "cues": list(self._cues.borders),
        }

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Read a kept track; it is finished. Raises `DamagedCaptionsError`."""
        try:
            return cls._read(data)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as err:
            raise DamagedCaptionsError(f"captions cannot be read: {type(err).__name__}") from None

    @classmethod
    def _read(cls, data: object) -> Self:
        if not isinstance(data, Mapping) or data["version"] != FORMAT_VERSION:
            raise ValueError("of another version")
        track = cls(data["language"])
        track._words = [Word.from_dict(word) for word in data["words"]]
        if not isinstance(track.language, str) or not _in_order(track._words):
            raise ValueError("out of order")
        end = max((word.end for word in track._words), default=0.0)
        track.duration = end if data["duration"] is None else float(data["duration"])
        if not 0 <= track.duration < math.inf:
            raise ValueError("no duration")
        track._cues.restore(data["cues"], len(track._words))
        track._cues.write(track._words, finished=True)
        track._maker = None
        return track

    def _keep(self, words: list[Word]) -> list[Word]:
        self._words += words
        return words


def _in_order(words: list[Word]) -> bool:
    return all(word.start <= following.start for word, following in pairwise(words))
