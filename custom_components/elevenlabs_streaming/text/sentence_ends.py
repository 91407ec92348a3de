"""Where sentences and clauses end: one table for speech and captions."""

from collections.abc import Iterator
import re
from typing import Final

from .characters import frozen_words, is_unspaced

# Signs that stand in numbers, addresses, and initials, too, so that a blank has to follow.
_SPACED_SIGNS: Final = ".!?…۔։"  # noqa: RUF001  # of many scripts
FREE_SIGNS: Final = "。！？｡؟।॥။།።፧។៕"  # noqa: RUF001  # of many scripts
_SENTENCE_SIGNS: Final = _SPACED_SIGNS + FREE_SIGNS
STRONG_SIGNS: Final = ";:—–；：؛፤፥"  # noqa: RUF001  # of many scripts
CLAUSE_SIGNS: Final = ",，、،၊՝፣"  # noqa: RUF001  # of many scripts
CLOSERS: Final = "\"'”’»)]}」』）】》*_~`"  # noqa: RUF001  # of many scripts
# Thai and Lao have no such signs; a blank between their letters ends a sentence or a clause.
_LETTER_WITH_BLANKS: Final = "\u0e01-\u0e4e\u0e81-\u0ece"
_INNER_SIGNS: Final = (".", ",", ":", "?")
_OPENERS: Final = "(\"'“„«‘[*_"  # noqa: RUF001  # typographic quotes

# Words that go on after their full stop, whatever follows.
_TITLES: Final = frozen_words(
    "dr mr mrs ms messrs prof st vs ca bzw sr sra srta sta mme mlle approx str abs bldg hr hrn fr "
    "dipl capt lt sgt ave blvd rd mt ft dept vgl evtl ggf inkl exkl geb sog zzgl abzgl "
    "ул стр"  # Cyrillic
)
# The same, but only with a capital letter: without it they are words.
_CAPITAL_TITLES: Final = frozen_words(
    "Gen Col Gov Sen Rep Rev Hon Pres Ing Mag Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Okt Nov "
    "Dec Dez Mon Tue Wed Thu Fri Sat Sun Mo Di Mi Do Sa So"
)
# These only before a number: "No. 5" and "No. The door is open."
_BEFORE_NUMBERS: Final = frozen_words("no nr nos núm tel fig vol ch pp art n°")
# These end a sentence where a capital letter follows.
_MAY_END: Final = frozen_words("etc usw a.m p.m jr inc ltd corp co min max")
_DOTTED: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LONGEST_ORDINAL: Final = 2
# A word of so many letters before a small one is taken for shortened, whatever it is.
_SHORT: Final = 3
_LONGEST_SHORTENED: Final = 12

_SPACED, _FREE, _CLOSING = map(re.escape, (_SPACED_SIGNS, FREE_SIGNS, CLOSERS))
_SIGNS: Final = _SPACED + _FREE + re.escape(STRONG_SIGNS + CLAUSE_SIGNS)
# Quantifiers that give nothing back keep a long row of dots from being read over and over.
_SENTENCE_END: Final = re.compile(
    rf"(?:(?<![{_SPACED}])([{_SPACED}]++)[{_CLOSING}]*+(?=\s)"
    rf"|[{_FREE}]++[{_CLOSING}]*+(?=[^{_FREE}{_CLOSING}])"
    rf"|(?<=[{_LETTER_WITH_BLANKS}])(?= ++[{_LETTER_WITH_BLANKS}])"
    r"|\n+)\s*"
)
_LAST_SIGNS: Final = re.compile(rf"(?<![{_SIGNS}])([{_SIGNS}]++)[{_CLOSING}]*+\s*\Z")
_HAS_BLANKS: Final = re.compile(f"[{_LETTER_WITH_BLANKS}]")


