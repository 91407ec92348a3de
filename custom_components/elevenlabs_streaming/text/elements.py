"""Elements in angle brackets: HTML, SSML, addresses, and what agents put around their reasoning."""

from collections.abc import Collection
import re
from typing import Final

from .addresses import read_address
from .characters import frozen_words
from .clean_step import WAIT, CleanStep, LineKind, Mode
from .markup import INLINE_ELEMENTS, PAUSE_ELEMENTS

# What models put around their reasoning and their calls of tools (DeepSeek, Qwen, GLM, MiniMax:
# `think`; Claude's and Grok's prompts: `thinking`; Gemma, ByteDance, and others).
_REASONING: Final = frozen_words(
    "think thinking thought thoughts reasoning reflection scratchpad inner_monologue seed:think "
    "tool_call tool_calls tool_code tool_response function_call function_calls"
)
_UNSPOKEN: Final = _REASONING | frozen_words("script style")
_LINE_ELEMENTS: Final = frozen_words(
    "blockquote body br center dd details div dl dt footer form h1 h2 h3 h4 h5 h6 head header hr "
    "html li main ol p pre section summary table tbody tfoot thead title tr ul"
)
_WORD_ELEMENTS: Final = frozen_words(
    "a abbr b big button code del em font i iframe img input ins kbd label link meta nav q s samp "
    "select small span strike strong sup svg td th tt u var video wbr"
)
# Names of SSML that are HTML without their attribute.
_OF_BOTH: Final = {"sub": "alias", "mark": "name"}
# What models put around the answer that follows their reasoning.
_ANSWERS: Final = frozen_words("answer final final_answer response")
_HTML: Final = _LINE_ELEMENTS | _WORD_ELEMENTS | _ANSWERS
_SSML: Final = INLINE_ELEMENTS | PAUSE_ELEMENTS
_NAMES: Final = _HTML | _SSML | _UNSPOKEN

_VALUE: Final = r"""(?:"[^"]*"|'[^']*'|[^\s"'<>]+)"""
_ATTRIBUTES: Final = rf"(?:\s+[\w:.@-]+(?:\s*=\s*{_VALUE})?)*+\s*/?"
_ELEMENT: Final = re.compile(rf"<(/?)([a-z][\w:.-]*+)({_ATTRIBUTES})>", re.IGNORECASE)
_BEGUN: Final = re.compile(r"</?([a-z][\w:.-]*+)?([\s/][^<>]*)?\Z", re.IGNORECASE)
_LONGEST: Final = 250
_LONGEST_BARE: Final = 40

_AUTOLINK: Final = re.compile(r"<(?:(https?://[^\s<>]+)|([\w.+-]+@[\w.-]+))>", re.IGNORECASE)
_AUTOLINK_BEGUN: Final = re.compile(
    r"<(?:h(?:t(?:t(?:p(?:s?(?::/?)?)?)?)?)?|https?://[^\s<>]*"
    r"|[\w.+-]{1,64}(?:@[\w.-]{0,64})?)?\Z",
    re.IGNORECASE,
)
_COMMENT_BEGUN: Final = re.compile(r"<!(?:-?)\Z")
_COMMENT_END: Final = re.compile("-->")

# OpenAI's harmony, Cohere's command, and the special tokens that templates let through.
_CHANNEL: Final = re.compile(r"<\|channel\|>(?:analysis|commentary)[^<\n]{0,60}<\|message\|>")
_CHANNEL_END: Final = re.compile(r"<\|(?:end|call)\|>|(?=<\|channel\|>final)")
_THINKING: Final = re.compile(r"<\|START_THINKING\|>")
_THINKING_END: Final = re.compile(r"<\|END_THINKING\|>")
_TOKEN: Final = re.compile(
    r"<\|start\|>[a-z]{0,12}(?=<\||\Z)|<\|channel\|>final(?:\s[^<\n]{0,60})?(?=<\||\Z)|<\|[\w.-]{1,40}\|>"
)
_TOKEN_BEGUN: Final = re.compile(
    r"<\|[\w.-]{0,40}\|?\Z|<\|start\|>[a-z]{0,12}<?\Z|<\|channel\|>[^<\n]{0,70}(?:<(?:\|\w{0,7}\|?)?)?\Z"
)


