"""Announcements in Home Assistant: who is told of what is spoken."""

from .hub import CaptionHub, Track, TrackWriter, caption_hub
from .performance import Delivery, Performance

__all__ = ["CaptionHub", "Delivery", "Performance", "Track", "TrackWriter", "caption_hub"]
