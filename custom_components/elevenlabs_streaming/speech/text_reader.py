"""One reader of a text that others may read at the same time."""

from .text_source import TextSource


class TextReader:
    """Reads a text from an offset on, independent of its other readers."""

    def __init__(self, text: TextSource, offset: int) -> None:
        """Start at an offset."""
        self._text = text
        self._offset = offset
        self._is_active = False

    @property
    def ended(self) -> bool:
        """Whether all of the text is there."""
        return self._text.ended

    def so_far(self) -> str:
        """Return all of the text that is there."""
        return self._text.so_far()

    async def next(self, timeout: float | None = None) -> str | None:
        """Return the next piece, or None at the end; TimeoutError after `timeout` seconds."""
        self._offset, piece = await self._text.read(self._offset, timeout)
        if self._is_active:
            self._text.rewind(self._offset)
        return piece

    def activate(self) -> None:
        """Let the text follow this reader: what it reads is what a listener hears."""
        self._is_active = True
        self._text.rewind(self._offset)

    def give_up(self) -> None:
        """Treat the text as complete although its end never came."""
        self._text.give_up()
