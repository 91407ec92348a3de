"""An announcement: one utterance, its captions and the players that speak it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
import secrets
from typing import Any, Final, Literal, Self

from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..generation import Generation, rounded_seconds
from .playback_clock import PlaybackClock, PlaybackState

UNKNOWN_PLAYER: Final = "unknown"
_OVER = (PlaybackState.FINISHED, PlaybackState.STOPPED)


class Priority(IntEnum):
    """How urgent an announcement is."""

    LOW = 0
    """After all others."""
    NORMAL = 1
    HIGH = 2
    """Before all that wait."""
    CRITICAL = 3
    """At once; what we are saying is broken off and said again afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRequest:
    """What to announce; orders are equal when they would sound the same."""

    engine: str
    message: str
    language: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: bool = True
    private: bool = False
    preannounce: bool = False
    """Whether satellites play their sound before it."""
    priority: Priority = field(default=Priority.NORMAL, compare=False)
    time_to_live: float | None = field(default=None, compare=False)
    """Seconds in which it has to begin; it is never spoken later."""


@dataclass(frozen=True, slots=True)
class PlayerError:
    """Why a player did not speak: a key of the translated exceptions, or a message."""

    key: str
    placeholders: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    """The translated message of another integration."""

    @classmethod
    def of(cls, err: HomeAssistantError) -> Self:
        """Return the error that another integration raised."""
        return cls("player_failed", message=str(err) or type(err).__name__)

    def __str__(self) -> str:
        """Return the message for a person."""
        # Home Assistant removes the period (helpers/translation.py), since it may go on after it.
        return self.message or f"{str(self.exception()).rstrip('.')}."

    def exception(self) -> HomeAssistantError:
        """Return the exception to raise for it."""
        if self.message:
            return HomeAssistantError(self.message)
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=self.key,
            translation_placeholders=dict(self.placeholders),
        )


@dataclass(slots=True)
class Part:
    """An announcement at one player."""

    player: str
    """Its entity id, or `unknown`."""
    clock: PlaybackClock
    key: str = ""
    """What stays the same when it is renamed."""
    delay: float = 0.0
    """Seconds for which it plays something else first."""
    queued: bool = False
    """Whether it waits for other announcements at its player."""
    since: float | None = None
    """When it was called."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """What its URL is known by."""
    error: PlayerError | None = None
    """Why it was not heard."""
    dropped: str | None = None
    """Why it was given up while it waited, a key of the translated exceptions."""
    reachable: bool = True
    """Whether it was there to be called."""
    served: bool = False
    """Whether it was given any of the audio."""
    complete: bool = False
    """Whether it was given all of the audio."""
    connections: int = 0
    """How many of its requests are being answered."""
    left: float | None = None
    """When it last closed a connection before the end."""
    named: bool = False
    """Whether its state has told which URL it plays."""
    report: tuple[float, float] | None = None
    """The position it told last while it played, and when."""
    paused: float | None = None
    """Since when it has been paused."""
    busy: float | None = None
    """Until when it was at another announcement of ours."""

    def state(self, now: float) -> str:
        """Return the state as the outside knows it."""
        if self.error:
            return "failed"
        if self.queued:
            return "queued"
        return str(self.clock.state(now) if self.served else PlaybackState.WAITING)

    def is_over(self, now: float) -> bool:
        """Whether nothing more is to be heard."""
        return bool(self.error) or (self.served and self.clock.state(now) in _OVER)

    def is_heard(self, now: float) -> bool:
        """Whether the sound has begun."""
        return not self.error and self.served and self.clock.position(now) is not None


@dataclass(slots=True)
class Announcement(Generation):
    """A generation and the players that speak it."""

    overheard: bool = False
    """Whether another integration requested it, so that its players do not fetch our URL."""
    announcement_id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    parts: dict[str, Part] = field(default_factory=dict)
    state: Literal["waiting", "started", "finished", "failed"] = "waiting"

    @property
    def cause(self) -> str | None:
        """Why it failed, a key of the translated exceptions."""
        dropped = (part.dropped for part in self.parts.values() if part.dropped)
        return self.recording.error or next(dropped, None)

    @property
    def refusal(self) -> PlayerError | None:
        """Why a player that was called failed, or why none could be called."""
        called = [part for part in self.parts.values() if part.reachable]
        return next((part.error for part in called or self.parts.values() if part.error), None)

    def track(self, now: float) -> dict[str, Any]:
        """Return all that is known, as a `track` message carries it."""
        recording = self.recording
        return {
            "id": self.announcement_id,
            "engine": self.engine,
            "language": self.language,
            "message": self.message,
            "private": self.private,
            "route": recording.route,
            "state": recording.state,
            "duration": recording.duration,
            "fallback": recording.fallback,
            "estimated": recording.captions.estimated,
            "words": [word.as_dict() for word in recording.captions.words],
            "cues": recording.captions.layouts()[0],
            "players": self.players(now),
        }

    def players(self, now: float) -> dict[str, dict[str, Any]]:
        """Return where each player is, in seconds of the audio; none that waits for others."""
        return {
            part.player: {
                "state": part.state(now),
                "position": rounded_seconds(part.clock.position(now) if part.served else None),
                "error": part.error and str(part.error),
            }
            for part in self.parts.values()
            if not part.queued
        }

    def outcome(self, now: float) -> dict[str, dict[str, Any]]:
        """Return what has become of each player, also of those that wait."""
        return {
            part.player: {"state": part.state(now), "error": part.error and str(part.error)}
            for part in self.parts.values()
        }

    def is_over(self, now: float) -> bool:
        """Whether no player has anything more to say."""
        return all(part.is_over(now) for part in self.parts.values())
