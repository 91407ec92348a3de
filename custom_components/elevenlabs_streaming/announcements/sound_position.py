"""The position that is reported for a sound, eased toward where the sound is.

The sound is a line that crosses zero at one moment; evidence moves that moment. The position that
is reported follows the line at a changed pace, never slower than standing still and never faster
than ``1 + FASTEST_CORRECTION``, so a correction of ``g`` seconds is over after
``max(EASING_TIME, g)`` seconds. Every time is in seconds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
import math
from typing import Final, Self

GRACE: Final = 1.0
"""Seconds after the end of the audio in which a player may still report otherwise."""

EASING_TIME: Final = 2.0
"""Seconds that a correction takes, unless it would exceed ``FASTEST_CORRECTION``."""

FASTEST_CORRECTION: Final = 1.0
"""The most seconds that are corrected per second."""

SLOWEST_CORRECTION: Final = 0.1
"""The fewest seconds that are corrected per second, so that a correction ends."""

# Seconds after which a boundary that was reached counts as passed.
_AFTER: Final = 0.001


class PlaybackState(StrEnum):
    """What a player does with the audio of one utterance."""

    WAITING = "waiting"
    PLAYING = "playing"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class EasedLine:
    """From ``position`` at ``start`` at ``pace`` until ``meets``, then as fast as the sound."""

    start: float
    position: float
    pace: float
    meets: float

    @classmethod
    def steady(cls, start: float, position: float) -> Self:
        """Return a line that needs no correction."""
        return cls(start, position, 1.0, start)

    @classmethod
    def eased(cls, start: float, position: float, gap: float, least: float) -> Self:
        """Return a line that makes up for ``gap`` seconds, behind (> 0) or ahead (< 0)."""
        wanted = max(abs(gap) / EASING_TIME, least)
        correction = math.copysign(min(wanted, FASTEST_CORRECTION), gap)
        return cls(start, position, 1.0 + correction, start + gap / correction)

    def continued(self, start: float, position: float) -> Self:
        """Return the same line from a later start, with the correction that is left."""
        return replace(self, start=start, position=position, meets=max(self.meets, start))

    def at(self, now: float) -> float:
        """Return the position in seconds at a moment that is not before the start."""
        eased = self.pace * (min(now, self.meets) - self.start)
        return self.position + eased + max(0.0, now - self.meets)

    def correction(self, now: float) -> float:
        """Return how many seconds are corrected per second now."""
        return abs(self.pace - 1.0) if now < self.meets else 0.0

    def reaches(self, position: float) -> float:
        """Return when a position that lies ahead is reached."""
        met = self.at(self.meets)
        if position >= met:
            return self.meets + position - met
        return self.start + (position - self.position) / self.pace


class SoundPosition:
    """The position of one utterance's sound: moving, limited by its audio, or halted."""

    def __init__(self) -> None:
        """Start without a sound."""
        self.zero: float | None = None
        """When the sound's position was zero; None before the first evidence of the sound."""
        self.duration: float | None = None
        """The length of the whole audio in seconds, once it is known."""
        self.limit = math.inf
        """The seconds of audio that exist so far; unlimited while that is unknown."""
        self.halted: PlaybackState | None = None
        """Why the position does not move, if it does not."""
        self.halted_at = 0.0
        self._now = -math.inf
        self._held: float | None = None
        self._line: EasedLine | None = None

    @property
    def is_paused(self) -> bool:
        """Whether this sound is paused, and not an earlier one."""
        return self.halted is PlaybackState.PAUSED and self.zero is not None

    @property
    def is_over(self) -> bool:
        """Whether this sound has finished or was stopped; whatever follows concerns another one."""
        if self.halted is PlaybackState.STOPPED:
            return self.zero is not None
        return self.halted is PlaybackState.FINISHED

    @property
    def finishes_at(self) -> float | None:
        """Return when the sound counts as finished if there is no more evidence."""
        if self.halted or self.zero is None or self.duration is None:
            return None
        return self.zero + self.duration + GRACE

    def advance(self, now: float) -> float:
        """Return the latest moment known, after an end that came by itself."""
        before = self._now
        self._now = max(self._now, now)
        finish = self.finishes_at
        if finish is not None and self._now >= finish:
            self.halt(max(before, finish), PlaybackState.FINISHED)
        return self._now

    def state(self, now: float) -> PlaybackState:
        """Return what the player does now."""
        if self.halted:
            return self.halted
        return PlaybackState.WAITING if self.at(now) is None else PlaybackState.PLAYING

    def at(self, now: float) -> float | None:
        """Return the position in seconds; none before the sound, the last one while halted."""
        if self.halted:
            return self._held
        if self._line is None or now < self._line.start:
            return None
        return min(self._line.at(now), max(self.limit, self._line.position))

    def next_change(self, now: float, boundaries: Sequence[float]) -> float | None:
        """Return when the next of the sorted positions has been passed at the present pace."""
        if self.halted or self._line is None:
            return None
        shown = self.at(now)
        index = bisect_left(boundaries, 0.0) if shown is None else bisect_right(boundaries, shown)
        if index == len(boundaries) or boundaries[index] > self.limit:
            return None
        when = max(self._line.reaches(boundaries[index]) + _AFTER, now)
        finish = self.finishes_at
        return when if finish is None or when < finish else None

    def set_zero(self, now: float, zero: float) -> None:
        """Move the sound; a halt from before its first evidence concerned another sound."""
        if self.zero is None:
            self.halted = None
        self.zero = zero
        self._steer(now)

    def extend(self, now: float, limit: float) -> bool:
        """Raise the limit; return whether the sound had run dry, and continues from there."""
        ran_dry = not self.halted and self.zero is not None and now - self.zero > self.limit
        if ran_dry:
            self.zero = now - self.limit
        shown = self.at(now)
        if shown is not None and self._line is not None:
            self._line = self._line.continued(now, shown)
        self.limit = limit
        self._steer(now)
        return ran_dry

    def halt(self, now: float, state: PlaybackState) -> None:
        """Hold the position where it is now."""
        self._held = self.at(now)
        self.halted_at = now
        self.halted = state

    def resume(self, now: float, lag: float) -> None:
        """Continue from where the pause began; a sound that had not begun begins now.

        ``lag`` is how many seconds later the room hears the player.
        """
        self.halted = None
        if self.zero is not None:
            had_begun = self.zero <= self.halted_at
            self.zero = self.zero + now - self.halted_at if had_begun else now + lag
        self._line = None if self._held is None else EasedLine.steady(now, self._held)
        self._steer(now)

    def seek(self, now: float, position: float) -> None:
        """Jump to a position in seconds without easing."""
        self.zero = now - position
        self._held, self.halted_at = position, now
        self._line = EasedLine.steady(now, position)

    def _steer(self, now: float) -> None:
        """Lead what is shown to the sound; what was not shown yet needs no easing."""
        if self.halted or self.zero is None:
            return
        shown = self.at(now)
        target = min(now - self.zero, self.limit)
        if shown is None or self._line is None:
            self._line = EasedLine.steady(max(now, self.zero), max(target, 0.0))
        else:
            least = max(self._line.correction(now), SLOWEST_CORRECTION)
            self._line = EasedLine.eased(now, shown, target - shown, least)
