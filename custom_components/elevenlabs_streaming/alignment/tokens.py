"""The text of an utterance, as far as it is known, laid out to be followed by a voice."""

from array import array
from collections import Counter, deque
from collections.abc import Iterator
import re

from ..text import (
    ZERO_WIDTH_SPACE,
    Kind,
    MarkupReader,
    Span,
    Stretch,
    is_control,
    is_unspaced,
    match_key,
)
from .speakers import Speakers
from .words import WordSplitter

HIDDEN = -1
_SLICE = 256
# Most texts are mostly such letters, which need no look at each of them.
_PIECES = re.compile(r"[A-Za-z]+|.", re.DOTALL)


class Token:
    """A word of the text: its characters and the keys that belong to it."""

    __slots__ = ("after", "before", "ended", "first", "last", "offset", "parts", "tag")

    def __init__(self, before: str, first: int, offset: int, tag: str) -> None:
        """`first`: the number of its first key; `offset`: where it begins in the text.

        `tag`: the audio tag before it, without brackets.
        """
        self.before = before
        self.tag = tag
        self.offset = self.after = offset
        self.parts: list[str] = []
        self.first = self.last = first
        self.ended = False

    @property
    def text(self) -> str:
        """What is shown."""
        return "".join(self.parts)


class WrittenText:
    """Words of a growing text, and their characters as keys in one row.

    Hidden text has keys too: some answers carry its characters. The text is read only as far
    as it is asked for, so that a long one costs nothing at once.
    """

    def __init__(self, *, performs_tags: bool = True) -> None:
        """Start with no text; `performs_tags`: whether the model performs audio tags."""
        self.keys: list[str] = []
        self.owners = array("l")
        self.tokens: list[Token] = []
        self._offset = 0
        self._unread: deque[str | Stretch] = deque()
        self._whole = False
        self._half = ""
        self._markup = MarkupReader(performs_tags=performs_tags)
        self._splitter = WordSplitter()
        self.speakers = Speakers()
        self._tag = ""

    @property
    def complete(self) -> bool:
        """Whether the text was read to its end."""
        return self._whole and not self._unread

    def write(self, text: str, spoken: str | None = None) -> None:
        """Add more of the text; a surrogate pair may be split over two calls.

        `spoken`: what is spoken in its place.
        """
        self.speakers.write(text)
        if spoken not in (None, text):
            self._unread.append(Stretch(text, spoken))
            return
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if not text.isascii():
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._unread.extend(text[at : at + _SLICE] for at in range(0, len(text), _SLICE))

    def end(self) -> None:
        """Mark the text as complete."""
        if not self._whole:
            self._whole = True
            self._unread.append("")

    def reach(self, count: int) -> None:
        """Read on until there are so many keys, or all."""
        while self._unread and len(self.keys) < count:
            piece = self._unread.popleft()
            if isinstance(piece, str):
                self._read(self._markup.read(piece))
            else:
                self._read(self._markup.rest())
                self._show_replaced(piece.shown, piece.spoken)
            if self.complete:
                self._read(self._markup.rest())
                self._end_token()

    def sounds(self, index: int) -> bool:
        """Whether a voice does not pass over this key, as it may over hidden text and signs."""
        return self.owners[index] != HIDDEN and self.keys[index].isalnum()

    def sounding(self, index: int, count: int) -> list[int]:
        """Return which of the next `count` keys from `index` on sound."""
        end = min(len(self.keys), index + count)
        return [at for at in range(index, end) if self.sounds(at)]

    def ends_word(self, index: int) -> bool:
        """Whether nothing that sounds stands behind this visible key in its word."""
        owner = self.owners[index]
        if owner == HIDDEN:
            return False
        return not any(self.sounds(after) for after in range(index + 1, self.tokens[owner].last))

    def after_hidden(self, index: int) -> int:
        """Return the first visible key from `index` on."""
        while index < len(self.keys) and self.owners[index] == HIDDEN:
            index += 1
        return index

    def may_start_word(self, index: int) -> bool:
        """Whether nothing that sounds stands before this visible key in its word.

        In a script without spaces a word may start at any key.
        """
        if is_unspaced(self.keys[index]):
            return True
        token = self.tokens[self.owners[index]]
        return not any(self.sounds(before) for before in range(token.first, index))

    def _read(self, spans: list[Span]) -> None:
        for span in spans:
            if span.kind is Kind.SHOWN:
                for piece in _PIECES.findall(span.text):
                    if piece.isascii() and piece.isalpha():
                        self._show_letters(piece)
                    else:
                        self._show(piece)
            else:
                self._hide(span)
                self._offset += len(span.text)

    def _hide(self, span: Span) -> None:
        if span.kind is Kind.PAUSE:
            self._end_token()
            self._splitter.pause()
            self._tag = span.text[1:-1] if span.text.startswith("[") else self._tag
        keys = [key for character in span.text if (key := match_key(character))]
        self.keys += keys
        self.owners.extend([HIDDEN] * len(keys))

    def _show(self, character: str) -> None:
        if not (token := self._place(character)):
            return
        key = match_key(character)
        if key or len(self.keys) == token.first:
            self.keys.append(key or character)
            self.owners.append(len(self.tokens) - 1)
            token.last = len(self.keys)

    def _place(self, character: str) -> Token | None:
        """Add a character to the word that it belongs to; None if it belongs to none."""
        self._offset += 1
        if self._splitter.is_gap(character):
            self._end_token()
            return None
        if is_control(character):
            return None
        before = self._splitter.starts_word(character)
        if before is not None:
            self._begin_token(before, self._offset - 1)
        token = self.tokens[-1]
        token.parts.append(character)
        token.after = self._offset
        return token

    def _show_replaced(self, shown: str, spoken: str) -> None:
        """Show words in whose place others are spoken; they share the keys of those."""
        owners = [len(self.tokens) - 1 for character in shown if self._place(character)]
        keys, passed = list(_spoken_keys(spoken)), 0
        for owner, letters in Counter(owners).items():
            first, passed = passed, passed + letters
            share = slice(len(keys) * first // len(owners), len(keys) * passed // len(owners))
            self._add_keys(owner, keys[share])

    def _add_keys(self, owner: int, keys: list[tuple[str, bool]]) -> None:
        """Add keys to the last word or one that was just begun, which has at least one."""
        token = self.tokens[owner]
        if token.first >= token.last:
            token.first = len(self.keys)
            keys = keys or [(ZERO_WIDTH_SPACE, True)]
        self.keys += [key for key, _ in keys]
        self.owners.extend(owner if is_heard else HIDDEN for _, is_heard in keys)
        token.last = len(self.keys)

    def _show_letters(self, letters: str) -> None:
        """Show Latin letters, all of them at once where they belong to one word."""
        if (before := self._splitter.begin_letters(letters)) is not None:
            self._begin_token(before, self._offset)
        elif not self._splitter.takes_letters(letters):
            for letter in letters:
                self._show(letter)
            return
        token = self.tokens[-1]
        token.parts.append(letters)
        self._offset += len(letters)
        token.after = self._offset
        self.keys += letters.lower()
        self.owners.extend([len(self.tokens) - 1] * len(letters))
        token.last = len(self.keys)

    def _begin_token(self, before: str, offset: int) -> None:
        self._end_token()
        self.tokens.append(Token(before, len(self.keys), offset, self._tag))
        self._tag = ""

    def _end_token(self) -> None:
        if self.tokens:
            self.tokens[-1].ended = True


def _spoken_keys(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the keys of what is spoken, and whether each is heard."""
    markup = MarkupReader()
    for span in (*markup.read(text), *markup.rest()):
        for key in filter(None, map(match_key, span.text)):
            yield key, span.kind is Kind.SHOWN
