"""One player's part in an announcement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
import secrets
from typing import Final

from .part_state import PartState, PartStateMachine
from .playback_clock import PlaybackClock, PlaybackState
from .player_error import PlayerError

_BY_CLOCK: Final[Mapping[PlaybackState, PartState]] = {
    PlaybackState.WAITING: PartState.SERVED,
    PlaybackState.PLAYING: PartState.PLAYING,
    PlaybackState.PAUSED: PartState.PAUSED,
    PlaybackState.FINISHED: PartState.FINISHED,
    PlaybackState.STOPPED: PartState.STOPPED,
}
NOT_STARTED: Final = "player_not_started"
"""The cause of the end of a player that never began, a key of the translated exceptions."""
_HEARD: Final = (PartState.PLAYING, PartState.PAUSED)
_WITHOUT_CLOCK: Final = (
    PartState.QUEUED,
    PartState.CALLED,
    PartState.FAILED,
    PartState.SILENCED,
)


@dataclass(slots=True)
class AudioRequests:
    """A player's requests for its audio."""

    open: int = 0
    """How many are being answered."""
    served: bool = False
    """Whether it was given any of the audio."""
    complete: bool = False
    """Whether it was given all of the audio."""
    broken_off_at: float | None = None
    """When it last closed a connection before the end."""
    refused: bool = False
    """Whether it is given no more of the audio: somebody stopped it."""


@dataclass(slots=True)
class PlayerReports:
    """What a player's states have told of an announcement."""

    named: bool = False
    """Whether they have told which URL it plays."""
    sounded: bool = False
    """Whether it was seen to begin to play since it was called."""
    position: tuple[float, float] | None = None
    """The latest position that it reported while it played, and when that was valid."""
    paused_since: float | None = None
    is_buffering: bool = False
    """Whether it paused because it waits for data."""
    gone_since: float | None = None
    """Since when it has been unavailable."""
    is_ended_by_hand: bool = False
    """Whether it was paused or stopped well before its end, with nothing else in its place."""
    busy_until: float | None = None
    """Until when it played another announcement of ours."""


@dataclass(slots=True)
class Part:
    """An announcement at one player; its methods are the only ones that change its state."""

    player: str
    """Its entity ID, or `unknown`."""
    clock: PlaybackClock
    key: str = ""
    """What stays the same when it is renamed."""
    delay: float = 0.0
    """Seconds for which it plays something else first."""
    called_at: float | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """The secret in its URL."""
    error: PlayerError | None = None
    """Why it was not heard."""
    dropped: str | None = None
    """Why we ended it at this player, a key of the translated exceptions."""
    reachable: bool = True
    """Whether it was there to be called."""
    intro: float = 0.0
    """Seconds of its audio before the speech: silence and a chime."""
    outro: float = 0.0
    """Seconds of its audio after the speech."""
    requests: AudioRequests = field(default_factory=AudioRequests)
    reports: PlayerReports = field(default_factory=PlayerReports)
    machine: PartStateMachine = field(default_factory=PartStateMachine, repr=False)

    def state(self, now: float) -> PartState:
        """Return the state; a sound may have begun or ended since the last change."""
        # Nobody knows whether a player that is away still sounds.
        is_away = self.reports.gone_since is not None
        if self.machine.state not in _WITHOUT_CLOCK and not is_away:
            self.machine.change_to(_BY_CLOCK[self.clock.state(now)])
        return self.machine.state

    @property
    def is_queued(self) -> bool:
        """Whether it waits for other announcements at its player."""
        return self.machine.state is PartState.QUEUED

    @property
    def is_withdrawn(self) -> bool:
        """Whether its URL is not valid: somebody stopped it, or the player began too late."""
        is_too_late = self.error is not None and self.error.cause == NOT_STARTED
        return is_too_late or self.requests.refused

    def is_over(self, now: float) -> bool:
        """Whether nothing more will be heard."""
        return self.state(now).is_over

    def is_heard(self, now: float) -> bool:
        """Whether the sound has begun."""
        self.state(now)
        is_clocked = self.machine.state not in _WITHOUT_CLOCK
        return is_clocked and self.clock.position(now) is not None

    def position(self, now: float) -> float | None:
        """Return the position in the speech in seconds, below zero during the intro.

        None before the sound.
        """
        position = self.clock.position(now)
        return None if position is None else position - self.intro

    def next_change(self, now: float, boundaries: Sequence[float]) -> float | None:
        """Return when the next of the sorted positions in the speech has been passed."""
        return self.clock.next_change(now, [boundary + self.intro for boundary in boundaries])

    def produced(self, now: float, seconds: float) -> None:
        """Record how many seconds of the speech exist so far."""
        self.clock.produced(now, self.intro + seconds)

    def lasts(self, now: float, seconds: float) -> None:
        """Record the length of the whole speech in seconds."""
        self.clock.lasts(now, self.intro + seconds + self.outro)

    def call(self, clock: PlaybackClock, now: float) -> None:
        """Expect the player to speak from now on, by a new clock."""
        self.machine.change_to(PartState.CALLED)
        self.called_at = now
        self.clock = clock

    def serve(self, now: float) -> bool:
        """Record that the player is given audio; return whether that is new."""
        if self.requests.served:
            return False
        self.requests.served = True
        self.clock.requested(now)
        if self.machine.state is not PartState.FAILED:
            self.machine.change_to(PartState.SERVED)
        return True

    def end(self, now: float) -> None:
        """Record that the player reported its end."""
        if self.requests.served:
            self.clock.ended(now)
            self.state(now)
        elif not self.is_over(now):
            self.fail(PlayerError("player_did_not_fetch"))

    def stop(self, now: float, cause: str) -> None:
        """Record that we stopped it; what was not heard yet has failed, `cause` as for `drop`."""
        if self.is_over(now):
            return
        is_heard = self.machine.state in _HEARD and self.clock.position(now) is not None
        if not is_heard:
            self.drop(cause)
            return
        self.clock.stopped(now)
        self.machine.change_to(PartState.STOPPED)

    def fail(self, error: PlayerError) -> None:
        """Record that the player did not speak."""
        self.machine.change_to(PartState.FAILED)
        self.error = error

    def silence(self) -> None:
        """Record that it is only shown."""
        self.machine.change_to(PartState.SILENCED)

    @property
    def is_silenced(self) -> bool:
        """Whether it is only shown."""
        return self.machine.state is PartState.SILENCED

    def drop(self, cause: str) -> None:
        """Record that we ended it at this player; `cause` as for `dropped`."""
        self.dropped = cause
        self.fail(PlayerError(cause))
