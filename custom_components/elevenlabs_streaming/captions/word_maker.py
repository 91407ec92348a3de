"""Words and their times, made from a growing text and growing speech."""

from collections.abc import Sequence
import math
from typing import Final

from ..alignment import (
    Aligner,
    Deduplicator,
    TimedCharacter,
    Token,
    Word,
    WrittenText,
    follow_alignment,
)
from ..api import OutputFormat, SpeechChunk, Timings
from .fitting import fit_words, stretch_factor, timed
from .live_estimates import LiveEstimates
from .revisions import WordRevisions

# Characters: "$1,234,567.89" is spoken for six seconds.
_LONGEST_NUMBER: Final = 120
_ALL: Final = 1 << 62


class WordMaker:
    """Makes the words of a growing track."""

    def __init__(self, message: str | None, *, performs_tags: bool = True) -> None:
        """`message`: the whole text, if it is known already.

        `performs_tags`: whether the model performs audio tags; else they are shown.
        """
        self._hearing = Deduplicator()
        self._performs_tags = performs_tags
        self._written = WrittenText(performs_tags=self._performs_tags)
        self._tracker = Aligner(self._written)
        self._said: list[TimedCharacter] = []
        self._leads = bool(message)
        self._next = 0
        self._revisions = WordRevisions(self._word)
        self._shown_until = -math.inf
        self._last: Word | None = None
        self._paused = False
        self._spoken: bool | None = None
        self._spoken_only: list[Timings] = []
        self._estimates = LiveEstimates()
        if message:
            self._written.write(message)
            self._written.end()

    def write(self, piece: str, spoken: str | None = None, speaker: str = "") -> list[Word]:
        """Add more of the text; `spoken`: what is spoken in its place.

        `speaker`: who says all from here on; empty for the same as before.
        """
        if not self._leads:
            if not piece.strip() and not speaker:
                return []
            self._let_text_lead()
        if speaker:
            self._written.speakers.start(speaker)
        self._written.write(piece, spoken)
        self._tracker.go_on()
        return self._completed()

    def end_text(self) -> list[Word]:
        """Mark the text as complete, if there was any."""
        if self._leads:
            self._written.end()
            self._tracker.go_on()
        return self._completed()

    def listen_as(self, output_format: OutputFormat | None) -> None:
        """Take the audio as one of a format, to hear its pauses where no times come."""
        self._estimates.listen_as(output_format)

    def add(self, chunks: Sequence[SpeechChunk], seconds: float) -> list[Word]:
        """Add more of the speech; words without times are estimated up to so many seconds."""
        for chunk in chunks:
            self._add(chunk)
        found = self._completed()
        return found if self._estimates.is_idle else [*found, *self._estimated(seconds)]

    def _estimated(self, seconds: float) -> list[Word]:
        """Return the words that have begun in so many seconds of audio."""
        tokens, found = self._written.tokens, list[Word]()
        if not self._leads or not seconds:
            return found
        begun = self._estimates.update(self._written, self._tracker, seconds, shown=self._next)
        while self._next < begun:
            self._revisions.add(self._next)
            found += self._new_word(tokens[self._next])
        self._revisions.settle(tokens, self._estimates.settled(self._written))
        return found

    def _add(self, chunk: SpeechChunk) -> None:
        self._paused = self._paused or chunk.silent
        if chunk.again is not None:
            self._take_back(chunk.again)
        if chunk.timings and chunk.timings.characters:
            self._hear(chunk.timings, spoken=False)
            self._estimates.timed_audio = chunk.audio
        elif chunk.spoken and chunk.spoken.characters:
            self._hear_spoken(chunk.spoken)
        elif chunk.audio and not chunk.silent:
            self._estimates.add(chunk.audio)
            self._miss()
        elif chunk.audio and not self._estimates.is_idle:
            self._estimates.add(chunk.audio)
        if chunk.times and chunk.times.rest:
            self._miss()

    def finish(self, words: list[Word], duration: float, *, cut: bool) -> tuple[list[Word], float]:
        """Return all words with their final times, and the duration."""
        if self._leads:
            self._hear_instead()
        self._written.end()
        self._written.reach(_ALL)
        self._tracker.end(cut=cut)
        if not (math.isfinite(duration) and duration > 0):
            duration = self._tracker.last_end + (0.0 if cut else self._tracker.unheard)
        elif not cut:
            self._tracker.keep_within(duration)
            self._revisions.unsettle(self._written.tokens, self._next, self._tracker.cursor)
        factor = 1.0
        if not cut and not self._paused:
            heard, rest = self._tracker.last_end, self._tracker.unheard
            factor = stretch_factor(heard, rest, duration, is_complete=self._is_heard_out)
        if not cut and self._estimates.finish(self._written, self._tracker, duration):
            factor, self._last = 1.0, None
        elif not cut:
            self._tracker.guess(duration / factor)
        # Those shown before the text took the lead keep the times they had.
        if self._shown_until == -math.inf:
            tokens, keys = self._written.tokens, len(self._written.keys)
            words = self._revisions.final_words(words, tokens, keys)
        found = [*words, *self._remaining(cut=cut)]
        return fit_words(found, factor, math.inf if cut else duration), duration

    def _take_back(self, time: float) -> None:
        """Forget what was heard from a time on: it broke off and is said again."""
        self._hearing.take_back(time)
        self._spoken_only.clear()
        self._estimates.go_back(self._written, self._tracker, time)
        if self._leads:
            self._tracker.take_back(time)
            tokens, cursor = self._written.tokens, self._tracker.cursor
            self._revisions.unsettle(tokens, self._next, cursor)
            return
        self._revisions.rebuild()
        said, self._said = [sound for sound in self._said if sound.start < time], []
        self._written = WrittenText(performs_tags=self._performs_tags)
        self._tracker = Aligner(self._written)
        self._follow(said)

    def _hear(self, timings: Timings, *, spoken: bool) -> None:
        """Add characters; after those of the other kind the place is looked for again."""
        if self._spoken is not None and self._spoken != spoken:
            self._miss()
        self._spoken = spoken
        if not self._estimates.is_idle:
            self._estimates.stop(self._tracker)
            self._revisions.unsettle(self._written.tokens, self._next, self._tracker.cursor)
        self._spoken_only.clear()
        if self._leads:
            follow_alignment(self._tracker, self._hearing, timings, as_written=not spoken)
        else:
            self._follow(self._hearing.hear(timings))

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
        if self._leads:
            self._tracker.miss()

    def _follow(self, sounds: list[TimedCharacter]) -> None:
        """Follow what was said where no text leads: it is the text."""
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
        self._written = WrittenText(performs_tags=self._performs_tags)
        self._tracker = Aligner(self._written)
        self._tracker.follow(self._said)
        self._said = []

    @property
    def _is_heard_out(self) -> bool:
        """Whether times came up to the end of the text."""
        is_told = self._estimates.is_idle and not self._spoken_only
        return self._tracker.at_end and (self._leads or is_told)

    def _completed(self) -> list[Word]:
        """Return the words that the voice has passed since the last time."""
        tokens, found = self._written.tokens, list[Word]()
        self._revisions.settle(tokens, self._tracker.cursor)
        while (
            self._next < len(tokens)
            and tokens[self._next].ended
            and tokens[self._next].last <= self._tracker.cursor
        ):
            if tokens[self._next].last == self._tracker.cursor:
                self._revisions.add(self._next)
            found += self._new_word(tokens[self._next])
        return found

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
            word = timed(word, self._last.start, max(word.end, self._last.start))
        self._last = word
        return [word]

    def _word(self, token: Token) -> Word:
        """Return the word of a token, with the times of what sounds in it."""
        tracker, written = self._tracker, self._written
        speaker = written.speakers.at(token.offset)
        starts, guessed = tracker.times.starts, tracker.times.guessed
        keys = [at for at in range(token.first, token.last) if not math.isnan(starts[at])]
        keys = [at for at in keys if written.sounds(at)] or keys
        if not keys:
            at = tracker.last_end
            return Word(token.text, at, at, token.before, True, speaker, token.tag)  # noqa: FBT003
        return Word(
            token.text,
            starts[keys[0]],
            max(starts[keys[0]], tracker.times.ends[keys[-1]]),
            token.before,
            1 in guessed[token.first : token.last]
            and any(guessed[at] for at in keys if written.sounds(at)),
            speaker,
            token.tag,
        )
