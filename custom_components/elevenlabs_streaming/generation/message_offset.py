"""Where in a message something stands that is spoken."""

from copy import deepcopy
import re
from typing import Final

from .text_preparation import TextPreparation

_LETTER: Final = r"[^\W_]"
_WORD: Final = re.compile(rf"{_LETTER}+")
_PART: Final = re.compile(rf"{_LETTER}+|.", re.DOTALL)
# Characters. So far before the place the message is read in large parts; less is held back.
_NEAR: Final = 5000
_LARGE: Final = 1000


class MessageOffset:
    """Finds characters that are spoken in the message as it was written."""

    def __init__(self, preparation: TextPreparation) -> None:
        """Start with the preparation of the message, which has read nothing yet."""
        self._preparation = deepcopy(preparation)

    def find(self, offset: int, written: str, *, in_shown: bool = False) -> int:
        """Return where in a text, or in what is shown of it, a spoken character stands."""
        if not offset or not self._preparation.is_needed:
            return offset
        preparation = deepcopy(self._preparation)
        spoken = shown = at = begun = 0
        while True:
            end = _part_end(written, at, offset - spoken)
            text = preparation.add(written[at:end]) if end > at else preparation.rest()
            if spoken + len(text.spoken) > offset or end == at:
                break
            spoken, shown, at = spoken + len(text.spoken), shown + len(text.shown), end
            # What is held back belongs to what is given out next.
            begun = at if text.spoken.strip() else begun
        base, region = (shown, text.shown) if in_shown else (begun, written[begun:end])
        return base + _place(region, text.spoken, offset - spoken)


def _part_end(written: str, at: int, ahead: int) -> int:
    """Return where the part ends that is read next; `ahead`: how far the place is ahead."""
    if ahead > _NEAR:
        return min(len(written), at + _LARGE)
    part = _PART.match(written, at)
    return part.end() if part else at


def _place(region: str, spoken: str, offset: int) -> int:
    """Return where in a region the word stands that is spoken at an offset."""
    start = len(region) - len(region.lstrip())
    if offset >= len(spoken):
        return len(region)
    if not (word := _WORD.match(spoken, offset)):
        return start
    # Scripts without blanks go on from within a run of letters.
    before = "" if offset and spoken[offset - 1].isalnum() else f"(?<!{_LETTER})"
    alike = re.compile(f"{before}{re.escape(word[0])}(?!{_LETTER})")
    after = len(alike.findall(spoken, word.end()))
    places = [found.start() for found in alike.finditer(region)]
    return places[-1 - after] if after < len(places) else start
