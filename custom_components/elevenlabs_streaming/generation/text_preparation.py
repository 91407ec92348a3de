"""What is done to a text before a voice is told it."""

from collections.abc import Iterator
from copy import deepcopy

from ..text import (
    CleanText,
    LabelledText,
    LabelReader,
    Stretch,
    TagRemover,
    TextCleaner,
    WordReplacer,
)

_LINE_BREAK = Stretch("\n", "\n")


class TextPreparation:
    """Cleans a text and replaces words of it; where the pieces are cut makes no difference."""

    def __init__(
        self,
        cleaner: TextCleaner | None = None,
        replacer: WordReplacer | None = None,
        labels: LabelReader | None = None,
        tags: TagRemover | None = None,
    ) -> None:
        """`cleaner` leaves out what was written for eyes, `replacer` changes what is spoken.

        `labels` finds who speaks; each turn is a text of its own. `tags` leaves out audio tags.
        None leaves the text as it is.
        """
        self._cleaner = cleaner
        self._replacer = replacer
        self._labels = labels
        self._tags = tags
        self._first = deepcopy((cleaner, tags, replacer)) if labels else (None, None, None)
        self._is_begun = False

    @property
    def is_needed(self) -> bool:
        """Whether the text may change."""
        return bool(self._cleaner or self._tags or self._replacer or self._labels)

    def add(self, piece: str) -> CleanText:
        """Return what is certain now."""
        if not self._labels:
            return self._prepare(piece)
        return CleanText(self._turns(self._labels.add(piece)))

    def rest(self) -> CleanText:
        """Return what was held back, at the end of the text."""
        labelled = self._labels.rest() if self._labels else []
        return CleanText([*self._turns(labelled), *self._end()])

    def _turns(self, pieces: list[LabelledText]) -> Iterator[Stretch]:
        for name, text in pieces:
            if name:
                yield from self._end()
                if self._is_begun:
                    yield _LINE_BREAK
                yield Stretch("", "", name)
                self._cleaner, self._tags, self._replacer = deepcopy(self._first)
            self._is_begun = self._is_begun or bool(text)
            yield from self._prepare(text)

    def _prepare(self, piece: str) -> CleanText:
        text = self._cleaner.add(piece) if self._cleaner else CleanText.plain(piece)
        text = self._tags.add(text) if self._tags else text
        return self._replacer.add(text) if self._replacer else text

    def _end(self) -> CleanText:
        """Return what was held back, at the end of a turn."""
        text = self._cleaner.rest() if self._cleaner else CleanText()
        if self._tags:
            text = CleanText([*self._tags.add(text), *self._tags.rest()])
        if not self._replacer:
            return text
        return CleanText([*self._replacer.add(text), *self._replacer.rest()])
