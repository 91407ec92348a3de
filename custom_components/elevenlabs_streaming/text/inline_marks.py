"""Marks inside a line: emphasis, code, links, footnotes, entities, escapes."""

import html
import re
from typing import Final

from .clean_step import WAIT, CleanStep, Mode

_RUN: Final = re.compile(r"\*+|_+|~+|`+")
# What a word in emphasis may follow; a path or an entity's name goes on with "_".
_BEFORE_OPENING: Final = frozenset("([{<\"'“‘«*~-–—,;:|>¡¿「『（")  # noqa: RUF001  # of many scripts
_ESCAPABLE: Final = frozenset("\\`*_{}[]()#+-.!|<>~&\"'$:")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY_BEGUN: Final = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{0,7}|[A-Za-z][A-Za-z0-9]{0,31})?\Z")
_LONGEST_LABEL: Final = 80
_LABEL: Final = re.compile(r"\[((?:[^\[\]\n]|\[[^\[\]\n]*\](?:\([^()\s]*\))?)*+)\]")
_REFERENCE: Final = re.compile(r"\[\d{0,3}\]")
_REFERENCE_BEGUN: Final = re.compile(r"\[\d{0,3}\Z")
_FOOTNOTE: Final = re.compile(r"\^\S{1,40}")
_CITATION: Final = re.compile(r"(?:\[\d{1,2}(?:, ?\d{1,2})*\])+")
_CITATION_BEGUN: Final = re.compile(r"(?:\[\d{1,2}(?:, ?\d{1,2})*\])*(?:\[[\d, ]{0,40})?\Z")
_AFTER_SENTENCE: Final = frozenset('.!?…,;:)"”»。！？')  # noqa: RUF001  # of many scripts
_SOURCE: Final = re.compile(r"【[^【】\n]{0,40}†[^【】\n]{0,40}】")
_SOURCE_BEGUN: Final = re.compile(r"【[^【】\n]{0,80}\Z")
_THINK: Final = re.compile(r"\[THINK\]|◁think▷")
_THINK_BEGUN: Final = re.compile(
    r"(?:\[(?:T(?:H(?:I(?:N(?:K)?)?)?)?)?|◁(?:t(?:h(?:i(?:n(?:k)?)?)?)?)?)\Z"
)
_THINK_ENDS: Final = {"[": re.compile(r"\[/THINK\]"), "◁": re.compile("◁/think▷")}
_THINK_END: Final = re.compile(r"\[/THINK\]|◁/think▷")


def read_run(text: str, at: int, *, final: bool, emphasis: dict[str, int]) -> CleanStep | None:
    """Read a run of marks of emphasis, which may be text. `emphasis`: what is open."""
    found = _RUN.match(text, at)
    if not found or (found.end() == len(text) and not final):
        return WAIT if found else None
    mark, end = text[at], found.end()
    before, after = _before(text, at), text[end : end + 1]
    opens, closes = after.strip() != "", before.strip() != ""
    if not _is_emphasis(found[0], before, after, emphasis.get(mark, 0)):
        return CleanStep(end, found[0])
    change = -1 if closes and (emphasis[mark] or not opens) else 1
    emphasis[mark] = max(0, emphasis[mark] + change)
    return CleanStep(end)


def _is_emphasis(run: str, before: str, after: str, opened: int) -> bool:
    """Whether a run is a mark. `opened`: how many of its kind are open."""
    if not before.strip() and not after.strip():
        return False
    if run[0] == "~":
        return len(run) == 2  # noqa: PLR2004  # text that is struck through
    inside = before.isalnum() and after.isalnum()
    is_mark = _is_underline if run[0] == "_" else _is_star
    return is_mark(before, after, len(run), opened, inside=inside)


def _before(text: str, at: int) -> str:
    return text[at - 1] if at else ""


def _is_star(before: str, after: str, length: int, opened: int, *, inside: bool) -> bool:
    """Whether stars are marks: not in `5*3`, `2**8`, `a*b`, `5* hotel`, `*.txt`."""
    if inside and not opened:
        return length > 1 and not (before.isdigit() and after.isdigit())
    if before.isdigit() and not after.strip() and not opened:
        return False
    return not (after == "." and length == 1 and not before.strip())


def _is_underline(before: str, after: str, length: int, opened: int, *, inside: bool) -> bool:
    """Whether underlines are marks: they stand around whole words."""
    if inside or length > 3:  # noqa: PLR2004  # a blank to fill in
        return False
    if opened and before.strip() and not after.isalnum():
        return True
    return after.strip() != "" and (not before.strip() or before in _BEFORE_OPENING)


def read_code(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read the mark before code."""
    found = _RUN.match(text, at)
    if not found or (found.end() == len(text) and not final):
        return WAIT if found else None
    before, after = _before(text, at), text[found.end() : found.end() + 1]
    if before.isalpha() and after.isalpha() and len(found[0]) == 1:
        return None
    until = re.compile(rf"(?<!`){found[0]}(?!`)|(?=\n)")
    return CleanStep(found.end(), mode=Mode.CODE, until=until)


def read_escape(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read a backslash before a sign or at the end of a line."""
    following = text[at + 1 : at + 2]
    if not following:
        return None if final else WAIT
    if following == "\n":
        return CleanStep(at + 1)
    return CleanStep(at + 2, following) if following in _ESCAPABLE else None


def read_entity(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read an entity of HTML."""
    if found := _ENTITY.match(text, at):
        sign = html.unescape(found[0])
        return CleanStep(found.end(), sign.replace("\u00a0", " ")) if sign != found[0] else None
    return WAIT if not final and _ENTITY_BEGUN.match(text, at) else None


def read_thought(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read a reasoning mark that stands in no angle brackets."""
    if found := _THINK.match(text, at):
        return CleanStep(found.end(), mode=Mode.LEFT_OUT, until=_THINK_ENDS[text[at]])
    if found := _THINK_END.match(text, at):
        return CleanStep(found.end())
    return WAIT if not final and _THINK_BEGUN.match(text, at) else None


def read_source(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read the mark of a source as ChatGPT writes it."""
    if found := _SOURCE.match(text, at):
        return CleanStep(found.end())
    return WAIT if not final and _SOURCE_BEGUN.match(text, at) else None


def read_bracket(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read a link or a footnote; its label is what is shown. None where it is text."""
    if at and text[at - 1] in _AFTER_SENTENCE:
        if not final and _CITATION_BEGUN.match(text, at, at + _LONGEST_LABEL):
            return WAIT
        if citation := _CITATION.match(text, at):
            return CleanStep(citation.end())
    if found := _LABEL.match(text, at, at + _LONGEST_LABEL):
        return _labelled(text, found, final=final)
    is_begun = len(text) - at < _LONGEST_LABEL and "\n" not in text[at : at + _LONGEST_LABEL]
    return WAIT if is_begun and not final else None


def _labelled(text: str, found: re.Match[str], *, final: bool) -> CleanStep | None:
    """Return what a label in brackets is, by what follows it."""
    label, end = found[1], found.end()
    if _FOOTNOTE.fullmatch(label):
        return CleanStep(end)
    following = text[end : end + 2]
    if not final and (following in ("", "(") or _REFERENCE_BEGUN.match(text, end)):
        return WAIT
    if len(following) > 1 and following[0] == "(" and not following[1].isspace():
        return CleanStep(end, label, mode=Mode.TARGET)
    reference = None if label.isdigit() else _REFERENCE.match(text, end)
    return CleanStep(reference.end(), label) if reference else None
