"""An announcement: one utterance, its captions, and the players that speak it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
import secrets
from typing import Any, Final, Literal

from ..generation import Generation, rounded_seconds
from ..media_players import PlayerUsage, Volume
from ..text import clean_text, show_names
from .part import Part
from .part_state import PartState
from .player_error import PlayerError, error_report
from .presence import OnlyIf
from .repetition import Repeat, Repetition

UNKNOWN_PLAYER: Final = "unknown"
CAUSE_STOPPED: Final = "home_assistant_stopped"
"""The cause of an end that came with Home Assistant's own, a key of the translated exceptions."""


class Priority(IntEnum):
    """How urgent an announcement is."""

    LOW = 0
    """After all others."""
    NORMAL = 1
    HIGH = 2
    """Before all others that wait."""
    CRITICAL = 3
    """At once; what is being said is interrupted and said again afterward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRequest:
    """What to announce; requests are equal if they would sound the same."""

    engine: str
    message: str
    language: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: bool = True
    private: bool = False
    preannounce: bool = False
    """Whether satellites play their chime first."""
    volume: Volume | None = None
    """None leaves each player as the user set it."""
    chime: str | None = None
    """A chime before the speech, as `chimes.chime_id` returns it."""
    chime_after: str | None = None
    only_if: OnlyIf | None = None
    """On which condition it is spoken; else it is only shown."""
    repeat: Repeat | None = None
    """How often it is spoken; None for once."""
    priority: Priority = field(default=Priority.NORMAL, compare=False)
    time_to_live: float | None = field(default=None, compare=False)
    """Seconds within which it must begin; it is never spoken later."""


@dataclass(slots=True)
class Announcement(Generation):
    """A generation and the players that speak it."""

    overheard: bool = False
    """Whether another integration requested it, so that its players do not fetch our URL."""
    announcement_id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    parts: dict[str, Part] = field(default_factory=dict)
    request: AnnouncementRequest | None = None
    """What was requested, without a private text; None if another integration requested it."""
    targets: list[str] = field(default_factory=list)
    """The players that were requested, groups as themselves."""
    priority: Priority = Priority.NORMAL
    voice_name: str | None = None
    """What people call its voice, if that is known."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Its place in the queue of each player where it waits; 1 is the next."""
    was_called: bool = False
    """Whether it was its turn at any player."""
    repetition: Repetition = field(default_factory=Repetition)
    usage: PlayerUsage = field(default_factory=PlayerUsage)
    state: Literal["waiting", "started", "finished", "failed", "silenced"] = "waiting"
    _shown: tuple[tuple[Any, ...], str] = field(default=((), ""), repr=False)
    """The message that was asked for last, with how it is shown, and what is shown of it."""

    @property
    def shown_message(self) -> str | None:
        """Return the message without the marks that nobody speaks; None while it grows."""
        return self.message and self.shown(self.message)

    def shown(self, message: str) -> str:
        """Return what is shown of a message."""
        speakers, is_clean = self.recording.speakers, self.recording.is_clean
        if not (speakers or is_clean):
            return message
        if self._shown[0] != (written := (message, speakers, is_clean)):
            named = show_names(message, speakers) if speakers else message
            self._shown = (written, clean_text(named).shown.strip() if is_clean else named)
        return self._shown[1]

    @property
    def cause(self) -> str | None:
        """Why it failed, a key of the translated exceptions."""
        parts = self.parts.values()
        dropped = next((part.dropped for part in parts if part.dropped), None)
        if cause := self.recording.error or dropped:
            return cause
        errors = [part.error.cause for part in parts if part.error]
        return errors[0] if errors and len(errors) == len(parts) else None

    @property
    def reason(self) -> PlayerError | None:
        """Why nobody hears it, or not to its end; None if somebody does, or may."""
        if cause := self.recording.error:
            return PlayerError.of_speech(cause)
        if (failure := self.failure) is None:
            return None
        return next((part.error for part in self.parts.values() if part.dropped), failure)

    @property
    def refusal(self) -> PlayerError | None:
        """Why a player that was called failed, or why none could be called."""
        called = [part for part in self.parts.values() if part.reachable]
        return next((part.error for part in called or self.parts.values() if part.error), None)

    @property
    def failure(self) -> PlayerError | None:
        """Why nobody hears it, if every player failed."""
        errors = [part.error for part in self.parts.values()]
        return errors[0] if errors and all(errors) else None

    @property
    def called_parts(self) -> list[Part]:
        """Return the parts of the players that no longer wait for their turn."""
        return [part for part in self.parts.values() if not part.is_queued]

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its turn, which it had at no player yet."""
        return not self.was_called and any(part.is_queued for part in self.parts.values())

    @property
    def awaits_places(self) -> bool:
        """Whether the queue has still to find its place at a player."""
        return any(part.is_queued and one not in self.places for one, part in self.parts.items())

    def track(self, now: float) -> dict[str, Any]:
        """Return all that is known, as a `track` message carries it."""
        recording, captions = self.recording, self.recording.captions
        # Words may be made in advance, but nobody speaks them yet.
        is_waiting = self.is_waiting
        return {
            "id": self.announcement_id,
            "engine": self.engine,
            "voice": self.voice_name,
            "language": self.language,
            "message": self.shown_message,
            "private": self.private,
            "priority": self.priority.name.lower(),
            "route": recording.route,
            "state": "queued" if is_waiting else recording.state,
            "duration": recording.duration,
            "fallback": recording.fallback,
            "estimated": captions.estimated,
            "words": [] if is_waiting else [word.as_dict() for word in captions.words],
            "cues": [] if is_waiting else captions.layouts()[0],
            **self.playback(now),
        }

    def playback(self, now: float) -> dict[str, Any]:
        """Return what its players do, as a `playback` message carries it."""
        is_open = not self.is_over(now) or self.repetition.continues(self.parts.values(), now)
        can_acknowledge = is_open and self.repetition.awaits_acknowledgement
        return {
            "players": self.players(now),
            "can_acknowledge": can_acknowledge,
            **error_report(self.reason),
        }

    def players(self, now: float) -> dict[str, dict[str, Any]]:
        """Return the state and the position, in seconds, of each player."""
        return {
            part.player: {
                "state": part.state(now).public,
                "place": self._place(part),
                "position": rounded_seconds(part.position(now) if part.requests.served else None),
                "intro": rounded_seconds(part.intro),
                **error_report(part.error),
            }
            for part in self.parts.values()
        }

    def sounding_players(self, now: float) -> Iterator[str]:
        """Yield the players at which it sounds now."""
        for part in self.parts.values():
            if part.state(now) is PartState.PLAYING:
                yield part.player

    def outcome(self, now: float) -> dict[str, dict[str, Any]]:
        """Return the state of each player, including those that wait for their turn."""
        return {
            part.player: {
                "state": part.state(now).public,
                "place": self._place(part),
                **error_report(part.error),
                "volume": self.usage.volumes.get(part.player),
                "resumed": self.usage.resumed.get(part.player),
            }
            for part in self.parts.values()
        }

    @property
    def is_silenced(self) -> bool:
        """Whether it is only shown, at every player that could have spoken it."""
        heard = [part for part in self.parts.values() if not part.error]
        return bool(heard) and all(part.is_silenced for part in heard)

    def is_over(self, now: float) -> bool:
        """Whether nothing more will be heard at any player."""
        return all(part.is_over(now) for part in self.parts.values())

    def _place(self, part: Part) -> int | None:
        """Return the place in the queue of a player; None where it does not wait."""
        return self.places.get(part.player) if part.is_queued else None
