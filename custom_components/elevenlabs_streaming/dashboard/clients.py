"""A dashboard that is open in a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, kw_only=True, eq=False)
class DashboardClient:
    """One page of one browser, for as long as its socket is open."""

    client_id: str
    name: str
    owner: object
    """The connection that speaks for it."""
    can_play: bool
    """Whether it says that it can make sound."""
    send: Callable[[dict[str, Any]], None]
    heard_at: float = 0.0
    """When it last said something, by the loop's clock."""
    is_frozen: bool = False
    """Whether it has kept silent for so long that nothing is to be expected of it."""

    @property
    def is_able(self) -> bool:
        """Whether sound can be expected of it."""
        return self.can_play and not self.is_frozen
