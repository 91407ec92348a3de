"""How much of what the service was given to speak has not come yet."""

import asyncio
from typing import Final

from ..api import SpeechChunk, Timings, count_letters

# Slow speech: where no times tell which letters came, rather too few are counted.
_SECONDS_PER_LETTER: Final = 0.1
# A service may leave out a sign or a word; then no more of it comes.
_FEW_LETTERS: Final = 12
_LATE_S: Final = 1.0
# A long text that nobody asks about is not to keep the times of all its characters.
_MOST_UNCOUNTED: Final = 100


class OwedAudio:
    """Counts the letters of one stream that are due to be heard."""

    def __init__(self, bytes_per_second: float | None) -> None:
        """None: what bytes mean in time is not known."""
        self._rate = bytes_per_second
        self._given = 0
        self._owed = 0
        self._came_at = 0.0
        self._asked_at: float | None = None
        """When more was asked for than has begun to come."""
        self._is_untimed = False
        self._uncounted: list[Timings | int] = []
        """The times or the size of each chunk that came since somebody wanted to know."""

    def give(self, text: str) -> None:
        """Record text that was given to the service."""
        self._given += count_letters(text)

    def request(self) -> None:
        """Record that all that was given is to be spoken now."""
        self._count()
        self._owed = self._given
        self._came_at = _now()
        if self._owed and self._asked_at is None:
            self._asked_at = self._came_at

    def add(self, chunk: SpeechChunk) -> None:
        """Record what came."""
        times = chunk.times
        self._is_untimed = times is None
        self._uncounted.append(times or len(chunk.audio))
        self._came_at = _now()
        if chunk.audio:
            self._asked_at = None
        if len(self._uncounted) > _MOST_UNCOUNTED:
            self._count()

    def clear(self) -> None:
        """Record that nothing more will come."""
        self._given = self._owed = 0
        self._asked_at = None
        self._uncounted.clear()

    @property
    def is_due(self) -> bool:
        """Whether more audio is on its way."""
        self._count()
        is_uncertain = self._is_untimed or self._owed <= _FEW_LETTERS
        is_late = is_uncertain and _now() - self._came_at > _LATE_S
        return self._owed > 0 and not is_late

    @property
    def asked_at(self) -> float:
        """When the audio was asked for that has not begun to come; 0 where there is none."""
        return self._asked_at or 0.0

    @property
    def is_certain(self) -> bool:
        """Whether more audio is due beyond doubt."""
        self._count()
        return self._owed > _FEW_LETTERS and not self._is_untimed

    def _count(self) -> None:
        """Count what came."""
        heard = sum(map(self._letters_of, self._uncounted))
        self._uncounted.clear()
        self._given, self._owed = max(0, self._given - heard), max(0, self._owed - heard)

    def _letters_of(self, came: Timings | int) -> int:
        if not isinstance(came, int):
            return came.letters
        return int(came / (self._rate * _SECONDS_PER_LETTER)) if self._rate else 0


def _now() -> float:
    return asyncio.get_running_loop().time()
