"""Parse a text into fragments: markup, audio tags, aliases, and text normalization."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import re

from .text_normalization import (
    LANGUAGES,
    TextFragment,
    normalization_pattern,
    normalize_match,
)

_MAX_BREAK = 3.0
_MARKUP = re.compile(r"<[^<>]{1,200}>")
_AUDIO_TAG = re.compile(r"\[[A-Za-z][A-Za-z ,'-]{0,60}\]")
_BREAK = re.compile(r"""<break\s+time\s*=\s*["']([\d.]+)(ms|s)["']\s*/>""")

type _Parser = Callable[[str], Iterator[TextFragment]]
type _MatchParser = Callable[[re.Match[str]], Iterator[TextFragment]]


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """What is parsed in a text."""

    language: str
    normalize: bool = True
    ssml: bool = False
    audio_tags: bool = False
    aliases: tuple[tuple[str, str], ...] = ()


def parse_text(text: str, settings: ParserSettings) -> list[TextFragment]:
    """Return the fragments of a text; their texts joined are the text again."""
    parser = _normalization_parser(settings)
    if settings.aliases:
        parser = _alias_parser(dict(settings.aliases), parser)
    if settings.audio_tags:
        parser = _pattern_parser(_AUDIO_TAG, _parse_audio_tag, parser)
    if settings.ssml:
        parser = _pattern_parser(_MARKUP, _parse_markup, parser)
    return list(parser(text))


def _pattern_parser(pattern: re.Pattern[str], parse_match: _MatchParser, parse: _Parser) -> _Parser:
    """Return a parser that treats the matches of a pattern differently."""

    def parse_all(text: str) -> Iterator[TextFragment]:
        offset = 0
        for match in pattern.finditer(text):
            yield from parse(text[offset : match.start()])
            yield from parse_match(match)
            offset = match.end()
        yield from parse(text[offset:])

    return parse_all


def _normalization_parser(settings: ParserSettings) -> _Parser:
    language = settings.language
    if not settings.normalize or language not in LANGUAGES:
        return _parse_plain
    return _pattern_parser(
        normalization_pattern(language),
        lambda match: normalize_match(match, language),
        _parse_plain,
    )


def _alias_parser(aliases: dict[str, str], parse: _Parser) -> _Parser:
    words = "|".join(re.escape(word) for word in aliases)
    return _pattern_parser(
        re.compile(rf"(?<!\w)(?:{words})(?!\w)"),
        lambda match: iter((TextFragment(match[0], aliases[match[0]]),)),
        parse,
    )


def _parse_plain(text: str) -> Iterator[TextFragment]:
    if text:
        yield TextFragment(text, text)


def _parse_markup(match: re.Match[str]) -> Iterator[TextFragment]:
    """Yield a pause for a break, and a silent fragment for other markup."""
    pause = 0.0
    if found := _BREAK.fullmatch(match[0]):
        try:
            pause = float(found[1]) / (1000 if found[2] == "ms" else 1)
        except ValueError:
            pause = 0.0
    yield TextFragment(match[0], "", pause=min(pause, _MAX_BREAK))


def _parse_audio_tag(match: re.Match[str]) -> Iterator[TextFragment]:
    yield TextFragment(match[0], "", audio_tag=match[0][1:-1].lower())
