"""When a player's sound began, from evidence of different rank. Every time is in seconds.

A player gathers some audio first (its fill), sounds a while after it has that much (its offset),
and may be heard later than it reports (its lag). "Zero" is the moment at which the position of the
sound in the room is zero.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
import math
from typing import Final, Self

from .offset_learner import LONGEST_OFFSET, bounded_offset

LONGEST_FILLING: Final = 0.5
"""Seconds for which a player is assumed to gather audio; some begin with less than others."""

# Seconds that a position in whole seconds may hide.
_COARSE: Final = 1.0
# Seconds by which a position may exceed what is possible, as players are not exact.
_SLACK: Final = 1.0
# Seconds by which evidence may be delayed on its way.
_JITTER: Final = 0.25
# Seconds by which a sound is surely earlier than another moment.
_SURELY_BEFORE: Final = 0.05


class EvidenceRank(IntEnum):
    """The evidence from which the start of the sound is known, the best last."""

    NOTHING = 0
    REQUEST = 1
    STATE = 2
    POSITION = 3


class PlayerBuffer:
    """The audio that a player gathers before it sounds."""

    def __init__(self, fill: float) -> None:
        """Start empty; ``fill`` is how many seconds of audio the player gathers."""
        self.fill = fill
        self.requested_at: float | None = None
        self._filled_at: float | None = None
        self._growth: list[tuple[float, float]] = []

    @property
    def ready_at(self) -> float | None:
        """When the player has enough audio to sound, or will have at the latest."""
        if self.requested_at is None:
            return None
        latest = self.requested_at + LONGEST_FILLING
        if self._filled_at is None:
            return latest
        return min(max(self.requested_at, self._filled_at), latest)

    def request(self, now: float) -> None:
        """Record the player's request; audio of which no growth is known exists already."""
        self.requested_at = now
        if self._filled_at is None and not self._growth:
            self._filled_at = now

    def grow(self, now: float, seconds: float) -> bool:
        """Record how many seconds of audio exist; return whether that is enough for the first time.

        All of the audio is enough, however short: ``seconds`` is infinite then.
        """
        if self._filled_at is not None or not seconds:
            return False
        self._growth.append((now, seconds))
        if seconds < self.fill:
            return False
        self._filled_at = now
        return True

    def learn_fill(self, sound: float) -> None:
        """Learn from a sound that surely began before there was as much as the player wants."""
        if self.ready_at is None or sound > self.ready_at - _SURELY_BEFORE:
            return
        index = bisect_right(self._growth, sound, key=lambda step: step[0])
        if index and self._growth[index - 1][1] < self.fill:
            self._filled_at, self.fill = self._growth[index - 1]


@dataclass(frozen=True, slots=True)
class ZeroRange:
    """The moments between which the sound's position was zero, by the reported positions."""

    earliest: float
    latest: float

    def narrowed(self, other: Self | None) -> Self:
        """Return the overlap with another range, or this one if there is none."""
        if other is None or other.earliest > self.latest or other.latest < self.earliest:
            return self
        return type(self)(max(self.earliest, other.earliest), min(self.latest, other.latest))

    def shifted(self, change: float) -> Self:
        """Return the range for evidence that counts so many seconds later."""
        return type(self)(self.earliest + change, self.latest + change)

    def allows(self, zero: float) -> bool:
        """Return whether a moment is inside, apart from the delays of any evidence."""
        return self.earliest - _JITTER <= zero <= self.latest + _JITTER

    def nearest(self, zero: float | None) -> float:
        """Return the moment inside that is nearest to a guess, or the middle without one."""
        if zero is None:
            return (self.earliest + self.latest) / 2
        return min(max(zero, self.earliest), self.latest)


class PositionReports:
    """The positions that a player reported, and what they leave open about the sound's zero."""

    def __init__(self) -> None:
        """Start without a report."""
        self.has_fractions = False
        """Whether the player reports fractions of a second."""
        self._was_sought = False
        self._fresh_from = -math.inf
        self._is_first = True
        self._range: ZeroRange | None = None
        self._guess: float | None = None

    def accept(self, position: float, at: float, requested_at: float | None) -> bool:
        """Return whether a position is possible in this audio, and is new."""
        if not math.isfinite(position) or position < 0 or at < self._fresh_from:
            return False
        # Some players give 0 for a position they do not know.
        repeats_zero = position == 0 and not self._is_first
        if repeats_zero or not self._is_reachable(position, at, requested_at):
            return False
        self._fresh_from = at
        self._is_first = False
        return True

    def narrow(self, position: float, at: float, lag: float, zero: float | None) -> float:
        """Return the possible moment of zero that is nearest to the present one."""
        guess = zero if self._range is None else self._guess
        self._range = self._range_of(position, at, lag).narrowed(self._range)
        self._guess = guess if guess is not None and self._range.allows(guess) else None
        return self._range.nearest(self._guess)

    def shift(self, change: float) -> None:
        """Count all reports so many seconds later."""
        self._range = self._range and self._range.shifted(change)
        self._guess = None if self._guess is None else self._guess + change

    def interrupt(self, now: float) -> None:
        """Forget what earlier reports left open; they are outdated from now on."""
        self._range = None
        self._fresh_from = now

    def seek(self, now: float) -> None:
        """Record a seek; the position no longer depends on when the audio was requested."""
        self.interrupt(now)
        self._was_sought = True

    def _is_reachable(self, position: float, at: float, requested_at: float | None) -> bool:
        """Return whether the sound can have reached a position since the audio was requested."""
        if requested_at is None or self._was_sought:
            return True
        return at >= requested_at and position <= at - requested_at + _SLACK

    def _range_of(self, position: float, at: float, lag: float) -> ZeroRange:
        """Return what a report leaves open: whole seconds may hide almost one more."""
        latest = at - position + lag
        self.has_fractions = self.has_fractions or not float(position).is_integer()
        return ZeroRange(latest if self.has_fractions else latest - _COARSE, latest)


