"""What to announce, and how urgent it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Priority(IntEnum):
    """How urgent an announcement is."""

    LOW = 0
    """After all others."""
    NORMAL = 1
    HIGH = 2
    """Before all that wait."""
    CRITICAL = 3
    """At once; what we are saying is broken off and said again afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRequest:
    """What to announce; orders are equal when they would sound the same."""

    engine: str
    message: str
    language: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: bool = True
    private: bool = False
    preannounce: bool = False
    """Whether satellites play their sound before it."""
    priority: Priority = field(default=Priority.NORMAL, compare=False)
    time_to_live: float | None = field(default=None, compare=False)
    """Seconds in which it has to begin; it is never spoken later."""
