"""Which words of a text were spoken: where to go on if speech breaks off."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import math
import re
from typing import Final

from ..api import SpeechChunk, Timings
from ..text import before_open_tag, is_unspaced
from .aligner import Aligner
from .deduplication import Deduplicator
from .estimates import least_time
from .following import follow_alignment
from .tokens import Token, WrittenText

# An encoder gives out sound a little after it was made; the end of a word's last sound may be
# missing without the word being so.
_LATE_S: Final = 0.1
_LATE_SHARE: Final = 0.35
# So many letters without a place in the text: it is read in other words or another script.
_LOST: Final = 40
# Chunks that wait to be aligned: about 25 s of speech. Few streams are longer, or break.
_MOST_UNREAD: Final = 100
_PASSED = re.compile(r"[,.;:!?…)\]}»”’，。！？；：、」』）》】]*\s*")  # noqa: RUF001  # wide punctuation is meant
_NO_LETTERS = re.compile(r"[\W_]+")
_IN_WORD = re.compile(r"\S*\Z")


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where to go on: an offset in the text, and the time in seconds at which it began."""

    offset: int
    time: float


class SpokenWords:
    """Finds which words of a growing text were spoken to their end.

    The aligner is asked only when somebody wants to know, which is seldom.
    """

    def __init__(
        self, text_since: Callable[[int], str], speed: float, *, performs_tags: bool = True
    ) -> None:
        """Start before the first stream.

        `text_since`: returns the text after its first so many characters. `speed`: the speaking
        rate that was asked for; 1 is usual. `performs_tags`: whether the model performs audio tags.
        """
        self._performs_tags = performs_tags
        self._text_since = text_since
        self._speed = speed
        self._known = ""
        self.start_stream(0, 0.0)

    def start_stream(self, offset: int, seconds: float) -> None:
        """Start a stream that speaks the text from an offset on, after so many seconds of audio."""
        self._offset = self._written_to = offset
        self._unread: deque[tuple[Timings | None, Timings | None]] = deque()
        """What came and was not aligned yet: characters as written, and as spoken."""
        self._tokens_spoken = 0
        self._written = WrittenText(performs_tags=self._performs_tags)
        self._aligner = Aligner(self._written)
        self._deduplicator = Deduplicator()
        self._certain = ResumePoint(offset, seconds)
        """What is certainly spoken."""
        self._is_untimed = False

    def add_chunk(self, chunk: SpeechChunk) -> None:
        """Add a chunk with audio or times, in seconds of the utterance."""
        self._unread.append((chunk.timings, chunk.spoken))
        if len(self._unread) > _MOST_UNREAD:
            self._learn_text()
            self._align_next()

    def resume_point(self, seconds: float) -> ResumePoint:
        """Return the first word that was not spoken to its end in so many seconds of audio."""
        self._read()
        is_told = self._is_sure or self._certain.time > seconds
        found = self._unspoken(seconds) if is_told else self._estimated(seconds)
        passed = _PASSED.match(self._known, found.offset)
        offset = passed.end() if passed else found.offset
        return ResumePoint(before_open_tag(self._known, offset), found.time)

    def missing_text(self, until: int | None) -> str:
        """Return the text before the offset `until` of which surely nothing was spoken.

        Nothing is sure where times are missing or tell of other words.
        """
        self._learn_text()
        if self._is_all_heard(until):
            return ""
        self._read()
        if not self._is_sure or self._aligner.unplaced:
            return ""
        return self._known[self._spoken_to() : until]

    def _is_all_heard(self, until: int | None) -> bool:
        """Return whether the unread characters are just the rest of the text."""
        heard = "".join(_letters(written or spoken) for written, spoken in self._unread)
        return heard == _NO_LETTERS.sub("", self._known[self._spoken_to() : until])

    def _spoken_to(self) -> int:
        """Return the offset after the last word that was placed."""
        tokens, cursor = self._written.tokens, self._aligner.cursor
        while self._tokens_spoken < len(tokens) and tokens[self._tokens_spoken].last <= cursor:
            self._tokens_spoken += 1
        after = tokens[self._tokens_spoken - 1].after if self._tokens_spoken else 0
        return self._offset + after

    @property
    def _is_sure(self) -> bool:
        """Whether the times tell what was spoken."""
        unplaced = self._aligner.unplaced
        is_lost = len(unplaced) >= _LOST or (unplaced and self._is_foreign(unplaced[0].key))
        return self._aligner.is_sure and not self._is_untimed and not is_lost

    def _is_foreign(self, key: str) -> bool:
        """Return whether a key is of another script than the next word: Chinese in pinyin."""
        places = self._written.sounding(self._aligner.cursor, _LOST)
        return bool(places) and is_unspaced(self._written.keys[places[0]]) and not is_unspaced(key)

    def _learn_text(self) -> None:
        self._known += self._text_since(len(self._known))
        if self._written_to < len(self._known):
            self._written.write(self._known[self._written_to :])
            self._written_to = len(self._known)

    def _read(self) -> None:
        """Align all that was added."""
        self._learn_text()
        while self._unread:
            self._align_next()

    def _align_next(self) -> None:
        written, spoken = self._unread.popleft()
        aligner = self._aligner
        times = written or spoken
        if times and aligner.is_sure and not aligner.unplaced:
            # What came with the audio before is over, whether its own times made sense or not.
            self._certain = ResumePoint(self._spoken_to(), aligner.last_end)
        self._is_untimed = not times or times.ends_untimed
        if times:
            follow_alignment(aligner, self._deduplicator, times, as_written=written is not None)
        if not times or times.rest:
            aligner.miss()
        if self._is_sure and not aligner.unplaced:
            self._certain = ResumePoint(self._spoken_to(), aligner.last_end)

    def _unspoken(self, seconds: float) -> ResumePoint:
        """Return the first word that was not spoken to its end."""
        for token in self._written.tokens:
            if not self._is_over(token, seconds):
                return ResumePoint(self._offset + token.offset, self._start(token, seconds))
        return ResumePoint(self._spoken_to(), seconds)

    def _is_over(self, token: Token, seconds: float) -> bool:
        """Return whether a word was spoken to its end, as far as a listener can tell."""
        places = self._written.sounding(token.first, token.last - token.first)
        last = places[-1] if places else token.last - 1
        if last >= self._aligner.cursor:
            return False
        start, end = self._start(token, seconds), self._end(last)
        late = min(_LATE_S, _LATE_SHARE * (end - start))
        return math.isnan(end) or end <= seconds + late

    def _end(self, key: int) -> float:
        """Return when a key ends at the latest: if that is an estimate, before the next starts."""
        times, cursor = self._aligner.times, self._aligner.cursor
        if not times.guessed[key]:
            return times.ends[key]
        later = (times.starts[at] for at in range(key + 1, cursor) if not times.guessed[at])
        return next((start for start in later if start >= 0), self._aligner.last_end)

    def _start(self, token: Token, seconds: float) -> float:
        """Return when a word began, or where in the audio it would."""
        starts = self._aligner.times.starts[token.first : min(token.last, self._aligner.cursor)]
        heard = [start for start in starts if not math.isnan(start)]
        unplaced = self._aligner.unplaced
        return heard[0] if heard else unplaced[0].start if unplaced else seconds

    def _estimated(self, seconds: float) -> ResumePoint:
        """Return the word that is spoken at a time at the latest, by its place in the text."""
        time, at = self._certain.time, self._certain.offset
        while at < len(self._known) and time < seconds:
            time += least_time(self._known[at]) / self._speed
            at += 1
        begun = at if at == len(self._known) and time < seconds else self._word_start(at)
        back = sum(map(least_time, self._known[begun:at])) / self._speed
        return ResumePoint(max(self._certain.offset, begun), max(self._certain.time, time - back))

    def _word_start(self, at: int) -> int:
        if at and is_unspaced(self._known[at - 1]):
            return at - 1
        inside = _IN_WORD.search(self._known[:at])
        return inside.start() if inside else at


def _letters(times: Timings | None) -> str:
    """Return the letters of some characters."""
    return _NO_LETTERS.sub("", "".join(times.characters) + times.rest) if times else ""
