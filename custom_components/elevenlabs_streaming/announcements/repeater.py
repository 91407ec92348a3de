"""Speaks announcements again until they were spoken often enough, or are acknowledged."""

from collections.abc import Collection, Iterator
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import DOMAIN
from ..media_players import async_stop
from .announcement_audio import start_detached
from .players import all_leaves
from .queue_entries import QueueEntries
from .queue_entry import QueuedAnnouncement, QueueEntry
from .registry import AnnouncementRegistry

SIGNAL_ACKNOWLEDGED: Final = f"{DOMAIN}_acknowledged"
"""Tells the dashboards that an announcement was acknowledged."""


class Repeater:
    """Queues announcements again when their players are done."""

    def __init__(
        self, hass: HomeAssistant, entries: QueueEntries, registry: AnnouncementRegistry
    ) -> None:
        """Use what the queue uses."""
        self._hass = hass
        self._entries = entries
        self._registry = registry
        self._repeated: list[QueuedAnnouncement] = []

    def __len__(self) -> int:
        """Return how many announcements may be spoken again."""
        return len(self._repeated)

    @callback
    def add(self, queued: QueuedAnnouncement) -> None:
        """Repeat an announcement if that was requested, from now on at all its players."""
        repetition = queued.tracker.announcement.repetition
        repetition.limit(self._hass.loop.time(), queued.expires)
        if repetition.repeat and queued not in self._repeated:
            self._repeated.append(queued)

    @callback
    def look(self, now: float) -> None:
        """Queue again what all its players have spoken."""
        for queued in tuple(self._repeated):
            if queued.tracker.done.is_set():
                self._repeated.remove(queued)
                continue
            announcement = queued.tracker.announcement
            ended = (part.reports.is_ended_by_hand for part in announcement.parts.values())
            if announcement.repetition.awaits_acknowledgement and any(ended):
                self._acknowledge(queued)
            if queued.tracker.is_spoken(now) and not any(self._entries_of(queued)):
                self._repeat(queued, now)

    @callback
    def acknowledge(
        self, announcement_id: str | None = None, players: Collection[str] | None = None
    ) -> int:
        """Acknowledge one announcement, those at some players, or all; return how many."""
        meant = None if players is None else all_leaves(self._hass, *players)
        found = [
            queued
            for queued in self._repeated
            if queued.is_meant(self._hass, announcement_id, meant)
            and not queued.tracker.done.is_set()
            and queued.tracker.announcement.repetition.awaits_acknowledgement
        ]
        for queued in found:
            self._acknowledge(queued)
        return len(found)

    @callback
    def withdraw(self, entry: QueueEntry) -> bool:
        """Show what became of a player before, in place of an entry that waits to be repeated.

        Return whether there is anything to show.
        """
        tracker = entry.queued.tracker
        spoken = tracker.announcement.repetition.spoken_at(entry.part.player)
        if spoken is None:
            return False
        entry.queued.remove_player(entry.part.player)
        tracker.players.replace_part(entry.part, spoken)
        return True

    @callback
    def end(
        self, announcement_id: str | None = None, players: Collection[str] | None = None
    ) -> None:
        """Repeat no more: one announcement, those at some players, or all.

        What waits for its first time at a player is still spoken there.
        """
        meant = None if players is None else all_leaves(self._hass, *players)
        for queued in self._repeated:
            if queued.is_meant(self._hass, announcement_id, meant):
                queued.tracker.announcement.repetition.end()
                for entry in list(self._entries_of(queued)):
                    if entry.called_at is None and self.withdraw(entry):
                        self._entries.remove(entry)
                queued.tracker.update()

    def _acknowledge(self, queued: QueuedAnnouncement) -> None:
        """Speak an announcement no more, and stop it where that can be done."""
        queued.tracker.announcement.repetition.is_acknowledged = True
        for entry in list(self._entries_of(queued)):
            if entry.called_at is not None:
                name = f"stops {entry.asked}"
                start_detached(self._hass, async_stop(self._hass, entry.asked), name)
                continue
            self._entries.remove(entry)
            if not self.withdraw(entry):
                queued.tracker.players.drop_player(entry.part, "acknowledged")
        async_dispatcher_send(self._hass, SIGNAL_ACKNOWLEDGED)
        queued.tracker.update()

    def _repeat(self, queued: QueuedAnnouncement, now: float) -> None:
        """Queue an announcement again, or let it end."""
        tracker, announcement = queued.tracker, queued.tracker.announcement
        parts = announcement.parts
        if not announcement.repetition.continues(parts.values(), now):
            tracker.update()
            return
        # A group that was called has parts for its members.
        members = [part for player, part in parts.items() if player not in queued.players]
        again = [player for player, is_called in queued.players.items() if is_called]
        spoken = {one: [parts[one]] if one in parts else members for one in again}
        due_at = announcement.repetition.pause(spoken, now)
        for part in members:
            self._registry.remove_player(tracker, part.player)
        for player in again:
            part = self._registry.queue_player(tracker, player)
            self._entries.append(QueueEntry(queued, part, due_at=due_at))
        tracker.update()

    def _entries_of(self, queued: QueuedAnnouncement) -> Iterator[QueueEntry]:
        return (entry for entry in self._entries if entry.queued is queued)
