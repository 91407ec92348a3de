"""Whose entry it is at which player."""

import asyncio
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
import math
from typing import Final, Protocol

from homeassistant.components import tts
from homeassistant.core import Context, HomeAssistant, callback

from .announcement import AnnouncementRequest, Part, PlayerError, Priority
from .players import all_leaves, group_members
from .tracker import AnnouncementTracker

MOST_WAITING: Final = 50
"""Announcements that may wait at one player."""
_LONGEST_ABSENCE_S: Final = 60.0
# A satellite may go on for a little longer than its audio; it refuses a call until it is through.
_SETTLES_IN_S: Final = 10.0


@dataclass(slots=True, eq=False)
class QueuedAnnouncement:
    """An announcement that was asked for, until it is over everywhere."""

    number: int
    """Its place in the order of arrival."""
    request: AnnouncementRequest
    context: Context | None
    tracker: AnnouncementTracker
    stream: tts.ResultStream | None
    """Audio that can be made now; a later entry asks for it anew."""
    priority: Priority = Priority.LOW
    expires: float = -math.inf
    """Until when it has to begin."""
    absent: float | None = None
    """Since when its voice has been missing."""
    making: asyncio.Task[PlayerError | None] | None = None
    """Has the text spoken; returns why it could not."""

    @property
    def is_made(self) -> bool:
        """Whether there is audio, or some is coming."""
        announcement = self.tracker.announcement
        return announcement.stream is not None and announcement.recording.state != "failed"

    @callback
    def urge(self, request: AnnouncementRequest, now: float) -> None:
        """Update priority and expiry; of several requests the more urgent and longer ones count."""
        lasts = math.inf if request.time_to_live is None else request.time_to_live
        self.priority = max(self.priority, request.priority)
        self.expires = max(self.expires, now + lasts)


@dataclass(slots=True, eq=False)
class QueueEntry:
    """A queued announcement at one player: waiting, called, or over."""

    queued: QueuedAnnouncement
    part: Part
    asked: str = ""
    """The player's name when it was called."""
    begun: float | None = None
    over: float | None = None
    call: asyncio.Task[None] | None = None
    parts: list[Part] = field(default_factory=list)
    """Where it sounds: groups hand it on."""

    @property
    def rank(self) -> tuple[int, int]:
        """What sorts it among those that wait."""
        return (-self.queued.priority, self.queued.number)

    def open_parts(self, now: float) -> list[Part]:
        """Return where it is not over."""
        return [part for part in self.parts if not part.is_over(now)]


@dataclass(frozen=True, slots=True)
class Claim:
    """Players that somebody keeps, or is to have next."""

    leaves: frozenset[str]
    queued: QueuedAnnouncement | None = None

    def collides(self, other: Claim) -> bool:
        """Whether both want the same player; one announcement never waits for itself."""
        return other.queued is not self.queued and not self.leaves.isdisjoint(other.leaves)


class QueueHandler(Protocol):
    """What calls and dismisses players."""

    def prepare(self, queued: QueuedAnnouncement) -> None:
        """Start to generate the audio of an entry that comes next."""

    def begin(self, entry: QueueEntry) -> None:
        """Call the player."""

    def requeue(self, queued: QueuedAnnouncement, part: Part) -> Part:
        """Withdraw what a player was given; returns what stands for it while it waits again."""

    def drop(self, entry: QueueEntry, cause: str) -> None:
        """Give up an entry that was never called; `cause` is a key of the translated exceptions."""

    def leave(self, entry: QueueEntry) -> None:
        """Expect nothing more of a player's call."""

    def engine(self, queued: QueuedAnnouncement) -> str | None:
        """Return what its voice is called now, or None if it was removed."""

    def heard_elsewhere(self, now: float) -> Iterable[str]:
        """Return players that speak what others asked for."""


