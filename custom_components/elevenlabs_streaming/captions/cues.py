"""Words into cues, as broadcasters write them.

Sources: BBC subtitle guidelines (break at sentences and clauses, not between article and noun;
in step with the voice), Netflix timed text style guides (42 characters a line, 16 full-width,
two lines, at most 7 s, up to 20 characters a second).

Where a cue ends depends on its own words and on the one after them. It is final as soon as
that word is known, and no later word changes it: words before a final border stay there.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from ..alignment import Word, join_words
from ..text import ends_sentence, text_width
from .line_breaks import break_quality, may_part

LINE_WIDTH: Final = 42.0
LONGEST_S: Final = 7.0
SHORTEST_S: Final = 0.8
CHARACTERS_PER_SECOND: Final = 17.0
_SHORTEST_SENTENCE_S: Final = 1.0
# A voice that is silent for longer has ended its phrase.
_SILENCE_S: Final = 1.5
# A shorter gap between cues only flickers (BBC).
_FLICKER_S: Final = 0.5
_FILL: Final = 0.6
_ORPHAN: Final = 0.5
_TOO_SHORT: Final = 1.0
_UNEVEN: Final = 0.6
_TOP_HEAVY: Final = 0.1
# Within what may be one word a cue ends only where it has no room and no other end.
_IN_WORD: Final = 3.0


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on the screen for a while: one or two lines of words."""

    start: float
    end: float
    lines: tuple[tuple[Word, ...], ...]
    final: bool = True
    """Whether no later word changes it."""

    @property
    def speaker(self) -> str:
        """Who says it, where several speak."""
        return self.lines[0][0].speaker

    @property
    def words(self) -> tuple[Word, ...]:
        """All its words."""
        return tuple(word for line in self.lines for word in line)

    @property
    def text(self) -> str:
        """Its lines, parted by a line break."""
        return "\n".join(map(join_words, self.lines))

    def as_dict(self) -> dict[str, Any]:
        """Return the cue as JSON."""
        found = {"start": round(self.start, 3), "end": round(self.end, 3), "text": self.text}
        return {**found, "speaker": self.speaker} if self.speaker else found

    def layout(self, first: int) -> dict[str, Any]:
        """Return which words it shows, by their numbers; `first`: that of its first one."""
        split = first + len(self.lines[0]) if len(self.lines) > 1 else None
        after = first + len(self.words)
        return {"first": first, "after": after, "split": split, "end": round(self.end, 3)}


class CueWriter:
    """Finds the borders between cues in a growing row of words."""

    __slots__ = ("_tail", "_tail_of", "borders")

    def __init__(self) -> None:
        """Start before the first word."""
        self.borders: list[int] = []
        """The numbers of the words that follow the final cues."""
        self._tail: tuple[int, ...] = ()
        self._tail_of = 0

    def write(self, words: Sequence[Word], *, finished: bool = False) -> None:
        """Set the borders that are certain now."""
        if len(words) == self._tail_of and not finished:
            return
        self.borders += _borders(words, self._next, finished=finished)
        self._tail = (len(words),) if self._next < len(words) else ()
        self._tail_of = len(words)

    @property
    def count(self) -> int:
        """How many words there were the last time."""
        return self._tail_of

    def restore(self, borders: Any, count: int) -> None:
        """Restore stored borders; raises ValueError or TypeError when they make no sense."""
        self.borders = list(borders)
        rising = all(a < b for a, b in zip((0, *self.borders), self.borders, strict=False))
        if not all(type(border) is int for border in self.borders) or not rising:
            raise ValueError("borders out of order")
        if self._next > count:
            raise ValueError("borders beyond the words")

    def cues(self, words: Sequence[Word]) -> list[Cue]:
        """Return all cues."""
        return [self._cue(words, index) for index in range(len(self.borders) + len(self._tail))]

    def layouts(self, words: Sequence[Word], index: int) -> list[dict[str, Any]]:
        """Return which words are in the cues from one on."""
        count = len(self.borders) + len(self._tail)
        return [self._cue(words, at).layout(self._first(at)) for at in range(index, count)]

    def at(self, words: Sequence[Word], position: float) -> Cue | None:
        """Return the cue at a position in seconds."""
        index = self._begun(words, position)
        cue = None if index is None else self._cue(words, index)
        return cue if cue and position < cue.end else None

    def end_at(self, words: Sequence[Word], position: float) -> float | None:
        """Return when the cue at a position ends: what is to be known most often."""
        index = self._begun(words, position)
        end = None if index is None else self._end(words, index)
        return end if end is not None and position < end else None

    @property
    def _next(self) -> int:
        return self.borders[-1] if self.borders else 0

    def _border(self, index: int) -> int:
        final = len(self.borders)
        return self.borders[index] if index < final else self._tail[index - final]

    def _first(self, index: int) -> int:
        return self._border(index - 1) if index else 0

    def _begun(self, words: Sequence[Word], position: float) -> int | None:
        """Return the number of the cue that began last."""
        numbers = range(len(self.borders) + len(self._tail))
        begun = bisect_right(numbers, position, key=lambda at: words[self._first(at)].start)
        return begun - 1 if begun else None

    def _cue(self, words: Sequence[Word], index: int) -> Cue:
        chosen = words[self._first(index) : self._border(index)]
        end, final = self._end(words, index), index < len(self.borders)
        return Cue(chosen[0].start, end, _lines(chosen), final=final)

    def _end(self, words: Sequence[Word], index: int) -> float:
        after = self._border(index)
        following = words[after].start if after < len(words) else None
        return _end(words[self._first(index) : after], following)


