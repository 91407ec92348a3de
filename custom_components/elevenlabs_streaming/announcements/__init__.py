"""What is said on which player."""

from .announcement import Announcement, AnnouncementRequest, Part, PlayerError, Priority
from .announcer import Announcer, announcer, async_setup_announcer
from .delays import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, PlayerDelays
from .durations import seconds
from .outcome import SIGNAL_ANNOUNCEMENT, SIGNAL_CUE
from .tracker import AnnouncementTracker

__all__ = [
    "LONGEST_DELAY_S",
    "SIGNAL_ANNOUNCEMENT",
    "SIGNAL_CUE",
    "SIGNAL_NEW_PLAYER",
    "Announcement",
    "AnnouncementRequest",
    "AnnouncementTracker",
    "Announcer",
    "Part",
    "PlayerDelays",
    "PlayerError",
    "Priority",
    "announcer",
    "async_setup_announcer",
    "seconds",
]
