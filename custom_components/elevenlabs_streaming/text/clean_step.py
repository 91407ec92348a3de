"""What one step of cleaning reads, and what it leaves out from there on."""

from enum import Enum, auto
import re
from typing import Final, NamedTuple


class Mode(Enum):
    """How the text is read at present."""

    TEXT = auto()
    LEFT_OUT = auto()
    """Up to an end mark nothing is shown or spoken."""
    CODE = auto()
    """Up to its end mark, or the end of the line, nothing is a mark."""
    CODE_BLOCK = auto()
    """Up to its closing fence nothing is a mark."""
    TARGET = auto()
    """The address of a link."""
    PATH = auto()
    """What follows the host in an address."""


class LineKind(Enum):
    """What a line turned out to be."""

    PLAIN = auto()
    BLOCK = auto()
    """A heading or an item; a pause follows it."""
    ROW = auto()
    """A row of a table."""


class CleanStep(NamedTuple):
    """A stretch of text that was read, and what becomes of it."""

    end: int
    """Where it ends in the text; `WAIT` if more text must tell what it is."""
    shown: str = ""
    spoken: str | None = None
    """None: as it is shown."""
    mode: Mode | None = None
    """How the text is read from there on, if that changes."""
    until: re.Pattern[str] | None = None
    """What ends that mode."""
    line: LineKind | None = None
    breaks_line: bool = False
    """Whether the writer started a new line here."""


WAIT: Final = CleanStep(-1)
