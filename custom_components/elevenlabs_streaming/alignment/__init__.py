"""Ties text to time. Independent of Home Assistant."""

from .aligner import Aligner
from .clauses import SECONDS_PER_UNIT, Clause, ClauseReader
from .deduplication import Deduplicator, TimedCharacter
from .estimates import seconds_for
from .following import follow_alignment
from .pause_matching import Pause, PauseMatch, PauseMatcher, place_in
from .shares import WordTime, at_pace, share
from .spoken_words import SpokenWords
from .tokens import Token, WrittenText
from .words import Word, join_words

__all__ = [
    "SECONDS_PER_UNIT",
    "Aligner",
    "Clause",
    "ClauseReader",
    "Deduplicator",
    "Pause",
    "PauseMatch",
    "PauseMatcher",
    "SpokenWords",
    "TimedCharacter",
    "Token",
    "Word",
    "WordTime",
    "WrittenText",
    "at_pace",
    "follow_alignment",
    "join_words",
    "place_in",
    "seconds_for",
    "share",
]
