"""Emoji: they are shown and not spoken."""

from typing import Final

_PICTURES: Final = (
    "\\U0001f000-\\U0001faff\\u2600-\\u27bf\\u2b1b\\u2b1c\\u2b50\\u2b55\\u231a\\u231b"
    "\\u23e9-\\u23fa\\u2934\\u2935\\u3030\\u303d\\u3297\\u3299\\U000e0020-\\U000e007f"
)
# Signs that are pictures only with a variation selector behind them.
_SIGNS: Final = (
    "\\u2190-\\u21ff\\u2139\\u2122\\u00a9\\u00ae\\u25aa-\\u25fe\\u24c2\\u203c\\u2049\\u2b05-\\u2b07"
)
EMOJI: Final = (
    f"[{_PICTURES}\\ufe0f\\u20e3]|[{_SIGNS}](?=\\ufe0f|\\Z)|(?<=[{_PICTURES}\\ufe0f])\\u200d"
)
"""A regular expression for one character of an emoji. What it finds at the end of a text may be a
sign that is none."""


def is_open_sign(character: str) -> bool:
    """Whether the character is an emoji only if a variation selector follows."""
    return not (character >= "\U0001f000" or "\u2600" <= character <= "\u27bf") and (
        character in "\u2139\u2122\u00a9\u00ae\u24c2\u203c\u2049\u2b05\u2b06\u2b07"
        or "\u2190" <= character <= "\u21ff"
        or "\u25aa" <= character <= "\u25fe"
    )
