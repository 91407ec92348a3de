"""What one generation says, shared by all announcements of the same audio."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from homeassistant.components.tts import ResultStream

from ..alignment import Word
from ..captions import CaptionTrack


class RecordingListener(Protocol):
    """An announcement that wants to know how its recording grows."""

    @property
    def announcement(self) -> Generation:
        """Return the announcement."""

    def told(self, words: list[Word], seconds: float) -> None:
        """Handle new words, and how many seconds of audio there are."""

    def recorded(self) -> None:
        """Handle the end of the audio."""


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
    fallback: str | None = None
    """The engine that spoke in place of ElevenLabs."""
    fallback_cause: str | None = None
    """Why, as a key of the translated exceptions."""
    fallback_from: int | None = None
    """From which character of the message on it spoke."""
    spoken_until: int | None = None
    """How many characters of the message were spoken where the rest was not."""
    unspoken: str = field(default="", repr=False)
    """The rest."""
    is_clean: bool = True
    """Whether the text was spoken and is shown without marks."""
    speakers: tuple[str, ...] = ()
    """Whose labels the text may have."""
    listeners: list[RecordingListener] = field(default_factory=list, repr=False)
    """The announcements that share it."""

    @property
    def is_being_made(self) -> bool:
        """Whether one of the announcements that share it has the audio generated."""
        return any(listener.announcement.generated for listener in self.listeners)

    @property
    def duration(self) -> float | None:
        """Seconds of audio, once all of it was made."""
        return None if self.state == "speaking" else rounded_seconds(self.captions.duration)


@dataclass(slots=True)
class Generation:
    """One text that an engine speaks."""

    engine: str
    language: str
    recording: Recording
    message: str | None = None
    """The whole text, or None while it grows."""
    private: bool = False
    """Whether nothing of the text may be kept."""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    stream: ResultStream | None = field(default=None, repr=False)
    growing: bool = False
    """Whether the text came in pieces, so that Home Assistant does not keep the audio."""
    voice: str | None = None
    """The unique ID of the engine's entity, which survives renaming."""
    generated: bool = False
    """Whether it was generated, not found in Home Assistant's cache."""

    @property
    def unspoken_text(self) -> str | None:
        """What was not spoken because the speech broke off."""
        until = self.recording.spoken_until
        if until is None or self.private:
            return None
        return self.recording.unspoken if until else self.message

    @property
    def credits(self) -> int | None:
        """Credits spent: 0 where the audio was cached."""
        return self.recording.credits if self.generated else 0


def rounded_seconds(seconds: float | None) -> float | None:
    """Return seconds to the millisecond."""
    return None if seconds is None else round(seconds, 3)
