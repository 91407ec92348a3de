"""Words and cues of an utterance. Independent of Home Assistant."""

from .cues import Cue
from .formats import to_json, to_srt, to_webvtt
from .track import CaptionTrack, DamagedCaptionsError

__all__ = [
    "CaptionTrack",
    "Cue",
    "DamagedCaptionsError",
    "to_json",
    "to_srt",
    "to_webvtt",
]
