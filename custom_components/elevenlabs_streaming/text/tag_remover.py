"""Leaves out the audio tags of a text that a model would read aloud."""

from collections.abc import Iterator

from .markup import MarkupReader, Span, is_known_tag
from .stretches import CleanText, Stretch


class TagRemover:
    """Removes the tags that ElevenLabs names from a growing text; other brackets are text."""

    def __init__(self) -> None:
        """Start before the text."""
        self._markup = MarkupReader()
        self._ends_in_blank = True
        self._follows_tag = False

    def add(self, text: CleanText) -> CleanText:
        """Return what is certain now."""
        return CleanText.joined(self._kept(text))

    def rest(self) -> CleanText:
        """Return what was held back, at the end of the text."""
        return CleanText.joined(self._without_tags(self._markup.rest()))

    def _kept(self, text: CleanText) -> Iterator[Stretch]:
        for stretch in text:
            if stretch.is_plain:
                yield from self._without_tags(self._markup.read(stretch.spoken))
            else:
                yield from self._without_tags(self._markup.rest())
                yield stretch

    def _without_tags(self, spans: list[Span]) -> Iterator[Stretch]:
        for span in spans:
            if not is_known_tag(span.text):
                # The blank behind a tag goes with it.
                kept = span.text.lstrip(" ") if self._follows_tag else span.text
                self._follows_tag = self._follows_tag and not kept
                if kept:
                    self._ends_in_blank = kept[-1].isspace()
                    yield Stretch(kept, kept)
            else:
                self._follows_tag = self._ends_in_blank
