"""What is measured once: an answer that grows, or an announcement, and what came of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
import time

from benchmarks.first_sound.listening import Heard
from benchmarks.first_sound.texts import answer, tokens

# Home Assistant speaks a growing answer once it has more characters than this
# (assist_pipeline's STREAM_RESPONSE_CHARS).
GATE = 60
# Somebody speaks, then the agent thinks: there is time to prepare for the answer, as in a home.
LISTENING_S = 0.4
THINKING_S = 0.4
VOICE = "JBFqnCBsd6RMkjVDRZzb"
MODEL = "eleven_flash_v2_5"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of an agent."""

    number: int
    format: str
    """What its listener asks for: `mp3`, `wav` (16 kHz) or `flac` (48 kHz)."""
    rate: float
    """Tokens a second."""

    @property
    def tokens(self) -> list[str]:
        """The answer as the agent writes it."""
        return tokens(answer(self.number))


@dataclass(frozen=True, slots=True)
class Measured:
    """One utterance that was measured; moments on the machine's monotonic clock."""

    begun: float
    """From when milliseconds are counted: 60 characters were there, or the text."""
    heard: Heard
    moments: dict[str, float] = field(default_factory=dict)
    """What else happened when."""

    @property
    def first(self) -> float:
        """Milliseconds until the first sound."""
        return (self.heard.first - self.begun) * 1000

    @property
    def last(self) -> float:
        """Milliseconds until the last byte."""
        return (self.heard.last - self.begun) * 1000

    @property
    def since_token(self) -> float:
        """Milliseconds from the agent's first token to the first sound."""
        return (self.heard.first - self.moments["first token"]) * 1000

    @property
    def silence(self) -> float:
        """Milliseconds of the longest silence in the middle."""
        return self.heard.silence * 1000


async def written(reply: Reply, moments: dict[str, float]) -> AsyncIterator[str]:
    """Write an answer and hand it over as Home Assistant does: 60 characters first."""
    begun, waiting, length = time.monotonic(), "", 0
    for number, token in enumerate(reply.tokens):
        await asyncio.sleep(begun + number / reply.rate - time.monotonic())
        moments.setdefault("first token", time.monotonic())
        waiting, length = waiting + token, length + len(token)
        if length > GATE:
            moments.setdefault("60 characters", time.monotonic())
            yield waiting
            waiting = ""
