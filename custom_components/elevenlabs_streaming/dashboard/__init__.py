"""The playback that all dashboards share."""

from .clients import DashboardClient
from .playback import DashboardMedia
from .player import DashboardPlayback
from .reports import PlaybackReport
from .wanted_messages import DashboardVolume

__all__ = [
    "DashboardClient",
    "DashboardMedia",
    "DashboardPlayback",
    "DashboardVolume",
    "PlaybackReport",
]
