"""How soon a growing text is spoken: what is sent to have it generated, and when.

The service generates on its own once it has as many characters as its schedule names
(docs/protocol.md, "Generation schedule"); `flush` makes it generate at once. The more text it sees
at a time, the better the prosody.
"""

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ..text import is_clause_over, is_sentence_over

_NEVER: Final = float("inf")
AMPLE_LEAD_S: Final = 2.0
"""Somebody who has as many seconds left to hear does not notice when audio is handed on later."""
# It starts after about 40 characters and 8 words, wherever that is in a sentence (docs/protocol.md,
# "Text-to-Dialogue"), so that each sentence is flushed.
_DIALOGUE_SCHEDULE: Final = (60,)
# Fast speech. What is being generated sounds for at least this long.
_SECONDS_PER_CHARACTER: Final = 0.05


class Latency(StrEnum):
    """What matters most in a text that is still being written."""

    LOWEST = "lowest"
    BALANCED = "balanced"
    BEST_PROSODY = "best_prosody"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSchedule:
    """How much text is collected before each request for speech."""

    schedule: tuple[int, ...]
    """Characters after which the service generates by itself, portion by portion."""
    first: int
    """Characters from which on the first portion is flushed, whatever it ends with."""
    first_sentence: int
    """Characters from which on it is flushed if it ends with a sentence."""
    pause: float
    """Seconds without text after which a first portion is flushed."""
    reserve: float
    """Seconds of audio that a listener keeps; with less left the next clause is flushed."""
    least: int
    """Characters that are not worth a portion of their own unless the listener has run dry."""
    each_sentence: bool = False
    """Whether every sentence is flushed."""


_SCHEDULES: Final = {
    Latency.LOWEST: ChunkSchedule(
        schedule=(50, 60, 90, 120),
        first=20,
        first_sentence=1,
        pause=0.1,
        reserve=2.5,
        least=12,
    ),
    Latency.BALANCED: ChunkSchedule(
        schedule=(50, 120, 160, 250),
        first=40,
        first_sentence=2,
        pause=0.25,
        reserve=1.5,
        least=20,
    ),
    Latency.BEST_PROSODY: ChunkSchedule(
        schedule=(120, 160, 250, 290),
        first=120,
        first_sentence=60,
        pause=1.0,
        reserve=0.7,
        least=20,
    ),
}


def chunk_schedule(
    latency: Latency, schedule: tuple[int, ...] = (), *, dialogue: bool = False
) -> ChunkSchedule:
    """Return the schedule of a latency.

    A `schedule` of the caller, in characters, sets when the first portion is due instead.
    `dialogue`: whether it is for Text-to-Dialogue, which has a schedule of its own.
    """
    usual = _SCHEDULES[latency]
    if schedule:
        usual = replace(usual, schedule=schedule, first=schedule[0], first_sentence=schedule[0])
    if dialogue:
        return replace(usual, schedule=_DIALOGUE_SCHEDULE, each_sentence=True)
    return usual


class PlaybackLead:
    """How far the audio is ahead of somebody who has listened since it began."""

    def __init__(self, bytes_per_second: float | None) -> None:
        """None: what bytes mean in time is not known."""
        self._rate = bytes_per_second
        self._seconds = 0.0
        self._promised = 0.0
        self._began: float | None = None

    def promise(self, characters: int) -> None:
        """Record text whose audio is on its way."""
        self._promised = max(self._promised, self._seconds) + characters * _SECONDS_PER_CHARACTER

    def add(self, audio: bytes) -> None:
        """Record audio that arrives now."""
        if not audio or not self._rate:
            return
        if self._began is None:
            self._began = asyncio.get_running_loop().time()
        self._seconds += len(audio) / self._rate

    @property
    def is_ample(self) -> bool:
        """Whether a listener has so much left to hear that more may come later."""
        return self._began is not None and self._seconds - self._listened > AMPLE_LEAD_S

    @property
    def seconds(self) -> float:
        """What is left to hear; infinite before the first audio, when nothing can run dry."""
        if self._began is None:
            return _NEVER
        return max(self._seconds, self._promised) - self._listened

    @property
    def _listened(self) -> float:
        """For how long somebody has listened."""
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began


class Chunker:
    """Decides for one socket when to flush."""

    def __init__(self, schedule: ChunkSchedule, lead: PlaybackLead) -> None:
        """`lead` is that of the socket's audio."""
        self._schedule = schedule
        self._lead = lead
        self._waiting = 0
        """Characters that the service holds back."""
        self._last = ""
        self._portions = 0

    def flushes(self, words: str, *, ends_line: bool = False) -> bool:
        """Record words about to be sent; return whether they are to be generated at once."""
        self._waiting += len(words)
        self._last = f"{words}\n" if ends_line else words
        if self._is_due(self._last):
            self.flushed()
            return True
        schedule = self._schedule.schedule
        if self._waiting >= schedule[min(self._portions, len(schedule) - 1)]:
            self._begin_portion()
        return False

    def flushed(self) -> None:
        """Record that everything sent was generated."""
        if self._waiting:
            self._begin_portion()

    @property
    def is_holding(self) -> bool:
        """Whether the service holds back text that ends where a clause does."""
        return bool(self._waiting and is_clause_over(self._last))

    @property
    def patience(self) -> float:
        """Seconds that a pause of the text may last before what is there is spoken."""
        if not self._portions:
            return self._schedule.pause
        return max(0.0, self._lead.seconds - self._schedule.reserve) if self._waiting else _NEVER

    def _begin_portion(self) -> None:
        self._lead.promise(self._waiting)
        self._waiting = 0
        self._portions += 1

    def _is_due(self, words: str) -> bool:
        if not self._portions:
            ends = is_sentence_over(words) and self._waiting >= self._schedule.first_sentence
            return ends or self._waiting >= self._schedule.first
        left = self._lead.seconds
        is_worth_it = self._waiting >= self._schedule.least
        if left <= 0:
            return is_worth_it
        if self._schedule.each_sentence and is_worth_it and is_sentence_over(words):
            return True
        return left < self._schedule.reserve and is_clause_over(words)
