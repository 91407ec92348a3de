"""What media players can do, and what they did before they were called for announcements."""

from .commands import async_interrupt, async_silence, async_stop, can_be_silenced
from .player_settings import PlayerSetting, PlayerSettings, player_key
from .restorer import PlayerRestorer
from .speaking import group_members, in_device_of, speaking_players, synchronized_with
from .support import OWN_VOLUME, announces_natively, is_dashboard, native_options
from .usage import PlayerUsage
from .volume import Volume

__all__ = [
    "OWN_VOLUME",
    "PlayerRestorer",
    "PlayerSetting",
    "PlayerSettings",
    "PlayerUsage",
    "Volume",
    "announces_natively",
    "async_interrupt",
    "async_silence",
    "async_stop",
    "can_be_silenced",
    "group_members",
    "in_device_of",
    "is_dashboard",
    "native_options",
    "player_key",
    "speaking_players",
    "synchronized_with",
]
