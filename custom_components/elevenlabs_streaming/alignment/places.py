"""Where in a text something is that was heard."""

from collections.abc import Sequence
import math
from typing import Final

from ..text import is_unspaced
from .anchors import after_syllables, is_latin, nearest, syllables
from .estimates import SECONDS_PER_LETTER, weight
from .key_times import KeyTimes
from .tokens import HIDDEN, WrittenText

AHEAD: Final = 400
"""How far the text is read ahead of the voice, and searched, in characters."""
# Letters after which a voice's own pace is known.
_TELLING: Final = 12


def reach(strays: int) -> int:
    """Return how far on in the text the voice may be after so many characters without a place."""
    return min(AHEAD, 3 * strays + 24)


def find_key(written: WrittenText, cursor: int, key: str) -> int | None:
    """Return where a key is if the voice goes on at the cursor, passing over what has no sound."""
    keys, at = written.keys, cursor
    while at < len(keys):
        if keys[at] == key:
            return at
        if written.owners[at] == HIDDEN:
            at = written.after_hidden(at)
        elif keys[at].isalnum():
            return None
        else:
            at += 1
    return None


def find_sign(written: WrittenText, cursor: int, key: str, strays: int) -> int | None:
    """Return where such a sign ends a word, about as far on as so many characters are long."""
    keys, passed = written.keys, 0.0
    best: tuple[float, int] | None = None
    for at in range(cursor, min(len(keys), cursor + reach(strays))):
        if written.sounds(at):
            passed += weight(keys[at])
        elif keys[at] == key and written.ends_word(at):
            best = min(best or (math.inf, at), (abs(passed - strays), at))
    return best[1] if best else None


def find_word(written: WrittenText, cursor: int, anchor: str, strays: int) -> list[int]:
    """Return the places of an anchor that begins with a word, the nearest one."""
    places = written.sounding(cursor, reach(strays))
    text = "".join(written.keys[at] for at in places)
    found = text.find(anchor)
    while found >= 0 and not written.may_start_word(places[found]):
        found = text.find(anchor, found + 1)
    return places[found : found + len(anchor)] if found >= 0 else []


def end_of_latin(written: WrittenText, cursor: int, word: str) -> int | None:
    """Return where a word in Latin letters ends that is written in another script."""
    keys = written.keys
    at = next(iter(written.sounding(cursor, AHEAD)), None)
    if at is None or not (is_latin(word[0]) and keys[at].isalpha() and not is_latin(keys[at])):
        return None
    if is_unspaced(keys[at]):
        return after_syllables(keys, at, syllables(word))
    return written.tokens[written.owners[at]].last


def find_after_gap(
    written: WrittenText, cursor: int, anchor: str, *, due: int, ahead: int
) -> tuple[int | None, bool]:
    """Return where an anchor is nearest to where it is due, and whether that is sure.

    It is not sure while the text goes on before a place that may be nearer.
    """
    written.reach(cursor + 2 * due + AHEAD)
    places = written.sounding(cursor, 2 * due + AHEAD)
    found = nearest("".join(written.keys[at] for at in places), anchor, due)
    nearer = due + (ahead if found is None else abs(found - due))
    is_sure = len(places) >= nearer or written.complete
    return None if found is None else places[found], is_sure


def letters_due(
    written: WrittenText, times: KeyTimes, cursor: int, *, last_end: float, now: float
) -> int:
    """Return how many sounding characters may have passed since the last one heard."""
    keys, owners = written.keys, written.owners
    left = (now - last_end) / _seconds_per_letter(written, times, cursor, last_end)
    count = 0
    for at in range(cursor, min(len(keys), cursor + AHEAD)):
        left -= weight(keys[at]) if owners[at] != HIDDEN else 0.0
        if left < 0:
            return count
        count += written.sounds(at)
    return count + round(left)


def seconds_unheard(written: WrittenText, cursor: int) -> float:
    """Return how long the text from the cursor on may take, in seconds."""
    keys, owners = written.keys, written.owners
    rest = range(cursor, len(keys))
    if not any(written.sounds(at) for at in rest):
        return 0.0
    return SECONDS_PER_LETTER * sum(weight(keys[at]) for at in rest if owners[at] != HIDDEN)


def _seconds_per_letter(
    written: WrittenText, times: KeyTimes, cursor: int, last_end: float
) -> float:
    """Return how long this voice takes for a letter."""
    heard = sum(weight(key) for key in _newest(written.keys, cursor))
    starts = _newest(times.starts, cursor)
    first = next((start for start in starts if not math.isnan(start)), 0.0)
    pace = (last_end - first) / heard if heard > _TELLING else SECONDS_PER_LETTER
    return min(max(pace, SECONDS_PER_LETTER / 4), SECONDS_PER_LETTER * 4)


def _newest[T](values: Sequence[T], cursor: int) -> Sequence[T]:
    return values[max(0, cursor - AHEAD) : cursor]
