"""How soon each voice began to be heard the last time it spoke."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from homeassistant.core import callback

from ..speech import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAudio:
    """How the first audio of one utterance came about."""

    milliseconds: int
    """From the first of the text to the first of the audio."""
    route: str
    connection: str
    """`reused` or `cold`."""
    attempts: int
    """How often ElevenLabs was asked."""


@dataclass(slots=True)
class FirstAudios:
    """The newest figures of one account's voices, by the ids of their subentries."""

    latest: dict[str, FirstAudio] = field(default_factory=dict)
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    @callback
    def note(self, voice: str, outcome: Outcome, seconds: float) -> None:
        """Record the figures of an utterance whose first audio has just arrived."""
        self.latest[voice] = FirstAudio(
            milliseconds=round(seconds * 1000),
            route=str(outcome.route),
            connection="reused" if outcome.receipt.reused else "cold",
            attempts=outcome.attempts,
        )
        for listener in [*self._listeners]:
            listener()

    @callback
    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at each change; returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def as_dict(self) -> Mapping[str, Any]:
        """Return all of it for diagnostics."""
        return {voice: asdict(figures) for voice, figures in self.latest.items()}
