"""Timings in, words out, with nothing of Home Assistant in it."""

from .words import Word, WordReader

__all__ = ["Word", "WordReader"]
