"""Letters of a text."""

from typing import Final

# So many letters that start at one moment have no times of their own: fewer are rounding, or
# digits that share the time of a spoken number (docs/protocol.md, "Alignment").
LETTERS_AT_ONCE: Final = 4


def count_letters(text: str) -> int:
    """Return how many letters and digits a text has."""
    return sum(map(str.isalnum, text))
