"""The text of one generation: as it was written, as it is spoken, and as captions show it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import groupby
from typing import Final

from ..speech import Turns
from ..text import CleanText, Stretch, SurrogateJoiner
from .message_offset import MessageOffset
from .text_preparation import TextPreparation

# Characters that are cleaned at once: a few milliseconds of work.
_SLICE: Final = 2000


class CaptionText:
    """A text on its way to the voice; what captions show of it is kept."""

    def __init__(
        self, preparation: TextPreparation | None = None, turns: Turns | None = None
    ) -> None:
        """Start with a preparation that has read nothing; None speaks the text as it is written.

        `turns` is told who speaks from where on.
        """
        self._preparation = preparation or TextPreparation()
        self._message_offset = MessageOffset(self._preparation)
        self._turns = turns
        self._joiner = SurrogateJoiner()
        self._written: list[str] = []
        self._shown: list[str] = []
        self._new: list[Stretch] = []
        self._replaced: list[tuple[int, Stretch]] = []
        """Where in what is spoken other words were written."""
        self._length = 0
        """Characters that are spoken so far."""

    @property
    def written(self) -> str:
        """Return what was written so far."""
        return "".join(self._written)

    @property
    def shown(self) -> str:
        """Return what captions show of it."""
        return "".join(self._shown)

    def take_new(self) -> list[Stretch]:
        """Return what was added since the last time and is shown.

        Replaced words are apart, and so is each name of a speaker.
        """
        new, self._new = self._new, []
        found: list[Stretch] = []
        for is_apart, group in groupby(new, _is_apart):
            if is_apart:
                found += group
            elif shown := "".join(stretch.shown for stretch in group):
                found.append(Stretch(shown, shown))
        return found

    def as_written(self, spoken: str, offset: int) -> str:
        """Return what was written for `spoken`, which begins at an offset of what is spoken."""
        found, at = list[str](), offset
        for start, stretch in self._replaced:
            end = start + len(stretch.spoken)
            if at < end <= offset + len(spoken):
                found += (spoken[at - offset : max(0, start - offset)], stretch.shown)
                at = end
        return "".join([*found, spoken[at - offset :]])

    def offset_in_message(self, offset: int, *, in_shown: bool) -> int:
        """Return where a character that is spoken stands in what was written, or is shown."""
        return self._message_offset.find(offset, self.written, in_shown=in_shown)

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
                        if spoken := self._add(self._preparation.add(part)):
                            yield spoken
            except (Exception, asyncio.CancelledError) as err:  # noqa: BLE001  # raised below
                failure = err
        if spoken := self._add(self._preparation.rest()):
            yield spoken
        if failure:
            raise failure

    def _add(self, text: CleanText) -> str:
        """Keep what is shown; return what is spoken."""
        for stretch in text:
            if stretch.speaker and self._turns:
                self._turns.start(self._length, stretch.speaker)
            if stretch.is_replaced:
                self._replaced.append((self._length, stretch))
            self._length += len(stretch.spoken)
        self._new += text
        self._shown.append(text.shown)
        return text.spoken


def _is_apart(stretch: Stretch) -> bool:
    return stretch.is_replaced or bool(stretch.speaker)


def _slices(piece: str) -> Iterator[str]:
    return (piece[at : at + _SLICE] for at in range(0, len(piece), _SLICE))
