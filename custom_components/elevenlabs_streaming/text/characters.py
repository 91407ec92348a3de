"""What a character is to a caption: part of a word, a break, a key to compare by, a width."""

from functools import lru_cache
from typing import Final
import unicodedata

# Scripts that write no spaces between words.
_UNSPACED: Final = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3005", "\u3007"),
    ("\u3040", "\u30ff"),
    ("\u31f0", "\u31ff"),
    ("\u3400", "\u4dbf"),
    ("\u4e00", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uff9f"),
    ("\U00020000", "\U0003ffff"),
)
_HANGUL: Final = ("\uac00", "\ud7a3")
# Vowels after their consonant in Thai and Lao, small kana and repetition marks: never alone.
_TRAILING: Final = frozenset(
    "ะาำๅๆฯະາຳໆ"  # Thai, Lao
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーｰ々ゝゞヽヾｧｨｩｪｫｬｭｮｯ"  # kana
)
# Vowels written before their consonant in Thai and Lao, joiners, and signs that stack letters.
_LEADING: Final = frozenset("เแโใไເແໂໃໄ\u200d\u1039\u17d2")  # Thai and Lao
_SILENT: Final = frozenset(("Mn", "Mc", "Me", "Cf", "Cc", "Cs"))
_NON_BREAKING: Final = frozenset("\u00a0\u202f\u2007")
_NEW_LINES: Final = frozenset("\n\r\v\f\x85\u2028\u2029")
ZERO_WIDTH_SPACE: Final = "\u200b"
# Typography that a voice does not hear: the wire may send either form.
_SAME: Final = {
    "‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',  # noqa: RUF001
    "–": "-", "—": "-", "‐": "-", "‑": "-", "。": ".", "、": ",", "،": ",", "؟": "?", "।": ".",  # noqa: RUF001
}  # fmt: skip
# Sixteen full-width characters take the room of 42 others (Netflix timed text, Chinese).
WIDE: Final = 42 / 16


@lru_cache(maxsize=4096)
def is_unspaced(character: str) -> bool:
    """Whether the character is a letter of a script that writes no spaces between words."""
    inside = any(first <= character <= last for first, last in _UNSPACED)
    return inside and not character.isdigit() and unicodedata.category(character)[0] not in "PS"


def is_syllabic(character: str) -> bool:
    """Whether it takes several such letters to write a word: Thai, Lao, Burmese, Khmer."""
    return character < "\u3000" and is_unspaced(character)


def breaks_words(character: str) -> bool:
    """Whether words may part here."""
    return character.isspace() and character not in _NON_BREAKING


def breaks_lines(character: str) -> bool:
    """Whether the writer started a new line here."""
    return character in _NEW_LINES


@lru_cache(maxsize=4096)
def is_extending(character: str) -> bool:
    """Whether the character only changes or goes on with the one before it."""
    return (
        unicodedata.category(character)[0] == "M"
        or unicodedata.category(character) == "Cf"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or character in _TRAILING
    )


def takes_next(character: str) -> bool:
    """Whether the next character belongs to this one."""
    return character in _LEADING


def is_opening(character: str) -> bool:
    """Whether the character opens a quotation or a bracket."""
    return unicodedata.category(character) in ("Ps", "Pi") or character in "¿¡"


@lru_cache(maxsize=4096)
def is_closing(character: str) -> bool:
    """Whether the character is punctuation that goes with what stands before it."""
    return unicodedata.category(character)[0] == "P" and not is_opening(character)


@lru_cache(maxsize=4096)
def is_wide_mark(character: str) -> bool:
    """Whether the character is full-width punctuation, after which no space is written."""
    return (
        unicodedata.category(character)[0] == "P"
        and unicodedata.east_asian_width(character) in "WF"
    )


@lru_cache(maxsize=8192)
def match_key(character: str) -> str:
    """Return what two spellings of a character have in common; "" for what has no sound."""
    if character < "\x80":
        return "" if character.isspace() or character < " " else character.lower()
    if same := _SAME.get(character):
        return same
    if character.isspace() or unicodedata.category(character) in _SILENT:
        return ""
    if _HANGUL[0] <= character <= _HANGUL[1]:
        return character
    parts = unicodedata.normalize("NFKD", character)
    base = next((part for part in parts if unicodedata.category(part)[0] != "M"), character)
    return base.casefold()[:1]


@lru_cache(maxsize=4096)
def is_control(character: str) -> bool:
    """Whether the character can neither be seen nor heard."""
    return unicodedata.category(character) in ("Cc", "Cs") or character == "\ufeff"


@lru_cache(maxsize=4096)
def _width(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    return WIDE if unicodedata.east_asian_width(character) in "WF" else 1.0


def text_width(text: str) -> float:
    """Return the room a text takes, in Latin characters."""
    return float(len(text)) if text.isascii() else sum(map(_width, text))


def frozen_words(text: str) -> frozenset[str]:
    """Return the words of a list that is written as a text."""
    return frozenset(text.split())
