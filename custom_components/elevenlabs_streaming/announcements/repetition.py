"""How often an announcement is spoken, and whether somebody has acknowledged it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
import math
from typing import Any, Final, Self

import voluptuous as vol

from .part import Part

UNTIL_ACKNOWLEDGED: Final = "until_acknowledged"
MOST_TIMES: Final = 20
"""How often an announcement may be spoken if nobody needs to acknowledge it."""
PAUSE_S: Final = 10.0
"""Seconds from the end of an announcement until it is spoken again, unless others are requested."""
# An empty house is not spoken to forever.
_LONGEST_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often to speak an announcement."""

    times: int | None
    """In all; None until somebody acknowledges it."""
    pause: float = PAUSE_S
    """Seconds from its end at all players until they are called again."""

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Return how often; raise vol.Invalid unless it is 2 to 20, or `until_acknowledged`."""
        if value == UNTIL_ACKNOWLEDGED:
            return cls(None)
        times = vol.All(vol.Coerce(int), vol.Range(min=2, max=MOST_TIMES))
        return cls(times(value))


@dataclass(slots=True)
class Repetition:
    """The repetitions of one announcement; times are seconds of the event loop's clock."""

    repeat: Repeat | None = None
    is_acknowledged: bool = False
    times_spoken: int = 0
    """How often its players were called, the present time included."""
    _is_pausing: bool = True
    _ends_at: float = math.inf
    _spoken: Mapping[str, list[Part]] = field(default_factory=dict, repr=False)
    """What became of the players the last time, by the players that were called."""

    @property
    def awaits_acknowledgement(self) -> bool:
        """Whether it is repeated until it ends, and nobody has acknowledged it."""
        is_ended = self._ends_at == -math.inf
        return self.repeat is not None and not self.is_acknowledged and not is_ended

    @property
    def was_spoken(self) -> bool:
        """Whether it was spoken once, whatever becomes of it the next time."""
        return bool(self._spoken)

    @property
    def remaining(self) -> Repeat | None:
        """How often to speak it after a restart; None for once."""
        if self.repeat is None or self.repeat.times is None:
            return self.repeat
        left = self.repeat.times - self.times_spoken
        return Repeat(left, self.repeat.pause) if left > 1 else None

    def limit(self, now: float, expires: float) -> None:
        """Do not repeat it after it expires; for an hour if it never does."""
        self._ends_at = expires if expires < math.inf else now + _LONGEST_S

    def call(self) -> None:
        """Count the time for which the first player is called."""
        self.times_spoken += self._is_pausing
        self._is_pausing = False

    def continues(self, parts: Iterable[Part], now: float) -> bool:
        """Whether an announcement that is over at all its players is spoken again."""
        if self.repeat is None or self.is_acknowledged or now + self.repeat.pause > self._ends_at:
            return False
        if self.repeat.times is not None and self.times_spoken >= self.repeat.times:
            return False
        return any(not (part.error or part.is_silenced) for part in parts)

    def pause(self, spoken: Mapping[str, list[Part]], now: float) -> float:
        """Begin the pause before the next time; return when it ends."""
        self._spoken, self._is_pausing = spoken, True
        return now + (self.repeat.pause if self.repeat else 0.0)

    def end(self) -> None:
        """Do not repeat it any more, though nobody has acknowledged it."""
        self._ends_at = -math.inf

    def spoken_at(self, player: str) -> list[Part] | None:
        """Return what became of a player that was called the last time; None the first time."""
        return self._spoken.get(player)
