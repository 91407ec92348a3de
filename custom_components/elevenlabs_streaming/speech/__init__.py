"""Text in, speech chunks out. Independent of Home Assistant."""

from .chunking import Latency
from .socket_pool import SocketPool
from .synthesizer import LONGEST_TEXT, Synthesizer
from .text_source import TextSource
from .utterance import Outcome, Route, Sink, TimeLimits, Utterance

__all__ = [
    "LONGEST_TEXT",
    "Latency",
    "Outcome",
    "Route",
    "Sink",
    "SocketPool",
    "Synthesizer",
    "TextSource",
    "TimeLimits",
    "Utterance",
]
