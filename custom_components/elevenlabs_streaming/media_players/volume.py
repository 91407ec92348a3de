"""The volume of an announcement: a level, or a change of the player's own."""

from dataclasses import dataclass
from typing import Any, Self

import voluptuous as vol

_SIGNS = ("+", "-")


@dataclass(frozen=True, slots=True)
class Volume:
    """A level from 0 to 1, or a change by -1 to 1."""

    value: float
    is_relative: bool = False

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Return a volume; what has a sign is a change. Raises vol.Invalid."""
        text = "" if isinstance(value, bool) else str(value).strip()
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not -1 <= number <= 1:
            raise vol.Invalid("Expected a volume from 0 to 1, or a change such as '+0.1'")
        return cls(number, text.startswith(_SIGNS))

    def level(self, own: float | None) -> float | None:
        """Return the level for a player whose own is `own`; None if that is needed and unknown."""
        if not self.is_relative:
            return self.value
        return None if own is None else round(min(max(own + self.value, 0.0), 1.0), 3)

    def __str__(self) -> str:
        """Return what `parse` reads."""
        return f"{self.value:+g}" if self.is_relative else f"{self.value:g}"