def read_element(
    text: str, at: int, *, final: bool, opened: Collection[str], language: str
) -> CleanStep | None:
    """Read what begins with "<"; None where it is text. `opened`: the elements of SSML around."""
    following = text[at + 1 : at + 2]
    if following == "|":
        return _token(text, at, final=final)
    if following == "!":
        return _comment(text, at, final=final)
    if found := _ELEMENT.match(text, at, at + _LONGEST):
        return _element(found, opened)
    if found := _AUTOLINK.match(text, at, at + _LONGEST):
        return _autolink(found, language)
    begun = _is_begun(text, at) or _AUTOLINK_BEGUN.match(text, at, at + _LONGEST)
    return WAIT if begun and not final and len(text) - at < _LONGEST else None


def _element(found: re.Match[str], opened: Collection[str]) -> CleanStep | None:
    name, end = found[2].lower(), found.end()
    if name in _UNSPOKEN:
        mode = None if found[1] else Mode.LEFT_OUT
        until = re.compile(rf"</{re.escape(name)}\s*>", re.IGNORECASE) if mode else None
        return CleanStep(end, mode=mode, until=until)
    if is_ssml(found, opened):
        return CleanStep(end, found[0])
    if name in _LINE_ELEMENTS:
        return CleanStep(end, line=LineKind.BLOCK, breaks_line=True)
    return CleanStep(end) if name in _HTML or name in _OF_BOTH else None


def is_ssml(found: re.Match[str], opened: Collection[str]) -> bool:
    """Whether an element is one that the model reads, and not HTML of the same name."""
    name = found[2].lower()
    if name in ("p", "s"):
        return "speak" in opened
    if attribute := _OF_BOTH.get(name):
        return name in opened if found[1] else attribute in found[3]
    return name in _SSML


def opened_by(shown: str, opened: Collection[str]) -> set[str]:
    """Return which of the elements that must be closed an element opens or closes."""
    found = _ELEMENT.fullmatch(shown)
    if not found or found[3].endswith("/") or found[2].lower() not in ("speak", "sub"):
        return set()
    name = found[2].lower()
    return {name} if (name in opened) == bool(found[1]) else set()


def _is_begun(text: str, at: int) -> bool:
    """Whether more text may make an element of it."""
    if not (begun := _BEGUN.match(text, at)):
        return False
    name, longest = (begun[1] or "").lower(), _LONGEST if "=" in begun[0] else _LONGEST_BARE
    known = name in _NAMES if begun[2] else any(one.startswith(name) for one in _NAMES)
    return known and len(text) - at < longest


def _autolink(found: re.Match[str], language: str) -> CleanStep:
    """Return the host of an address in angle brackets, or the whole of a mail address."""
    if found[2]:
        return CleanStep(found.end(), found[2])
    host = read_address(found[1], 0, final=True, language=language)
    return CleanStep(found.end(), host.shown, host.spoken) if host else CleanStep(found.end())


def _comment(text: str, at: int, *, final: bool) -> CleanStep | None:
    if text.startswith("<!--", at):
        return CleanStep(at + 4, mode=Mode.LEFT_OUT, until=_COMMENT_END)
    return WAIT if not final and _COMMENT_BEGUN.match(text, at) else None


def _token(text: str, at: int, *, final: bool) -> CleanStep | None:
    """Read a special token of a model."""
    end = at + _LONGEST
    for begin, until in ((_CHANNEL, _CHANNEL_END), (_THINKING, _THINKING_END)):
        if found := begin.match(text, at, end):
            return CleanStep(found.end(), mode=Mode.LEFT_OUT, until=until)
    if not final and _TOKEN_BEGUN.match(text, at, end):
        return WAIT
    token = _TOKEN.match(text, at, end)
    return CleanStep(token.end()) if token else None
