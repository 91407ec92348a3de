"""Timings in, words and cues out, with nothing of Home Assistant in it."""

from .clock import OffsetLearner, PlaybackClock, PlaybackState
from .cues import Cue
from .formats import to_json, to_srt, to_webvtt
from .markup import visible_text
from .store import TrackStore
from .track import CaptionTrack, DamagedCaptionsError
from .words import Word

__all__ = [
    "CaptionTrack",
    "Cue",
    "DamagedCaptionsError",
    "OffsetLearner",
    "PlaybackClock",
    "PlaybackState",
    "TrackStore",
    "Word",
    "to_json",
    "to_srt",
    "to_webvtt",
    "visible_text",
]
