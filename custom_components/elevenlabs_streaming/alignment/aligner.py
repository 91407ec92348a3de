"""Which time belongs to which character of a text.

The characters of an answer are mostly those of the text. Where they are not (numbers spelled
out, Chinese in Latin letters, markup left out, messages without times) they wait until enough of
the text is known to place them.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from ..api import Timings
from .anchors import ANCHOR
from .deduplication import TimedCharacter
from .key_times import KeyTimes
from .placement import LONGEST_ANCHOR, Placement
from .places import AHEAD, find_after_gap, find_key, letters_due, seconds_unheard
from .tokens import WrittenText

_SURE_AHEAD: Final = 40
# A service that repeats itself for ever takes no memory for ever.
_MOST_WAITING: Final = 500


class Aligner:
    """Assigns every character of a text the time at which it sounds."""

    def __init__(self, written: WrittenText) -> None:
        """Start before the first character of `written`."""
        self._written = written
        self._placement = Placement(written)
        self._waiting: deque[TimedCharacter | None] = deque()
        """What was heard and cannot be placed yet; None is a gap."""

    @property
    def times(self) -> KeyTimes:
        """The times of the text's keys."""
        return self._placement.times

    @property
    def cursor(self) -> int:
        """The key before which all are spoken."""
        return self._placement.cursor

    @property
    def last_end(self) -> float:
        """When the last character that was heard ends, in seconds."""
        return self._placement.last_end

    @property
    def is_sure(self) -> bool:
        """Whether the newest place was found, not only supposed."""
        return self._placement.is_sure

    @property
    def unplaced(self) -> list[TimedCharacter]:
        """What was heard and has no place yet."""
        return [*self._placement.strays, *filter(None, self._waiting)]

    @property
    def at_end(self) -> bool:
        """Whether nothing is left of the text, hidden or not."""
        return self.cursor == len(self._written.keys)

    @property
    def unheard(self) -> float:
        """How long the rest of the text may take, in seconds."""
        return seconds_unheard(self._written, self.cursor)

    def miss(self) -> None:
        """Record sound without times."""
        if not (self._waiting and self._waiting[-1] is None):
            self._waiting.append(None)

    def goes_on(self, text: str) -> bool | None:
        """Whether the text goes on with `text`; None when that cannot be told."""
        if self._waiting or not self._placement.is_exact:
            return None
        self._written.reach(self.cursor + AHEAD)
        keys = self._written.keys
        at = self._written.after_hidden(self.cursor)
        if len(keys) - at < min(len(text), ANCHOR):
            return None
        known = "".join(keys[at : at + min(len(text), LONGEST_ANCHOR)])
        return text.startswith(known)

    def follow(self, sounds: Sequence[TimedCharacter]) -> None:
        """Place the characters that were said."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.extend(sounds)
        self.go_on()

    def follow_straight(self, keys: Sequence[str], timings: Timings) -> bool:
        """Place the characters of an alignment if they are just the next ones of the text.

        `keys`: one for each character, empty where it has none. Returns whether they were.
        """
        self._written.reach(self.cursor + AHEAD)
        return not self._waiting and self._placement.place_all(keys, timings)

    def take_back(self, time: float) -> None:
        """Forget what sounded from a time on."""
        self._placement.take_back(time)
        kept = (sound for sound in self._waiting if sound and sound.start < time)
        self._waiting = deque(kept)

    def go_on(self) -> None:
        """Place what was said, as far as the text is known."""
        placement = self._placement
        self._written.reach(self.cursor + AHEAD)
        while self._waiting:
            sound = self._waiting[0]
            if sound and placement.place_next(sound):
                self._waiting.popleft()
                continue
            if not (self._knows_enough(sound) if sound else self._leap()):
                return
            self._waiting.popleft()
            if sound:
                placement.place(sound)
            else:
                placement.has_gap = True

    def end(self, *, cut: bool) -> None:
        """Place what is left: the text and the voice have ended, or the voice broke off."""
        self.go_on()
        placement = self._placement
        for sound in [*filter(None, self._waiting)]:
            placement.place(sound)
        placement.has_gap = placement.has_gap or None in self._waiting
        self._waiting.clear()
        placement.place_strays(cut=cut)

    def keep_within(self, duration: float) -> None:
        """Forget the times of what would sound long after the end of the audio."""
        self._placement.keep_within(duration)

    def guess(self, until: float) -> None:
        """Estimate the times of all that was not heard."""
        self._placement.guess(until)

    def _knows_enough(self, sound: TimedCharacter) -> bool:
        """Whether the text is known far enough to place a sound."""
        written = self._written
        written.reach(self.cursor + AHEAD)
        if (
            written.complete
            or not sound.key
            or (self._placement.has_gap and not sound.key.isalnum())
        ):
            return True
        if len(written.keys) - self.cursor >= _SURE_AHEAD:
            return True
        return (
            not self._placement.strays
            and find_key(self._written, self.cursor, sound.key) is not None
        )

    def _leap(self) -> bool:
        """Find the place after a gap: the nearest to where the voice should be by now.

        False while that cannot be told: nothing was heard yet, or the text goes on.
        """
        sounds, placement = self._after_gap(), self._placement
        if not sounds:
            return len(self._waiting) > 1
        now, cursor = sounds[0].start, self.cursor
        due = letters_due(self._written, self.times, cursor, last_end=self.last_end, now=now)
        anchor = "".join(sound.key for sound in sounds)
        found, is_sure = find_after_gap(self._written, cursor, anchor, due=due, ahead=_SURE_AHEAD)
        if not is_sure or found is None:
            return is_sure
        if placement.strays or self._written.sounding(cursor, found - cursor):
            placement.skip_to(found, sounds[0])
        return True

    def _after_gap(self) -> list[TimedCharacter]:
        """Return the first of what was heard behind the gap that comes next."""
        found: list[TimedCharacter] = []
        for sound in islice(self._waiting, 1, None):
            if sound is None or len(found) == LONGEST_ANCHOR:
                break
            if sound.key.isalnum():
                found.append(sound)
        return found
