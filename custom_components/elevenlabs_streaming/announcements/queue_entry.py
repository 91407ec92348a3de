"""Announcements in the queue, and the players that they need."""

import asyncio
from dataclasses import dataclass, field
import math

from homeassistant.components import tts
from homeassistant.core import Context, callback

from .announcement import AnnouncementRequest, Priority
from .part import Part
from .player_error import PlayerError
from .tracker import AnnouncementTracker


@dataclass(slots=True, eq=False)
class QueuedAnnouncement:
    """An announcement from its request until it is over at all players."""

    number: int
    """Its place in the order of arrival."""
    request: AnnouncementRequest
    context: Context | None
    tracker: AnnouncementTracker
    stream: tts.ResultStream | None
    """Audio that can be generated now; an entry that has to wait requests it again."""
    priority: Priority = Priority.LOW
    expires: float = -math.inf
    """Until when it must begin."""
    absent: float | None = None
    """Since when its voice has been missing."""
    making: asyncio.Task[PlayerError | None] | None = None
    """Generates the audio; returns why it failed."""

    @property
    def is_made(self) -> bool:
        """Whether there is audio, or some is coming."""
        announcement = self.tracker.announcement
        return announcement.stream is not None and announcement.recording.state != "failed"

    @callback
    def urge(self, request: AnnouncementRequest, now: float) -> None:
        """Adopt the priority and the expiry of one more request, if they are higher or later."""
        lasts = math.inf if request.time_to_live is None else request.time_to_live
        self.priority = max(self.priority, request.priority)
        self.expires = max(self.expires, now + lasts)


@dataclass(slots=True, eq=False)
class QueueEntry:
    """A queued announcement at one player: waiting, called, or over."""

    queued: QueuedAnnouncement
    part: Part
    asked: str = ""
    """The entity ID of the player when it was called."""
    called_at: float | None = None
    over_since: float | None = None
    call: asyncio.Task[None] | None = None
    parts: list[Part] = field(default_factory=list)
    """The players that speak it: a group passes it on to its members."""

    @property
    def rank(self) -> tuple[int, int]:
        """The key that sorts the entries that wait."""
        return (-self.queued.priority, self.queued.number)

    def open_parts(self, now: float) -> list[Part]:
        """Return the parts that are not over."""
        return [part for part in self.parts if not part.is_over(now)]


@dataclass(frozen=True, slots=True)
class Claim:
    """Players that are occupied, or reserved for an entry that comes earlier."""

    leaves: frozenset[str]
    queued: QueuedAnnouncement | None = None

    @property
    def is_critical(self) -> bool:
        """Whether a critical announcement needs the players."""
        return self.queued is not None and self.queued.priority is Priority.CRITICAL

    def gives_way_to(self, other: Claim) -> bool:
        """Whether another announcement may interrupt what occupies the players."""
        return other.is_critical and not self.is_critical

    def collides(self, other: Claim) -> bool:
        """Whether both need the same player; an announcement never waits for itself."""
        return other.queued is not self.queued and not self.leaves.isdisjoint(other.leaves)
