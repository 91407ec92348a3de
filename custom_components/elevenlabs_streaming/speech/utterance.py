"""One utterance: what is to be said, how long to wait for it, and what became of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from ..api import Model, Receipt, SpeechRequest
from .chunking import Latency


class Route(StrEnum):
    """Which endpoint speaks."""

    AUTO = "auto"
    WEBSOCKET = "websocket"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long to wait for a text that pauses and for a service that fails, in seconds."""

    flush: float = 1.0
    """Then what was written so far is spoken."""
    silence: float = 60.0
    """Then the text is taken as complete."""
    retry: float = 2.0
    """From a failure on, no new attempt begins later than this."""
    turn: float = 20.0
    """How long to wait for other utterances where the plan allows no more at once."""


@dataclass(slots=True)
class Utterance:
    """What is known of one utterance while it is spoken."""

    request: SpeechRequest
    model: Model
    route: Route = Route.AUTO
    latency: Latency = Latency.BALANCED
    fill_pauses: bool = False
    """Whether silence is inserted where the text pauses and the listener has heard all so far."""
    seconds: float = 0.0
    """Audio so far."""
    bytes_spoken: int = 0
    characters: int = 0
    cut: bool = False
    """Whether the text was given up before its end."""
    attempts: int = 0
    """How often a route was tried; 1 where nothing failed."""
    continued: int = 0
    """How often speech that had broken off went on with another attempt."""
    receipt: Receipt = field(default_factory=Receipt)
