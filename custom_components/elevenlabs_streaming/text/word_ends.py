"""Where a whole word begins and ends, in any script, in a text that may still grow."""

from typing import Final

from .characters import (
    ZERO_WIDTH_SPACE,
    frozen_words,
    is_extending,
    is_unspaced,
    takes_next,
)

APOSTROPHES: Final = "'’ʼ"  # noqa: RUF001  # typographic ones
_SCHEME_END: Final = "://"
_HANGUL: Final = ("\uac00", "\ud7a3")
# Words of one script are written as one, though it writes no spaces.
_KATAKANA: Final = (("\u30a1", "\u30fa"), ("\u30fc", "\u30ff"), ("\u31f0", "\u31ff"))
_HALF_KATAKANA: Final = ("\uff66", "\uff9f")
# What Korean writes right behind a name.
_PARTICLES: Final = frozen_words(
    "은 는 이 가 을 를 에 의 와 과 도 로 만 께 랑 나 님 씨 야 아 에서 에게 으로 부터 까지 한테 "
    "이랑 이나 이라 이라고 라고 라는 이라는 처럼 보다 하고 에는 에도 에서는 에서도 으로는 로는 "
    "입니다 이에요 예요 이야 이고 께서 마다 조차 밖에"
)
_LONGEST_PARTICLE: Final = max(map(len, _PARTICLES))


def starts_word(text: str, at: int) -> bool:
    """Return whether a whole word may begin at a position; a sign may begin anywhere."""
    first, before = text[at], text[at - 1 : at] if at else ""
    if not _is_in_words(first):
        return True
    if is_extending(first) or takes_next(before):
        return False
    if before == "@":
        return not (at > 1 and _is_in_words(text[at - 2]))
    return not _is_in_words(before) or _are_apart(before, first)


def ends_word(text: str, end: int, *, final: bool) -> bool | None:
    """Return whether a whole word ends before a position; None if more text must tell."""
    last, following = text[end - 1], text[end : end + 1]
    if not _is_in_words(last):
        return True
    if not following:
        return True if final else None
    if following in APOSTROPHES:
        return _ends_at_apostrophe(text[end + 1 : end + 3], final=final)
    if following == ":":
        return _ends_at_colon(text[end : end + len(_SCHEME_END)], final=final)
    if _is_hangul(last) and _is_hangul(following):
        return _ends_at_particle(text, end, final=final)
    return _may_part(last, following)


def _may_part(last: str, following: str) -> bool:
    """Whether the second of two neighbours may stand outside the word of the first."""
    if takes_next(last) or following == "@":
        return False
    if is_extending(following) and following != ZERO_WIDTH_SPACE:
        return False
    return not _is_in_words(following) or _are_apart(last, following)


def _is_in_words(character: str) -> bool:
    """Whether a character is a part of words."""
    return (
        character.isalnum()
        or character == "_"
        or (character > "\x7f" and character != ZERO_WIDTH_SPACE and is_extending(character))
    )


def _are_apart(before: str, after: str) -> bool:
    """Whether two neighbours belong to two words though no space is between them."""
    if is_unspaced(before) and is_unspaced(after):
        return not (_is_katakana(before) and _is_katakana(after))
    if is_unspaced(before) or is_unspaced(after):
        return True
    is_letter = before.isalpha() and after.isalpha()
    return is_letter and _is_hangul(before) != _is_hangul(after)


def _ends_at_apostrophe(after: str, *, final: bool) -> bool | None:
    """Whether a word ends before an apostrophe: "HA's" is a form of it, "can't" is another."""
    if after[:1] not in ("t", "T", ""):
        return True
    if after[1:] or final:
        return not (after[:1] and not _is_in_words(after[1:] or " "))
    return None


def _ends_at_colon(after: str, *, final: bool) -> bool | None:
    """Whether a word ends before a colon, and does not begin an address."""
    if after == _SCHEME_END:
        return False
    return None if _SCHEME_END.startswith(after) and not final else True


def _ends_at_particle(text: str, end: int, *, final: bool) -> bool | None:
    """Whether only a Korean particle follows."""
    after = end
    while after < len(text) and _is_hangul(text[after]) and after - end <= _LONGEST_PARTICLE:
        after += 1
    if after == len(text) and not final and after - end <= _LONGEST_PARTICLE:
        return None
    return text[end:after] in _PARTICLES


def _is_hangul(character: str) -> bool:
    return _HANGUL[0] <= character <= _HANGUL[1]


def _is_katakana(character: str) -> bool:
    if _HALF_KATAKANA[0] <= character <= _HALF_KATAKANA[1]:
        return True
    return any(first <= character <= last for first, last in _KATAKANA)
