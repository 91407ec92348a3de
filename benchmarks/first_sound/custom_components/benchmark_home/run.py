"""What the home is to do next, and whom it tells."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from homeassistant.components.media_player import MediaPlayerEntity

from .moments import Moments


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent writes, and how fast; what comes before it, in seconds."""

    tokens: list[str]
    rate: float
    """Tokens a second."""
    listening: float
    """How long somebody speaks."""
    thinking: float
    """How long the agent thinks before the first token."""


def _nobody(_event: dict[str, Any]) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Run:
    """The benchmark's hold on its home."""

    moments: Moments
    answer: Answer = field(default_factory=lambda: Answer(["Yes."], 30.0, 0.0, 0.0))
    tell: Callable[[dict[str, Any]], None] = _nobody
    ask: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Asks the satellite that wants an audio format."""
    finish: list[Callable[[], None]] = field(default_factory=list)
    """Tells each satellite and player that it has heard everything."""
    players: list[MediaPlayerEntity] = field(default_factory=list)
