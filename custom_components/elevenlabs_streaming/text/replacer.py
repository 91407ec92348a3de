"""Replaces words in a growing text."""

from collections.abc import Iterable
import re
from typing import Final

from .markup import Kind, MarkupReader, Span
from .replacements import Replacements
from .stretches import CleanText, Stretch

# What stands before a position tells whether a word begins there.
_LONGEST_CONTEXT: Final = 300
_SAYS_ITSELF: Final = re.compile(r"<(/?)(?:phoneme|say-as|sub)\b(?:[^>]*[^/>])?>", re.IGNORECASE)


class WordReplacer:
    """Replaces words of a text; where the pieces are cut makes no difference.

    Only what may be the beginning of a word in question is held back.
    """

    def __init__(self, replacements: Replacements, *, performs_tags: bool) -> None:
        """`performs_tags`: whether the model performs audio tags, which are no words then."""
        self._replacements = replacements
        self._markup = MarkupReader(performs_tags=performs_tags)
        self._context = ""
        """What was passed on last."""
        self._held = ""
        self._is_told_how = False
        """Whether SSML tells how to say the words."""

    def add(self, text: Iterable[Stretch]) -> CleanText:
        """Return what is certain now."""
        found: list[Stretch] = []
        for stretch in text:
            if stretch.is_plain:
                found += self._read(self._markup.read(stretch.spoken))
            else:
                found += (*self.rest(), stretch)
                self._context = ""
        return CleanText.joined(found)

    def rest(self) -> CleanText:
        """Return what was held back, at the end of the text or before what is no word."""
        return CleanText.joined([*self._read(self._markup.rest()), *self._replaced("", final=True)])

    def _read(self, spans: Iterable[Span]) -> list[Stretch]:
        found: list[Stretch] = []
        for text, kind in spans:
            if kind is Kind.SHOWN:
                found += self._replaced(text, final=False)
                continue
            found += (*self._replaced("", final=True), Stretch(text, text))
            self._context = ""
            if told := _SAYS_ITSELF.fullmatch(text):
                self._is_told_how = not told[1]
        return found

    def _replaced(self, piece: str, *, final: bool) -> list[Stretch]:
        """Return a text with its words replaced, up to what more text must tell."""
        text = self._context + self._held + piece
        passed, found = len(self._context), list[Stretch]()
        end = len(text)
        for at in () if self._is_told_how else self._replacements.starts(text, passed):
            if at < passed or not (word := self._replacements.find(text, at, final=final)):
                continue
            if word.end < 0:
                end = at
                break
            written = text[at : word.end]
            found += (*CleanText.plain(text[passed:at]), Stretch(written, word.spoken))
            passed = word.end
        self._held = text[end:]
        self._context = text[max(0, end - _LONGEST_CONTEXT) : end]
        return [*found, *CleanText.plain(text[passed:end])]
