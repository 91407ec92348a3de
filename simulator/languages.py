"""Guess the language of a text, and find the espeak-ng voice for it."""

from collections import Counter
import re

from .word_lists import split_words

# The voices whose names differ from the ISO 639 code that the service uses.
_ESPEAK_VOICES = {
    "en": "en-us",
    "zh": "cmn",
    "no": "nb",
    "fil": "id",
    "ceb": "id",
    "jv": "id",
    "pt": "pt-br",
    "iw": "he",
}

_ESPEAK_LANGUAGES = frozenset(
    split_words(
        "af ar as az be bg bn bs ca cmn cs cy da de el es et eu fa fi fr ga gu he hi "
        "hr hu hy id is it ja ka kk kn ko ku ky la lb lt lv mi mk ml mr ms mt my nb ne nl "
        "or pa pl pt ro ru sd si sk sl sq sr sv sw ta te th tr uk ur uz vi yue"
    )
)

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]")),
    ("fa", re.compile(r"[\u067e\u0686\u0698\u06af\u06cc]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("ta", re.compile(r"[\u0b80-\u0bff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)

_COMMON_WORDS = {
    "en": (
        "the and is are you to of in it for on that this with was have not be at your i he she "
        "we they his her him its a an as by from or if so do can will just there here my me no "
        "yes all up out what who how when where said again hello please"
    ),
    "de": "hallo der die das und ist nicht ein eine ich du es zu den mit im für auf wird sind",
    "fr": "le la les et est une des du je vous pas que qui dans pour sur il elle avec",
    "es": "son hola el la los las y es una por que en no con para se su está del al lo muy",
    "it": "il lo la gli e è un una di che non per con sono del della si anche",
    "pt": "o a os as e é um uma de que não para com do da em se está você",
    "nl": "de het een en is van niet ik je dat op te zijn voor met er aan",
    "pl": "i w nie jest na się że to z do jak ale po co za",
    "sv": "och är det att en ett som inte jag på med för till av den",
    "tr": "bir ve bu da de için ile çok ne var değil mi",
}
_LETTERS = {
    "de": "äöüß",
    "fr": "éèêàçùœ",
    "es": "ñ¿¡áíóú",
    "it": "ìòù",
    "pt": "ãõ",
    "pl": "łąęśżźćń",
    "sv": "å",
    "tr": "ğış",
}


def _languages_by_word() -> dict[str, list[str]]:
    languages: dict[str, list[str]] = {}
    for language, line in _COMMON_WORDS.items():
        for word in split_words(line):
            languages.setdefault(word, []).append(language)
    return languages


_LANGUAGES_BY_WORD = _languages_by_word()
_SAMPLE_LENGTH = 400
_MIN_LEAD = 2


def guess_language(text: str, likely: str = "en") -> str:
    """Return the language of a text, judging by its script, letters, and common words."""
    sample = text[:_SAMPLE_LENGTH]
    for language, pattern in _SCRIPTS:
        if pattern.search(sample):
            return language
    votes = _count_votes(sample.lower())
    best = max(votes, key=votes.__getitem__, default=likely)
    # A single common word isn't enough: "to" is also Polish.
    return best if votes[best] >= votes[likely] + _MIN_LEAD else likely


def _count_votes(sample: str) -> Counter[str]:
    """Count words and letters for each language; a word of only one counts twice."""
    votes: Counter[str] = Counter()
    for word in re.findall(r"[^\W\d_]+", sample):
        languages = _LANGUAGES_BY_WORD.get(word, [])
        for language in languages:
            votes[language] += 2 if len(languages) == 1 else 1
    for language, letters in _LETTERS.items():
        votes[language] += sum(sample.count(letter) for letter in letters)
    return votes


def base_language(code: str) -> str:
    """Return a code without its region: "en" for "en-US" or "en_US"."""
    return re.split(r"[-_]", code.lower())[0]


def espeak_voice(language: str) -> str:
    """Return the espeak-ng voice of a language; English for unknown ones."""
    code = base_language(language)
    if code in _ESPEAK_VOICES:
        return _ESPEAK_VOICES[code]
    return code if code in _ESPEAK_LANGUAGES else "en-us"
