"""Who says what in captions, turn by turn."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any


def turns_of(words: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return each speaker's name with the words of one turn; empty where nobody is named."""
    named = groupby(words, lambda word: str(word.get("speaker", "")))
    return [(name, " ".join(str(word["text"]) for word in turn)) for name, turn in named]
