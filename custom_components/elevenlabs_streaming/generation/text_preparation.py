"""What is done to a text before a voice is told it."""

from ..text import CleanText, TextCleaner, WordReplacer


class TextPreparation:
    """Cleans a text and replaces words of it; where the pieces are cut makes no difference."""

    def __init__(
        self, cleaner: TextCleaner | None = None, replacer: WordReplacer | None = None
    ) -> None:
        """`cleaner` leaves out what was written for eyes, `replacer` changes what is spoken.

        None leaves the text as it is.
        """
        self._cleaner = cleaner
        self._replacer = replacer

    @property
    def is_needed(self) -> bool:
        """Whether the text may change."""
        return bool(self._cleaner or self._replacer)

    def add(self, piece: str) -> CleanText:
        """Return what is certain now."""
        text = self._cleaner.add(piece) if self._cleaner else CleanText.plain(piece)
        return self._replacer.add(text) if self._replacer else text

    def rest(self) -> CleanText:
        """Return what was held back, at the end of the text."""
        text = self._cleaner.rest() if self._cleaner else CleanText()
        if not self._replacer:
            return text
        return CleanText([*self._replacer.add(text), *self._replacer.rest()])
