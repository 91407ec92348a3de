"""What a line may begin with: headings, items, quotes, rules, rows, fences, definitions."""

import re
from typing import Final

from .clean_step import WAIT, CleanStep, LineKind, Mode

_LONGEST_RULE: Final = 200
_RULE: Final = re.compile(r"(?=.*(?:[-*_|:+][ \t]*){3}|.*==)[-*_=:|+ \t]+(?=\n)")
_ONLY_MARKS: Final = re.compile(r"[-*_=:|+#>~` \t•]+\Z")  # a bullet
_RULE_BEGUN: Final = re.compile(r"[-*_=:|+ \t]+\Z")
_HEADING: Final = re.compile(r"#{1,6}(?:[ \t]+|(?=\n))")
_HEADING_BEGUN: Final = re.compile(r"#{1,6}[ \t]*\Z")
_FENCE: Final = re.compile(r"(`{3,}|~{3,})[^`\n]{0,60}\n")
_FENCE_BEGUN: Final = re.compile(r"(?:`+|~+|(?:`{3,}|~{3,})[^`\n]{0,60})\Z")
_QUOTE: Final = re.compile(r">(?:[ \t]+|(?=[^\d=\s]|\n))")
_QUOTE_BEGUN: Final = re.compile(r">[ \t]*\Z")
_BULLET: Final = re.compile(r"(?:[-*+–—·○●][ \t]+|[•‣◦▪▫][ \t]*)(?=\S|\n)")  # noqa: RUF001  # bullets
_BULLET_BEGUN: Final = re.compile(r"[-*+–—·○●•‣◦▪▫][ \t]*\Z")  # noqa: RUF001  # bullets
_BOX: Final = re.compile(r"\[[ xX]\][ \t]+")
_BOX_BEGUN: Final = re.compile(r"\[(?:[ xX](?:\][ \t]*)?)?\Z")
_NUMBER: Final = re.compile(r"(\d{1,3})([.)])[ \t]+(?=\S)")
_NUMBER_BEGUN: Final = re.compile(r"\d{1,3}(?:[.)][ \t]*)?\Z")
_ROW: Final = re.compile(r"\|[ \t|]*(?=[^\s|])")
_ROW_BEGUN: Final = re.compile(r"\|[ \t|]*\Z")
_NOTE: Final = re.compile(r"\[\^[^\]\s]{1,40}\]:[ \t]*")
_DEFINITION: Final = re.compile(r"\[[^\]\n]{1,60}\]:[ \t]+<?(?:https?://|www\.|mailto:|#|/)")
_DEFINITION_BEGUN: Final = re.compile(
    r"\[[^\]\n]{0,60}(?:\](?::[ \t]*(?:<?(?:h(?:t(?:t(?:ps?(?::/?)?)?)?)?|w(?:ww?)?"
    r"|m(?:a(?:i(?:l(?:to?)?)?)?)?)?)?)?)?\Z"
)
_LINE_END: Final = re.compile(r"(?=\n)")
_BLOCK_SIGNS: Final = frozenset("#>|-+•‣◦▪▫●○·=~`")  # bullets
# Lines that are not wrapped, and end where the writer means it, are shorter.
_SHORT_LINE: Final = 40


def fence_end(fence: str) -> re.Pattern[str]:
    """Return what closes a code block."""
    return re.compile(rf"{re.escape(fence[0])}{{{len(fence)},}}[ \t]*(?=\n|\Z)")


def read_line_start(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read one mark at the start of a line; None where the line's text begins."""
    if final and (found := _ONLY_MARKS.match(text, at)):
        return CleanStep(found.end())
    if step := _whole_line(text, at, final=final):
        return step
    for begun, mark in _MARKS:
        if found := mark.match(text, at):
            return CleanStep(found.end(), line=LineKind.BLOCK)
        if not final and begun.match(text, at):
            return WAIT
    if found := _ROW.match(text, at):
        return CleanStep(found.end(), line=LineKind.ROW)
    return _number(text, at, final=final)


def read_box(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read the box of a task behind a bullet; None where there is none."""
    if found := _BOX.match(text, at):
        return CleanStep(found.end())
    return WAIT if not final and _BOX_BEGUN.match(text, at) else None


_MARKS: Final = (
    (_HEADING_BEGUN, _HEADING),
    (_QUOTE_BEGUN, _QUOTE),
    (_BULLET_BEGUN, _BULLET),
    (_DEFINITION_BEGUN, _NOTE),
)


def _whole_line(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read a line that is only marks, a fence, or the definition of a link."""
    if found := _RULE.match(text, at, at + _LONGEST_RULE):
        return CleanStep(found.end())
    if found := _FENCE.match(text, at):
        fence = fence_end(found[1])
        return CleanStep(found.end(), mode=Mode.CODE_BLOCK, until=fence)
    if found := _DEFINITION.match(text, at):
        return CleanStep(found.end(), mode=Mode.LEFT_OUT, until=_LINE_END)
    if final or len(text) - at >= _LONGEST_RULE:
        return None
    return WAIT if _RULE_BEGUN.match(text, at) or _FENCE_BEGUN.match(text, at) else None


def _number(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read the number of an item, which is spoken as one that ends a clause."""
    if found := _NUMBER.match(text, at):
        shown = f"{found[1]}{found[2]} "
        return CleanStep(found.end(), shown, f"{found[1]}. ", line=LineKind.BLOCK)
    begun = _NUMBER_BEGUN.match(text, at) or _ROW_BEGUN.match(text, at)
    return WAIT if begun and not final else None


def pauses_before(character: str, width: int) -> bool:
    """Whether a line of `width` characters ends in a pause if the next begins so."""
    if character in _BLOCK_SIGNS or character >= "\U0001f000" or "\u2600" <= character <= "\u27bf":
        return True
    if width >= _SHORT_LINE:
        return False
    return not character.isalpha() or not character.islower()
