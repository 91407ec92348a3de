"""An announcement: one utterance, its captions and the players that speak it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import secrets
from typing import Any, Final, Literal, Protocol

from homeassistant.components.tts import ResultStream

from ..captions import CaptionTrack, PlaybackClock, PlaybackState, Word

UNKNOWN_PLAYER: Final = "unknown"
_OVER = (PlaybackState.FINISHED, PlaybackState.STOPPED)


class RecordingListener(Protocol):
    """An announcement that wants to know how its recording grows."""

    announcement: Announcement

    def told(self, words: list[Word], seconds: float) -> None:
        """Take new words, and how many seconds of audio there are."""

    def recorded(self) -> None:
        """Take the end of the audio."""


@dataclass(slots=True)
class Recording:
    """What one generation says; announcements of the same audio share it."""

    captions: CaptionTrack
    route: str = "auto"
    state: Literal["speaking", "finished", "failed"] = "speaking"
    error: str | None = None
    """The cause of a failure, a key of the translated exceptions."""
    credits: int | None = None
    attempts: int | None = None
    """How often ElevenLabs was asked."""
    stand_in: str | None = None
    """The engine that spoke in place of ElevenLabs."""
    stand_in_cause: str | None = None
    """Why, as a key of the translated exceptions."""
    listeners: list[RecordingListener] = field(default_factory=list, repr=False)
    """The announcements that share it."""

    @property
    def duration(self) -> float | None:
        """Seconds of audio, once all of it was made."""
        return None if self.state == "speaking" else _rounded(self.captions.duration)


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
    error: str | None = None
    """Why it was not heard, for a person."""
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
class Announcement:
    """One utterance at its players."""

    engine: str
    language: str
    recording: Recording
    message: str | None = None
    """The whole text, or None while it grows."""
    private: bool = False
    """Whether nothing of the text may be kept."""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    stream: ResultStream | None = field(default=None, repr=False)
    overheard: bool = False
    """Whether somebody else had it spoken, so that nobody is seen to fetch it."""
    growing: bool = False
    """Whether the text came bit by bit, so that Home Assistant does not keep the audio."""
    voice: str | None = None
    """The unique id of the engine, which keeps over a renaming."""
    generated: bool = False
    """Whether it was made anew and not found in Home Assistant's cache."""
    announcement_id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    parts: dict[str, Part] = field(default_factory=dict)
    state: Literal["waiting", "started", "finished", "failed"] = "waiting"

    @property
    def credits(self) -> int | None:
        """What it cost: nothing, where the audio was there already."""
        return self.recording.credits if self.generated else 0

    @property
    def cause(self) -> str | None:
        """Why it failed, a key of the translated exceptions."""
        dropped = (part.dropped for part in self.parts.values() if part.dropped)
        return self.recording.error or next(dropped, None)

    @property
    def refusal(self) -> str | None:
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
            "stand_in": recording.stand_in,
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
                "position": _rounded(part.clock.position(now) if part.served else None),
                "error": part.error,
            }
            for part in self.parts.values()
            if not part.queued
        }

    def outcome(self, now: float) -> dict[str, dict[str, Any]]:
        """Return what has become of each player, also of those that wait."""
        return {
            part.player: {"state": part.state(now), "error": part.error}
            for part in self.parts.values()
        }

    def is_over(self, now: float) -> bool:
        """Whether no player has anything more to say."""
        return all(part.is_over(now) for part in self.parts.values())


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
