"""Split a text into the segments that are synthesized one at a time."""

from collections.abc import Iterator
import re

_MAX_CHARS = 250
_MIN_CHARS = 24
_MAX_MARKUP_CHARS = 200
_SENTENCE_END = re.compile(
    r"(?:(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bNr)(?<!\bca)(?<!\bSr)"
    r"(?<!\bvs)(?<!\bSra)(?<![.\s]\w)[.]|[!?…])[!?.…]*[\"'”’)\]]*\s+"  # noqa: RUF001 - meant
    r"|[。！？；]+[」』”]*\s*|\n+"  # noqa: RUF001 - Chinese and Japanese punctuation
)
_CLAUSE_END = re.compile(r"[,;:—–]\s+|[，、؛،]\s*|\s+")  # noqa: RUF001 - of many scripts


def split_segments(text: str) -> Iterator[str]:
    """Yield sentences of limited length; joined, they are the text again."""
    start = 0
    while start < len(text):
        window = text[start : start + 2 * _MAX_CHARS]
        end = _first_segment_end(window, is_last=start + len(window) == len(text))
        yield window[:end]
        start += end


def _first_segment_end(window: str, *, is_last: bool) -> int:
    for match in _SENTENCE_END.finditer(window):
        if match.end() > _MAX_CHARS:
            break
        if match.end() >= _MIN_CHARS and not _is_inside_markup(window, match.end()):
            return match.end()
    if is_last and len(window) <= _MAX_CHARS:
        return len(window)
    return _last_clause_end(window)


def _last_clause_end(window: str) -> int:
    ends = [
        match.end()
        for match in _CLAUSE_END.finditer(window, 0, _MAX_CHARS)
        if not _is_inside_markup(window, match.end())
    ]
    return ends[-1] if ends else _MAX_CHARS


def _is_inside_markup(text: str, offset: int) -> bool:
    opened = text.rfind("<", max(0, offset - _MAX_MARKUP_CHARS), offset)
    return opened >= 0 and ">" not in text[opened:offset] and ">" in text[offset:]
