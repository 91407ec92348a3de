"""How well a text may be broken between two words, for lines and for cues."""

from functools import lru_cache
from typing import Final
import unicodedata

from ..alignment import Word
from ..text import (
    CLAUSE_SIGNS,
    STRONG_SIGNS,
    ends_sentence,
    frozen_words,
    is_extending,
    is_syllabic,
    is_unspaced,
)

SENTENCE: Final = 1.0
_STRONG: Final = 0.7
_CLAUSE: Final = 0.6
_CONJUNCTION: Final = 0.45
_PHRASE: Final = 0.35
_NEUTRAL: Final = 0.25
_NAME: Final = 0.1
_NEVER: Final = 0.0
_PAUSE: Final = 0.2
_PAUSE_S: Final = 0.25

_BRACKET_ENDS: Final = ")）]』」»"  # noqa: RUF001  # of many scripts
# Words that belong to what follows them: articles, prepositions and the like.
_HOLDS_NEXT: Final = frozen_words(
    "a an the this that these those my your his her its our their to of in on at by for from "
    "with into onto over under is are was were be has have had will would can could not no very "
    "der die das den dem des ein eine einen einem einer eines kein keine mein dein sein ihr unser "
    "zu im am an auf aus bei mit nach seit von vom zum zur für über unter durch gegen ohne um "
    "nicht sehr ist sind war le la les l un une des du de d au aux à en dans sur sous par pour "
    "avec sans mon ton son notre votre leur el los las una unos unas del al con por para sin "
    "sobre mi tu su il lo gli i uno dei degli della delle nel nella di da su per tra o os as um "
    "uma no na nos nas do dos das het een van voor op te en "
    "в на с к о у из от для по не и за "  # noqa: RUF001  # Cyrillic
    "في من إلى على عن مع هذا هذه لا "
    "של את על אל עם לא זה"
)
# Words that open a phrase, so that a break before them reads well.
_OPENS_PHRASE: Final = frozen_words(
    "and but or so because although while when if that which who where before after then "
    "und aber oder denn weil obwohl während wenn dass damit sondern bevor nachdem dann "
    "et mais ou donc car parce quand si que qui où y pero o porque cuando e ma perché quando "
    "и но или потому когда если что و أو لكن لأن עד או אבל כי और लेकिन या क्योंकि जब"
)
# Particles that go with what stands before them: Hindi, Japanese, Chinese, Thai.
_HELD_BY_LAST: Final = frozen_words(
    "का की के को में से ने पर तक है हैं था थी थे ही भी तो "
    "の は が を に で と も へ や ね よ か た て だ す 的 了 吗 呢 吧 们 着 过 地 得"
)


def may_part(before: Word, after: Word) -> bool:
    """Return whether two words are certainly two: Thai, Lao, Khmer, and Burmese write no spaces.

    Only a dictionary tells words apart there. The card asks the browser's; files have none.
    """
    return bool(after.before) or not (is_syllabic(before.text[-1]) and is_syllabic(after.text[0]))


def break_quality(before: Word, after: Word) -> float:
    """Return how well a break between two words reads, from 0 to 1 and a little more."""
    pause = _PAUSE if after.start - before.end >= _PAUSE_S else 0.0
    return _by_signs(before.text, after.text, after.before) + pause


# While a cue grows, each of its words is looked at again with every new one.
@lru_cache(maxsize=4096)
def _by_signs(before: str, after: str, between: str) -> float:
    if ends_sentence(before, after, between):
        return SENTENCE
    bare = before.rstrip("\"'”’») ")  # noqa: RUF001  # typographic quotes
    if bare[-1:] and bare[-1] in STRONG_SIGNS:
        return _STRONG
    if before[-1] in _BRACKET_ENDS or (bare[-1:] and bare[-1] in CLAUSE_SIGNS):
        return _CLAUSE
    return _by_words(before, after, between)


def _by_words(before: str, after: str, between: str) -> float:
    last, following = before.lower(), after.lower()
    if after in _HELD_BY_LAST or last in _HOLDS_NEXT or _is_sign(after):
        return _NEVER
    if following in _OPENS_PHRASE:
        return _CONJUNCTION
    if before[-1].isdigit() and between:
        return _NEVER
    if is_unspaced(before[-1]) or (is_extending(before[-1]) and is_unspaced(after[0])):
        return _in_unspaced(before[-1], after[0], between)
    named = before[:1].isupper() and after[:1].isupper()
    return _NAME if named else _NEUTRAL


def _in_unspaced(last: str, following: str, between: str) -> float:
    """Spaces part phrases; Japanese ones mostly end in kana before other characters."""
    if between and is_unspaced(following):
        return _CONJUNCTION
    if "\u3040" <= last <= "\u309f" and not "\u3040" <= following <= "\u309f":
        return _PHRASE
    return _NAME


def _is_sign(text: str) -> bool:
    return all(unicodedata.category(character)[0] == "P" for character in text)
