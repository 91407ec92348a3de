"""Announcements, the players that speak them, and where their sound is."""

from .announcement import CAUSE_STOPPED, Announcement, AnnouncementRequest, Priority
from .announcer import Announcer, announcer, async_setup_announcer
from .control_actions import ATTR_ANNOUNCEMENT_ID, CONTROL_ACTIONS, players_of_call
from .delays import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, PlayerDelays
from .do_not_disturb import AccountQuiet, QuietHours
from .durations import seconds
from .named_players import (
    PlaceNames,
    UnclearPlaceError,
    named_players,
    player_places,
    players_in_device,
)
from .outcome import SIGNAL_ANNOUNCEMENT, SIGNAL_CUE
from .part import Part
from .part_state import PartState
from .player_error import PlayerError
from .presence import OnlyIf, is_anybody_home
from .repeater import SIGNAL_ACKNOWLEDGED
from .repetition import PAUSE_S, Repeat
from .selection import CONF_PLAYERS, Selection, async_validate_options, async_validate_target
from .stopper import SIGNAL_WITHDRAWN, StopResult
from .targets import PLAYER_DOMAINS, players_of_target, targeted_players
from .tracker import AnnouncementTracker
from .voice_names import async_name_voices

__all__ = [
    "ATTR_ANNOUNCEMENT_ID",
    "CAUSE_STOPPED",
    "CONF_PLAYERS",
    "CONTROL_ACTIONS",
    "LONGEST_DELAY_S",
    "PAUSE_S",
    "PLAYER_DOMAINS",
    "SIGNAL_ACKNOWLEDGED",
    "SIGNAL_ANNOUNCEMENT",
    "SIGNAL_CUE",
    "SIGNAL_NEW_PLAYER",
    "SIGNAL_WITHDRAWN",
    "AccountQuiet",
    "Announcement",
    "AnnouncementRequest",
    "AnnouncementTracker",
    "Announcer",
    "OnlyIf",
    "Part",
    "PartState",
    "PlaceNames",
    "PlayerDelays",
    "PlayerError",
    "Priority",
    "QuietHours",
    "Repeat",
    "Selection",
    "StopResult",
    "UnclearPlaceError",
    "announcer",
    "async_name_voices",
    "async_setup_announcer",
    "async_validate_options",
    "async_validate_target",
    "is_anybody_home",
    "named_players",
    "player_places",
    "players_in_device",
    "players_of_call",
    "players_of_target",
    "seconds",
    "targeted_players",
]
