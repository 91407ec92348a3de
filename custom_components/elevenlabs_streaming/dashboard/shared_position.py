"""The position that the dashboards share while they play one sound."""

from dataclasses import dataclass
from datetime import datetime
import math
from typing import Final, Self

from homeassistant.util import dt as dt_util

TOLERANCE_S: Final = 0.05
"""Seconds by which a position may differ from the expected one."""
# Reports from before a seek may still arrive within this time; their distance reveals them.
_SEEK_SETTLES_S: Final = 1.0
_SEEK_REACH_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class MediaPosition:
    """A position in seconds, and when it was valid by the loop's clock and by the wall clock."""

    position: float
    at: float
    updated_at: datetime

    @classmethod
    def at_present(cls, position: float, now: float) -> Self:
        """Return a position that is valid now."""
        return cls(round(position, 3), now, dt_util.utcnow())


class SharedPosition:
    """The position of a sound in seconds; it advances by itself while the sound plays.

    Times are seconds of the event loop's clock.
    """

    def __init__(self, now: float) -> None:
        """Start at the beginning, without sound."""
        self.latest = MediaPosition.at_present(0.0, now)
        """The position from which the present one is calculated."""
        self.duration: float | None = None
        """The length of the sound in seconds, once a dashboard has reported it."""
        self.is_advancing = False
        self._lowest = 0.0
        self._sought_at = -math.inf

    def at(self, now: float) -> float:
        """Return the position in seconds."""
        if not self.is_advancing:
            return self.latest.position
        return self._within_duration(self.latest.position + now - self.latest.at)

    def start(self, position: float, now: float) -> None:
        """Advance from a reported position, or correct the present one."""
        self.update(position, now, is_start=not self.is_advancing)
        self.is_advancing = True

    def halt(self, now: float) -> None:
        """Stop advancing."""
        if self.is_advancing:
            self.latest = MediaPosition.at_present(self.at(now), now)
        self.is_advancing = False

    def seek(self, position: float, now: float) -> None:
        """Jump to a position in seconds; the only way to go back."""
        self.latest = MediaPosition.at_present(self._within_duration(position), now)
        self._lowest = 0.0
        self._sought_at = now

    def wait_for_new_leader(self, now: float) -> None:
        """Do not go back behind this position, even if the reports that follow do."""
        self._lowest = self.at(now)

    def update(self, position: float, now: float, *, is_start: bool) -> None:
        """Apply a reported position if the sound starts there, or if it is unexpected."""
        away = position - self.at(now)
        if now < self._sought_at + _SEEK_SETTLES_S and abs(away) > _SEEK_REACH_S:
            return
        position = max(position, self._lowest)
        if is_start or abs(position - self.at(now)) > TOLERANCE_S:
            self.latest = MediaPosition.at_present(position, now)

    def _within_duration(self, position: float) -> float:
        return position if self.duration is None else min(position, self.duration)
