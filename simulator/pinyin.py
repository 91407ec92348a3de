"""Chinese characters in Latin letters, from espeak's own phonemes."""

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
    """Whether a character is a Han character."""
    return bool(_CHINESE.match(character))


@lru_cache(maxsize=8192)
def pinyin(character: str) -> str:
    """Write one character as a numbered pinyin syllable, nearly as schools do."""
    phonemes = espeak.phonemes(character, "cmn").replace("'", "").replace(",", "")
    match = _SYLLABLE.match(phonemes.split("|")[0])
    if not match:
        return character
    sound, tone = match[1] + (match[3] or ""), _TONES.get(match[2] or "", "")
    initial = ""
    for phoneme, letters in _INITIALS:
        if sound.startswith(phoneme):
            initial, sound = letters, sound[len(phoneme) :]
            break
    for phoneme, letters in _FINALS:
        sound = sound.replace(phoneme, letters)
    return initial + re.sub(r"[^a-z]", "", sound) + tone
