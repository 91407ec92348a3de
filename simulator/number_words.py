"""Spell numbers in English, German, French, and Spanish."""

# ruff: noqa: PLR2004 - the languages count by 20, 100, and 1000

from collections.abc import Callable

from .word_lists import split_words

_EN_SMALL = split_words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
)
_EN_TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_DE_SMALL = split_words(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn "
    "vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
_DE_TENS = split_words("- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_FR_SMALL = split_words(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
    "quinze seize dix-sept dix-huit dix-neuf"
)
_FR_TENS = ["-", "-", "vingt", "trente", "quarante", "cinquante", "soixante"]
_ES_SMALL = split_words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece "
    "catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno "
    "veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho "
    "veintinueve"
)
_ES_TENS = split_words("- - veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES_HUNDREDS = split_words(
    "- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos "
    "ochocientos novecientos"
)

_EN_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}

_MAX_NUMBER = 999_999_999_999


def _english(number: int) -> str:
    if number < 20:
        return _EN_SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _EN_TENS[tens] + (f"-{_EN_SMALL[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_EN_SMALL[hundreds]} hundred" + (f" {_english(rest)}" if rest else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if number >= size:
            head, rest = divmod(number, size)
            return f"{_english(head)} {name}" + (f" {_english(rest)}" if rest else "")
    raise AssertionError


def _german_joined(number: int) -> str:
    """Return the form inside a longer word ("ein" instead of "eins")."""
    return "ein" if number == 1 else _german(number)


def _german(number: int) -> str:
    if number < 20:
        return _DE_SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return (f"{_german_joined(rest)}und" if rest else "") + _DE_TENS[tens]
    for size, name in ((1000, "tausend"), (100, "hundert")):
        if size <= number < 10**6:
            head, rest = divmod(number, size)
            return f"{_german_joined(head)}{name}" + (_german(rest) if rest else "")
    size, one, many = (
        (10**9, "Milliarde", "Milliarden") if number >= 10**9 else (10**6, "Million", "Millionen")
    )
    head, rest = divmod(number, size)
    start = f"eine {one}" if head == 1 else f"{_german(head)} {many}"
    return start + (f" {_german(rest)}" if rest else "")


def _french_below_hundred(number: int) -> str:
    if number < 20:
        return _FR_SMALL[number]
    if number < 70:
        tens, rest = divmod(number, 10)
        joint = " et " if rest == 1 else "-"
        return _FR_TENS[tens] + (f"{joint}{_FR_SMALL[rest]}" if rest else "")
    if number < 80:
        rest = number - 60
        return f"soixante{' et ' if rest == 11 else '-'}{_FR_SMALL[rest]}"
    rest = number - 80
    return f"quatre-vingt-{_FR_SMALL[rest]}" if rest else "quatre-vingts"


def _french(number: int) -> str:
    if number < 100:
        return _french_below_hundred(number)
    for size, name in (
        (10**9, "milliard"),
        (10**6, "million"),
        (1000, "mille"),
        (100, "cent"),
    ):
        if number >= size:
            head, rest = divmod(number, size)
            plural = "s" if head > 1 and size >= 10**6 else ""
            silent = head == 1 and size < 10**6
            start = name if silent else f"{_french(head)} {name}{plural}"
            return start + (f" {_french(rest)}" if rest else "")
    raise AssertionError


def _spanish_below_thousand(number: int) -> str:
    if number < 30:
        return _ES_SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _ES_TENS[tens] + (f" y {_ES_SMALL[rest]}" if rest else "")
    if number == 100:
        return "cien"
    hundreds, rest = divmod(number, 100)
    tail = f" {_spanish_below_thousand(rest)}" if rest else ""
    return _ES_HUNDREDS[hundreds] + tail


def _spanish(number: int) -> str:
    if number < 1000:
        return _spanish_below_thousand(number)
    if number < 10**6:
        head, rest = divmod(number, 1000)
        start = "mil" if head == 1 else f"{_spanish(head)} mil"
    else:
        head, rest = divmod(number, 10**6)
        start = "un millón" if head == 1 else f"{_spanish(head)} millones"
    return start + (f" {_spanish(rest)}" if rest else "")


_SPELLERS: dict[str, tuple[Callable[[int], str], str, str]] = {
    "en": (_english, "point", "minus"),
    "de": (_german, "Komma", "minus"),
    "fr": (_french, "virgule", "moins"),
    "es": (_spanish, "coma", "menos"),
}

LANGUAGES = frozenset(_SPELLERS)


def minus_word(language: str) -> str:
    """Return the word for the minus sign."""
    return _SPELLERS[language][2]


def spell_cardinal(number: int, language: str) -> str:
    """Spell a whole number; digit by digit from a trillion on."""
    if number < 0:
        return f"{minus_word(language)} {spell_cardinal(-number, language)}"
    spell, _, _ = _SPELLERS[language]
    if number > _MAX_NUMBER:
        return " ".join(spell(int(digit)) for digit in str(number))
    return spell(number)


def spell_decimal(whole: int, fraction: str, language: str) -> str:
    """Spell a number with decimals."""
    spell, point, _ = _SPELLERS[language]
    digits = " ".join(spell(int(digit)) for digit in fraction)
    return f"{spell_cardinal(whole, language)} {point} {digits}"


def spell_english_ordinal(number: int) -> str:
    """Spell an ordinal, such as "third" for 3."""
    text = spell_cardinal(number, "en")
    cut = max(text.rfind(" "), text.rfind("-")) + 1
    head, last = text[:cut], text[cut:]
    if last in _EN_ORDINALS:
        return head + _EN_ORDINALS[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
