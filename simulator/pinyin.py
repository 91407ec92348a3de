"""Romanize Chinese characters from espeak-ng's phonemes."""

from functools import lru_cache
import re

from . import espeak

_TONES = {"55": "1", "35": "2", "214": "3", "21": "3", "51": "4", "11": "5"}
_INITIALS = (
    ("tS;h", "q"),
    ("ts.h", "ch"),
    ("tS;", "j"),
    ("ts.", "zh"),
    ("tsh", "c"),
    ("S;", "x"),
    ("s.", "sh"),
    ("z.", "r"),
    ("ts", "z"),
    ("th", "t"),
    ("ph", "p"),
    ("kh", "k"),
    ("t", "d"),
    ("p", "b"),
    ("k", "g"),
    ("X", "h"),
)
_FINALS = (
    ("N", "ng"),
    ("iEn", "ian"),
    ("yE", "ue"),
    ("Au", "ao"),
    ("o-", "e"),
    ("i.", "i"),
    ("@", "e"),
    ("y", "v"),
    ("E", "e"),
)
_CHINESE = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]")
_SYLLABLE = re.compile(r"^(.*?)(\d+)?(n|N)?_?\|?$")


def is_chinese(character: str) -> bool:
    """Return whether a character is Chinese."""
    return bool(_CHINESE.match(character))


@lru_cache(maxsize=8192)
def pinyin(character: str) -> str:
    """Return a character as a pinyin syllable with a tone number; an approximation."""
    phonemes = espeak.to_phonemes(character, "cmn").replace("'", "").replace(",", "")
    match = _SYLLABLE.match(phonemes.split("|")[0])
    if not match:
        return character
    initial, final = _split_initial(match[1] + (match[3] or ""))
    for phoneme, letters in _FINALS:
        final = final.replace(phoneme, letters)
    return initial + re.sub(r"[^a-z]", "", final) + _TONES.get(match[2] or "", "")


def _split_initial(phonemes: str) -> tuple[str, str]:
    """Return the letters of the initial, and the phonemes of the final."""
    for phoneme, letters in _INITIALS:
        if phonemes.startswith(phoneme):
            return letters, phonemes[len(phoneme) :]
    return "", phonemes
