"""Text in, speech out, with nothing of Home Assistant in it."""

from .pace import Pace
from .source import TextSource
from .speaker import LONGEST_TEXT, Speaker
from .utterance import Patience, Route, Utterance
from .warm import Spares
from .wav import wav_header

__all__ = [
    "LONGEST_TEXT",
    "Pace",
    "Patience",
    "Route",
    "Spares",
    "Speaker",
    "TextSource",
    "Utterance",
    "wav_header",
]
