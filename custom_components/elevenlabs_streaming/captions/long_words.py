"""Words that are wider than a line, such as addresses, in files that nobody wraps."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..alignment import Word, join_words
from ..text import is_extending, text_width
from .cues import LINE_WIDTH, Cue, CueWriter

# Where an address may be broken: behind these.
_BREAKS: Final = "/?&=#-_.,;:@+"


def fit_cues(cues: list[Cue]) -> list[Cue]:
    """Return cues whose lines all have room, with long words broken."""
    return [fitting for cue in cues for fitting in (_fit(cue) if _is_too_wide(cue) else (cue,))]


def _is_too_wide(cue: Cue) -> bool:
    return any(text_width(join_words(line)) > LINE_WIDTH for line in cue.lines)


def _fit(cue: Cue) -> list[Cue]:
    """Lay a cue out anew, in as many as it takes."""
    words = [part for word in cue.words for part in _parts(word)]
    writer = CueWriter()
    writer.write(words, finished=True)
    return [replace(found, end=min(found.end, cue.end)) for found in writer.cues(words)]


def _parts(word: Word) -> Iterator[Word]:
    """Yield a word in parts that fit a line; each has its share of the time."""
    seconds, length = word.end - word.start, len(word.text)
    at, before, tag = 0, word.before, word.tag
    for text in _broken(word.text):
        start, at = at, at + len(text)
        times = word.start + seconds * start / length, word.start + seconds * at / length
        yield Word(text, *times, before, word.estimated, word.speaker, tag)
        before = tag = ""


def _broken(text: str) -> Iterator[str]:
    while text_width(text) > LINE_WIDTH:
        cut = _cut(text)
        yield text[:cut]
        text = text[cut:]
    yield text


def _cut(text: str) -> int:
    """Return where to break a text that is too wide: behind a sign, else between characters."""
    room = next(at for at in range(1, len(text)) if text_width(text[: at + 1]) > LINE_WIDTH)
    behind_sign = max(text.rfind(sign, room // 2, room) for sign in _BREAKS) + 1
    if behind_sign:
        return behind_sign
    between = room
    while between > 1 and is_extending(text[between]):
        between -= 1
    return between if between > 1 else room