def ends_sentence(before: str, after: str, between: str = " ") -> bool:
    """Whether a sentence ends between two words; `between`: what parts them."""
    if between and _HAS_BLANKS.match(before[-1:]) and _HAS_BLANKS.match(after):
        return True
    bare = before.rstrip(CLOSERS)
    if not bare or bare[-1] not in _SENTENCE_SIGNS:
        return False
    return bare[-1] != "." or not _goes_on(bare, after)


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the positions after each sentence and its following blanks."""
    for found in _SENTENCE_END.finditer(text):
        end = found.end()
        if found[1] != "." or not _goes_on(_last_word(text, found.end(1)), text[end : end + 1]):
            yield end


def is_sentence_over(text: str) -> bool:
    """Whether a text that goes on after a blank or a line end has ended a sentence for sure."""
    if text.endswith("\n"):
        return True
    signs = _last_signs(text)
    return signs[-1:] in _SENTENCE_SIGNS if signs else False


def as_sentence(text: str) -> str:
    """Return a text with a full stop if it ends in a letter or a digit."""
    if not text[-1:].isalnum():
        return text
    return f"{text}{'。' if is_unspaced(text[-1]) else '.'}"


def is_clause_over(text: str) -> bool:
    """Whether a text that goes on after a blank or a line end has ended a clause for sure."""
    return text.endswith("\n") or bool(_last_signs(text))


def is_finished(text: str, *, after_long: bool) -> bool:
    """Whether a text that pauses has ended a clause; `after_long`: it has paused for long.

    A sign right behind a letter or a digit may go on: "22,1", "12:30", "home-assistant.io".
    """
    found = _LAST_SIGNS.search(text)
    if not found:
        # Scripts without blanks do not show where a word ends.
        return after_long and is_unspaced(text.rstrip().rstrip(CLOSERS)[-1:] or " ")
    if _is_attached(text, found[1]) and not (after_long and _may_end(text)):
        return False
    return found[1] != "." or _bare(_last_word(text, found.end(1))).lower() not in _TITLES


def _is_attached(text: str, signs: str) -> bool:
    """Whether a text ends in one sign, without a blank, that may stand inside a word."""
    return text.endswith(signs) and signs in _INNER_SIGNS and not text[-2:-1].isspace()


def _may_end(text: str) -> bool:
    """Whether a text whose last sign is attached may have ended: not in the middle of a number."""
    return text[-1] == "." or not text[-2:-1].isdigit()


def _last_signs(text: str) -> str:
    """Return the signs that a text ends with, unless their full stop belongs to a word."""
    found = _LAST_SIGNS.search(text)
    if not found or (found[1] == "." and _goes_on(_last_word(text, found.end(1)), "")):
        return ""
    return found[1]


def _last_word(text: str, end: int) -> str:
    """Return the end of the word that stops before a position."""
    near = text[max(0, end - _LONGEST_SHORTENED) : end]
    return near.rsplit(maxsplit=1)[-1]


def _bare(word: str) -> str:
    """Return a word without its full stop and without what opens before it."""
    return word.removesuffix(".").lstrip(_OPENERS)


def _goes_on(word: str, after: str) -> bool:
    """Whether a full stop belongs to its word: a title, an initial, an ordinal.

    `after` begins with what follows; it is empty where that is not known yet.
    """
    bare = _bare(word)
    low = bare.lower()
    if low in _BEFORE_NUMBERS:
        return not after or after[0].isdigit()
    if low in _MAY_END:
        return not after or not after[0].isupper()
    if len(bare) <= _SHORT and after[:1].islower():
        return True
    return low in _TITLES or bare in _CAPITAL_TITLES or _is_letters(low)


def _is_letters(word: str) -> bool:
    """Whether a word is an initial, initials, or an ordinal."""
    initial = len(word) == 1 and word.isalpha() and not is_unspaced(word)
    ordinal = word.isdigit() and len(word) <= _LONGEST_ORDINAL  # a day of the month
    return initial or ordinal or bool(_DOTTED.fullmatch(word))
