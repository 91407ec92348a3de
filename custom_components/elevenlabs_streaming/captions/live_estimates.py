"""Estimates of a growing track, while there are no times: they run along with the audio."""

from collections.abc import Iterator
from typing import Final

from ..alignment import Aligner, WordTime, WrittenText, seconds_for
from ..api import OutputFormat
from ..audio import QuietFinder, levels_of
from .untimed import UntimedWords

# How far audio may be ahead of the times before they are taken for missing: some services tell
# all times of a sentence with its first audio, or those of a message with the next one.
_PATIENCE_S: Final = 0.6
# Characters that are read ahead.
_AHEAD: Final = 400


class LiveEstimates:
    """Listens to audio without times, and tells which words of the text have begun in it."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._format: OutputFormat | None = None
        self.timed_audio = b""
        """The newest audio that came with times: these may not reach its end."""
        self._unheard: list[bytes] = []
        self._seconds_unheard = 0.0
        self._words: UntimedWords | None = None
        self._first = 0
        self._is_again = False
        self._is_timed = False

    @property
    def is_idle(self) -> bool:
        """Whether all audio has times."""
        return not self._unheard and self._words is None

    def listen_as(self, output_format: OutputFormat | None) -> None:
        """Take the audio as one of a format; None if nothing is known of it."""
        self._format = output_format

    def add(self, audio: bytes) -> None:
        """Add audio without times."""
        self._unheard.append(audio)
        self._seconds_unheard += self._seconds(audio)

    def stop(self, aligner: Aligner) -> None:
        """Stop, since there are times again; these take the place of estimates."""
        self._is_timed = True
        self._forget_audio()
        if self._words:
            self._words = None
            aligner.times.forget_from(aligner.cursor)

    def go_back(self, written: WrittenText, aligner: Aligner, time: float) -> None:
        """Go back to the word at a time: it is said again in the audio that comes next."""
        self._forget_audio()
        self.timed_audio = b""
        self._is_again = True
        if self._words:
            starts = aligner.times.starts
            self._first = next(
                (
                    number
                    for number, token in enumerate(written.tokens)
                    if not (token.first < len(starts) and starts[token.first] < time)
                ),
                len(written.tokens),
            )
            self._words = None

    def update(self, written: WrittenText, aligner: Aligner, seconds: float, *, shown: int) -> int:
        """Estimate with so many seconds of audio; return how many words have begun.

        `shown`: how many were known before; they only get their times when these are settled.
        """
        if (words := self._listening(written, aligner, seconds)) is None:
            return 0
        tokens = written.tokens
        at = tokens[words.first].first if words.first < len(tokens) else len(written.keys)
        written.reach(at + _AHEAD)
        self._listen(written, aligner, words, seconds)
        known = max(0, shown - words.first)
        _set(written, aligner, words.first + known, words.times[known:])
        return words.first + len(words.times)

    def settled(self, written: WrittenText) -> int:
        """Return the key before which all estimates are settled."""
        tokens, first = written.tokens, self._words.first if self._words else 0
        return tokens[first].first if first < len(tokens) else len(written.keys)

    def finish(self, written: WrittenText, aligner: Aligner, seconds: float) -> bool:
        """Estimate all words that no times came for; return whether there were any."""
        if self.is_idle or aligner.at_end:
            return False
        if (words := self._listening(written, aligner, seconds)) is None:
            return False
        self._listen(written, aligner, words, seconds)
        first = words.first
        times = words.update(seconds, is_over=True)
        aligner.guess(seconds)
        _set(written, aligner, first, times)
        return True

    def _listening(
        self, written: WrittenText, aligner: Aligner, seconds: float
    ) -> UntimedWords | None:
        """Return what listens to the audio, up to its end; None while times may still come."""
        if self._words is None:
            if self._is_timed and seconds < aligner.last_end + _PATIENCE_S:
                return None
            self._words = self._begin(written, aligner, seconds)
        return self._words

    def _listen(
        self, written: WrittenText, aligner: Aligner, words: UntimedWords, seconds: float
    ) -> None:
        """Listen to the audio, and set the times of words that are settled with it."""
        left = self._seconds_unheard
        for audio in self._unheard:
            for piece in self._pieces(audio):
                words.add(piece)
                left -= self._seconds(piece)
                first = words.first
                _set(written, aligner, first, words.update(max(0.0, seconds - left)))
        self._forget_audio()

    def _begin(self, written: WrittenText, aligner: Aligner, seconds: float) -> UntimedWords:
        """Begin to listen after the last time, or where what broke off is said again."""
        begin = max(0.0, seconds - self._seconds_unheard)
        before = max(0.0, begin - self._seconds(self.timed_audio))
        levels = levels_of(self._format) if self._format else None
        finder = QuietFinder(levels, before) if levels else None
        cursor = aligner.cursor
        first = next(
            (at for at, token in enumerate(written.tokens) if token.first >= cursor),
            len(written.tokens),
        )
        start = max(aligner.last_end, 0.0)
        if self._is_again and levels:
            start = begin + _rest_of_word(written, cursor, first)
        words = UntimedWords(written, finder, first=max(first, self._first), start=start)
        words.add(self.timed_audio)
        return words

    def _pieces(self, audio: bytes) -> Iterator[bytes]:
        """Yield audio in pieces of a second."""
        size = round(self._format.bytes_per_second or 0) if self._format else 0
        return (
            audio[at : at + (size or len(audio))] for at in range(0, len(audio), size or len(audio))
        )

    def _seconds(self, audio: bytes) -> float:
        rate = self._format.bytes_per_second if self._format else None
        return len(audio) / rate if rate else 0.0

    def _forget_audio(self) -> None:
        self._unheard.clear()
        self._seconds_unheard = 0.0


def _rest_of_word(written: WrittenText, cursor: int, first: int) -> float:
    """Return the seconds for what is left of the word before `first`, at the cursor."""
    tokens = written.tokens
    until = tokens[first].first if first < len(tokens) else len(written.keys)
    return seconds_for(written.keys[cursor:until])


def _set(written: WrittenText, aligner: Aligner, first: int, times: list[WordTime]) -> None:
    """Set the times of words from one on."""
    aligner.times.grow()
    for token, time in zip(written.tokens[first:], times, strict=False):
        aligner.times.fill(token.first, token.last, time.start, time.end, guess=True)
