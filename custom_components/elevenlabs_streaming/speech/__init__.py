"""Text in, speech out, with nothing of Home Assistant in it."""

from .source import TextSource
from .speaker import LONGEST_TEXT, Speaker
from .utterance import Patience, Route, Utterance
from .wav import wav_header

__all__ = [
    "LONGEST_TEXT",
    "Patience",
    "Route",
    "Speaker",
    "TextSource",
    "Utterance",
    "wav_header",
]
