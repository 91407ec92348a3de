"""Which announcement comes next at each player."""

import asyncio
from collections.abc import Collection, Iterable, Iterator
import math
from typing import Final, Protocol

from homeassistant.components import tts
from homeassistant.core import HomeAssistant, callback

from .announcement import AnnouncementRequest, Priority
from .part import Part
from .players import all_leaves
from .queue_entry import Claim, QueuedAnnouncement, QueueEntry
from .tracker import AnnouncementTracker

MOST_WAITING: Final = 50
"""Announcements that may wait at one player."""
_LONGEST_ABSENCE_S: Final = 60.0
# A satellite may be busy for a little longer than its audio, and refuses calls until then.
_SETTLES_IN_S: Final = 10.0


class QueueHandler(Protocol):
    """Calls the players for the queue."""

    def prepare_audio(self, queued: QueuedAnnouncement) -> None:
        """Start to generate the audio of an entry that comes next."""

    def call_player(self, entry: QueueEntry) -> None:
        """Call the player of an entry."""

    def requeue_player(self, queued: QueuedAnnouncement, part: Part) -> Part:
        """Return a new part for a player that waits again; its former URL is no longer valid."""

    def drop_entry(self, entry: QueueEntry, cause: str) -> None:
        """Drop an entry that was never called; `cause` is a key of the translated exceptions."""

    def cancel_call(self, entry: QueueEntry) -> None:
        """Cancel the call of a player."""

    def engine(self, queued: QueuedAnnouncement) -> str | None:
        """Return the entity ID of its voice now, or None if it was removed."""

    def overheard_players(self, now: float) -> Iterable[str]:
        """Return the players that speak what other integrations requested."""


