"""Text in, speech chunks out. Independent of Home Assistant."""

from .chunking import Latency
from .socket_pool import SocketPool
from .synthesizer import LONGEST_TEXT, Synthesizer
from .text_source import TextSource
from .utterance import Route, TimeLimits, Utterance
from .zero_retention import ZeroRetentionSynthesizer

__all__ = [
    "LONGEST_TEXT",
    "Latency",
    "Route",
    "SocketPool",
    "Synthesizer",
    "TextSource",
    "TimeLimits",
    "Utterance",
    "ZeroRetentionSynthesizer",
]
