"""Words of the user's own that are spoken otherwise than they are written.

A word is replaced only as a whole: "HA" in "HA's" and "HA-Server", not in "HAL", "ha_state", or an
address. Scripts without spaces show no words, so there it is replaced wherever it stands. A written
word with a capital letter means just that spelling; one without means any.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
import hashlib
import json
import re
from typing import Any, Final, NamedTuple, Self
import unicodedata

from .word_ends import APOSTROPHES, ends_word, starts_word

# Several blanks in a phrase are one; more are none of a phrase.
_MOST_BLANKS: Final = 3
_LONGEST_RUN: Final = 300
_BLANKS: Final = re.compile(r"\s+")
_DIGEST_SIZE: Final = 8

type _Node = dict[str, Any]
"""The characters that may follow, each with its node; "" has what is spoken."""


class Found(NamedTuple):
    """A written word in a text."""

    end: int
    """Where it ends; -1 if more text must tell."""
    spoken: str = ""


_UNSURE: Final = Found(-1)


class Replacements:
    """What a user wants to be spoken in place of what is written."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """`pairs`: what is written and what is spoken."""
        self._pairs = {plain_written(written): spoken for written, spoken in pairs}
        self._exact: _Node = {}
        self._any_case: _Node = {}
        for written, spoken in self._pairs.items():
            if written == written.lower():
                _insert(self._any_case, map(_in_any_case, written), spoken)
            else:
                _insert(self._exact, map(_as_written, written), spoken)
        self._starts = _starts_of(self._pairs)
        content = json.dumps(sorted(self._pairs.items())).encode()
        self.digest = hashlib.blake2b(content, digest_size=_DIGEST_SIZE).hexdigest()
        """A short text that changes with them; they cannot be read from it."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._pairs)

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        """Return the same: it never changes, and may be large."""
        return self

    def starts(self, text: str, after: int) -> Iterator[int]:
        """Yield where in a text one of them may begin."""
        for found in self._starts.finditer(text, after):
            at = found.start()
            exact, any_case = _as_written(text[at])[0], _in_any_case(text[at])[0]
            if (exact in self._exact or any_case in self._any_case) and starts_word(text, at):
                yield at

    def find(self, text: str, at: int, *, final: bool) -> Found | None:
        """Return the longest of them that begins at a position; None if none does."""
        exact = _walk(self._exact, _as_written, text, at, final=final)
        any_case = _walk(self._any_case, _in_any_case, text, at, final=final)
        found = [one for one in (exact, any_case) if one]
        if not found or is_in_address(text, at):
            return None
        return _UNSURE if _UNSURE in found else max(found, key=lambda one: one.end)


def plain_written(written: str) -> str:
    """Return what is written in the one form in which it is compared."""
    plain = "".join("'" if one in APOSTROPHES else one for one in written.strip())
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", plain))


def is_in_address(text: str, at: int) -> bool:
    """Return whether a position lies behind the beginning of an address."""
    before = text[max(0, at - _LONGEST_RUN) : at]
    if not before or before[-1].isspace():
        return False
    run = before.rsplit(maxsplit=1)[-1].lower()
    return "://" in run or run.lstrip("(<[\"'").startswith("www.")


def _insert(node: _Node, characters: Iterable[str], spoken: str) -> None:
    for parts in characters:
        for part in parts:
            node = node.setdefault(part, {})
    node[""] = spoken


def _walk(node: _Node, form: Any, text: str, at: int, *, final: bool) -> Found | None:
    """Return the longest path that a text takes from a position on."""
    found, blanks = None, 0
    for end in range(at, len(text)):
        character = text[end]
        blanks = blanks + 1 if character.isspace() else 0
        if blanks > _MOST_BLANKS:
            return found
        if blanks < 2:  # noqa: PLR2004  # the others go with the first
            for part in form(character):
                if (following := node.get(part)) is None:
                    return found
                node = following
        if "" in node:
            is_whole = ends_word(text, end + 1, final=final)
            if is_whole is None:
                return _UNSURE
            found = Found(end + 1, node[""]) if is_whole else found
    return found if final or not any(node) else _UNSURE


@lru_cache(maxsize=4096)
def _as_written(character: str) -> str:
    """Return the parts of a character in the form in which it is compared."""
    if character.isspace():
        return " "
    return "'" if character in APOSTROPHES else unicodedata.normalize("NFD", character)


@lru_cache(maxsize=4096)
def _in_any_case(character: str) -> str:
    return unicodedata.normalize("NFD", _as_written(character).lower())


def _starts_of(written: Iterable[str]) -> re.Pattern[str]:
    """Return the expression for positions at which a word or one of these signs begins."""
    signs = {one[0] for one in written if not (one[0].isalnum() or one[0] == "_")}
    listed = "".join(map(re.escape, sorted(signs)))
    ways = [r"(?<!\w)\w", r"[^\x00-\x7f\s]", r"(?<=[^\x00-\x7f])\w"]
    return re.compile("|".join([*ways, f"[{listed}]"] if listed else ways))
