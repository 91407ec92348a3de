"""One reader of a text that others may read at the same time."""

from .text_source import TextSource
from .turns import Turns


class TextReader:
    """Reads a text from an offset on, independent of its other readers."""

    def __init__(self, text: TextSource, offset: int, turns: Turns | None = None) -> None:
        """Start at an offset; with `turns`, the text ends where the next speaker begins."""
        self._text = text
        self._turns = turns
        self._begin = self._offset = offset
        self._is_active = False

    @property
    def end(self) -> int | None:
        """Where the text ends because somebody else speaks; None if that is not known."""
        return self._turns.end_of(self._begin) if self._turns else None

    @property
    def ended(self) -> bool:
        """Whether all of the text is there."""
        end = self.end
        return self._text.ended or (end is not None and self._text.length >= end)

    @property
    def voice_id(self) -> str | None:
        """The ID of the voice that speaks; None for the one of the request."""
        return self._turns.voice_at(self._begin) if self._turns else None

    def so_far(self) -> str:
        """Return all of the text that is there."""
        return self._text.so_far()

    async def next(self, timeout: float | None = None) -> str | None:
        """Return the next piece, or None at the end; TimeoutError after `timeout` seconds."""
        before = self._offset
        if before == self.end:
            return None
        self._offset, piece = await self._text.read(before, timeout)
        # Who speaks a text is known before it is read.
        if piece and (end := self.end) is not None and end < self._offset:
            self._offset, piece = end, piece[: end - before]
        if self._is_active:
            self._text.rewind(self._offset)
        return piece or None

    def start_next_turn(self) -> bool:
        """Go on with the text of the next speaker; return whether there is one."""
        if (end := self.end) is None:
            return False
        self._begin = self._offset = end
        return True

    def activate(self) -> None:
        """Let the text follow this reader: what it reads is what a listener hears."""
        self._is_active = True
        self._text.rewind(self._offset)

    def give_up(self) -> None:
        """Treat the text as complete although its end never came."""
        self._text.give_up()
