"""What is to be spoken, how long to wait for it, and what became of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from ..api import ElevenLabsError, Model, Receipt, SpeechChunk, SpeechRequest
from .chunking import Latency
from .owed_audio import OwedAudio
from .turns import Turns

type Sink = Callable[[SpeechChunk], Awaitable[None]]
"""Where the chunks of an utterance go, in their order."""


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
    silence: float = 600.0
    """Then the text is taken as complete: an agent may use a tool for minutes."""
    retry: float = 2.0
    """From a failure on, no new attempt begins later than this."""
    first_sound: float = 10.0
    """How long a listener waits for a sound that is due, over all attempts."""
    turn: float = 20.0
    """How long to wait for other utterances where the plan allows no more at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One text to be spoken once: with which parameters, over which route."""

    request: SpeechRequest
    model: Model
    route: Route = Route.AUTO
    latency: Latency = Latency.BALANCED
    fill_pauses: bool = False
    """Whether silence is inserted where the text pauses and the listener has heard all so far."""
    turns: Turns | None = field(default=None, compare=False)
    """Which voice speaks from where on; None where that of the request speaks all."""

    @property
    def is_dialogue(self) -> bool:
        """Whether one WebSocket can speak with all voices of the text."""
        return len(self.request.dialogue_voices) > 1


@dataclass(frozen=True, slots=True)
class BreakOff:
    """Where speech broke off: what somebody else who goes on needs to know."""

    offset: int
    """The first character of the text that was not spoken to its end."""
    again: float | None
    """From where on, in seconds of the voice, what was heard is said again."""


@dataclass(slots=True)
class Outcome:
    """What became of an utterance. It grows while the utterance is spoken."""

    route: Route = Route.AUTO
    """The route that spoke last."""
    bytes_spoken: int = 0
    """Audio of the voice, without the silence in pauses."""
    seconds_spoken: float = 0.0
    """The same in seconds."""
    seconds_paused: float = 0.0
    """Silence inserted into pauses."""
    characters: int = 0
    """Length of the text."""
    cut: bool = False
    """Whether the text was given up before its end."""
    attempts: int = 0
    """How often a route was tried; 1 where nothing failed."""
    left_out: frozenset[str] = frozenset()
    """Settings of the voice that were refused."""
    continued: int = 0
    """How often speech that had broken off went on with another attempt."""
    failure: ElevenLabsError | None = None
    """Why it is tried again at present."""
    broke_off: BreakOff | None = None
    """Where the speech broke off for good, if there was any."""
    owed: OwedAudio = field(default_factory=lambda: OwedAudio(None), compare=False)
    """What the stream that is heard has still to say."""
    is_missing: Callable[[], bool] = field(default=lambda: False, compare=False)
    """Returns whether the newest of the text that came was surely not spoken yet."""
    receipt: Receipt = field(default_factory=Receipt)

    @property
    def seconds(self) -> float:
        """Seconds of audio so far, with the silence in pauses."""
        return self.seconds_spoken + self.seconds_paused
