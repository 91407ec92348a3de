"""Where in the written text the voice is, and when what it passed sounded.

Characters that have no place in the text are kept as strays until a word that text and voice have
in common shows where the voice is; what lies between shares the time.
"""

from collections.abc import Sequence
from itertools import compress
import math
from typing import Final

from ..api import LETTERS_AT_ONCE, Timings
from .anchors import letters_needed
from .deduplication import TimedCharacter
from .key_times import KeyTimes
from .places import end_of_latin, find_key, find_sign, find_word, reach
from .tokens import WrittenText

LONGEST_ANCHOR: Final = 12
"""Letters in a row that are looked for at most."""
# Times that run fast pass the end of the audio without a gap; others leap beyond it.
_LEAP_S: Final = 0.5
# After so many letters in vain the text goes on as fast as the voice.
_LOST: Final = 120


class Placement:
    """Gives the characters that a voice says their places in a text."""

    def __init__(self, written: WrittenText) -> None:
        """Start before the first character of `written`."""
        self._written = written
        self.times = KeyTimes(written)
        self.cursor = 0
        """Characters before it are spoken."""
        self.last_end = 0.0
        """When the last character that was heard ends."""
        self.strays: list[TimedCharacter] = []
        """What was heard last and has no place yet."""
        self.has_gap = False
        """Whether there was sound without times since the last place."""
        self.is_sure = True
        """Whether the newest place was found, not only supposed."""
        self._romanised = False

    @property
    def is_exact(self) -> bool:
        """Whether all that was heard has its place."""
        return not self.strays and not self.has_gap

    def place_next(self, sound: TimedCharacter) -> bool:
        """Place a sound that is just the next character; return whether it is one."""
        at = self.cursor
        if self.strays or at >= len(self.times.starts) or self._written.keys[at] != sound.key:
            return False
        self._set(at, sound)
        self.cursor = at + 1
        self._romanised = False
        return True

    def place_all(self, keys: Sequence[str], timings: Timings) -> bool:
        """Place the characters of an alignment if they are just the next ones of the text.

        `keys`: one for each character, empty where it has none. Returns whether they were.
        """
        sounding = [key for key in keys if key]
        after = self.cursor + len(sounding)
        if not (self.is_exact and sounding and self._written.keys[self.cursor : after] == sounding):
            return False
        self.times.grow()
        self.times.set_from(
            self.cursor, compress(timings.starts, keys), compress(timings.ends, keys)
        )
        self.cursor, self._romanised = after, False
        self.last_end = max(self.last_end, *timings.ends)
        return True

    def place(self, sound: TimedCharacter) -> None:
        """Place a sound, or keep it as a stray."""
        if not sound.key:
            self._lengthen(sound)
            return
        self.times.grow()
        if self.strays and (sound.opens or not sound.key.isalnum()):
            self._transliterate()
        at = None if self.strays else find_key(self._written, self.cursor, sound.key)
        self._romanised = self._romanised and at is None
        is_sign = not sound.key.isalnum()
        if at is None and is_sign and (self.strays or self._romanised):
            at = find_sign(self._written, self.cursor, sound.key, len(self.strays))
        if at is not None:
            self._resolve(at, sound)
        elif is_sign:
            self._lengthen(sound)
        else:
            self.strays.append(sound)
            self._find_back()

    def skip_to(self, at: int, sound: TimedCharacter) -> None:
        """Go on at a place with a sound; what was passed over gets estimates."""
        self.times.grow()
        self.strays.clear()
        self._estimate(at, sound.start)
        self.cursor = at

    def take_back(self, time: float) -> None:
        """Forget what sounded from a time on."""
        while self.cursor and not self.times.starts[self.cursor - 1] < time:
            self.cursor -= 1
            self.times.forget(self.cursor)
        self.strays = [sound for sound in self.strays if sound.start < time]
        self.last_end = min(self.last_end, time)

    def place_strays(self, *, cut: bool) -> None:
        """Place what is left at the end: `cut` tells that the voice broke off before the text."""
        if not self.strays:
            return
        self.times.grow()
        end, count = len(self._written.keys), len(self.strays)
        is_open = cut or self.has_gap or end - self.cursor > reach(count)
        self._resolve(min(end, self.cursor + count) if is_open else end)

    def keep_within(self, duration: float) -> None:
        """Forget the last times if they leap beyond the audio, or stand still before its end."""
        starts, ends = self.times.starts, self.times.ends
        within = self.cursor
        while within and not starts[within - 1] <= duration:
            within -= 1
        beyond = next((at for at in range(within, self.cursor) if starts[at] > duration), None)
        if not within or (beyond and starts[beyond] - ends[within - 1] <= _LEAP_S):
            return
        within = within if beyond else self._standing_from(duration)
        if within < self.cursor:
            for at in range(within, self.cursor):
                self.times.forget(at)
            self.cursor, self.last_end = within, ends[within - 1]
        ends[within - 1] = min(ends[within - 1], duration)
        self.last_end = min(self.last_end, duration)

    def _standing_from(self, duration: float) -> int:
        """Return after which key all that were heard stand at one moment though time goes on."""
        starts = self.times.starts
        first = self.cursor
        while first > 1 and starts[first - 1] == starts[self.cursor - 1]:
            first -= 1
        letters = sum(map(self._written.sounds, range(first, self.cursor)))
        goes_on = duration - starts[self.cursor - 1] > _LEAP_S
        while first and math.isnan(starts[first - 1]):
            first -= 1
        return first if first and letters >= LETTERS_AT_ONCE and goes_on else self.cursor

    def guess(self, until: float) -> None:
        """Estimate the times of all that was not heard."""
        self.times.grow()
        end = len(self._written.keys)
        self.times.fill(self.cursor, end, self.last_end, max(until, self.last_end), guess=True)
        self.cursor = end

    def _lengthen(self, sound: TimedCharacter) -> None:
        """Extend what was heard by a sound that has no place of its own."""
        if not self.strays and not self.has_gap:
            self.last_end = max(self.last_end, sound.end)

    def _resolve(self, at: int, sound: TimedCharacter | None = None) -> None:
        """Advance to a place in the text; what was passed over shares the time in between."""
        if self.strays:
            first, last = self.strays[0], self.strays[-1]
            guess = any(stray.guessed for stray in self.strays)
            filled = self.times.fill(self.cursor, at, first.start, last.end, guess=guess)
            if not filled and not first.opens and self.cursor:
                ends = self.times.ends
                ends[self.cursor - 1] = max(ends[self.cursor - 1], last.end)
            self.last_end = last.end
            self.strays.clear()
        elif sound and at > self.cursor:
            self._estimate(at, sound.start)
        if sound:
            self._set(at, sound)
            at += 1
        self.cursor = max(self.cursor, at)

    def _set(self, at: int, sound: TimedCharacter) -> None:
        self.times.set(at, sound.start, sound.end, guess=sound.guessed)
        self.last_end = max(self.last_end, sound.end)
        self.has_gap = False

    def _find_back(self) -> None:
        """Look for the beginning of the newest words further on in the text."""
        count = len(self.strays)
        for number in range(count - 1, max(-1, count - 1 - LONGEST_ANCHOR), -1):
            if not self.strays[number].opens:
                continue
            anchor = "".join(sound.key for sound in self.strays[number:])
            if len(anchor) < letters_needed(anchor):
                continue
            if places := find_word(self._written, self.cursor, anchor, count):
                self._return_to(places, number)
                return
        if count >= _LOST:
            self.is_sure = False
            self._resolve(min(len(self._written.keys), self.cursor + count))

    def _return_to(self, places: list[int], number: int) -> None:
        self.is_sure = True
        found = self.strays[number:]
        del self.strays[number:]
        if self.strays:
            self._resolve(places[0])
        for at, sound in zip(places, found, strict=True):
            self._resolve(at, sound)

    def _transliterate(self) -> None:
        """Match a word in Latin letters to what is written in another script."""
        word = "".join(sound.key for sound in self.strays)
        end = end_of_latin(self._written, self.cursor, word)
        if end is not None:
            self._resolve(end)
            self._romanised = True

    def _estimate(self, until: int, end: float) -> None:
        """Estimate the times of all keys before one, which share what lies between."""
        self.times.fill(self.cursor, until, min(self.last_end, end), end, guess=True)