class Queue:
    """Calls the players of announcements, one announcement at a time on each."""

    def __init__(self, hass: HomeAssistant, handler: QueueHandler) -> None:
        """Start without entries."""
        self._hass = hass
        self._handler = handler
        self._entries: list[QueueEntry] = []
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_looking = False
        self._now = -math.inf

    @callback
    def enqueue(self, entry: QueueEntry) -> None:
        """Add an entry; if too many wait at its player, drop the oldest of the least urgent."""
        self._entries.append(entry)
        waiting = [one for one in self._waiting() if one.part.player == entry.part.player]
        if len(waiting) > MOST_WAITING:
            least = min(waiting, key=lambda one: (one.queued.priority, one.queued.number))
            self._drop(least, "queue_full")

    @callback
    def find(
        self, request: AnnouncementRequest, players: Collection[str]
    ) -> QueuedAnnouncement | None:
        """Return an equal announcement that was called nowhere and waits at one of the players."""
        called = {entry.queued for entry in self._called()}
        for entry in self._waiting():
            queued = entry.queued
            is_new = queued.tracker.announcement.state == "waiting" and queued not in called
            if is_new and entry.part.player in players and queued.request == request:
                return queued
        return None

    @callback
    def is_called(self, tracker: AnnouncementTracker, player: str) -> bool:
        """Whether a player was called for an announcement that is not over there."""
        return self._called_entry(tracker, player) is not None

    @callback
    def hand_on(self, tracker: AnnouncementTracker, asked: str, leaf: Part) -> None:
        """Record which player speaks in place of the one that was called."""
        if entry := self._called_entry(tracker, asked):
            known = [part for part in tracker.announcement.parts.values() if part is not leaf]
            entry.parts = [*(part for part in entry.parts if part in known), leaf]
            self._entries = [
                one for one in self._entries if one.called_at is not None or one.part is not leaf
            ]

    @callback
    def contains(self, entry: QueueEntry) -> bool:
        """Whether an entry waits or is being spoken."""
        return entry in self._entries

    @callback
    def clear(self, players: Collection[str] | None = None) -> int:
        """Drop what waits, everywhere or at some players; return the number of entries."""
        meant = None if players is None else all_leaves(self._hass, *players)
        waiting = self._waiting()
        dropped = [entry for entry in waiting if meant is None or entry.part.player in meant]
        for entry in dropped:
            self._drop(entry, "queue_cleared")
        return len(dropped)

    @callback
    def look_soon(self) -> None:
        """Look for what is due after the present callbacks."""
        if self._entries and self._soon is None:
            self._soon = self._hass.loop.call_soon(self.look)

    @callback
    def look(self, now: float | None = None) -> None:
        """Drop, call, and prepare what is due."""
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
            # Entries that may not wait at all had their chance just now.
            self._drop_overdue(math.nextafter(self._now, math.inf))
        finally:
            self._is_looking = False
        self._schedule()

    @callback
    def stop(self) -> None:
        """Remove all entries, and call no more players."""
        self._cancel_timers()
        entries, self._entries = self._entries, []
        for entry in entries:
            self._handler.cancel_call(entry)

    def _waiting(self) -> list[QueueEntry]:
        return [entry for entry in self._entries if entry.called_at is None]

    def _called(self) -> list[QueueEntry]:
        return [entry for entry in self._entries if entry.called_at is not None]

    def _called_entry(self, tracker: AnnouncementTracker, asked: str) -> QueueEntry | None:
        entries = (entry for entry in self._called() if entry.queued.tracker is tracker)
        return next((entry for entry in entries if entry.asked == asked), None)

    def _call_up(self) -> None:
        """Call what comes next if its player is free, and prepare its audio if not."""
        occupied, ahead = list(self._occupied()), list[Claim]()
        for entry in sorted(self._waiting(), key=lambda entry: entry.rank):
            if not self._may_be_called(entry):
                continue
            claim = Claim(all_leaves(self._hass, entry.part.player), entry.queued)
            if any(map(claim.collides, ahead)):
                ahead.append(claim)
            elif any(claim.collides(one) and not one.gives_way_to(claim) for one in occupied):
                self._handler.prepare_audio(entry.queued)
                ahead.append(claim)
            else:
                self._call(entry)
                occupied.append(claim)

    def _may_be_called(self, entry: QueueEntry) -> bool:
        """Whether an entry still waits, and its voice is there."""
        is_waiting = entry.called_at is None and self.contains(entry)
        return is_waiting and entry.queued.absent is None

    def _call(self, entry: QueueEntry) -> None:
        if entry.queued.priority is Priority.CRITICAL:
            self._interrupt_at(all_leaves(self._hass, entry.part.player), entry.queued)
        entry.called_at, entry.asked, entry.parts = self._now, entry.part.player, [entry.part]
        self._handler.call_player(entry)

    def _interrupt_at(self, leaves: frozenset[str], by: QueuedAnnouncement) -> None:
        """Put what is being said at some players back into the queue."""
        for entry in self._called():
            if entry.queued is by or leaves.isdisjoint(self._claim_of(entry).leaves):
                continue
            hit = [
                part
                for part in entry.open_parts(self._now)
                if not leaves.isdisjoint(all_leaves(self._hass, part.player))
            ]
            for part in hit:
                again = self._handler.requeue_player(entry.queued, part)
                self._entries.append(QueueEntry(entry.queued, again))
            entry.parts = [part for part in entry.parts if part not in hit]
            if not entry.open_parts(self._now):
                self._remove(entry)

    def _occupied(self) -> Iterator[Claim]:
        """Yield the players that speak now."""
        for entry in self._called():
            yield self._claim_of(entry)
        for player in self._handler.overheard_players(self._now):
            yield Claim(all_leaves(self._hass, player))

    def _claim_of(self, entry: QueueEntry) -> Claim:
        """Return the players that an entry occupies; a group is occupied as a whole."""
        sounding = [part.player for part in entry.open_parts(self._now)]
        return Claim(all_leaves(self._hass, entry.asked, *sounding), entry.queued)

    def _release(self) -> None:
        """Remove the entries of players from which nothing more is expected."""
        for entry in self._called():
            if not self._is_being_spoken(entry):
                self._remove(entry)

    def _is_being_spoken(self, entry: QueueEntry) -> bool:
        if entry.open_parts(self._now):
            entry.over_since = None
            return True
        if entry.call is None or entry.call.done():
            return False
        entry.over_since = self._now if entry.over_since is None else entry.over_since
        return self._now < entry.over_since + _SETTLES_IN_S

    def _remove(self, entry: QueueEntry) -> None:
        self._entries.remove(entry)
        self._handler.cancel_call(entry)

    def _drop_overdue(self, moment: float) -> None:
        for entry in self._waiting():
            if self.contains(entry) and (cause := self._refusal(entry.queued, moment)):
                self._drop(entry, cause)

    def _drop(self, entry: QueueEntry, cause: str) -> None:
        self._entries.remove(entry)
        self._handler.drop_entry(entry, cause)

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
            if entry.over_since is not None:
                yield entry.over_since + _SETTLES_IN_S
            if entry.called_at is None:
                yield entry.queued.expires
                if entry.queued.absent is not None:
                    yield entry.queued.absent + _LONGEST_ABSENCE_S
