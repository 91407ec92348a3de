"""A text that was written for eyes, as a person would say it.

Agents answer in Markdown, and automations copy HTML. Marks are left out, links become their label,
addresses their host, and lines that end without a sign get one, so that the voice pauses. What only
looks like a mark stays: `snake_case`, `3 * 4`, `C#`, `<3`, SSML, and audio tags. The kinds are
those of CommonMark, read one after another: a growing text cannot wait for the second of a pair.
"""

from collections.abc import Callable, Mapping
import re
from typing import Final

from .addresses import PATH_END, read_address
from .clean_step import WAIT, CleanStep, LineKind, Mode
from .clean_writer import CleanWriter
from .elements import opened_by, read_element
from .emoji import EMOJI, is_open_sign
from .inline_marks import (
    read_bracket,
    read_code,
    read_entity,
    read_escape,
    read_run,
    read_source,
    read_thought,
)
from .line_starts import pauses_before, read_box, read_line_start
from .stretches import CleanText

type _Read = Callable[..., CleanStep | None]

_SIGNS: Final = (
    r"[\n*_~`\[<&\\◁【]|(?<!\S)!(?=\[|\Z)"
    rf"|(?<![\w@])(?:[hH][tT]|[wW]{{2}}|[hHwW]\Z)|{EMOJI}"
)
_SPECIAL: Final = {
    LineKind.PLAIN: re.compile(_SIGNS),
    LineKind.BLOCK: re.compile(rf"{_SIGNS}|[ \t]+(?=\Z|#|\n)"),
    LineKind.ROW: re.compile(rf"{_SIGNS}|[ \t]+(?=\Z|\||\n)|\|"),
}
_EMOJI: Final = re.compile(EMOJI)
_BLANKS: Final = re.compile(r"[ \t]*")
# What may close a heading; it ends the line of an item too.
_LINE_CLOSING: Final = re.compile(r"[ \t]+(?:#+[ \t]*)?(?=\n|\Z)")
_LINE_CLOSING_BEGUN: Final = re.compile(r"[ \t]+#*[ \t]*\Z")
_CELL_END: Final = re.compile(r"[ \t]*\|[ \t|]*")
_TARGET: Final = re.compile(
    r"\((?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
)
_TARGET_BEGUN: Final = re.compile(
    r"\((?:<[^<>\n]*>?|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\([^()\s]*)?)"
    r"(?:[ \t]+(?:\"[^\"\n]*\"?|'[^'\n]*'?)?)?[ \t]*\Z"
)
_LONGEST_TARGET: Final = 2000
# An end mark may be cut; nothing that is left out is needed before it.
_LONGEST_END_MARK: Final = 40
_READERS: Final[Mapping[str, _Read]] = {
    "`": read_code,
    "\\": read_escape,
    "&": read_entity,
    "◁": read_thought,
    "【": read_source,
}


