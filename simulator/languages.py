"""Which language a text is in, and espeak's name for it."""

from collections import Counter
import re

from .words import words

# ISO 639-1 (639-3 where the service uses that) to espeak's voice names; the rest
# of espeak's voices are spelled like the code.
_ESPEAK_NAMES = {
    "en": "en-us",
    "zh": "cmn",
    "no": "nb",
    "fil": "id",
    "ceb": "id",
    "jv": "id",
    "pt": "pt-br",
    "iw": "he",
}

_ESPEAK_PLAIN = frozenset(
    words(
        "af ar as az be bg bn bs ca cmn cs cy da de el es et eu fa fi fr ga gl gu he hi "
        "hr hu hy id is it ja ka kk kn ko ku ky la lb lt lv mi mk ml mr ms mt my nb ne nl "
        "or pa pl pt ro ru sd si sk sl sq sr sv sw ta te th tr uk ur uz vi yue"
    )
) - {"gl"}

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
_VOTERS: dict[str, list[str]] = {
    word: [] for line in _COMMON_WORDS.values() for word in words(line)
}
for _language, _line in _COMMON_WORDS.items():
    for _word in words(_line):
        _VOTERS[_word].append(_language)

_SAMPLE = 400
_MARGIN = 2


def guess(text: str, otherwise: str = "en") -> str:
    """Guess the language of a text from its script, letters and small words."""
    sample = text[:_SAMPLE]
    for language, pattern in _SCRIPTS:
        if pattern.search(sample):
            return language
    votes: Counter[str] = Counter()
    for word in re.findall(r"[^\W\d_]+", sample.lower()):
        voters = _VOTERS.get(word, [])
        for language in voters:
            votes[language] += 2 if len(voters) == 1 else 1
    for language, letters in _LETTERS.items():
        votes[language] += sum(sample.lower().count(letter) for letter in letters)
    best = max(votes, key=votes.__getitem__, default=otherwise)
    # One small word proves nothing: "to" is also Polish.
    return best if votes[best] >= votes[otherwise] + _MARGIN else otherwise


def base(code: str) -> str:
    """Reduce "en-US" or "en_US" to "en"."""
    return re.split(r"[-_]", code.lower())[0]


def espeak_voice(language: str) -> str:
    """Name the espeak voice that speaks a language; English for unknown ones."""
    code = base(language)
    if code in _ESPEAK_NAMES:
        return _ESPEAK_NAMES[code]
    return code if code in _ESPEAK_PLAIN else "en-us"
