"""What is spoken or performed and never shown: audio tags, SSML, pronunciation markup.

An audio tag is words in square brackets: `[whispers]`, `[laughs softly]`, `[耳语]`. Only some
models perform it; the others speak it. What has a digit or a sign in it (`[1]`, `[see page 3]`),
begins with a capital and is no tag that is known (`[OK]`, `[ACME Support]`), a single Latin letter
(`[x]`), or a link's `(` behind it is text and stays, and so does a bracket that is never closed.
The service performs or reads out anything else in brackets, so `[sic]` goes the same way.

SSML is known by its names; other things in angle brackets, HTML among them, are text.
"""

from enum import Enum
import re
from typing import Final, NamedTuple
import unicodedata

from .characters import frozen_words, is_unspaced


class Kind(Enum):
    """What becomes of a stretch of text."""

    SHOWN = 1
    HIDDEN = 2
    PAUSE = 3
    """Hidden, and words do not reach across it."""


class Span(NamedTuple):
    """A stretch of text and what becomes of it."""

    text: str
    kind: Kind


# Elements of SSML 1.1, and those that other makers' voices know, which writers bring along.
INLINE_ELEMENTS: Final = frozen_words(
    "phoneme sub prosody emphasis say-as voice lang lexeme token w amazon:effect "
    "amazon:emotion mstts:express-as"
)
PAUSE_ELEMENTS: Final = frozen_words("speak break audio mark metadata lexicon lookup desc")
# Names that HTML has too count only inside <speak>.
_INSIDE_SPEAK: Final = frozen_words("p s")
_NAMES: Final = INLINE_ELEMENTS | PAUSE_ELEMENTS | _INSIDE_SPEAK
_LONGEST: Final = 400

_VALUES = r"""(?:[^"'<>]|"[^"]*"|'[^']*')*+"""
_ELEMENT: Final = re.compile(rf"</?([a-z][\w:.-]*+)(?:[\s/]{_VALUES})?>", re.IGNORECASE)
_ELEMENT_BEGUN: Final = re.compile(
    rf"""</?(?:([a-z][\w:.-]*+)([\s/]{_VALUES}(?:"[^"]*+|'[^']*+)?)?)?\Z""", re.IGNORECASE
)
_BRACKET: Final = re.compile(r"\[([^\[\]\n]{1,60})\]")
_BRACKET_BEGUN: Final = re.compile(r"\[([^\[\]\n]{0,60})\Z")
# The first words of the tags that ElevenLabs names for v3, and what writers call the same.
_KNOWN: Final = frozen_words(
    "angry annoyed applause appalled breathes breathing calm cautiously chuckles chuckling "
    "clapping clears coughs crying curious curiously deadpan dramatic dramatically excited "
    "excitedly exhales exhaling explosion flustered frustrated gasps giggles giggling "
    "groaning gulps gunshot happily happy hesitates hesitant impressed inhales laughing "
    "laughs laughter leaves long mischievously muttering nervous nervously panting pause "
    "pauses playful playfully pleading professional quietly quizzically rushed sad sadly "
    "sarcastic sarcastically serious shouting shouts sighing sighs singing sings slow slowly "
    "smacks sniffs snorts sobbing softly soft starts stammers strong surprised swallows "
    "sympathetic thoughtful tired warmly wheezing whisper whispering whispers whistles with "
    "woo yawns yelling"
)
_BRACKET_SIGNS: Final = " ,'’-"  # noqa: RUF001  # an apostrophe
_POSSIBLE: Final = re.compile(r"[<\[]")


