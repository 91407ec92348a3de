"""Which words of a text were spoken: where to go on if speech breaks off."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import re
from typing import Final

from ..api import Timings
from ..text import before_open_tag, is_unspaced, match_key
from .estimates import least_time

# An encoder gives out sound a little after it was made; the end of a word's last sound may be
# missing without the word being so.
_LATE_S: Final = 0.1
_LATE_SHARE: Final = 0.35
# So many letters that are not those of the text: it is read in other words or another script.
_LOST: Final = 40
_WINDOW: Final = 60
_TELLING: Final = 3
# Messages that wait to be read: some minutes of speech.
_MOST_UNREAD: Final = 1000
_WORD_OVER = re.compile(r"[^\w\s]*(?:\s|\Z)")
_PASSED = re.compile(r"[,.;:!?…)\]}»”’，。！？；：、」』）》】]*\s*")  # noqa: RUF001  # wide punctuation is meant
_LETTER = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\W_](?:\S*[^\W_])?")
_NO_LETTERS = re.compile(r"[\W_]+")
_IN_WORD = re.compile(r"\S*\Z")


@dataclass(slots=True)
class _Word:
    """A word that is being spoken: its place in the text and its time."""

    first: int
    after: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where to go on: an offset in the text, and the time in seconds at which it began."""

    offset: int
    time: float


