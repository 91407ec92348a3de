"""Announcements, the players that speak them, and where their sound is."""

from .announcement import CAUSE_STOPPED, Announcement, AnnouncementRequest, Priority
from .announcer import Announcer, announcer, async_setup_announcer
from .delays import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, PlayerDelays
from .durations import seconds
from .outcome import SIGNAL_ANNOUNCEMENT, SIGNAL_CUE
from .part import Part
from .player_error import PlayerError
from .players import all_players, can_play
from .tracker import AnnouncementTracker

__all__ = [
    "CAUSE_STOPPED",
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
    "all_players",
    "announcer",
    "async_setup_announcer",
    "can_play",
    "seconds",
]