class StartEvidence:
    """All evidence of when the sound began; each method that adds some returns the moment of zero.

    None is returned where the evidence changes nothing. ``offset`` is how many seconds the sound
    comes after the fill, ``lag`` how many seconds later the room hears it.
    """

    def __init__(self, offset: float, fill: float, lag: float) -> None:
        """Start with nothing known about the sound."""
        self.lag = lag
        self.learned_offset: float | None = None
        """The seconds from enough audio to the sound, if evidence has shown them."""
        self.buffer = PlayerBuffer(fill)
        self._offset = offset
        self._rank = EvidenceRank.NOTHING
        self._playing_since: float | None = None
        self._is_interrupted = False
        self._reports = PositionReports()

    def request(self, now: float) -> float | None:
        """Add that the player requested the audio."""
        self.buffer.request(now)
        self._rank = max(self._rank, EvidenceRank.REQUEST)
        return self.expected()

    def playing(self, now: float) -> float | None:
        """Add a report that the player plays; only the first one counts, and only if early."""
        requested_at = self.buffer.requested_at
        is_late = requested_at is not None and now - requested_at > LONGEST_OFFSET
        if is_late or self._rank >= EvidenceRank.STATE:
            return None
        self._playing_since = now
        self._rank = EvidenceRank.STATE
        return self._start()

    def report(
        self, position: float, at: float, zero: float | None, duration: float | None
    ) -> float | None:
        """Add the position in seconds at the moment ``at``; ``zero`` is the estimate so far."""
        if duration is not None and position > duration + _SLACK:
            return None
        if not self._reports.accept(position, at, self.buffer.requested_at):
            return None
        if not position and self._may_gather(at, zero):
            return None
        self._rank = EvidenceRank.POSITION
        return self._reports.narrow(position, at, self.lag, zero)

    def expected(self) -> float | None:
        """Return the moment of zero, unless a position or an interruption is better evidence."""
        is_indirect = self._rank in (EvidenceRank.REQUEST, EvidenceRank.STATE)
        return self._start() if is_indirect and not self._is_interrupted else None

    def set_lag(self, lag: float) -> float:
        """Change how many seconds later the room hears the player; return the difference."""
        change = bounded_offset(lag, -LONGEST_OFFSET) - self.lag
        self.lag += change
        self._reports.shift(change)
        return change

    def interrupt(self, now: float) -> None:
        """Forget what was only true without an interruption."""
        self._is_interrupted = True
        self._reports.interrupt(now)

    def resume(self, now: float) -> None:
        """Add that the player resumes after a pause, which does not reveal its start."""
        self.interrupt(now)
        self._rank = max(self._rank, EvidenceRank.STATE)

    def seek(self, now: float) -> None:
        """Add that the position is known from a seek."""
        self._is_interrupted = True
        self._rank = EvidenceRank.POSITION
        self._reports.seek(now)

    def learn(self, zero: float | None) -> None:
        """Learn the player's fill and offset from a sound that played without interruption."""
        if zero is None or self._is_interrupted or self._rank < EvidenceRank.STATE:
            return
        sound = zero - self.lag
        if self._reports.has_fractions:
            self.buffer.learn_fill(sound)
        ready_at = self.buffer.ready_at
        if ready_at is not None and -_SLACK <= sound - ready_at <= LONGEST_OFFSET:
            self.learned_offset = max(sound - ready_at, 0.0)

    def _start(self) -> float:
        """Return when the sound begins: players may report `playing` while they gather audio."""
        ready_at = self.buffer.ready_at
        ready = -math.inf if ready_at is None else ready_at
        if self._playing_since is None:
            return ready + self._offset + self.lag
        return max(self._playing_since, ready) + self.lag

    def _may_gather(self, at: float, zero: float | None) -> bool:
        """Whether a position of 0 may mean that the player still gathers audio, as expected."""
        if self._rank is EvidenceRank.POSITION or zero is None:
            return False
        return zero - self.lag >= at - _COARSE
