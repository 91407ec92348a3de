"""Dashboards as one media player."""

from .clients import DashboardClient
from .playback import DashboardMedia, PlaybackReport
from .player import DashboardPlayback

__all__ = [
    "DashboardClient",
    "DashboardMedia",
    "DashboardPlayback",
    "PlaybackReport",
]
