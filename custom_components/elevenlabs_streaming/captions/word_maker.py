"""Words and their times, made from a growing text and growing speech."""

from collections.abc import Sequence
from itertools import pairwise
import math
from operator import le
from typing import Final

from ..alignment import Aligner, Deduplicator, TimedCharacter, Token, Word, WrittenText
from ..api import SpeechChunk, Timings
from .revisions import WordRevisions

# Nothing sounds after the audio has ended; MP3 adds frames of 26 ms at both ends.
_TOO_LONG_S: Final = 0.1
# Audio goes on a little in silence; a full stop's time already covers most of that. Beyond it
# the times run fast: v3's have been seen to (elevenlabs-python#772).
_TOO_SHORT_S: Final = 0.5
_LONGEST_STRETCH: Final = 1.3
# Words without times may be squeezed to this much of their usual length.
_LEAST_OF_REST: Final = 0.3
# Characters: "$1,234,567.89" is spoken for six seconds.
_LONGEST_NUMBER: Final = 120
_ALL: Final = 1 << 62


class WordMaker:
    """Makes the words of a growing track."""

    def __init__(self, message: str | None) -> None:
        """`message`: the whole text, if it is known already."""
        self._hearing = Deduplicator()
        self._written = WrittenText()
        self._tracker = Aligner(self._written)
        self._said: list[TimedCharacter] = []
        self._leads = bool(message)
        self._next = 0
        self._revisions = WordRevisions(self._word)
        self._shown_until = -math.inf
        self._last: Word | None = None
        self._silent_since = False
        self._paused = False
        self._spoken: bool | None = None
        self._spoken_only: list[Timings] = []
        if message:
            self._written.write(message)
            self._written.end()

    def write(self, piece: str) -> list[Word]:
        """Add more of the text."""
        if not self._leads:
            if not piece.strip():
                return []
            self._let_text_lead()
        self._written.write(piece)
        self._tracker.go_on()
        return self._completed()

    def end_text(self) -> list[Word]:
        """Mark the text as complete, if there was any."""
        if self._leads:
            self._written.end()
            self._tracker.go_on()
        return self._completed()

    def add(self, chunks: Sequence[SpeechChunk]) -> list[Word]:
        """Add more of the speech."""
        for chunk in chunks:
            self._add(chunk)
        return self._completed()

    def _add(self, chunk: SpeechChunk) -> None:
        self._paused = self._paused or chunk.silent
        if chunk.again is not None:
            self._take_back(chunk.again)
        if chunk.timings and chunk.timings.characters:
            self._hear(chunk.timings, spoken=False)
        elif chunk.spoken and chunk.spoken.characters:
            self._hear_spoken(chunk.spoken)
        elif chunk.audio and not chunk.silent:
            self._miss()

    def finish(self, words: list[Word], duration: float, *, cut: bool) -> tuple[list[Word], float]:
        """Return all words with their final times, and the duration."""
        if self._leads:
            self._hear_instead()
        self._take_rest()
        self._tracker.end(cut=cut)
        duration = self._known_duration(duration)
        factor = self._drift(duration, cut=cut)
        if not cut:
            self._tracker.guess(duration / factor)
        found = [*self._settled(words), *self._remaining(cut=cut)]
        return _scaled(found, factor, math.inf if cut else duration), duration

    def _take_back(self, time: float) -> None:
        """Forget what was heard from a time on: it broke off and is said again."""
        self._hearing.take_back(time)
        self._spoken_only.clear()
        if self._leads:
            self._tracker.take_back(time)
            tokens, cursor = self._written.tokens, self._tracker.cursor
            self._revisions.unsettle(tokens, self._next, cursor)
            return
        self._revisions.rebuild()
        said, self._said = [sound for sound in self._said if sound.start < time], []
        self._written = WrittenText()
        self._tracker = Aligner(self._written)
        self._follow(said)

    def _hear(self, timings: Timings, *, spoken: bool) -> None:
        """Add characters; after those of the other kind the place is looked for again."""
        if self._spoken is not None and self._spoken != spoken:
            self._miss()
        self._spoken = spoken
        self._silent_since = False
        self._spoken_only.clear()
        told = self._leads and not spoken
        goes_on = self._tracker.goes_on if told else None
        self._follow(self._hearing.hear(timings, goes_on))

    def _hear_spoken(self, timings: Timings) -> None:
        """Add characters as spoken where those as written do not come at all.

        A number that is long in words leaves messages without a character as written.
        """
        if self._spoken is not False:
            self._hear(timings, spoken=True)
            return
        self._miss()
        self._spoken_only.append(timings)
        if sum(len(part.characters) for part in self._spoken_only) > _LONGEST_NUMBER:
            self._hear_instead()

    def _hear_instead(self) -> None:
        for part in tuple(self._spoken_only):
            self._hear(part, spoken=True)

    def _miss(self) -> None:
        self._silent_since = True
        if self._leads:
            self._tracker.miss()

    def _follow(self, sounds: list[TimedCharacter]) -> None:
        if not self._leads:
            self._said += sounds
            self._written.write("".join(sound.character for sound in sounds))
        self._tracker.follow(sounds)

    def _let_text_lead(self) -> None:
        """Start again on the written text with what was said until now."""
        self._leads = True
        if not self._said:
            return
        self._shown_until = self._last.end if self._last else -math.inf
        self._next = 0
        self._revisions.restart()
        self._written = WrittenText()
        self._tracker = Aligner(self._written)
        self._tracker.follow(self._said)
        self._said = []

    def _take_rest(self) -> None:
        """Read the text to its end."""
        self._written.end()
        self._written.reach(_ALL)

    def _known_duration(self, duration: float) -> float:
        if math.isfinite(duration) and duration > 0:
            return duration
        return self._tracker.last_end + self._tracker.unheard()

    def _drift(self, duration: float, *, cut: bool) -> float:
        """Return what the times are to be multiplied with to fit the audio."""
        heard, rest = self._tracker.last_end, self._tracker.unheard()
        if cut or heard <= 0 or self._paused:
            return 1.0
        if heard + rest * _LEAST_OF_REST > duration + _TOO_LONG_S:
            return duration / (heard + rest)
        loses_time = heard < duration - _TOO_SHORT_S and duration < heard * _LONGEST_STRETCH
        if loses_time and not rest and self._is_heard_out:
            return duration / heard
        return 1.0

    @property
    def _is_heard_out(self) -> bool:
        """Whether times came up to the end of the text."""
        return self._tracker.at_end and (self._leads or not self._silent_since)

    def _completed(self) -> list[Word]:
        """Return the words that the voice has passed since the last time."""
        tokens, found = self._written.tokens, list[Word]()
        self._revisions.settle(tokens, self._tracker.cursor)
        while self._next < len(tokens) and self._has_passed(tokens[self._next]):
            if tokens[self._next].last == self._tracker.cursor:
                self._revisions.add(self._next)
            found += self._new_word(tokens[self._next])
        return found

    def _settled(self, words: list[Word]) -> list[Word]:
        """Return the words that were returned, with their last times.

        Those that were shown before the text took the lead keep the times they had.
        """
        if self._shown_until > -math.inf:
            return words
        written = self._written
        return self._revisions.final_words(words, written.tokens, len(written.keys))

    def _has_passed(self, token: Token) -> bool:
        return token.ended and token.last <= self._tracker.cursor

    def _remaining(self, *, cut: bool) -> list[Word]:
        """Return the words that were not returned yet; of a speech that broke off, those heard."""
        found = []
        for token in self._written.tokens[self._next :]:
            if cut and token.first >= self._tracker.cursor:
                break
            found += self._new_word(token)
        return found

    def _new_word(self, token: Token) -> list[Word]:
        """Return the next word; none if it was shown before the text took the lead."""
        self._next += 1
        word = self._word(token)
        if word.start < self._shown_until:
            return []
        if self._last and word.start < self._last.start:
            word = _timed(word, self._last.start, max(word.end, self._last.start))
        self._last = word
        return [word]

    def _word(self, token: Token) -> Word:
        """Return the word of a token, with the times of what sounds in it."""
        tracker, written = self._tracker, self._written
        starts, guessed = tracker.starts, tracker.guessed
        keys = [at for at in range(token.first, token.last) if not math.isnan(starts[at])]
        keys = [at for at in keys if written.sounds(at)] or keys
        if not keys:
            at = tracker.last_end
            return Word(token.text, at, at, token.before, estimated=True)
        return Word(
            token.text,
            starts[keys[0]],
            max(starts[keys[0]], tracker.ends[keys[-1]]),
            token.before,
            1 in guessed[token.first : token.last] and any(guessed[at] for at in keys),
        )


def _scaled(words: list[Word], factor: float, limit: float) -> list[Word]:
    """Return the words in order, within the audio, and none sounding into the next."""
    if factor == 1.0 and (fitting := _fitting(words, limit)) is not None:
        return fitting
    starts: list[float] = []
    for word in words:
        starts.append(max(min(word.start * factor, limit), starts[-1] if starts else 0.0))
    borders = pairwise([*starts, limit])
    return [
        _timed(word, start, min(max(word.end * factor, start), max(start, following)))
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
            found[at] = _timed(word, word.start, border)
    return found


def _timed(word: Word, start: float, end: float) -> Word:
    if word.start == start and word.end == end:
        return word
    return Word(word.text, start, end, word.before, word.estimated)
