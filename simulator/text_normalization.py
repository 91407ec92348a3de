"""Text normalization: write out numbers, times, money, units, and abbreviations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
import re

from . import number_words
from .normalization_tables import ABBREVIATIONS, AND_WORDS, CURRENCIES, UNITS

_NUMBER = r"\d+(?:[.,]\d+)*"
_ONE_BEFORE_NOUN = {"en": "one", "de": "ein", "fr": "un", "es": "un"}

LANGUAGES = number_words.LANGUAGES


@dataclass(frozen=True, slots=True)
class TextFragment:
    """A part of a text, how it is spoken, and the silence after it in seconds."""

    text: str
    spoken: str
    pause: float = 0.0
    audio_tag: str | None = None


@lru_cache(maxsize=16)
def normalization_pattern(language: str) -> re.Pattern[str]:
    """Return the pattern of everything that is written out in a language."""
    ordinal = r"|(?P<ordinal>\d+)(?:st|nd|rd|th)\b" if language == "en" else ""
    return re.compile(
        rf"(?P<sign>[$€£])(?P<amount>{_NUMBER})"
        rf"|(?P<amount2>{_NUMBER})\s?(?P<sign2>[$€£])"
        rf"|\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b"
        rf"{ordinal}"
        rf"|(?P<count>{_NUMBER})(?P<gap>\s?)(?P<unit>{_alternatives(UNITS[language])})(?![\w/])"
        rf"|(?P<number>(?<!\w)-?{_NUMBER})"
        rf"|(?<!\w)(?P<abbreviation>{_alternatives(ABBREVIATIONS[language])})(?!\w)"
    )


def _alternatives(texts: Iterable[str]) -> str:
    """Return a pattern of some texts; the longest that fits matches."""
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))


def normalize_match(match: re.Match[str], language: str) -> Iterator[TextFragment]:
    """Yield the fragments of a match of the pattern."""
    text = match[0]
    match match.lastgroup:
        case "unit":
            yield from _spell_unit(match, language)
        case "amount" | "sign2":
            amount, sign = match["amount"] or match["amount2"], match["sign"] or match["sign2"]
            yield TextFragment(text, _spell_money(amount, sign, language))
        case "minute":
            yield TextFragment(text, _spell_time(match["hour"], match["minute"], language))
        case "ordinal":
            ordinal = number_words.spell_english_ordinal(int(match["ordinal"]))
            yield TextFragment(text, ordinal)
        case "abbreviation":
            yield TextFragment(text, ABBREVIATIONS[language][text])
        case _:
            yield TextFragment(text, _spell_number(text, language))


def _split_number(text: str, language: str) -> tuple[int, str]:
    """Return the whole part and the decimals, as the language writes them."""
    point, comma = (".", ",") if language == "en" else (",", ".")
    whole, _, fraction = text.rpartition(point) if point in text else (text, "", "")
    digits = (whole or text).replace(comma, "").replace(point, "")
    return int(digits), fraction.replace(comma, "")


def _spell_number(text: str, language: str) -> str:
    is_negative, text = text.startswith("-"), text.lstrip("-")
    whole, fraction = _split_number(text, language)
    if not fraction:
        return number_words.spell_cardinal(-whole if is_negative else whole, language)
    spelled = number_words.spell_decimal(whole, fraction, language)
    return f"{number_words.minus_word(language)} {spelled}" if is_negative else spelled


def _spell_money(amount: str, sign: str, language: str) -> str:
    whole, fraction = _split_number(amount, language)
    singular, plural, hundredths = CURRENCIES[language][sign]
    name = singular if whole == 1 else plural
    spelled = f"{_spell_before_noun(whole, language)} {name}"
    if fraction.strip("0"):
        part = int(fraction.ljust(2, "0")[:2])
        part_words = number_words.spell_cardinal(part, language)
        spelled += f"{AND_WORDS[language]}{part_words} {hundredths}"
    return spelled


def _spell_before_noun(number: int, language: str) -> str:
    """Spell a number before a noun ("ein Euro", "un euro")."""
    if number == 1:
        return _ONE_BEFORE_NOUN[language]
    return number_words.spell_cardinal(number, language)


def _spell_time(hour: str, minute: str, language: str) -> str:
    hours = number_words.spell_cardinal(int(hour), language)
    minutes = number_words.spell_cardinal(int(minute), language) if int(minute) else ""
    match language:
        case "de":
            return f"{hours} Uhr {minutes}".rstrip()
        case "fr":
            return f"{hours} heures {minutes}".rstrip()
        case "en":
            zero = "oh " if minute.startswith("0") else ""
            return f"{hours} {zero}{minutes}" if minutes else f"{hours} o'clock"
        case _:
            return f"{hours} {minutes}" if minutes else f"{hours} en punto"


def _spell_unit(match: re.Match[str], language: str) -> Iterator[TextFragment]:
    count, unit = match["count"], match["unit"]
    whole, fraction = _split_number(count, language)
    singular, plural = UNITS[language][unit]
    if whole != 1 or fraction:
        yield TextFragment(count, _spell_number(count, language))
        yield TextFragment(match["gap"] + unit, f" {plural}")
        return
    is_feminine = singular.endswith("e") and language in {"de", "fr"}
    yield TextFragment(count, _ONE_BEFORE_NOUN[language] + ("e" if is_feminine else ""))
    yield TextFragment(match["gap"] + unit, f" {singular}")
