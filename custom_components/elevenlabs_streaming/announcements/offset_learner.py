"""What earlier announcements have revealed about how a player starts, in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any, Final, Self, TypeIs

DEFAULT_OFFSET: Final = 0.5
"""Seconds from having enough audio to its sound, until something better is known."""

LONGEST_OFFSET: Final = 10.0
"""Seconds after the first request beyond which a start reveals nothing about the player."""

DEFAULT_FILL: Final = 1.0
"""Seconds of audio that a player (MPD) gathers before it sounds, until better is known."""


@dataclass(frozen=True, slots=True)
class OffsetLearner:
    """What a player's announcements have revealed about its start, stored as JSON."""

    seconds: float = DEFAULT_OFFSET
    count: int = 0
    fill: float = DEFAULT_FILL

    NEWEST_WEIGHT = 0.2
    LARGEST_STEP = 1.0

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Return what was stored; anything invalid starts anew."""
        if not isinstance(stored, Mapping):
            return cls()
        seconds, count = stored.get("seconds"), stored.get("count")
        if not _is_number(seconds) or not _is_number(count) or count < 1:
            return cls()
        fill = stored.get("fill")
        known = min(float(fill), DEFAULT_FILL) if _is_number(fill) else DEFAULT_FILL
        return cls(bounded_offset(float(seconds)), int(count), bounded_offset(known))

    def as_dict(self) -> dict[str, Any]:
        """Return what to store."""
        kept = {"seconds": round(self.seconds, 3), "count": self.count}
        return kept if self.fill == DEFAULT_FILL else {**kept, "fill": round(self.fill, 3)}

    def learn(self, offset: float | None, fill: float = DEFAULT_FILL) -> Self:
        """Return what is known after one more announcement, which says little by itself.

        Of ``fill`` the least is right: with that much the player has sounded before.
        """
        if offset is None or not math.isfinite(offset):
            return self
        offset, fill = bounded_offset(offset), min(self.fill, fill)
        if not self.count:
            return type(self)(offset, 1, fill)
        weight = max(1 / (self.count + 1), self.NEWEST_WEIGHT)
        step = weight * (offset - self.seconds)
        limited = min(max(step, -self.LARGEST_STEP), self.LARGEST_STEP)
        return type(self)(self.seconds + limited, self.count + 1, fill)


def bounded_offset(seconds: float, lowest: float = 0.0) -> float:
    """Return an offset in seconds, limited to what can be true of a player."""
    return min(max(seconds, lowest), LONGEST_OFFSET)


def _is_number(value: object) -> TypeIs[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
