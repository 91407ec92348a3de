"""Characters, markup, and sentences. Independent of Home Assistant."""

from .characters import (
    ZERO_WIDTH_SPACE,
    breaks_lines,
    breaks_words,
    frozen_words,
    is_closing,
    is_control,
    is_extending,
    is_opening,
    is_syllabic,
    is_unspaced,
    is_wide_mark,
    match_key,
    takes_next,
    text_width,
)
from .markup import Kind, MarkupReader, Span
from .sentences import (
    SentenceFeeder,
    WordFeeder,
    before_open_tag,
    has_words,
    is_sayable,
    split_text,
)

__all__ = [
    "ZERO_WIDTH_SPACE",
    "Kind",
    "MarkupReader",
    "SentenceFeeder",
    "Span",
    "WordFeeder",
    "before_open_tag",
    "breaks_lines",
    "breaks_words",
    "frozen_words",
    "has_words",
    "is_closing",
    "is_control",
    "is_extending",
    "is_opening",
    "is_sayable",
    "is_syllabic",
    "is_unspaced",
    "is_wide_mark",
    "match_key",
    "split_text",
    "takes_next",
    "text_width",
]
