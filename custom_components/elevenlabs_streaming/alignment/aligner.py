"""Where in the written text the voice is.

The characters of an answer are mostly those of the text. Where they are not (numbers spelled
out, Chinese in Latin letters, markup left out, messages without times) they are held until a
word that both have shows where the voice has got to; what lies between shares the time.
"""

from array import array
from collections import deque
from collections.abc import Sequence
from itertools import islice
import math
from typing import Final

from ..text import is_unspaced
from .anchors import ANCHOR, after_syllables, is_latin, letters_needed, nearest, syllables
from .deduplication import TimedCharacter
from .estimates import SECONDS_PER_LETTER, spread, weight
from .tokens import HIDDEN, WrittenText

# How far the text is read ahead of the voice, and searched, in characters.
_AHEAD: Final = 400
_SURE_AHEAD: Final = 40
_LONGEST_ANCHOR: Final = 12
# Letters after which a voice's own pace is known.
_TELLING: Final = 12
# After so many letters in vain the text goes on as fast as the voice.
_LOST: Final = 120


class Aligner:
    """Assigns every character of a text the time at which it sounds."""

    def __init__(self, written: WrittenText) -> None:
        """Start before the first character of `written`."""
        self._written = written
        self.starts = array("d")
        self.ends = array("d")
        self.guessed = bytearray()
        self.cursor = 0
        """Characters before it are spoken."""
        self.last_end = 0.0
        """When the last character that was heard ends."""
        self._waiting: deque[TimedCharacter | None] = deque()
        """What was heard and has no place yet; None is a gap."""
        self._strays: list[TimedCharacter] = []
        self._gap = False
        self._romanised = False
        self.is_sure = True
        """Whether the newest place was found, not only supposed."""

    @property
    def unplaced(self) -> list[TimedCharacter]:
        """What was heard and has no place yet."""
        return [*self._strays, *filter(None, self._waiting)]

    @property
    def at_end(self) -> bool:
        """Whether nothing is left of the text, hidden or not."""
        return self.cursor == len(self._written.keys)

    def miss(self) -> None:
        """Record sound without times."""
        if not (self._waiting and self._waiting[-1] is None):
            self._waiting.append(None)

    def goes_on(self, text: str) -> bool | None:
        """Whether the text goes on with `text`; None when that cannot be told."""
        if self._gap or self._waiting or self._strays:
            return None
        self._written.reach(self.cursor + _AHEAD)
        keys = self._written.keys
        at = self._written.after_hidden(self.cursor)
        if len(keys) - at < min(len(text), ANCHOR):
            return None
        known = "".join(keys[at : at + min(len(text), _LONGEST_ANCHOR)])
        return text.startswith(known)

    def follow(self, sounds: Sequence[TimedCharacter]) -> None:
        """Place the characters that were said."""
        self._waiting.extend(sounds)
        self.go_on()

    def take_back(self, time: float) -> None:
        """Forget what sounded from a time on."""
        while self.cursor and not self.starts[self.cursor - 1] < time:
            self.cursor -= 1
            self.starts[self.cursor] = self.ends[self.cursor] = math.nan
            self.guessed[self.cursor] = False
        self._strays = [sound for sound in self._strays if sound.start < time]
        kept = (sound for sound in self._waiting if sound and sound.start < time)
        self._waiting = deque(kept)
        self.last_end = min(self.last_end, time)

    def go_on(self) -> None:
        """Place what was said, as far as the text is known."""
        self._written.reach(self.cursor + _AHEAD)
        while self._waiting:
            sound = self._waiting[0]
            if sound and self._goes_straight_on(sound):
                self._waiting.popleft()
                continue
            if not (self._knows_enough(sound) if sound else self._leap()):
                return
            self._waiting.popleft()
            if sound:
                self._place(sound)
            else:
                self._gap = True

    def end(self, *, cut: bool) -> None:
        """Place what is left: the text and the voice have ended, or the voice broke off."""
        self.go_on()
        for sound in [*filter(None, self._waiting)]:
            self._place(sound)
        self._gap = self._gap or None in self._waiting
        self._waiting.clear()
        if self._strays:
            self._grow()
            end, strays = len(self._written.keys), len(self._strays)
            open_end = cut or self._gap or end - self.cursor > _reach(self._strays)
            self._resolve(min(end, self.cursor + strays) if open_end else end)

    def guess(self, until: float) -> None:
        """Estimate the times of all that was not heard."""
        self._grow()
        self._fill(len(self._written.keys), self.last_end, max(until, self.last_end), guess=True)
        self.cursor = len(self._written.keys)

    def unheard(self) -> float:
        """Return how long the rest of the text may take, in seconds."""
        keys, owners = self._written.keys, self._written.owners
        rest = range(self.cursor, len(keys))
        if not any(self._written.sounds(index) for index in rest):
            return 0.0
        return SECONDS_PER_LETTER * sum(weight(keys[i]) for i in rest if owners[i] != HIDDEN)

    def _goes_straight_on(self, sound: TimedCharacter) -> bool:
        """Place a sound that is just the next character; return whether it is one."""
        at = self.cursor
        if self._strays or at >= len(self.starts) or self._written.keys[at] != sound.key:
            return False
        self._set(at, sound.start, sound.end)
        self.cursor = at + 1
        self._romanised = False
        return True

    def _knows_enough(self, sound: TimedCharacter) -> bool:
        """Whether the text is known far enough to place a sound."""
        written = self._written
        written.reach(self.cursor + _AHEAD)
        if written.complete or not sound.key or (self._gap and not sound.key.isalnum()):
            return True
        if len(written.keys) - self.cursor >= _SURE_AHEAD:
            return True
        return not self._strays and self._match(sound.key) is not None

    def _place(self, sound: TimedCharacter) -> None:
        if not sound.key:
            self._lengthen(sound)
            return
        self._grow()
        if self._strays and (sound.opens or not sound.key.isalnum()):
            self._transliterate()
        at = None if self._strays else self._match(sound.key)
        self._romanised = self._romanised and at is None
        if at is None and not sound.key.isalnum():
            at = self._next_sign(sound.key)
        if at is not None:
            self._resolve(at, sound)
        elif sound.key.isalnum():
            self._strays.append(sound)
            self._find_back()
        else:
            self._lengthen(sound)

    def _lengthen(self, sound: TimedCharacter) -> None:
        """Extend what was heard by a sound that has no place of its own."""
        if not self._strays and not self._gap:
            self.last_end = max(self.last_end, sound.end)

    def _match(self, key: str) -> int | None:
        """Return where a sound is if the voice goes on here, passing over what has no sound."""
        keys, at = self._written.keys, self.cursor
        while at < len(keys):
            if keys[at] == key:
                return at
            if self._written.owners[at] == HIDDEN:
                at = self._written.after_hidden(at)
            elif keys[at].isalnum():
                return None
            else:
                at += 1
        return None

    def _next_sign(self, key: str) -> int | None:
        """Return where such a sign ends a word, about as far on as what was said is long."""
        if not self._strays and not self._romanised:
            return None
        keys, said, passed = self._written.keys, len(self._strays), 0.0
        best: tuple[float, int] | None = None
        for at in range(self.cursor, min(len(keys), self.cursor + _reach(self._strays))):
            if self._written.sounds(at):
                passed += weight(keys[at])
            elif keys[at] == key and self._written.ends_word(at):
                best = min(best or (math.inf, at), (abs(passed - said), at))
        return best[1] if best else None

    def _resolve(self, at: int, sound: TimedCharacter | None = None) -> None:
        """Advance to a place in the text; what was passed over shares the time in between."""
        if self._strays:
            first, last = self._strays[0], self._strays[-1]
            filled = self._fill(at, first.start, last.end)
            if not filled and not first.opens and self.cursor:
                self.ends[self.cursor - 1] = max(self.ends[self.cursor - 1], last.end)
            self.last_end = last.end
            self._strays.clear()
        elif sound and at > self.cursor:
            self._fill(at, min(self.last_end, sound.start), sound.start, guess=True)
        if sound:
            self._set(at, sound.start, sound.end)
            at += 1
        self.cursor = max(self.cursor, at)

    def _set(self, at: int, start: float, end: float) -> None:
        self.starts[at], self.ends[at] = start, end
        self.last_end = max(self.last_end, end)
        self._gap = False

    def _fill(self, until: int, start: float, end: float, *, guess: bool = False) -> bool:
        """Share an interval among the visible keys up to `until`; False if there are none."""
        owners, keys = self._written.owners, self._written.keys
        places = [at for at in range(self.cursor, until) if owners[at] != HIDDEN]
        sounding = guess and any(keys[at].isalnum() for at in places)
        borders = spread([weight(keys[at]) for at in places], start, end)
        for number, at in enumerate(places):
            self.starts[at], self.ends[at] = borders[number], borders[number + 1]
            self.guessed[at] = guess and (sounding or not keys[at].isalnum())
        return bool(places)

    def _grow(self) -> None:
        """Make room for the times of all keys."""
        missing = len(self._written.keys) - len(self.starts)
        if missing > 0:
            self.starts.extend([math.nan] * missing)
            self.ends.extend([math.nan] * missing)
            self.guessed.extend(bytes(missing))

    def _find_back(self) -> None:
        """Look for the beginning of the newest words further on in the text."""
        count = len(self._strays)
        for number in range(count - 1, max(-1, count - 1 - _LONGEST_ANCHOR), -1):
            if not self._strays[number].opens:
                continue
            anchor = "".join(sound.key for sound in self._strays[number:])
            if len(anchor) >= letters_needed(anchor) and (places := self._find_word(anchor)):
                self._return_to(places, number)
                return
        if count >= _LOST:
            self.is_sure = False
            self._resolve(min(len(self._written.keys), self.cursor + count))

    def _return_to(self, places: list[int], number: int) -> None:
        self.is_sure = True
        found = self._strays[number:]
        del self._strays[number:]
        if self._strays:
            self._resolve(places[0])
        for at, sound in zip(places, found, strict=True):
            self._resolve(at, sound)

    def _find_word(self, anchor: str) -> list[int]:
        """Return the places of an anchor that begins with a word, the nearest one."""
        places = self._written.sounding(self.cursor, _reach(self._strays))
        text = "".join(self._written.keys[at] for at in places)
        found = text.find(anchor)
        while found >= 0 and not self._written.may_start_word(places[found]):
            found = text.find(anchor, found + 1)
        return places[found : found + len(anchor)] if found >= 0 else []

    def _leap(self) -> bool:
        """Find the place after a gap: the nearest to where the voice should be by now.

        False while that cannot be told: nothing was heard yet, or the text goes on.
        """
        sounds = self._after_gap()
        if not sounds:
            return len(self._waiting) > 1
        due = self._due(sounds[0].start)
        self._written.reach(self.cursor + 2 * due + _AHEAD)
        places = self._written.sounding(self.cursor, 2 * due + _AHEAD)
        anchor = "".join(sound.key for sound in sounds)
        found = nearest("".join(self._written.keys[at] for at in places), anchor, due)
        nearer = due + (_SURE_AHEAD if found is None else abs(found - due))
        if len(places) < nearer and not self._written.complete:
            return False
        if found is not None and (found or self._strays):
            self._skip_to(places[found], sounds[0])
        return True

    def _after_gap(self) -> list[TimedCharacter]:
        """Return the first of what was heard behind the gap that comes next."""
        found: list[TimedCharacter] = []
        for sound in islice(self._waiting, 1, None):
            if sound is None or len(found) == _LONGEST_ANCHOR:
                break
            if sound.key.isalnum():
                found.append(sound)
        return found

    def _skip_to(self, at: int, sound: TimedCharacter) -> None:
        self._grow()
        self._strays.clear()
        self._fill(at, min(self.last_end, sound.start), sound.start, guess=True)
        self.cursor = at

    def _due(self, now: float) -> int:
        """Return how many sounding characters may have passed since the last one heard."""
        keys, owners = self._written.keys, self._written.owners
        left, count = (now - self.last_end) / self._pace(), 0
        for at in range(self.cursor, min(len(keys), self.cursor + _AHEAD)):
            left -= weight(keys[at]) if owners[at] != HIDDEN else 0.0
            if left < 0:
                return count
            count += self._written.sounds(at)
        return count + round(left)

    def _pace(self) -> float:
        """Return the seconds that this voice takes for a letter."""
        heard = sum(weight(key) for key in self._written.keys[: self.cursor][-_AHEAD:])
        starts = self.starts[max(0, self.cursor - _AHEAD) : self.cursor]
        first = next((start for start in starts if not math.isnan(start)), 0.0)
        pace = (self.last_end - first) / heard if heard > _TELLING else SECONDS_PER_LETTER
        return min(max(pace, SECONDS_PER_LETTER / 4), SECONDS_PER_LETTER * 4)

    def _transliterate(self) -> None:
        """Match a word in Latin letters to what is written in another script."""
        keys, word = self._written.keys, "".join(sound.key for sound in self._strays)
        at = next(iter(self._written.sounding(self.cursor, _AHEAD)), None)
        if at is None or not (is_latin(word[0]) and keys[at].isalpha() and not is_latin(keys[at])):
            return
        if is_unspaced(keys[at]):
            end = after_syllables(keys, at, syllables(word))
        else:
            end = self._written.tokens[self._written.owners[at]].last
        self._resolve(end)
        self._romanised = True


def _reach(strays: Sequence[TimedCharacter]) -> int:
    """Return how far on in the text the voice may be after so many strays."""
    return min(_AHEAD, 3 * len(strays) + 24)
