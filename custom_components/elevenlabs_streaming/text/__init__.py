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
from .cleaning import TextCleaner, clean_text
from .labels import LabelledText, LabelReader, show_names
from .markup import Kind, MarkupReader, Span
from .replacements import Replacements, plain_written
from .replacer import WordReplacer
from .sentence_ends import (
    CLAUSE_SIGNS,
    CLOSERS,
    STRONG_SIGNS,
    as_sentence,
    ends_sentence,
    is_clause_over,
    is_sentence_over,
)
from .sentences import (
    SentenceFeeder,
    WordFeeder,
    before_open_tag,
    has_words,
    is_sayable,
    split_text,
)
from .stretches import CleanText, Stretch
from .surrogates import SurrogateJoiner, join_surrogates
from .tag_remover import TagRemover

__all__ = [
    "CLAUSE_SIGNS",
    "CLOSERS",
    "STRONG_SIGNS",
    "ZERO_WIDTH_SPACE",
    "CleanText",
    "Kind",
    "LabelReader",
    "LabelledText",
    "MarkupReader",
    "Replacements",
    "SentenceFeeder",
    "Span",
    "Stretch",
    "SurrogateJoiner",
    "TagRemover",
    "TextCleaner",
    "WordFeeder",
    "WordReplacer",
    "as_sentence",
    "before_open_tag",
    "breaks_lines",
    "breaks_words",
    "clean_text",
    "ends_sentence",
    "frozen_words",
    "has_words",
    "is_clause_over",
    "is_closing",
    "is_control",
    "is_extending",
    "is_opening",
    "is_sayable",
    "is_sentence_over",
    "is_syllabic",
    "is_unspaced",
    "is_wide_mark",
    "join_surrogates",
    "match_key",
    "plain_written",
    "show_names",
    "split_text",
    "takes_next",
    "text_width",
]
