"""Cutting text where a listener would not notice: between words, between sentences."""

import re

from .markup import INLINE_ELEMENTS, PAUSE_ELEMENTS
from .sentence_ends import CLOSERS, FREE_SIGNS, is_finished, sentence_ends

# Tags that a model performs or reads as markup must arrive whole
# (docs/protocol.md, "WebSocket messages"). A "<" before anything else is text.
_NAMES = "|".join(map(re.escape, sorted(INLINE_ELEMENTS | PAUSE_ELEMENTS)))
_ATTRIBUTES = r"""(?:\s++[\w:.-]++="[^"<>]*+"|\s++[\w:.-]++='[^'<>]*+')*+"""
_ATTRIBUTE_BEGUN = r"""(?:\s++(?:[\w:.-]++(?:="[^"<>]*+|='[^'<>]*+|=)?)?)?+"""
_OPEN_TAG = re.compile(
    rf"</?(?:{_NAMES}){_ATTRIBUTES}{_ATTRIBUTE_BEGUN}/?\Z|\[[^\[\]]{{0,60}}\Z", re.IGNORECASE
)
# Chinese and Japanese write no spaces; their marks, with the quotes that they close, end a
# piece instead, and so do the sentence ends of other scripts.
_MARKS = re.escape(f"{FREE_SIGNS}；，、")  # noqa: RUF001  # wide punctuation is meant
_CLOSING = re.escape(CLOSERS)
# Blanks that do not hold their words together.
_BLANK = r"[^\S\u00a0\u2007\u202f]"
_BLANKS = re.compile(f"{_BLANK}+")
_MOST_LINE_ENDS = 2
_WORD_END = re.compile(
    rf".*(?:{_BLANK}|[{_MARKS}][{_CLOSING}]*(?![{_MARKS}{_CLOSING}])(?=.))", re.DOTALL
)
_SHORTEST_SENTENCE = 20
_LONGEST_TAG = 250
_SAYABLE = re.compile(r"[^\W_]|[$¢£¥\u20a0-\u20cf]")
_MARKUP = re.compile(r"<[a-zA-Z/!?][^<>]*>")


class WordFeeder:
    """Turns arbitrary fragments into pieces that end after a word and in one space.

    The server glues the pieces together as they are. A line end goes with what follows it, so
    that the text sent is the same wherever the fragments were cut.
    """

    def __init__(self) -> None:
        """Start with nothing held back."""
        self._held = ""
        self._line_ends = ""
        self._is_begun = False

    @property
    def ends_line(self) -> bool:
        """Whether a line is known to end with the last piece."""
        return bool(self._line_ends)

    def add(self, fragment: str) -> str:
        """Return what may be sent now, which may be nothing."""
        self._held += fragment
        return self._piece(self._safe_cut())

    def settled(self, *, after_long: bool) -> str:
        """Return what was held back if a pause shows that its last word is complete."""
        over = is_finished(self._held, after_long=after_long) and not _OPEN_TAG.search(self._held)
        return self.rest() if over else ""

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        return self._piece(len(self._held))

    def _safe_cut(self) -> int:
        """Return the end of the last whole word that lies outside a tag."""
        open_tag = _OPEN_TAG.search(self._held)
        end = open_tag.start() if open_tag else len(self._held)
        found = _WORD_END.match(self._held, 0, end)
        return before_open_tag(self._held, found.end()) if found else 0

    def _piece(self, cut: int) -> str:
        """Take a piece of what is held back, with single blanks; keep its last line ends."""
        piece, self._held = self._held[:cut], self._held[cut:]
        words = _BLANKS.sub(_blank, f"{self._line_ends}{piece} ")
        text = words.rstrip()
        self._line_ends = words[len(text) :].lstrip(" ") if text or self._is_begun else ""
        if not text:
            return ""
        self._is_begun, text = True, text.removeprefix(" ")
        return f"{text} "


def _blank(found: re.Match[str]) -> str:
    """Return one space for blanks, and behind it the line ends among them, two at most."""
    lines = found[0].replace("\r\n", "\n").count("\n")
    return " " + "\n" * min(lines, _MOST_LINE_ENDS)


class SentenceFeeder:
    """Turns arbitrary fragments into whole sentences."""

    def __init__(self) -> None:
        """Start with nothing held back."""
        self._held = ""

    def add(self, fragment: str) -> str:
        """Return the sentences that are complete now, as one text."""
        self._held += fragment
        cut = max((end for end in sentence_ends(self._held)), default=0)
        if cut < _SHORTEST_SENTENCE:
            return ""
        piece, self._held = self._held[:cut], self._held[cut:]
        return piece

    def settled(self) -> str:
        """Return what was held back if a long pause shows that its clause is complete."""
        return self.rest() if is_finished(self._held, after_long=True) else ""

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        piece, self._held = self._held, ""
        return piece


def split_text(text: str, limit: int) -> list[str]:
    """Split into parts of at most `limit` characters, at sentences where possible, else words."""
    parts: list[str] = []
    while len(text) > limit:
        head = text[:limit]
        cut = max(sentence_ends(head), default=0) or head.rfind(" ") + 1 or limit
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text] if text.strip() else parts


def is_sayable(text: str) -> bool:
    """Whether there is a letter, a digit, or a currency outside markup."""
    return bool(_SAYABLE.search(_MARKUP.sub(" ", text)))


def has_words(text: str) -> bool:
    """Whether there is anything that is surely heard."""
    return any(map(str.isalnum, _MARKUP.sub(" ", text)))


def before_open_tag(text: str, position: int) -> int:
    """Return a position that lies in no tag: the same, or the beginning of the tag around it."""
    found = _OPEN_TAG.search(text[max(0, position - _LONGEST_TAG) : position])
    return position - (len(found[0]) if found else 0)
