"""Written text to spoken text, piece by piece, so that both share one clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
import re

from . import numbers

LONGEST_BREAK = 3.0


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch of text as written and as spoken; a pause is silence after it."""

    written: str
    spoken: str
    pause: float = 0.0
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is to be read."""

    language: str
    normalise: bool = True
    ssml: bool = False
    tags: bool = False
    aliases: tuple[tuple[str, str], ...] = ()


_UNITS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "min": ("minute", "minutes"),
        "h": ("hour", "hours"),
        "hr": ("hour", "hours"),
        "hrs": ("hour", "hours"),
        "s": ("second", "seconds"),
        "sec": ("second", "seconds"),
        "ms": ("millisecond", "milliseconds"),
        "kg": ("kilogram", "kilograms"),
        "g": ("gram", "grams"),
        "km": ("kilometer", "kilometers"),
        "m": ("meter", "meters"),
        "cm": ("centimeter", "centimeters"),
        "mm": ("millimeter", "millimeters"),
        "km/h": ("kilometer per hour", "kilometers per hour"),
        "mph": ("mile per hour", "miles per hour"),
        "kW": ("kilowatt", "kilowatts"),
        "kWh": ("kilowatt hour", "kilowatt hours"),
        "W": ("watt", "watts"),
        "V": ("volt", "volts"),
        "l": ("liter", "liters"),
        "ml": ("milliliter", "milliliters"),
        "°C": ("degree Celsius", "degrees Celsius"),
        "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
        "°": ("degree", "degrees"),
        "%": ("percent", "percent"),
    },
    "de": {
        "Min.": ("Minute", "Minuten"),
        "min": ("Minute", "Minuten"),
        "Std.": ("Stunde", "Stunden"),
        "h": ("Stunde", "Stunden"),
        "s": ("Sekunde", "Sekunden"),
        "kg": ("Kilogramm", "Kilogramm"),
        "km": ("Kilometer", "Kilometer"),
        "m": ("Meter", "Meter"),
        "cm": ("Zentimeter", "Zentimeter"),
        "km/h": ("Kilometer pro Stunde", "Kilometer pro Stunde"),
        "kWh": ("Kilowattstunde", "Kilowattstunden"),
        "kW": ("Kilowatt", "Kilowatt"),
        "W": ("Watt", "Watt"),
        "°C": ("Grad Celsius", "Grad Celsius"),
        "°": ("Grad", "Grad"),
        "%": ("Prozent", "Prozent"),
    },
    "fr": {
        "min": ("minute", "minutes"),
        "h": ("heure", "heures"),
        "s": ("seconde", "secondes"),
        "kg": ("kilogramme", "kilogrammes"),
        "km": ("kilomètre", "kilomètres"),
        "m": ("mètre", "mètres"),
        "km/h": ("kilomètre à l'heure", "kilomètres à l'heure"),
        "°C": ("degré Celsius", "degrés Celsius"),
        "%": ("pour cent", "pour cent"),
    },
    "es": {
        "min": ("minuto", "minutos"),
        "h": ("hora", "horas"),
        "s": ("segundo", "segundos"),
        "kg": ("kilogramo", "kilogramos"),
        "km": ("kilómetro", "kilómetros"),
        "m": ("metro", "metros"),
        "km/h": ("kilómetro por hora", "kilómetros por hora"),
        "°C": ("grado Celsius", "grados Celsius"),
        "%": ("por ciento", "por ciento"),
    },
}

_ABBREVIATIONS: dict[str, dict[str, str]] = {
    "en": {
        "Dr.": "Doctor",
        "Mr.": "Mister",
        "Mrs.": "Missus",
        "Ms.": "Miz",
        "e.g.": "for example",
        "i.e.": "that is",
        "etc.": "et cetera",
        "vs.": "versus",
        "approx.": "approximately",
        "&": "and",
    },
    "de": {
        "Dr.": "Doktor",
        "z.B.": "zum Beispiel",
        "z. B.": "zum Beispiel",
        "d.h.": "das heißt",
        "usw.": "und so weiter",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
        "Nr.": "Nummer",
        "&": "und",
    },
    "fr": {"M.": "Monsieur", "Mme": "Madame", "Dr": "Docteur", "&": "et"},
    "es": {"Sr.": "señor", "Sra.": "señora", "Dr.": "doctor", "&": "y"},
}

_MONEY: dict[str, dict[str, tuple[str, str, str]]] = {
    "en": {
        "$": ("dollar", "dollars", "cents"),
        "€": ("euro", "euros", "cents"),
        "£": ("pound", "pounds", "pence"),
    },
    "de": {
        "$": ("Dollar", "Dollar", "Cent"),
        "€": ("Euro", "Euro", "Cent"),
        "£": ("Pfund", "Pfund", "Pence"),
    },
    "fr": {
        "$": ("dollar", "dollars", "centimes"),
        "€": ("euro", "euros", "centimes"),
        "£": ("livre", "livres", "pence"),
    },
    "es": {
        "$": ("dólar", "dólares", "centavos"),
        "€": ("euro", "euros", "céntimos"),
        "£": ("libra", "libras", "peniques"),
    },
}

_AND = {"en": " and ", "de": " und ", "fr": " et ", "es": " con "}
_NUMBER = r"\d+(?:[.,]\d+)*"
_MARKUP = re.compile(r"<[^<>]{1,200}>")
_TAG = re.compile(r"\[[A-Za-z][A-Za-z ,'-]{0,60}\]")
_BREAK = re.compile(r"""<break\s+time\s*=\s*["']([\d.]+)(ms|s)["']\s*/>""")


@lru_cache(maxsize=16)
def _pattern(language: str) -> re.Pattern[str]:
    """Compile everything that one language rewrites into one expression."""
    units = "|".join(re.escape(unit) for unit in sorted(_UNITS[language], key=len, reverse=True))
    shorts = "|".join(
        re.escape(short) for short in sorted(_ABBREVIATIONS[language], key=len, reverse=True)
    )
    ordinal = r"|(?P<ordinal>\d+)(?:st|nd|rd|th)\b" if language == "en" else ""
    return re.compile(
        rf"(?P<sign>[$€£])(?P<amount>{_NUMBER})"
        rf"|(?P<amount2>{_NUMBER})\s?(?P<sign2>[$€£])"
        rf"|\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b"
        rf"{ordinal}"
        rf"|(?P<count>{_NUMBER})(?P<gap>\s?)(?P<unit>{units})(?![\w/])"
        rf"|(?P<number>(?<!\w)-?{_NUMBER})"
        rf"|(?<!\w)(?P<short>{shorts})(?!\w)"
    )


def _split_number(text: str, language: str) -> tuple[int, str]:
    """Split into the whole part and the decimals as this language writes them."""
    point, comma = (".", ",") if language == "en" else (",", ".")
    whole, _, fraction = text.rpartition(point) if point in text else (text, "", "")
    digits = (whole or text).replace(comma, "").replace(point, "")
    return int(digits), fraction.replace(comma, "")


def _say_number(text: str, language: str) -> str:
    negative, text = text.startswith("-"), text.lstrip("-")
    whole, fraction = _split_number(text, language)
    if not fraction:
        return numbers.cardinal(-whole if negative else whole, language)
    said = numbers.decimal(whole, fraction, language)
    return f"{numbers.cardinal(-1, language).split()[0]} {said}" if negative else said


def _say_money(amount: str, sign: str, language: str) -> str:
    whole, fraction = _split_number(amount, language)
    one, many, cents = _MONEY[language][sign]
    said = f"{_counted(whole, language)} {one if whole == 1 else many}"
    if fraction.strip("0"):
        part = int(fraction.ljust(2, "0")[:2])
        said += f"{_AND[language]}{numbers.cardinal(part, language)} {cents}"
    return said


def _counted(number: int, language: str) -> str:
    """Say a number that stands before a noun ("ein Euro", "un euro")."""
    if number == 1:
        return {"en": "one", "de": "ein", "fr": "un", "es": "un"}[language]
    return numbers.cardinal(number, language)


def _say_time(hour: str, minute: str, language: str) -> str:
    first = numbers.cardinal(int(hour), language)
    if language == "de":
        tail = numbers.cardinal(int(minute), language) if int(minute) else ""
        return f"{first} Uhr {tail}".rstrip()
    if language == "fr":
        tail = numbers.cardinal(int(minute), language) if int(minute) else ""
        return f"{first} heures {tail}".rstrip()
    if not int(minute):
        return f"{first} o'clock" if language == "en" else f"{first} en punto"
    gap = "oh " if language == "en" and minute.startswith("0") else ""
    return f"{first} {gap}{numbers.cardinal(int(minute), language)}"


def _say_unit(match: re.Match[str], language: str) -> Iterator[TextPiece]:
    count, unit = match["count"], match["unit"]
    whole, fraction = _split_number(count, language)
    single = whole == 1 and not fraction
    names = _UNITS[language][unit]
    said = _counted(1, language) if single else _say_number(count, language)
    if single and names[0].endswith("e") and language in {"de", "fr"}:
        said += "e"
    yield TextPiece(count, said)
    yield TextPiece(match["gap"] + unit, f" {names[0] if single else names[1]}")


def _say(match: re.Match[str], language: str) -> Iterator[TextPiece]:
    written = match[0]
    kind = match.lastgroup
    if kind == "unit":
        yield from _say_unit(match, language)
    elif kind in {"amount", "sign2"}:
        amount, sign = match["amount"] or match["amount2"], match["sign"]
        yield TextPiece(written, _say_money(amount, sign or match["sign2"], language))
    elif kind == "minute":
        yield TextPiece(written, _say_time(match["hour"], match["minute"], language))
    elif kind == "ordinal":
        yield TextPiece(written, numbers.english_ordinal(int(match["ordinal"])))
    elif kind == "short":
        yield TextPiece(written, _ABBREVIATIONS[language][written])
    else:
        yield TextPiece(written, _say_number(written, language))


type _Reader = Callable[[str], Iterator[TextPiece]]


def _between(
    pattern: re.Pattern[str],
    text: str,
    found: Callable[[re.Match[str]], Iterator[TextPiece]],
    rest: _Reader,
) -> Iterator[TextPiece]:
    """Hand the matches of a pattern to one reader and the text between to another."""
    position = 0
    for match in pattern.finditer(text):
        yield from rest(text[position : match.start()])
        yield from found(match)
        position = match.end()
    yield from rest(text[position:])


def _plain(text: str) -> Iterator[TextPiece]:
    if text:
        yield TextPiece(text, text)


def _markup(match: re.Match[str]) -> Iterator[TextPiece]:
    """Turn a break into silence; other markup is neither spoken nor heard."""
    pause = 0.0
    if found := _BREAK.fullmatch(match[0]):
        try:
            pause = float(found[1]) / (1000 if found[2] == "ms" else 1)
        except ValueError:
            pause = 0.0
    yield TextPiece(match[0], "", pause=min(pause, LONGEST_BREAK))


def _tag(match: re.Match[str]) -> Iterator[TextPiece]:
    yield TextPiece(match[0], "", style=match[0][1:-1].lower())


def _normalising(reading: Reading) -> _Reader:
    language = reading.language
    if not reading.normalise or language not in numbers.LANGUAGES:
        return _plain
    return lambda text: _between(
        _pattern(language), text, lambda match: _say(match, language), _plain
    )


def _aliasing(reading: Reading, inner: _Reader) -> _Reader:
    """Replace the words of a pronunciation dictionary before anything else."""
    if not reading.aliases:
        return inner
    said = dict(reading.aliases)
    words = "|".join(re.escape(word) for word in said)
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    return lambda text: _between(
        pattern, text, lambda match: iter((TextPiece(match[0], said[match[0]]),)), inner
    )


def read(text: str, reading: Reading) -> list[TextPiece]:
    """Split a text into pieces; their written parts joined are the text again."""
    reader = _aliasing(reading, _normalising(reading))
    if reading.tags:
        inner = reader
        reader = lambda part: _between(_TAG, part, _tag, inner)  # noqa: E731
    if reading.ssml:
        plain = reader
        reader = lambda part: _between(_MARKUP, part, _markup, plain)  # noqa: E731
    return list(reader(text))
