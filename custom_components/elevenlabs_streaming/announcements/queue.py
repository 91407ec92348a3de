"""Which announcement comes next at each player."""

import asyncio
from collections.abc import Collection, Iterator
import math
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..media_players import PlayerRestorer
from .announcement_audio import AnnouncementAudio
from .part import Part
from .player_caller import PlayerCaller
from .player_error import PlayerError
from .players import all_leaves
from .queue_entries import QueueEntries
from .queue_entry import Claim, QueuedAnnouncement, QueueEntry
from .queue_places import tell_places
from .queue_store import QueueStore
from .queue_timeouts import QueueTimeouts
from .registry import AnnouncementRegistry
from .repeater import Repeater
from .silencer import Silencer

MOST_WAITING: Final = 50
"""Announcements that may wait at one player."""
# Nobody resumes what was paused for longer, if others wait behind it.
_LONGEST_PAUSE_S: Final = 60.0


class Queue:
    """Calls the players of announcements, one announcement at a time on each."""

    def __init__(
        self,
        hass: HomeAssistant,
        entries: QueueEntries,
        store: QueueStore,
        registry: AnnouncementRegistry,
        audio: AnnouncementAudio,
        *,
        caller: PlayerCaller,
        restorer: PlayerRestorer,
        silencer: Silencer,
    ) -> None:
        """Start without entries."""
        self._hass = hass
        self._entries = entries
        self._store = store
        self._registry = registry
        self._audio = audio
        self._restorer = restorer
        self._silencer = silencer
        self._caller = caller
        self._timeouts = QueueTimeouts(hass, audio)
        self.repeater = Repeater(hass, entries, registry)
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_looking = False
        self._now = -math.inf

    @callback
    def enqueue(self, entry: QueueEntry) -> None:
        """Add an entry; if too many wait at its player, drop the oldest of the least urgent."""
        self._entries.append(entry)
        waiting = [one for one in self._entries.waiting() if one.part.player == entry.part.player]
        if len(waiting) > MOST_WAITING:
            least = min(waiting, key=lambda one: (one.queued.priority, one.queued.number))
            self._drop(least, "queue_full")

    @callback
    def clear(
        self,
        cause: str,
        players: Collection[str] | None = None,
        announcement_id: str | None = None,
    ) -> list[QueueEntry]:
        """Drop what waits, everywhere or at some players; return the entries.

        `cause` is a key of the translated exceptions.
        """
        meant = None if players is None else all_leaves(self._hass, *players)
        dropped = [
            entry
            for entry in self._entries.waiting()
            if (meant is None or entry.part.player in meant)
            and entry.queued.is_meant(self._hass, announcement_id, None)
        ]
        for entry in dropped:
            self._drop(entry, cause)
        self._store.update()
        return dropped

    @callback
    def look_soon(self) -> None:
        """Look for what is due after the present callbacks."""
        if (self._entries or self.repeater) and self._soon is None:
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
            self._end_paused()
            self.repeater.look(self._now)
            self._drop_overdue(self._now)
            self._call_up()
            # Entries that may not wait at all had their chance just now.
            self._drop_overdue(math.nextafter(self._now, math.inf))
        finally:
            self._is_looking = False
        tell_places(self._hass, self._entries, self._now)
        self._store.update()
        self._restorer.restore_unused(self._entries.used_players(self._hass, self._now))
        self._schedule()

    @callback
    def stop(self) -> None:
        """Remove all entries, and call no more players."""
        self._cancel_timers()
        for entry in self._entries.clear():
            self._caller.cancel(entry)

    def _call_up(self) -> None:
        """Call what comes next if its player is free, and prepare its audio if not."""
        occupied, ahead = list(self._occupied()), list[Claim]()
        due = [entry for entry in self._entries.waiting() if entry.due_at <= self._now]
        for entry in sorted(due, key=lambda entry: entry.rank):
            if self._silencer.silence(entry) or not self._may_be_called(entry):
                continue
            claim = Claim(all_leaves(self._hass, entry.part.player), entry.queued)
            if any(map(claim.collides, ahead)):
                ahead.append(claim)
            elif any(claim.collides(one) and not one.gives_way_to(claim) for one in occupied):
                self._audio.prepare(entry.queued)
                ahead.append(claim)
            else:
                self._call(entry)
                occupied.append(claim)

    def _may_be_called(self, entry: QueueEntry) -> bool:
        """Whether an entry still waits, its voice is there, and no player is awaited."""
        is_waiting = entry.called_at is None and entry in self._entries
        if not is_waiting or entry.queued.absent is not None:
            return False
        return not entry.awaits_player(self._hass, self._now)

    def _call(self, entry: QueueEntry) -> None:
        leaves = all_leaves(self._hass, entry.part.player)
        entry.interrupts = self._interrupt_at(leaves, entry.queued)
        entry.queued.tracker.announcement.repetition.call()
        entry.called_at, entry.asked, entry.parts = self._now, entry.part.player, [entry.part]
        self._caller.call(entry)

    def _interrupt_at(self, leaves: frozenset[str], by: QueuedAnnouncement) -> bool:
        """Put what is being said at some players back into the queue; return whether it was any."""
        is_any = False
        for entry in self._entries.called():
            if entry.queued is by or leaves.isdisjoint(entry.claim(self._hass, self._now).leaves):
                continue
            hit = [
                part
                for part in entry.open_parts(self._now)
                if not part.requests.refused
                and not leaves.isdisjoint(all_leaves(self._hass, part.player))
            ]
            is_any = is_any or bool(hit)
            for part in hit:
                again = self._registry.requeue_player(entry.queued.tracker, part)
                self._entries.append(QueueEntry(entry.queued, again))
            entry.parts = [part for part in entry.parts if part not in hit]
            if not entry.open_parts(self._now):
                self._remove(entry)
        return is_any

    def _occupied(self) -> Iterator[Claim]:
        """Yield the players that speak now."""
        for entry in self._entries.called():
            yield entry.claim(self._hass, self._now)
        for player in self._registry.overheard_players(self._now):
            yield Claim(all_leaves(self._hass, player))

    def _release(self) -> None:
        """Remove the entries of players from which nothing more is expected."""
        for entry in self._entries.called():
            if not entry.is_in_use(self._now):
                self._remove(entry)

    def _end_paused(self) -> None:
        """End what somebody has paused for long while another announcement needs its player."""
        for entry in self._paused():
            for part in entry.open_parts(self._now):
                if _given_way_at(part) <= self._now:
                    error = PlayerError("player_stayed_paused")
                    entry.queued.tracker.players.fail_player(part, error)
        self._release()

    def _paused(self) -> list[QueueEntry]:
        """Return what is paused and needed by an announcement that waits."""
        claims = [(one, one.claim(self._hass, self._now)) for one in self._entries.called()]
        paused = [(one, claim) for one, claim in claims if claim.is_paused]
        if not paused:
            return []
        wanted = [
            Claim(all_leaves(self._hass, one.part.player), one.queued)
            for one in self._entries.waiting()
            if one.due_at <= self._now
        ]
        return [one for one, claim in paused if any(map(claim.collides, wanted))]

    def _remove(self, entry: QueueEntry) -> None:
        self._entries.remove(entry)
        self._caller.cancel(entry)

    def _drop_overdue(self, moment: float) -> None:
        for entry in self._entries.waiting():
            if entry in self._entries and (cause := self._timeouts.refusal(entry.queued, moment)):
                self._drop(entry, cause)

    def _drop(self, entry: QueueEntry, cause: str) -> None:
        self._entries.remove(entry)
        if not self.repeater.withdraw(entry):
            entry.queued.tracker.players.drop_player(entry.part, cause)

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
            if entry.settles_at is not None:
                yield entry.settles_at
            if entry.called_at is None:
                if entry.due_at > self._now:
                    yield entry.due_at
                if (moment := entry.returns_at) is not None and moment > self._now:
                    yield moment
                yield from self._timeouts.moments(entry.queued, self._now)
        for entry in self._paused():
            yield from map(_given_way_at, entry.open_parts(self._now))


def _given_way_at(part: Part) -> float:
    """Return when a paused part is ended for others that wait."""
    since = part.reports.paused_since
    return math.inf if since is None else since + _LONGEST_PAUSE_S