class Queue:
    """Lets the announcements at each player wait for each other."""

    def __init__(self, hass: HomeAssistant, handler: QueueHandler) -> None:
        """Start with nothing waiting."""
        self._hass = hass
        self._handler = handler
        self._entries: list[QueueEntry] = []
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_looking = False
        self._now = -math.inf

    @callback
    def add(self, entry: QueueEntry) -> None:
        """Put an entry in line; where too many wait the oldest of the least urgent is dropped."""
        self._entries.append(entry)
        waiting = [one for one in self._waiting() if one.part.player == entry.part.player]
        if len(waiting) > MOST_WAITING:
            least = min(waiting, key=lambda one: (one.queued.priority, one.queued.number))
            self._drop(least, "queue_full")

    @callback
    def find(
        self, request: AnnouncementRequest, players: Collection[str]
    ) -> QueuedAnnouncement | None:
        """Return an equal announcement that has begun nowhere and waits at one of the players."""
        begun = {entry.queued for entry in self._entries if entry.begun is not None}
        for entry in self._waiting():
            queued = entry.queued
            is_new = queued.tracker.announcement.state == "waiting" and queued not in begun
            if is_new and entry.part.player in players and queued.request == request:
                return queued
        return None

    @callback
    def is_called(self, tracker: AnnouncementTracker, player: str) -> bool:
        """Whether it is an announcement's entry at a player that was asked for."""
        return self._turn_at(tracker, player) is not None

    @callback
    def handed_on(self, tracker: AnnouncementTracker, asked: str, leaf: Part) -> None:
        """Note who sounds for a player that was called."""
        if entry := self._turn_at(tracker, asked):
            known = [part for part in tracker.announcement.parts.values() if part is not leaf]
            entry.parts = [*(part for part in entry.parts if part in known), leaf]
            self._entries = [
                one for one in self._entries if one.begun is not None or one.part is not leaf
            ]

    @callback
    def has(self, entry: QueueEntry) -> bool:
        """Whether an entry is neither over nor broken off."""
        return entry in self._entries

    @callback
    def clear(self, players: Collection[str] | None = None) -> int:
        """Drop what waits, everywhere or at some players; returns how many entries that were."""
        meant = None if players is None else all_leaves(self._hass, *players)
        waiting = self._waiting()
        dropped = [entry for entry in waiting if meant is None or entry.part.player in meant]
        for entry in dropped:
            self._drop(entry, "queue_cleared")
        return len(dropped)

    @callback
    def look_soon(self) -> None:
        """Look for what is due as soon as what happens now has happened."""
        if self._entries and self._soon is None:
            self._soon = self._hass.loop.call_soon(self.look)

    @callback
    def look(self, now: float | None = None) -> None:
        """Drop, begin and prepare what is due."""
        self._cancel_timers()
        if self._is_looking:
            self.look_soon()
            return
        self._now = self._hass.loop.time() if now is None else now
        self._is_looking = True
        try:
            self._release()
            self._drop_overdue(self._now)
            self._call_up()
            # What may not wait at all had its chance just now.
            self._drop_overdue(math.nextafter(self._now, math.inf))
        finally:
            self._is_looking = False
        self._schedule()

    @callback
    def stop(self) -> None:
        """Forget everything; nobody is called any more."""
        self._cancel_timers()
        entries, self._entries = self._entries, []
        for entry in entries:
            self._handler.leave(entry)

    @callback
    def is_handed_on(self, player: str, players: Collection[str]) -> bool:
        """Whether one of the players is a group that the player belongs to."""
        return any(
            player in group_members(self._hass, other) for other in players if other != player
        )

    def _waiting(self) -> list[QueueEntry]:
        return [entry for entry in self._entries if entry.begun is None]

    def _begun(self) -> list[QueueEntry]:
        return [entry for entry in self._entries if entry.begun is not None]

    def _turn_at(self, tracker: AnnouncementTracker, asked: str) -> QueueEntry | None:
        entries = (entry for entry in self._begun() if entry.queued.tracker is tracker)
        return next((entry for entry in entries if entry.asked == asked), None)

    def _call_up(self) -> None:
        """Begin what is next where the player is free, and prepare it where it is not."""
        kept, ahead = list(self._kept()), list[Claim]()
        for entry in sorted(self._waiting(), key=lambda entry: entry.rank):
            if entry.begun is not None or not self.has(entry) or entry.queued.absent is not None:
                continue
            claim = Claim(all_leaves(self._hass, entry.part.player), entry.queued)
            if any(map(claim.collides, ahead)):
                ahead.append(claim)
            elif any(claim.collides(one) for one in kept if not self._gives_way(one, entry)):
                self._handler.prepare(entry.queued)
                ahead.append(claim)
            else:
                self._begin(entry)
                kept.append(claim)

    def _begin(self, entry: QueueEntry) -> None:
        if entry.queued.priority is Priority.CRITICAL:
            self._break_off_at(all_leaves(self._hass, entry.part.player), entry.queued)
        entry.begun, entry.asked, entry.parts = self._now, entry.part.player, [entry.part]
        self._handler.begin(entry)

    def _gives_way(self, claim: Claim, entry: QueueEntry) -> bool:
        """Whether an entry breaks off what keeps the player."""
        is_critical = claim.queued is not None and claim.queued.priority is Priority.CRITICAL
        return entry.queued.priority is Priority.CRITICAL and not is_critical

    def _break_off_at(self, leaves: frozenset[str], by: QueuedAnnouncement) -> None:
        """Put back in line what is being said at some players."""
        for entry in self._begun():
            if entry.queued is by or leaves.isdisjoint(self._claim_of(entry).leaves):
                continue
            hit = [
                part
                for part in entry.open_parts(self._now)
                if not leaves.isdisjoint(all_leaves(self._hass, part.player))
            ]
            for part in hit:
                again = self._handler.requeue(entry.queued, part)
                self._entries.append(QueueEntry(entry.queued, again))
            entry.parts = [part for part in entry.parts if part not in hit]
            if not entry.open_parts(self._now):
                self._leave(entry)

    def _kept(self) -> Iterator[Claim]:
        """Yield the players that are being spoken at."""
        for entry in self._begun():
            yield self._claim_of(entry)
        for player in self._handler.heard_elsewhere(self._now):
            yield Claim(all_leaves(self._hass, player))

    def _claim_of(self, entry: QueueEntry) -> Claim:
        """Return which players an entry keeps; a group is kept as a whole."""
        sounding = [part.player for part in entry.open_parts(self._now)]
        return Claim(all_leaves(self._hass, entry.asked, *sounding), entry.queued)

    def _release(self) -> None:
        """Release players that have finished, or from which nothing more is expected."""
        for entry in self._begun():
            if not self._is_under_way(entry):
                self._leave(entry)

    def _is_under_way(self, entry: QueueEntry) -> bool:
        if entry.open_parts(self._now):
            entry.over = None
            return True
        if entry.call is None or entry.call.done():
            return False
        entry.over = self._now if entry.over is None else entry.over
        return self._now < entry.over + _SETTLES_IN_S

    def _leave(self, entry: QueueEntry) -> None:
        self._entries.remove(entry)
        self._handler.leave(entry)

    def _drop_overdue(self, moment: float) -> None:
        for entry in self._waiting():
            if self.has(entry) and (cause := self._refusal(entry.queued, moment)):
                self._drop(entry, cause)

    def _drop(self, entry: QueueEntry, cause: str) -> None:
        self._entries.remove(entry)
        self._handler.drop(entry, cause)

    def _refusal(self, queued: QueuedAnnouncement, moment: float) -> str | None:
        """Return why an announcement cannot wait any longer."""
        if moment > queued.expires:
            return "expired"
        if queued.is_made:
            queued.absent = None
            return None
        if (engine := self._handler.engine(queued)) is None:
            return "voice_removed"
        if tts.async_resolve_engine(self._hass, engine):
            queued.absent = None
            return None
        queued.absent = moment if queued.absent is None else queued.absent
        return "voice_absent" if moment >= queued.absent + _LONGEST_ABSENCE_S else None

    def _cancel_timers(self) -> None:
        for handle in (self._soon, self._timer):
            if handle:
                handle.cancel()
        self._soon = self._timer = None

    def _schedule(self) -> None:
        """Look again when something is due."""
        moments = [moment for moment in self._moments() if moment < math.inf]
        if moments and self._soon is None:
            self._timer = self._hass.loop.call_at(max(min(moments), self._now), self.look)

    def _moments(self) -> Iterator[float]:
        for entry in self._entries:
            if entry.over is not None:
                yield entry.over + _SETTLES_IN_S
            if entry.begun is None:
                yield entry.queued.expires
                if entry.queued.absent is not None:
                    yield entry.queued.absent + _LONGEST_ABSENCE_S
