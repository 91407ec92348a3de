"""Dashboards as one media player."""

from .clients import DashboardClient
from .messages import DashboardVolume
from .playback import DashboardMedia
from .player import DashboardPlayback
from .reports import PlaybackReport

__all__ = [
    "DashboardClient",
    "DashboardMedia",
    "DashboardPlayback",
    "DashboardVolume",
    "PlaybackReport",
]
