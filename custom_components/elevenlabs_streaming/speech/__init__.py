"""Text in, speech chunks out. Independent of Home Assistant."""

from .chunking import AMPLE_LEAD_S, Latency
from .sentence_reader import sentences_of
from .socket_pool import SocketPool
from .synthesizer import LONGEST_TEXT, Synthesizer
from .text_source import TextSource
from .turns import Turns
from .utterance import BreakOff, Outcome, Route, Sink, TimeLimits, Utterance

__all__ = [
    "AMPLE_LEAD_S",
    "LONGEST_TEXT",
    "BreakOff",
    "Latency",
    "Outcome",
    "Route",
    "Sink",
    "SocketPool",
    "Synthesizer",
    "TextSource",
    "TimeLimits",
    "Turns",
    "Utterance",
    "sentences_of",
]
