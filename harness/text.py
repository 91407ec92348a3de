"""Texts reduced to what can be compared."""

from collections.abc import Sequence
import re

TAG = re.compile(r"<[^<>]*>")


def letters(text: str) -> str:
    """Reduce a text to what can be heard: letters and digits, without tags and case."""
    return "".join(c for c in TAG.sub(" ", text).casefold() if c.isalnum())


def signs(text: str) -> str:
    """Reduce a text to all of its signs, for one without any letter."""
    return "".join(text.split())


def has_same_words(text: str, words: Sequence[str]) -> bool:
    """Tell whether these are all the words of the text, in order."""
    reduce = letters if letters(text) else signs
    return reduce(" ".join(words)) == reduce(text)
