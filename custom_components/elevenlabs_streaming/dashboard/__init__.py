"""A media player that sounds in browsers: what is wanted of the dashboards, and what they tell."""

from .clients import Client
from .sounds import Media, Report, Sound
from .speaker import DashboardSpeaker

__all__ = [
    "Client",
    "DashboardSpeaker",
    "Media",
    "Report",
    "Sound",
]
