"""Addresses in a text: their host is shown, and spoken as words."""

import re
from typing import Final

from .clean_step import WAIT, CleanStep, Mode

# How "." is said in an address.
_DOTS: Final = {
    "cs": "tečka", "da": "punktum", "de": "Punkt", "en": "dot", "es": "punto", "fi": "piste",
    "fr": "point", "hr": "točka", "hu": "pont", "id": "titik", "it": "punto", "ms": "titik",
    "nb": "punktum", "nl": "punt", "nn": "punktum", "no": "punktum", "pl": "kropka",
    "pt": "ponto", "ro": "punct", "ru": "точка", "sk": "bodka", "sv": "punkt", "tr": "nokta",
    "uk": "крапка",
}  # fmt: skip
_LONGEST_HOST: Final = 100
_ADDRESS: Final = re.compile(
    r"(?:https?://(?:www\.(?=\w))?|www\.(?=\w))(?:[\w.%+~-]+(?::[^\s/@<>]*)?@)?"
    r"(?P<host>(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)*)(?::\d+)?",
    re.IGNORECASE,
)
_BEGUN: Final = re.compile(
    r"(?:h(?:t(?:t(?:p(?:s?(?::(?://?)?)?)?)?)?)?|w(?:w(?:w\.?)?)?"
    r"|(?:https?://|www\.)[\w.%+~:@-]*)\Z",
    re.IGNORECASE,
)
PATH_END: Final = re.compile(r"[.,;:!?'*_)\]}]*(?=[^!-~]|[<>\"`|]|\Z)")
"""Where an address ends: the punctuation behind it is that of the sentence."""


def read_address(text: str, at: int, *, final: bool, language: str) -> CleanStep | None:
    """Read an address up to its host; None where there is none."""
    end = at + _LONGEST_HOST
    if not final and len(text) < end and _BEGUN.match(text, at):
        return WAIT
    if not (found := _ADDRESS.match(text, at, end)):
        return None
    host = found["host"].rstrip("-")
    after = text[found.end() : found.end() + 1]
    mode = Mode.PATH if after and after in "/?#" else None
    return CleanStep(found.end(), host, _spoken(host, language), mode=mode)


def _spoken(host: str, language: str) -> str:
    """Return a host in words, in languages whose word for the dot is known."""
    dot = _DOTS.get(language)
    return host.replace(".", f" {dot} ") if dot else host
