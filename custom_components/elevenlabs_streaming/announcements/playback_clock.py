"""Where in an utterance's audio a player is now, told from evidence that may come late or never.

Every time is in seconds. ``now`` and ``at`` are readings of one monotonic clock, the caller's; a
reading earlier than the latest one counts as the latest. Positions count from the start of the
utterance's audio.

The sound is a line that crosses zero at one moment; evidence moves that moment. The position that
is given out follows the line at a changed pace, never slower than standing still and never faster
than ``1 + FASTEST_CORRECTION``, so a correction of ``g`` seconds is over after
``max(EASING_TIME, g)`` seconds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
import math
from typing import Any, Final, Self, TypeIs

DEFAULT_OFFSET: Final = 0.5
"""Seconds from having enough of the audio to its sound, while nothing better is known."""

LONGEST_OFFSET: Final = 10.0
"""Seconds after the first request beyond which a start tells nothing about the player."""

DEFAULT_FILL: Final = 1.0
"""Seconds of audio a player gathers before it sounds, while nothing better is known (MPD's)."""

LONGEST_FILLING: Final = 0.5
"""Seconds for which a player is taken to gather audio; some begin with less than others."""

GRACE: Final = 1.0
"""Seconds after the end of the audio for which a player may still say otherwise."""

EASING_TIME: Final = 2.0
"""Seconds in which a correction is made, if that is not faster than ``FASTEST_CORRECTION``."""

FASTEST_CORRECTION: Final = 1.0
"""Seconds corrected in a second, at most."""

SLOWEST_CORRECTION: Final = 0.1
"""Seconds corrected in a second, at least, so that a correction ends."""

_COARSE: Final = 1.0
_SLACK: Final = 1.0
_JITTER: Final = 0.25
_AFTER: Final = 0.001
_SURELY_BEFORE: Final = 0.05


class PlaybackState(StrEnum):
    """What a player does with the audio of one utterance."""

    WAITING = "waiting"
    PLAYING = "playing"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"


class _Evidence(IntEnum):
    """What the start of the sound is known from, the best last."""

    NOTHING = 0
    REQUEST = 1
    STATE = 2
    POSITION = 3


@dataclass(frozen=True, slots=True)
class _Course:
    """From ``position`` at ``start`` at ``pace`` until ``meets``, then as fast as the sound."""

    start: float
    position: float
    pace: float
    meets: float

    @classmethod
    def steady(cls, start: float, position: float) -> Self:
        """Return a course that needs no correction."""
        return cls(start, position, 1.0, start)

    @classmethod
    def eased(cls, start: float, position: float, gap: float, least: float) -> Self:
        """Return a course that makes up for ``gap`` seconds, behind (> 0) or ahead (< 0)."""
        wanted = max(abs(gap) / EASING_TIME, least)
        correction = math.copysign(min(wanted, FASTEST_CORRECTION), gap)
        return cls(start, position, 1.0 + correction, start + gap / correction)

    def at(self, now: float) -> float:
        """Return the position in seconds at a moment that is not before the start."""
        eased = self.pace * (min(now, self.meets) - self.start)
        return self.position + eased + max(0.0, now - self.meets)

    def correction(self, now: float) -> float:
        """Return how many seconds are corrected in a second now."""
        return abs(self.pace - 1.0) if now < self.meets else 0.0

    def reaches(self, position: float) -> float:
        """Return when a position that lies ahead is reached."""
        met = self.at(self.meets)
        if position >= met:
            return self.meets + position - met
        return self.start + (position - self.position) / self.pace


@dataclass(frozen=True, slots=True)
class _OffsetRange:
    """Between which moments the sound's position was zero, as reported positions have it."""

    earliest: float
    latest: float

    def narrowed(self, other: Self | None) -> Self:
        """Return what both leave open, or this one alone if they contradict each other."""
        if other is None or other.earliest > self.latest or other.latest < self.earliest:
            return self
        return type(self)(max(self.earliest, other.earliest), min(self.latest, other.latest))

    def shifted(self, change: float) -> Self:
        """Return what is left open when all evidence counts so much later."""
        return type(self)(self.earliest + change, self.latest + change)

    def allows(self, zero: float) -> bool:
        """Return whether a moment is inside, but for the delays of any evidence."""
        return self.earliest - _JITTER <= zero <= self.latest + _JITTER

    def nearest(self, zero: float | None) -> float:
        """Return the moment inside that is nearest to a guess, or the middle without one."""
        if zero is None:
            return (self.earliest + self.latest) / 2
        return min(max(zero, self.earliest), self.latest)


class PlaybackClock:
    """Follows one player through one utterance; no evidence makes its position go back but a seek.

    ``fill`` is how much audio the player gathers before it sounds, whatever state it tells.
    ``offset`` is the time from having that much to the sound, used until better evidence comes.
    ``lag`` is how much later a room hears what the player says it plays, whatever the evidence;
    all in seconds.
    """

    def __init__(
        self, offset: float = DEFAULT_OFFSET, *, fill: float = DEFAULT_FILL, lag: float = 0.0
    ) -> None:
        """Start with nothing known about the player."""
        self._offset = _bounded(offset, 0.0)
        self._fill = _bounded(fill, 0.0)
        self._lag = _bounded(lag, -LONGEST_OFFSET)
        self._growth: list[tuple[float, float]] = []
        self._filled: float | None = None
        self._said: float | None = None
        self._now = -math.inf
        self._evidence = _Evidence.NOTHING
        self._requested: float | None = None
        self._zero: float | None = None
        self._window: _OffsetRange | None = None
        self._guess: float | None = None
        self._fractions = False
        self._interrupted = False
        self._seeked = False
        self._fresh_from = -math.inf
        self._last_report: float | None = None
        self._course: _Course | None = None
        self._held: float | None = None
        self._held_since = 0.0
        self._halted: PlaybackState | None = None
        self._over = False
        self._limit = math.inf
        self._duration: float | None = None
        self._learned: float | None = None

    @property
    def duration(self) -> float | None:
        """Return the length of the audio in seconds once it is known."""
        return self._duration

    @property
    def learned_offset(self) -> float | None:
        """Return the seconds from enough audio to the sound, as better evidence had it."""
        return self._learned

    @property
    def fill(self) -> float:
        """Return the seconds of audio that the player gathers before it sounds."""
        return self._fill

    def state(self, now: float) -> PlaybackState:
        """Return what the player does now."""
        now = self._advance(now)
        if self._halted:
            return self._halted
        return PlaybackState.WAITING if self._shown(now) is None else PlaybackState.PLAYING

    def position(self, now: float) -> float | None:
        """Return the position in seconds; none before the sound, the last one after the end."""
        return self._shown(self._advance(now))

    def next_change(self, now: float, boundaries: Sequence[float]) -> float | None:
        """Return when the next of the sorted positions has been passed, if the pace stays."""
        now = self._advance(now)
        if self._halted or self._course is None:
            return None
        index = self._next_index(now, boundaries)
        if index == len(boundaries) or boundaries[index] > self._limit:
            return None
        when = max(self._course.reaches(boundaries[index]) + _AFTER, now)
        finish = self._finish()
        return when if finish is None or when < finish else None

    def finishes(self, now: float) -> float | None:
        """Return when the player counts as finished if it says nothing more."""
        self._advance(now)
        return self._finish()

    def requested(self, now: float) -> None:
        """Note that the player asked for the audio; it sounds no earlier than that."""
        now = self._advance(now)
        if self._over or self._requested is not None:
            return
        self._requested = now
        if self._filled is None and not self._growth:
            self._filled = now
        if self._evidence is _Evidence.NOTHING:
            self._evidence = _Evidence.REQUEST
            self._halted = None
        self._expect(now)

    def playing(self, now: float) -> None:
        """Note that the player says it plays, for the first time or after a pause."""
        now = self._advance(now)
        if self._is_paused:
            self._resume(now)
        elif not self._over and self._evidence < _Evidence.STATE and not self._comes_late(now):
            self._said = now
            self._believe(now, _Evidence.STATE, self._expected())
            self._learn()

    def reported(self, now: float, position: float, at: float) -> None:
        """Note the position in seconds that the player said it had at the moment ``at``."""
        now = self._advance(now)
        at = min(at, self._held_since if self._is_paused else now)
        if self._over or not self._is_believable(position, at):
            return
        self._fresh_from = at
        self._last_report = position
        if self._has_not_begun(position, at):
            return
        guess = self._zero if self._window is None else self._guess
        self._window = self._window_of(position, at).narrowed(self._window)
        self._guess = guess if guess is not None and self._window.allows(guess) else None
        self._believe(now, _Evidence.POSITION, self._window.nearest(self._guess))
        self._learn()

    def produced(self, now: float, seconds: float) -> None:
        """Note how many seconds of audio exist so far; a player that runs dry waits for more."""
        now = self._advance(now)
        if not self._over and self._duration is None and seconds >= 0:
            known = 0.0 if math.isinf(self._limit) else self._limit
            self._extend(now, max(seconds, known))
            self._gather(now, seconds)

    def lasts(self, now: float, seconds: float) -> None:
        """Note the length of the whole audio in seconds."""
        now = self._advance(now)
        if not self._over and seconds >= 0:
            self._extend(now, seconds)
            self._duration = seconds
            self._gather(now, math.inf)
            self._advance(now)

    def held_back(self, now: float, lag: float) -> None:
        """Note that the room hears the player so many seconds late, from now on."""
        now = self._advance(now)
        change = _bounded(lag, -LONGEST_OFFSET) - self._lag
        self._lag += change
        if self._over or self._zero is None:
            return
        self._zero += change
        self._window = self._window and self._window.shifted(change)
        self._guess = None if self._guess is None else self._guess + change
        self._steer(now)

    def paused(self, now: float) -> None:
        """Note a pause; before the first evidence it concerns what was played before."""
        now = self._advance(now)
        if not self._over and not self._halted:
            self._halt(now, PlaybackState.PAUSED)

    def resumed(self, now: float) -> None:
        """Note that the player goes on after a pause."""
        now = self._advance(now)
        if self._is_paused:
            self._resume(now)
        elif self._halted is PlaybackState.PAUSED:
            self._halted = None

    def seeked(self, now: float, position: float) -> None:
        """Note that the player was sent to a position in seconds, the only way to go back."""
        now = self._advance(now)
        if self._over or self._shown(now) is None or not math.isfinite(position):
            return
        position = min(max(position, 0.0), self._limit)
        self._interrupt(now)
        self._seeked = True
        self._evidence = _Evidence.POSITION
        self._zero = now - position
        self._held, self._held_since = position, now
        self._course = _Course.steady(now, position)

    def stopped(self, now: float) -> None:
        """Note a stop; before the first evidence it concerns what was played before."""
        now = self._advance(now)
        if not self._over:
            self._halt(now, PlaybackState.STOPPED)
            self._over = self._evidence > _Evidence.NOTHING

    def ended(self, now: float) -> None:
        """Note that the player has finished; whatever follows concerns something else."""
        now = self._advance(now)
        if not self._over:
            self._halt(now, PlaybackState.FINISHED)
            self._over = True

    @property
    def _ready(self) -> float | None:
        """When the player has enough to sound; while it has not, when it is at the latest."""
        if self._requested is None:
            return None
        latest = self._requested + LONGEST_FILLING
        return latest if self._filled is None else min(max(self._requested, self._filled), latest)

    def _gather(self, now: float, seconds: float) -> None:
        """Note that there is more for the player; when that is enough, it begins."""
        if self._filled is not None or not seconds:
            return
        self._growth.append((now, seconds))
        if seconds >= self._fill:
            self._filled = now
            self._expect(now)
            self._learn()

    def _expect(self, now: float) -> None:
        """Work out the start again from evidence that is no position."""
        if self._evidence in (_Evidence.REQUEST, _Evidence.STATE) and not self._interrupted:
            self._believe(now, self._evidence, self._expected())

    def _expected(self) -> float:
        """Return when the sound begins: a player may say that it plays while it gathers."""
        ready = -math.inf if self._ready is None else self._ready
        if self._said is None:
            return ready + self._offset + self._lag
        return max(self._said, ready) + self._lag

    def _has_not_begun(self, position: float, at: float) -> bool:
        """Whether a position of 0 may be that of a player that gathers audio, as expected."""
        if position or self._evidence is _Evidence.POSITION or self._zero is None:
            return False
        return self._zero - self._lag >= at - _COARSE

    @property
    def _is_paused(self) -> bool:
        return self._halted is PlaybackState.PAUSED and self._evidence > _Evidence.NOTHING

    def _advance(self, now: float) -> float:
        """Return the latest moment known, after an end that came by itself."""
        before = self._now
        self._now = max(self._now, now)
        finish = self._finish()
        if finish is not None and self._now >= finish:
            self._halt(max(before, finish), PlaybackState.FINISHED)
            self._over = True
        return self._now

    def _finish(self) -> float | None:
        if self._halted or self._zero is None or self._duration is None:
            return None
        return self._zero + self._duration + GRACE

    def _shown(self, now: float) -> float | None:
        if self._halted:
            return self._held
        if self._course is None or now < self._course.start:
            return None
        return min(self._course.at(now), max(self._limit, self._course.position))

    def _next_index(self, now: float, boundaries: Sequence[float]) -> int:
        shown = self._shown(now)
        if shown is None:
            return bisect_left(boundaries, 0.0)
        return bisect_right(boundaries, shown)

    def _believe(self, now: float, evidence: _Evidence, zero: float) -> None:
        """Take the moment of position zero from evidence at least as good as the present."""
        if self._evidence is _Evidence.NOTHING:
            self._halted = None
        self._evidence = evidence
        self._zero = zero
        self._steer(now)

    def _steer(self, now: float) -> None:
        """Lead what is shown to the sound; what was not shown yet needs no easing."""
        if self._halted or self._zero is None:
            return
        shown = self._shown(now)
        target = min(now - self._zero, self._limit)
        if shown is None or self._course is None:
            self._course = _Course.steady(max(now, self._zero), max(target, 0.0))
        else:
            least = max(self._course.correction(now), SLOWEST_CORRECTION)
            self._course = _Course.eased(now, shown, target - shown, least)

    def _halt(self, now: float, state: PlaybackState) -> None:
        self._held = self._shown(now)
        self._held_since = now
        self._halted = state

    def _resume(self, now: float) -> None:
        """Go on from where the pause began; a sound that had not begun begins now."""
        shown, since, self._halted = self._held, self._held_since, None
        self._interrupt(now)
        self._evidence = max(self._evidence, _Evidence.STATE)
        if self._zero is not None:
            not_begun = self._zero > since
            self._zero = now + self._lag if not_begun else self._zero + now - since
        self._course = None if shown is None else _Course.steady(now, shown)
        self._steer(now)

    def _interrupt(self, now: float) -> None:
        """Forget what was only true without a break."""
        self._interrupted = True
        self._window = None
        self._fresh_from = now

    def _extend(self, now: float, limit: float) -> None:
        """Let the sound reach further; one that had run dry goes on from where it stood."""
        if not self._halted and self._zero is not None and now - self._zero > self._limit:
            self._zero = now - self._limit
            self._interrupt(now)
        shown, course = self._shown(now), self._course
        if shown is not None and course is not None:
            self._course = replace(course, start=now, position=shown, meets=max(course.meets, now))
        self._limit = limit
        self._steer(now)

    def _comes_late(self, now: float) -> bool:
        return self._requested is not None and now - self._requested > LONGEST_OFFSET

    def _is_believable(self, position: float, at: float) -> bool:
        """Return whether a position can be one in this audio, and tells something new."""
        if not math.isfinite(position) or position < 0 or at < self._fresh_from:
            return False
        if self._duration is not None and position > self._duration + _SLACK:
            return False
        # Some players give 0 for a position they do not know.
        repeats_zero = position == 0 and self._last_report is not None
        return not repeats_zero and self._is_reachable(position, at)

    def _is_reachable(self, position: float, at: float) -> bool:
        """Return whether the sound can have come so far since the player asked for it."""
        if self._requested is None or self._seeked:
            return True
        return at >= self._requested and position <= at - self._requested + _SLACK

    def _window_of(self, position: float, at: float) -> _OffsetRange:
        """Return what a report leaves open: whole seconds may hide almost one more."""
        latest = at - position + self._lag
        self._fractions = self._fractions or not float(position).is_integer()
        return _OffsetRange(latest if self._fractions else latest - _COARSE, latest)

    def _learn(self) -> None:
        if self._zero is None or self._interrupted or self._evidence < _Evidence.STATE:
            return
        sound = self._zero - self._lag
        self._learn_fill(sound)
        if self._ready is not None and -_SLACK <= sound - self._ready <= LONGEST_OFFSET:
            self._learned = max(sound - self._ready, 0.0)

    def _learn_fill(self, sound: float) -> None:
        """Learn from a sound that surely began before there was as much as the player wants."""
        if not self._fractions or self._ready is None or sound > self._ready - _SURELY_BEFORE:
            return
        index = bisect_right(self._growth, sound, key=lambda step: step[0])
        if index and self._growth[index - 1][1] < self._fill:
            self._filled, self._fill = self._growth[index - 1]


@dataclass(frozen=True, slots=True)
class OffsetLearner:
    """What a player's announcements have taught about its start, to be kept as JSON."""

    seconds: float = DEFAULT_OFFSET
    count: int = 0
    fill: float = DEFAULT_FILL

    NEWEST_WEIGHT = 0.2
    LARGEST_STEP = 1.0

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Return what was kept; anything else starts anew."""
        if not isinstance(stored, Mapping):
            return cls()
        seconds, count = stored.get("seconds"), stored.get("count")
        if not _is_number(seconds) or not _is_number(count) or count < 1:
            return cls()
        fill = stored.get("fill")
        known = min(float(fill), DEFAULT_FILL) if _is_number(fill) else DEFAULT_FILL
        return cls(_bounded(float(seconds), 0.0), int(count), _bounded(known, 0.0))

    def as_dict(self) -> dict[str, Any]:
        """Return what to keep."""
        kept = {"seconds": round(self.seconds, 3), "count": self.count}
        return kept if self.fill == DEFAULT_FILL else {**kept, "fill": round(self.fill, 3)}

    def learn(self, offset: float | None, fill: float = DEFAULT_FILL) -> Self:
        """Return what is known after one more announcement, which says little by itself.

        Of ``fill`` the least is right: with that much the player has sounded before.
        """
        if offset is None or not math.isfinite(offset):
            return self
        offset, fill = _bounded(offset, 0.0), min(self.fill, fill)
        if not self.count:
            return type(self)(offset, 1, fill)
        weight = max(1 / (self.count + 1), self.NEWEST_WEIGHT)
        step = weight * (offset - self.seconds)
        limited = min(max(step, -self.LARGEST_STEP), self.LARGEST_STEP)
        return type(self)(self.seconds + limited, self.count + 1, fill)


def _is_number(value: object) -> TypeIs[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bounded(seconds: float, lowest: float) -> float:
    return min(max(seconds, lowest), LONGEST_OFFSET)
