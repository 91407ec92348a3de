"""What the home is to do next, and whom it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .moments import Moments

if TYPE_CHECKING:
    from .assist_satellite import Ear
    from .media_player import Speaker


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
    satellites: dict[str, Ear] = field(default_factory=dict)
    """By the audio format that they ask for."""
    players: list[Speaker] = field(default_factory=list)
