"""Ties text to time. Independent of Home Assistant."""

from .aligner import Aligner
from .deduplication import Deduplicator, TimedCharacter
from .following import follow_alignment
from .spoken_words import SpokenWords
from .tokens import Token, WrittenText
from .words import Word, join_words

__all__ = [
    "Aligner",
    "Deduplicator",
    "SpokenWords",
    "TimedCharacter",
    "Token",
    "Word",
    "WrittenText",
    "follow_alignment",
    "join_words",
]
