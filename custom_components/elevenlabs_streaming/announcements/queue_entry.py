"""Announcements in the queue, and the players that they need."""

import asyncio
from dataclasses import dataclass, field
import math
from typing import Final

from homeassistant.components import tts
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .announcement import AnnouncementRequest, Priority
from .part import Part
from .player_error import PlayerError
from .player_timeouts import RETURNS_IN_S
from .players import all_leaves, unreachable
from .tracker import AnnouncementTracker

# A satellite may be busy for a little longer than its audio, and refuses calls until then.
_SETTLES_IN_S: Final = 10.0
_PLAYERS_RETURN_IN_S: Final = 60.0


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
    expires: float = -math.inf
    """Until when it must begin."""
    expires_at: float = -math.inf
    """The same as a timestamp, which outlasts a restart."""
    awaits_players_until: float = -math.inf
    """Until when its players may be unavailable: they come back later than Home Assistant."""
    absent: float | None = None
    """Since when its voice has been missing."""
    making: asyncio.Task[PlayerError | None] | None = None
    """Generates the audio; returns why it failed."""
    players: dict[str, bool] = field(default_factory=dict)
    """The players that were requested, and whether each is called the next time."""

    def is_meant(
        self, hass: HomeAssistant, announcement_id: str | None, leaves: frozenset[str] | None
    ) -> bool:
        """Whether it has an ID, and speaks at one of some players; None means any."""
        announcement = self.tracker.announcement
        if announcement_id not in (None, announcement.announcement_id):
            return False
        return leaves is None or not leaves.isdisjoint(all_leaves(hass, *announcement.parts))

    def remove_player(self, player: str) -> None:
        """Call a player no more; without any, it is not repeated."""
        if player in self.players:
            self.players[player] = False
        if not any(self.players.values()):
            self.tracker.announcement.repetition.end()

    @property
    def priority(self) -> Priority:
        """How urgent it is."""
        return self.tracker.announcement.priority

    @property
    def is_made(self) -> bool:
        """Whether there is audio, or some is coming."""
        announcement = self.tracker.announcement
        return announcement.stream is not None and announcement.recording.state != "failed"

    @callback
    def urge(self, request: AnnouncementRequest, now: float) -> None:
        """Adopt the priority and the expiry of one more request, if they are higher or later."""
        lasts = math.inf if request.time_to_live is None else request.time_to_live
        announcement = self.tracker.announcement
        announcement.priority = max(announcement.priority, request.priority)
        self.expires = max(self.expires, now + lasts)
        self.expires_at = max(self.expires_at, dt_util.utcnow().timestamp() + lasts)

    @callback
    def restore(self, expires_at: float, now: float) -> None:
        """Wait again as before a restart, and for the players to come back."""
        announcement = self.tracker.announcement
        announcement.priority = max(announcement.priority, self.request.priority)
        self.expires_at = max(self.expires_at, expires_at)
        self.expires = max(self.expires, now + expires_at - dt_util.utcnow().timestamp())
        self.awaits_players_until = now + _PLAYERS_RETURN_IN_S


@dataclass(slots=True, eq=False)
class QueueEntry:
    """A queued announcement at one player: waiting, called, or over."""

    queued: QueuedAnnouncement
    part: Part
    asked: str = ""
    """The entity ID of the player when it was called."""
    due_at: float = -math.inf
    """When it may be called: there is a pause before an announcement is repeated."""
    called_at: float | None = None
    interrupts: bool = False
    """Whether it breaks off another announcement of ours at its player."""
    over_since: float | None = None
    was_reachable: bool = False
    """Whether its player has been available since the entry was added."""
    gone_since: float | None = None
    """Since when its player has been unavailable, while the entry waits."""
    call: asyncio.Task[None] | None = None
    parts: list[Part] = field(default_factory=list)
    """The players that speak it: a group passes it on to its members."""

    @property
    def rank(self) -> tuple[int, int]:
        """The key that sorts the entries that wait."""
        return (-self.queued.priority, self.queued.number)

    def turn(self, now: float) -> tuple[float, bool, tuple[int, int]]:
        """Return the key that sorts the entries that wait as they will be called."""
        return (max(self.due_at, now), self.queued.absent is not None, self.rank)

    def awaits_player(self, hass: HomeAssistant, now: float) -> bool:
        """Whether the player is away for a moment, or comes back after a restart."""
        if unreachable(hass, self.part.player) is None:
            self.was_reachable, self.gone_since = True, None
            return False
        self.gone_since = now if self.gone_since is None else self.gone_since
        is_away_briefly = self.was_reachable and now < self.gone_since + RETURNS_IN_S
        return is_away_briefly or now < self.queued.awaits_players_until

    @property
    def returns_at(self) -> float | None:
        """Until when a player that is away is waited for."""
        if self.gone_since is None or not self.was_reachable:
            return None
        return self.gone_since + RETURNS_IN_S

    def open_parts(self, now: float) -> list[Part]:
        """Return the parts that are not over."""
        return [part for part in self.parts if not part.is_over(now)]

    @property
    def settles_at(self) -> float | None:
        """Until when the call of a player that is over is waited for."""
        return None if self.over_since is None else self.over_since + _SETTLES_IN_S

    def is_in_use(self, now: float) -> bool:
        """Whether something more is expected of the players."""
        if self.open_parts(now):
            self.over_since = None
            return True
        if self.call is None or self.call.done():
            return False
        self.over_since = now if self.over_since is None else self.over_since
        return now < self.over_since + _SETTLES_IN_S

    def claim(self, hass: HomeAssistant, now: float) -> Claim:
        """Return the players that it occupies; a group is occupied as a whole."""
        parts = self.open_parts(now)
        leaves = all_leaves(hass, self.asked, *(part.player for part in parts))
        return Claim(leaves, self.queued, bool(parts) and all(map(_is_paused, parts)))


def _is_paused(part: Part) -> bool:
    """Whether somebody has paused a part, and has not resumed it."""
    return part.reports.paused_since is not None and not part.reports.is_buffering


@dataclass(frozen=True, slots=True)
class Claim:
    """Players that are occupied, or reserved for an entry that comes earlier."""

    leaves: frozenset[str]
    queued: QueuedAnnouncement | None = None
    is_paused: bool = False
    """Whether somebody has paused the announcement at all its players."""

    @property
    def priority(self) -> Priority:
        """How urgent the announcement is that needs the players."""
        return self.queued.priority if self.queued else Priority.NORMAL

    def gives_way_to(self, other: Claim) -> bool:
        """Whether another announcement may interrupt what occupies the players."""
        is_interrupted = self.is_paused or other.priority is Priority.CRITICAL
        return is_interrupted and self.priority < other.priority

    def collides(self, other: Claim) -> bool:
        """Whether both need the same player; an announcement never waits for itself."""
        return other.queued is not self.queued and not self.leaves.isdisjoint(other.leaves)