def _borders(words: Sequence[Word], first: int, *, finished: bool) -> list[int]:
    found: list[int] = []
    while first < len(words):
        border = _Window(words, first).border(finished=finished)
        if border is None:
            break
        found.append(border)
        first = border
    return found


class _Rows:
    """Lays words out in two lines, each as full as it can be."""

    def __init__(self) -> None:
        self._lines = 1
        self._above = self._line = self._last = 0.0

    @property
    def width(self) -> float:
        """The width of all lines together."""
        return self._above + self._line

    def add(self, word: Word, *, is_apart: bool) -> bool:
        """Add a word; return whether there is room. `is_apart`: whether a line may end before."""
        width = text_width(word.text)
        gap = len(word.before) if self._line else 0
        last = width if is_apart else self._last + width
        if self._line and self._line + gap + width > LINE_WIDTH:
            self._above += self._line + width - last
            self._lines, self._line = self._lines + 1, last
        else:
            self._line += gap + width
        self._last = last
        return self._lines <= 2 and (is_apart or last <= LINE_WIDTH)  # noqa: PLR2004


class _Window:
    """The words that could be one cue, and the best of their ends."""

    def __init__(self, words: Sequence[Word], first: int) -> None:
        self._words = words
        self._first = first
        self._widths: list[float] = []

    def border(self, *, finished: bool) -> int | None:
        """Return the word before which the cue ends; None while later words may tell."""
        first, words = self._first, self._words
        rows = _Rows()
        for index in range(first, len(words)):
            if index > first and self._must_end(index):
                return index
            is_apart = index == first or may_part(words[index - 1], words[index])
            has_room = rows.add(words[index], is_apart=is_apart)
            if index > first and (not has_room or self._is_late(index)):
                return self._best(index)
            self._widths.append(rows.width)
        return len(words) if finished else None

    def _must_end(self, index: int) -> bool:
        """Whether the sentence, the paragraph or the breath ends before a word."""
        before, after = self._words[index - 1], self._words[index]
        if before.speaker != after.speaker:
            return True
        lasted = after.start - self._words[self._first].start
        if after.before == "\n" or after.start - before.end >= _SILENCE_S:
            return lasted >= SHORTEST_S
        return lasted >= _SHORTEST_SENTENCE_S and _ends_sentence(before, after)

    def _is_late(self, index: int) -> bool:
        return self._words[index].end - self._words[self._first].start > LONGEST_S

    def _best(self, limit: int) -> int:
        """Return the best end before a word that has no room any more."""
        return max(range(self._first + 1, limit + 1), key=lambda at: (self._score(at, limit), at))

    def _score(self, at: int, limit: int) -> float:
        words = self._words
        score = break_quality(words[at - 1], words[at])
        score -= 0.0 if may_part(words[at - 1], words[at]) else _IN_WORD
        score += _FILL * self._widths[at - self._first - 1] / self._widths[-1]
        if words[at].start - words[self._first].start < SHORTEST_S:
            score -= _TOO_SHORT
        last = limit + 1 == len(words) or _ends_sentence(words[limit], words[limit + 1])
        return score - _ORPHAN if at == limit and last else score


def _ends_sentence(before: Word, after: Word) -> bool:
    return ends_sentence(before.text, after.text, after.before)


def _lines(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """Lay words out in one line, or in two of about the same length."""
    widths = list(accumulate(text_width(word.before) + text_width(word.text) for word in words))
    gaps = [text_width(word.before) for word in words]
    if len(words) == 1 or widths[-1] - gaps[0] <= LINE_WIDTH:
        return (tuple(words),)

    def score(at: int) -> tuple[bool, float]:
        return _split_score(
            words[at - 1 : at + 1], widths[at - 1] - gaps[0], widths[-1] - widths[at - 1] - gaps[at]
        )

    if not (splits := [at for at in range(1, len(words)) if may_part(words[at - 1], words[at])]):
        return (tuple(words),)
    split = max(splits, key=score)
    return tuple(words[:split]), tuple(words[split:])


def _split_score(border: Sequence[Word], top: float, bottom: float) -> tuple[bool, float]:
    """Return how well a text reads in two lines of such widths, parted between two words."""
    score = break_quality(*border) - _UNEVEN * abs(top - bottom) / (top + bottom)
    fits = max(top, bottom) <= LINE_WIDTH
    return fits, score - (_TOP_HEAVY if top > bottom else 0.0)


def _end(words: Sequence[Word], following: float | None) -> float:
    """Show a cue as long as it sounds and takes to read, but not into the next cue."""
    start = words[0].start
    reading = text_width(join_words(words)) / CHARACTERS_PER_SECOND
    wanted = max(words[-1].end, start + min(max(SHORTEST_S, reading), LONGEST_S))
    if following is None or following - wanted >= _FLICKER_S:
        return wanted
    return following
