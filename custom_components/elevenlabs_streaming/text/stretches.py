"""A text in stretches, each as captions show it and as a voice is told it."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple, Self


class Stretch(NamedTuple):
    """A stretch of a text; most are spoken as they are shown."""

    shown: str
    """What captions show."""
    spoken: str
    """What the voice is told."""
    speaker: str = ""
    """Who speaks what follows; a stretch with a name has no text of its own."""

    @property
    def is_plain(self) -> bool:
        """Whether it is spoken as it is shown."""
        return self.shown == self.spoken

    @property
    def is_replaced(self) -> bool:
        """Whether words of it are spoken as other words."""
        return not self.is_plain and bool(self.shown.strip() and self.spoken.strip())


class CleanText(tuple[Stretch, ...]):
    """Stretches of a text in their order."""

    __slots__ = ()

    @classmethod
    def plain(cls, text: str) -> Self:
        """Return a text that is spoken as it is shown."""
        return cls([Stretch(text, text)] if text else [])

    @classmethod
    def joined(cls, stretches: Iterable[Stretch]) -> Self:
        """Return stretches, neighbours that are spoken as they are shown as one."""
        found: list[Stretch] = []
        for is_plain, group in groupby(stretches, lambda stretch: stretch.is_plain):
            if is_plain:
                found += cls.plain("".join(stretch.shown for stretch in group))
            else:
                found += group
        return cls(found)

    @property
    def shown(self) -> str:
        """What captions show."""
        return "".join(stretch.shown for stretch in self)

    @property
    def spoken(self) -> str:
        """What the voice is told."""
        return "".join(stretch.spoken for stretch in self)
