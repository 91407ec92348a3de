"""The position of a player in an utterance's audio, from evidence that may come late or never.

Every time is in seconds. ``now`` and ``at`` are readings of one monotonic clock, the caller's; a
reading earlier than the latest one counts as the latest. Positions count from the start of the
utterance's audio.
"""

from collections.abc import Sequence
import math

from .offset_learner import (
    DEFAULT_FILL,
    DEFAULT_OFFSET,
    LONGEST_OFFSET,
    OffsetLearner,
    bounded_offset,
)
from .sound_position import PlaybackState, SoundPosition
from .start_evidence import StartEvidence

__all__ = ["OffsetLearner", "PlaybackClock", "PlaybackState"]


class PlaybackClock:
    """Follows one player through one utterance; only a seek makes its position go back.

    ``fill`` is how much audio the player gathers before it sounds, whatever state it tells.
    ``offset`` is the time from having that much to the sound, used until better evidence comes.
    ``lag`` is how much later a room hears what the player says it plays, whatever the evidence;
    all in seconds.
    """

    def __init__(
        self, offset: float = DEFAULT_OFFSET, *, fill: float = DEFAULT_FILL, lag: float = 0.0
    ) -> None:
        """Start with nothing known about the player."""
        self._sound = SoundPosition()
        self._evidence = StartEvidence(
            bounded_offset(offset), bounded_offset(fill), bounded_offset(lag, -LONGEST_OFFSET)
        )

    @property
    def duration(self) -> float | None:
        """Return the length of the audio in seconds once it is known."""
        return self._sound.duration

    @property
    def learned_offset(self) -> float | None:
        """Return the seconds from enough audio to the sound, if evidence has shown them."""
        return self._evidence.learned_offset

    @property
    def fill(self) -> float:
        """Return the seconds of audio that the player gathers before it sounds."""
        return self._evidence.buffer.fill

    def state(self, now: float) -> PlaybackState:
        """Return what the player does now."""
        return self._sound.state(self._sound.advance(now))

    def position(self, now: float) -> float | None:
        """Return the position in seconds; none before the sound, the last one after the end."""
        return self._sound.at(self._sound.advance(now))

    def next_change(self, now: float, boundaries: Sequence[float]) -> float | None:
        """Return when the next of the sorted positions has been passed at the present pace."""
        return self._sound.next_change(self._sound.advance(now), boundaries)

    def finishes(self, now: float) -> float | None:
        """Return when the player counts as finished if it reports nothing more."""
        self._sound.advance(now)
        return self._sound.finishes_at

    def requested(self, now: float) -> None:
        """Record that the player requested the audio; it sounds no earlier than that."""
        now = self._sound.advance(now)
        if self._sound.is_over or self._evidence.buffer.requested_at is not None:
            return
        if (zero := self._evidence.request(now)) is not None:
            self._sound.set_zero(now, zero)

    def playing(self, now: float) -> None:
        """Record that the player reports that it plays, for the first time or after a pause."""
        now = self._sound.advance(now)
        if self._sound.is_paused:
            self.resumed(now)
        elif not self._sound.is_over and (zero := self._evidence.playing(now)) is not None:
            self._sound.set_zero(now, zero)
            self._evidence.learn(zero)

    def reported(self, now: float, position: float, at: float) -> None:
        """Record the position in seconds that the player reported for the moment ``at``."""
        now, sound = self._sound.advance(now), self._sound
        if sound.is_over:
            return
        at = min(at, sound.halted_at if sound.is_paused else now)
        zero = self._evidence.report(position, at, sound.zero, sound.duration)
        if zero is not None:
            self._sound.set_zero(now, zero)
            self._evidence.learn(zero)

    def produced(self, now: float, seconds: float) -> None:
        """Record how many seconds of audio exist so far; a player that runs dry waits for more."""
        now = self._sound.advance(now)
        if self._sound.is_over or self._sound.duration is not None or seconds < 0:
            return
        known = 0.0 if math.isinf(self._sound.limit) else self._sound.limit
        self._extend(now, max(seconds, known), seconds)

    def lasts(self, now: float, seconds: float) -> None:
        """Record the length of the whole audio in seconds."""
        now = self._sound.advance(now)
        if not self._sound.is_over and seconds >= 0:
            self._sound.duration = seconds
            self._extend(now, seconds, math.inf)
            self._sound.advance(now)

    def held_back(self, now: float, lag: float) -> None:
        """Record by how many seconds the room hears the player late, from now on."""
        now = self._sound.advance(now)
        change = self._evidence.set_lag(lag)
        if not self._sound.is_over and self._sound.zero is not None:
            self._sound.set_zero(now, self._sound.zero + change)

    def paused(self, now: float) -> None:
        """Record a pause; before the first evidence, it concerns earlier media."""
        now = self._sound.advance(now)
        if not self._sound.halted:
            self._sound.halt(now, PlaybackState.PAUSED)

    def resumed(self, now: float) -> None:
        """Record that the player resumes after a pause."""
        now = self._sound.advance(now)
        if self._sound.is_paused:
            self._evidence.resume(now)
            self._sound.resume(now, self._evidence.lag)
        elif self._sound.halted is PlaybackState.PAUSED:
            self._sound.halted = None

    def seeked(self, now: float, position: float) -> None:
        """Record a seek to a position in seconds, which is the only way to go back."""
        now, sound = self._sound.advance(now), self._sound
        if sound.is_over or sound.at(now) is None or not math.isfinite(position):
            return
        self._evidence.seek(now)
        sound.seek(now, min(max(position, 0.0), sound.limit))

    def stopped(self, now: float) -> None:
        """Record a stop; before the first evidence, it concerns earlier media."""
        now = self._sound.advance(now)
        if not self._sound.is_over:
            self._sound.halt(now, PlaybackState.STOPPED)

    def ended(self, now: float) -> None:
        """Record that the player has finished; whatever follows concerns other media."""
        now = self._sound.advance(now)
        if not self._sound.is_over:
            self._sound.halt(now, PlaybackState.FINISHED)

    def _extend(self, now: float, limit: float, available: float) -> None:
        """Raise the limit of the sound, and the seconds of audio available to the player."""
        if self._sound.extend(now, limit):
            self._evidence.interrupt(now)
        if self._evidence.buffer.grow(now, available):
            if (zero := self._evidence.expected()) is not None:
                self._sound.set_zero(now, zero)
            self._evidence.learn(self._sound.zero)
