"""Labels at the starts of lines that say who speaks, such as `[Nora]: Dinner is ready`."""

from collections.abc import Iterable, Iterator
import re
from typing import NamedTuple

_BLANKS = " \t"


class LabelledText(NamedTuple):
    """A piece of text and, where a label begins it, the name in that."""

    name: str | None
    text: str


class LabelReader:
    """Finds the labels of some names in a text, however it is cut into pieces."""

    def __init__(self, names: Iterable[str]) -> None:
        """Start at the beginning of a line. Case does not matter in names."""
        self._names = {name.casefold(): name for name in names}
        alternatives = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
        self._label = re.compile(
            rf"^[ \t]*\[[ \t]*({alternatives})[ \t]*\][ \t]*:", re.IGNORECASE | re.MULTILINE
        )
        self._held = ""
        """What may become a label."""
        self._is_line_start = True
        """Whether what comes next begins a line."""
        self._is_after_label = False

    def add(self, piece: str) -> list[LabelledText]:
        """Return what is certain now."""
        text = self._held + piece
        kept = self._first_uncertain(text)
        self._held = text[kept:]
        return list(self._split(text[:kept]))

    def rest(self) -> list[LabelledText]:
        """Return what was held back, at the end of the text."""
        text, self._held = self._held, ""
        return list(self._split(text))

    def _split(self, text: str) -> Iterator[LabelledText]:
        """Yield a text label by label."""
        name, at = None, 0
        for label in self._label.finditer(text):
            if label.start() or self._is_line_start:
                if name or label.start() > at:
                    yield LabelledText(name, self._spoken(text[at : label.start()]))
                name, at = self._names[label[1].casefold()], label.end()
                self._is_after_label = True
        if name or at < len(text):
            yield LabelledText(name, self._spoken(text[at:]))
        self._is_line_start = text.endswith("\n") if text else self._is_line_start

    def _spoken(self, text: str) -> str:
        """Return a piece without the blanks after a label."""
        if not self._is_after_label:
            return text
        text = text.lstrip(_BLANKS)
        self._is_after_label = not text
        return text

    def _first_uncertain(self, text: str) -> int:
        """Return where the end of the text begins that may become a label."""
        line = text.rfind("\n") + 1
        is_start = line > 0 or self._is_line_start
        return line if is_start and self._may_become_label(text[line:]) else len(text)

    def _may_become_label(self, text: str) -> bool:
        text = text.lstrip(_BLANKS)
        if not text:
            return True
        if text[0] != "[":
            return False
        name, closed, after = text[1:].partition("]")
        if not closed:
            start = name.strip(_BLANKS).casefold()
            return any(known.startswith(start) for known in self._names)
        return name.strip(_BLANKS).casefold() in self._names and not after.strip(_BLANKS)


def show_names(text: str, names: Iterable[str]) -> str:
    """Return a text with its labels as people write them: `Nora: Dinner is ready.`."""
    reader = LabelReader(names)
    pieces = [*reader.add(text), *reader.rest()]
    return "".join(f"{name}: {piece}" if name else piece for name, piece in pieces)