class MarkupReader:
    """Parts a growing text into what is shown and what is not."""

    def __init__(self, *, performs_tags: bool = True) -> None:
        """`performs_tags`: whether the model performs audio tags; else it speaks them."""
        self._performs_tags = performs_tags
        self._held = ""
        self._speaking = 0

    def read(self, text: str) -> list[Span]:
        """Return what is certain now; the beginning of what may be markup is held back."""
        return self._read(self._held + text, final=False)

    def rest(self) -> list[Span]:
        """Return what was held back, at the end of the text."""
        return self._read(self._held, final=True)

    def _read(self, text: str, *, final: bool) -> list[Span]:
        spans: list[Span] = []
        shown = position = 0
        while found := _POSSIBLE.search(text, position):
            at = found.start()
            span = self._markup(text, at, final=final)
            if span is None:
                break
            position = at + len(span.text)
            if span.kind is not Kind.SHOWN:
                spans += [Span(text[shown:at], Kind.SHOWN), span]
                shown = position
        end = found.start() if found else len(text)
        self._held = text[end:]
        return [*spans, Span(text[shown:end], Kind.SHOWN)]

    def _markup(self, text: str, at: int, *, final: bool) -> Span | None:
        """Return what begins at `at`, or None if more text must tell."""
        if text[at] == "<":
            span = self._element(text, at)
        elif self._performs_tags:
            span = _audio_tag(text, at, final=final)
        else:
            span = Span("[", Kind.SHOWN)
        return span or (Span(text[at], Kind.SHOWN) if final else None)

    def _element(self, text: str, at: int) -> Span | None:
        """Read an SSML element; a shown "<" where there is none."""
        if found := _ELEMENT.match(text, at, at + _LONGEST):
            name = found[1].lower()
            if self._knows(name):
                self._enter(name, found[0])
                return Span(found[0], Kind.HIDDEN if name in INLINE_ELEMENTS else Kind.PAUSE)
        elif begun := _ELEMENT_BEGUN.match(text, at, at + _LONGEST):
            name = (begun[1] or "").lower()
            known = name in _NAMES if begun[2] else any(n.startswith(name) for n in _NAMES)
            if known and len(text) - at < _LONGEST:
                return None
        return Span("<", Kind.SHOWN)

    def _knows(self, name: str) -> bool:
        return (
            name in INLINE_ELEMENTS
            or name in PAUSE_ELEMENTS
            or (name in _INSIDE_SPEAK and self._speaking > 0)
        )

    def _enter(self, name: str, element: str) -> None:
        if name == "speak" and not element.endswith("/>"):
            self._speaking += -1 if element.startswith("</") else 1


def is_known_tag(text: str) -> bool:
    """Return whether a span is an audio tag that ElevenLabs names, or one like it."""
    found = _BRACKET.fullmatch(text)
    return found is not None and found[1].lower().partition(" ")[0] in _KNOWN


def _audio_tag(text: str, at: int, *, final: bool) -> Span | None:
    """Read an audio tag; a shown "[" where there is none, None if more text must tell."""
    if found := _BRACKET.match(text, at):
        word = len(found[1]) > 1 or is_unspaced(found[1])
        if word and _is_direction(found[1]) and not text.startswith("(", found.end()):
            waits = found.end() == len(text) and not final
            return None if waits else Span(found[0], Kind.PAUSE)
    elif (begun := _BRACKET_BEGUN.match(text, at)) and _is_direction(begun[1]):
        return None
    return Span("[", Kind.SHOWN)


def _is_direction(text: str) -> bool:
    """Whether the text is words alone, as far as it goes, and no name or abbreviation."""
    if not (text[:1].isalpha() if text else True):
        return False
    if text[:1].isupper() and not _may_be_known(text):
        return False
    return all(
        character.isalpha()
        or character in _BRACKET_SIGNS
        or unicodedata.category(character) in _SIGNS
        for character in text
    )


def _may_be_known(text: str) -> bool:
    """Whether the text begins with a tag that is known, as far as it goes."""
    word, blank, _ = text.lower().partition(" ")
    return word in _KNOWN if blank else any(known.startswith(word) for known in _KNOWN)


_SIGNS: Final = ("Mn", "Mc", "Cf")
