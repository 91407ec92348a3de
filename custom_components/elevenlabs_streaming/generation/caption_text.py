"""The text of one generation: as it was written, as it is spoken, and as captions show it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final

from ..text import CleanText, SurrogateJoiner, TextCleaner
from .message_offset import MessageOffset

# Characters that are cleaned at once: a few milliseconds of work.
_SLICE: Final = 2000


class CaptionText:
    """A text on its way to the voice; what captions show of it is kept."""

    def __init__(self, cleaner: TextCleaner | None = None) -> None:
        """`cleaner` leaves out what was written for eyes; None leaves the text as it is."""
        self._cleaner = cleaner
        self._message_offset = MessageOffset(cleaner)
        self._joiner = SurrogateJoiner()
        self._written: list[str] = []
        self._shown: list[str] = []
        self.length = 0
        """Characters to show so far."""

    @property
    def written(self) -> str:
        """Return what was written so far."""
        return "".join(self._written)

    @property
    def shown(self) -> str:
        """Return what captions show of it."""
        return "".join(self._shown)

    def offset_in_message(self, offset: int, *, in_shown: bool) -> int:
        """Return where a character that is spoken stands in what was written, or is shown."""
        return self._message_offset.find(offset, self.written, in_shown=in_shown)

    def since(self, length: int) -> str:
        """Return what is shown after the first `length` characters."""
        found: list[str] = []
        missing = self.length - length
        for piece in reversed(self._shown):
            if missing <= 0:
                break
            found.append(piece[-missing:])
            missing -= len(piece)
        return "".join(reversed(found))

    async def spoken(self, pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
        """Yield what the voice is told; what a writer that fails has written is told first."""
        failure: BaseException | None = None
        async with aclosing(pieces):
            try:
                async for piece in pieces:
                    whole = self._joiner.join(piece)
                    self._written.append(whole)
                    for number, part in enumerate(_slices(whole)):
                        if number:
                            await asyncio.sleep(0)
                        if spoken := self._add(self._cleaned(part)):
                            yield spoken
            except (Exception, asyncio.CancelledError) as err:  # noqa: BLE001  # raised below
                failure = err
        if self._cleaner and (spoken := self._add(self._cleaner.rest())):
            yield spoken
        if failure:
            raise failure

    def _cleaned(self, piece: str) -> CleanText:
        return self._cleaner.add(piece) if self._cleaner else CleanText(piece, piece)

    def _add(self, text: CleanText) -> str:
        """Keep what is shown; return what is spoken."""
        if text.shown:
            self._shown.append(text.shown)
            self.length += len(text.shown)
        return text.spoken


def _slices(piece: str) -> Iterator[str]:
    return (piece[at : at + _SLICE] for at in range(0, len(piece), _SLICE))
