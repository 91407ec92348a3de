"""What is said on which player."""

from .announcement import Announcement, Part
from .announcer import Announcer, announcer, async_setup_announcer
from .delays import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, PlayerDelays
from .order import AnnouncementRequest, Priority
from .tracker import SIGNAL_ANNOUNCEMENT, SIGNAL_CUE, AnnouncementTracker

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
    "Priority",
    "announcer",
    "async_setup_announcer",
]
