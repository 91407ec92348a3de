"""How often assistants may announce with one account."""

from collections import deque
from typing import Final

MOST_A_MINUTE: Final = 5
_MINUTE_S: Final = 60.0


class AnnouncementRate:
    """Counts the announcements of the last minute."""

    def __init__(self) -> None:
        """Start without announcements."""
        self._times = deque[float](maxlen=MOST_A_MINUTE)

    def take(self, now: float) -> bool:
        """Count an announcement; False, and not counted, if it is one too many. In seconds."""
        if len(self._times) == MOST_A_MINUTE and now - self._times[0] < _MINUTE_S:
            return False
        self._times.append(now)
        return True