class TextCleaner:
    """Cleans a growing text; where the pieces are cut makes no difference."""

    def __init__(self, language: str = "en") -> None:
        """`language`: that of the words which signs become."""
        self._language = language
        self._writer = CleanWriter()
        self._text = ""
        """What is not read yet, behind the last character that was."""
        self._at = 0
        self._final = False
        self._mode = Mode.TEXT
        self._until: re.Pattern[str] | None = None
        self._opened: set[str] = set()
        self._emphasis = {"*": 0, "_": 0, "~": 0}
        self._line = LineKind.PLAIN
        self._is_line_start = True
        self._is_item = False
        self._is_line_ended = False
        """Whether the line before this one was plain, so that this one tells whether to pause."""
        self._width = 0

    def add(self, piece: str) -> CleanText:
        """Return what is certain now; the beginning of what may be a mark is held back."""
        return self._read(piece.replace("\r", ""))

    def rest(self) -> CleanText:
        """Return what was held back, at the end of the text."""
        self._final = True
        return self._read("")

    def _read(self, piece: str) -> CleanText:
        self._text, self._at = self._text[max(0, self._at - 1) :] + piece, min(1, self._at)
        while self._at < len(self._text) and self._step():
            pass
        return self._writer.take(final=self._final)

    def _step(self) -> bool:
        """Read on; return False if more text must come first."""
        match self._mode:
            case Mode.LEFT_OUT:
                return self._leave_out()
            case Mode.CODE:
                return self._read_code()
            case Mode.CODE_BLOCK:
                return self._read_code_block()
            case Mode.TARGET:
                return self._read_target()
            case Mode.PATH:
                return self._read_path()
        return self._start_line() if self._is_line_start else self._read_inline()

    def _start_line(self) -> bool:
        """Read the marks at the start of a line, and end the line before it."""
        text = self._text
        self._at = self._blanks_end()
        if self._at == len(text):
            return False
        if self._is_line_ended:
            pauses = text[self._at] == "\n" or pauses_before(text[self._at], self._width)
            self._writer.end_line(with_pause=pauses)
            self._is_line_ended = False
        if text[self._at] == "\n":
            self._at += 1
            return True
        read = read_box if self._is_item else read_line_start
        step = read(text, self._at, final=self._final)
        if step is WAIT:
            return False
        if step is None and not self._is_item:
            self._is_line_start, self._width = False, 0
        self._is_item = step is not None and step.line is LineKind.BLOCK and not step.shown
        return step is None or self._apply(step)

    def _read_inline(self) -> bool:
        """Read up to the next sign that may be a mark, or that sign."""
        text, at = self._text, self._at
        found = _SPECIAL[self._line].search(text, at)
        end = found.start() if found else len(text)
        if end > at:
            self._say(end)
            return found is not None
        return self._read_sign(text[at])

    def _read_sign(self, sign: str) -> bool:
        if sign == "\n":
            self._end_line()
            return True
        if sign in " \t|":
            return self._read_gap()
        if _EMOJI.match(self._text, self._at):
            return self._read_emoji(sign)
        step = self._mark(sign)
        if step is None:
            self._say(self._at + 1)
            return True
        return self._apply(step, is_label=sign == "[")

    def _mark(self, sign: str) -> CleanStep | None:
        """Return what a sign begins; None where it is text."""
        text, at, final = self._text, self._at, self._final
        if read := _READERS.get(sign):
            return read(text, at, final=final)
        match sign:
            case "*" | "_" | "~":
                return read_run(text, at, final=final, emphasis=self._emphasis)
            case "[":
                thought = read_thought(text, at, final=final)
                return thought or read_bracket(text, at, final=final)
            case "<":
                opened, language = self._opened, self._language
                return read_element(text, at, final=final, opened=opened, language=language)
            case "!":
                return CleanStep(at + 1) if at + 1 < len(text) else None if final else WAIT
        return read_address(text, at, final=final, language=self._language)

    def _apply(self, step: CleanStep, *, is_label: bool = False) -> bool:
        """Do what a step says; return False if it waits."""
        if step is WAIT:
            return False
        if step.breaks_line:
            self._writer.end_line(with_pause=True)
        if is_label and step.shown:
            self._writer.write(*_clean_label(step.shown, self._language))
        else:
            self._writer.write(step.shown, step.spoken)
        self._opened ^= opened_by(step.shown, self._opened)
        self._at, self._line = step.end, step.line or self._line
        self._width += len(step.shown)
        if step.mode:
            self._mode, self._until = step.mode, step.until
        return True

    def _say(self, end: int) -> None:
        """Pass a stretch on as it is."""
        self._writer.write(self._text[self._at : end])
        self._width += end - self._at
        self._at = end

    def _end_line(self) -> None:
        self._at += 1
        if self._line is LineKind.PLAIN:
            self._is_line_ended = True
        else:
            self._writer.end_line(with_pause=True)
        self._line = LineKind.PLAIN
        self._is_line_start = True
        self._emphasis = dict.fromkeys(self._emphasis, 0)

    def _read_emoji(self, sign: str) -> bool:
        """Show a character of an emoji; a sign waits for what makes it a picture."""
        if is_open_sign(sign) and self._at + 1 == len(self._text):
            if not self._final:
                return False
            self._say(self._at + 1)
            return True
        self._writer.write(sign, "")
        self._at += 1
        return True

    def _read_gap(self) -> bool:
        """Read blanks and what may end a cell, a heading, or an item."""
        text, at = self._text, self._at
        if self._line is LineKind.ROW and (found := _CELL_END.match(text, at)):
            if found.end() == len(text) and not self._final:
                return False
            is_last = found.end() == len(text) or text[found.end()] == "\n"
            self._writer.write("" if is_last else ", ")
            self._at = found.end()
            return True
        if not self._final and _LINE_CLOSING_BEGUN.match(text, at):
            return False
        closing = _LINE_CLOSING.match(text, at)
        self._at = closing.end() if closing else at
        if not closing:
            self._say(self._blanks_end())
        return True

    def _blanks_end(self) -> int:
        """Return where the blanks end that stand here."""
        found = _BLANKS.match(self._text, self._at)
        return found.end() if found else self._at

    def _leave_out(self) -> bool:
        """Leave out what stands before the end mark; without one, all of it."""
        found = self._until.search(self._text, self._at) if self._until else None
        if found:
            self._at, self._mode = found.end(), Mode.TEXT
            return True
        length = len(self._text)
        self._at = length if self._final else max(self._at, length - _LONGEST_END_MARK)
        return False

    def _read_code(self) -> bool:
        text = self._text
        found = self._until.search(text, self._at) if self._until else None
        is_over = found and (self._final or found.end() < len(text))
        end = found.start() if found and is_over else len(text.rstrip("`"))
        self._say(len(text) if self._final and not found else max(end, self._at))
        if found and is_over:
            self._at, self._mode = found.end(), Mode.TEXT
        return bool(is_over)

    def _read_code_block(self) -> bool:
        """Read a line of code, or the fence that closes the block."""
        text = self._text
        if self._is_line_start:
            self._at = self._blanks_end()
            closing = self._until.match(text, self._at) if self._until else None
            if not self._final and not text[self._at :].strip("`~ \t"):
                return False
            if closing:
                self._at, self._mode = closing.end(), Mode.TEXT
                return True
            self._is_line_start = False
        end = text.find("\n", self._at)
        self._say(len(text) if end < 0 else end)
        if end >= 0:
            self._at, self._is_line_start = end + 1, True
            self._writer.end_line(with_pause=True)
        return end >= 0

    def _read_target(self) -> bool:
        """Leave out the address of a link; what is none is text."""
        text, end = self._text, self._at + _LONGEST_TARGET
        if found := _TARGET.match(text, self._at, end):
            self._at = found.end()
        elif not self._final and len(text) < end and _TARGET_BEGUN.match(text, self._at):
            return False
        self._mode = Mode.TEXT
        return True

    def _read_path(self) -> bool:
        """Leave out the rest of an address."""
        found = PATH_END.search(self._text, self._at)
        self._at = found.start() if found else len(self._text)
        if not self._final and (found is None or found.end() == len(self._text)):
            return False
        self._mode = Mode.TEXT
        return True


def clean_text(text: str, language: str = "en") -> CleanText:
    """Return a whole text without marks."""
    cleaner = TextCleaner(language)
    return CleanText.joined([*cleaner.add(text), *cleaner.rest()])


def _clean_label(label: str, language: str) -> tuple[str, str]:
    """Return what is shown and what is spoken of a link's label."""
    # Behind a sign it is not read as the start of a line.
    cleaned = clean_text(f". {label}", language)
    return cleaned.shown[2:], cleaned.spoken[2:]