class SpokenWords:
    """Finds which words of a growing text were spoken to their end."""

    def __init__(self, text_since: Callable[[int], str], speed: float) -> None:
        """Start before the first stream.

        `text_since`: returns the text after its first so many characters. `speed`: the speaking
        rate that was asked for; 1 is usual.
        """
        self._text_since = text_since
        self._speed = speed
        self._known = ""
        self.start_stream(0, 0.0)

    def start_stream(self, offset: int, seconds: float) -> None:
        """Start a stream that speaks the text from an offset on, after so many seconds of audio."""
        self._at = self._spoken = offset
        self._words: deque[_Word] = deque()
        self._last_end = seconds
        self._untimed = False
        self._unread: list[Timings | None] = []
        self._strays = 0
        self._stray_word = ""
        self._stray_start = 0.0

    def add_timings(self, times: Timings | None, seconds: float) -> None:
        """Add the characters of a message, after which there are so many seconds of audio.

        They are looked at only once somebody asks, which is seldom.
        """
        self._unread.append(times)
        if len(self._unread) == _MOST_UNREAD:
            self._read(seconds)

    def resume_point(self, seconds: float) -> ResumePoint:
        """Return the first word that was not spoken to its end in so many seconds of audio."""
        self._read(seconds)
        if self._words:
            found = ResumePoint(self._words[0].first, self._words[0].start)
        elif self._untimed or self._strays >= _LOST:
            found = self._estimated(seconds)
        else:
            found = ResumePoint(self._spoken, self._stray_start if self._strays else seconds)
        passed = _PASSED.match(self._known, found.offset)
        offset = passed.end() if passed else found.offset
        return ResumePoint(before_open_tag(self._known, offset), found.time)

    def missing_text(self, until: int | None) -> str:
        """Return the text before the offset `until` of which surely nothing was spoken.

        Nothing is sure where times are missing or tell of other words.
        """
        self._known += self._text_since(len(self._known))
        if self._is_all_heard(until):
            return ""
        self._read(self._last_end)
        return "" if self._untimed or self._strays else self._known[self._at : until]

    def _is_all_heard(self, until: int | None) -> bool:
        """Return whether the unread characters are just the rest of the text."""
        if self._strays:
            return False
        heard = "".join(map(_letters, filter(None, self._unread)))
        return heard == _NO_LETTERS.sub("", self._known[self._at : until])

    def _read(self, seconds: float) -> None:
        """Match all that was added, after which there are so many seconds of audio."""
        self._known += self._text_since(len(self._known))
        unread, self._unread = self._unread, []
        for times in unread:
            if times is None:
                self._untimed = True
            elif not self._hear_all(times):
                for heard in zip(times.characters, times.starts, times.ends, strict=True):
                    self._hear(*heard)
        while self._words and self._is_over(self._words[0], seconds):
            self._spoken = self._words.popleft().after

    def _hear_all(self, times: Timings) -> bool:
        """Match characters at once that are just those of the text; return whether they are."""
        heard, at = "".join(times.characters), self._next_letter()
        letter = _LETTER.search(heard)
        if self._strays or at is None or letter is None or len(heard) != len(times.characters):
            return False
        before = at - letter.start()
        if not self._known.startswith(heard[letter.start() :], at):
            return False
        if not heard.isascii() and any(map(is_unspaced, heard)):
            return False
        for word in _WORD.finditer(heard):
            first, after = word.span()
            self._match(before + first, before + after, times.starts[first], times.ends[after - 1])
        return True

    def _hear(self, characters: str, start: float, end: float) -> None:
        """Match characters that share a time one by one."""
        for character in characters:
            if character.isalnum():
                self._hear_letter(character, start, end)
            elif character.isspace() and self._strays:
                self._find_back(end)

    def _hear_letter(self, letter: str, start: float, end: float) -> None:
        at = self._next_letter()
        if self._strays or at is None or match_key(self._known[at]) != match_key(letter):
            self._stray_start = self._stray_start if self._strays else start
            foreign = at is not None and is_unspaced(self._known[at]) and not is_unspaced(letter)
            self._strays += _LOST if foreign else 1
            self._stray_word += letter
            return
        self._match(at, at + 1, start, end)

    def _match(self, first: int, after: int, start: float, end: float) -> None:
        """Note that letters of the text were heard."""
        word = self._words[-1] if self._words else None
        if word and self._is_one_word(word.after, first):
            word.after, word.end = after, end
        else:
            self._words.append(_Word(first, after, start, end))
        self._at, self._last_end = after, end
        self._untimed = False

    def _find_back(self, end: float) -> None:
        """Look for the word that was heard among those that come next."""
        word, self._stray_word = self._stray_word, ""
        if len(word) < _TELLING:
            return
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        reach = self._at + 3 * self._strays + _WINDOW
        if found := pattern.search(self._known, self._at, reach):
            self._strays = 0
            self._match(found.start(), found.end(), end, end)

    def _next_letter(self) -> int | None:
        found = _LETTER.search(self._known, self._at)
        return found.start() if found else None

    def _is_one_word(self, after: int, first: int) -> bool:
        between = self._known[after:first]
        return not any(map(str.isspace, between)) and not is_unspaced(self._known[first])

    def _is_over(self, word: _Word, seconds: float) -> bool:
        """Whether a word was spoken to its end, as far as a listener can tell."""
        late = min(_LATE_S, _LATE_SHARE * (word.end - word.start))
        return word.end <= seconds + late and self._ends_at(word.after)

    def _ends_at(self, after: int) -> bool:
        known = self._known
        if _WORD_OVER.match(known, after) or is_unspaced(known[after - 1]):
            return True
        following = next((known[at] for at in range(after, len(known)) if known[at].isalnum()), "")
        return bool(following) and is_unspaced(following)

    def _estimated(self, seconds: float) -> ResumePoint:
        """Return the word that is spoken at a time at the latest, by its place in the text."""
        time, at = self._last_end, self._at
        while at < len(self._known) and time < seconds:
            time += least_time(self._known[at]) / self._speed
            at += 1
        begun = at if at == len(self._known) and time < seconds else self._word_start(at)
        back = sum(map(least_time, self._known[begun:at])) / self._speed
        return ResumePoint(max(self._spoken, begun), max(self._last_end, time - back))

    def _word_start(self, at: int) -> int:
        if at and is_unspaced(self._known[at - 1]):
            return at - 1
        inside = _IN_WORD.search(self._known[:at])
        return inside.start() if inside else at


def _letters(times: Timings) -> str:
    """Return the letters of some characters."""
    return _NO_LETTERS.sub("", "".join(times.characters))
