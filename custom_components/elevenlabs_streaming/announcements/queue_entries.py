"""What waits in the queue, and what its players speak."""

from collections.abc import Collection, Iterator
from itertools import count
from typing import Final

from homeassistant.components import tts
from homeassistant.core import Context, HomeAssistant, callback

from .announcement import AnnouncementRequest
from .part import Part
from .players import all_leaves
from .queue_entry import QueuedAnnouncement, QueueEntry
from .tracker import AnnouncementTracker

# Music does not go on for less.
_SOON_S: Final = 15.0


class QueueEntries:
    """The entries of all players, in the order in which they came."""

    def __init__(self) -> None:
        """Start without entries."""
        self._entries: list[QueueEntry] = []
        self._numbers = count()

    def __iter__(self) -> Iterator[QueueEntry]:
        """Yield all entries."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries)

    def __contains__(self, entry: object) -> bool:
        """Return whether an entry waits or is being spoken."""
        return entry in self._entries

    def admit(
        self,
        request: AnnouncementRequest,
        context: Context | None,
        tracker: AnnouncementTracker,
        stream: tts.ResultStream | None,
    ) -> QueuedAnnouncement:
        """Return an announcement with its place in the order of arrival."""
        return QueuedAnnouncement(next(self._numbers), request, context, tracker, stream)

    def append(self, entry: QueueEntry) -> None:
        """Add an entry."""
        self._entries.append(entry)

    def remove(self, entry: QueueEntry) -> None:
        """Remove an entry."""
        self._entries.remove(entry)

    def clear(self) -> list[QueueEntry]:
        """Remove all entries, and return them."""
        removed, self._entries = self._entries, []
        return removed

    def waiting(self) -> list[QueueEntry]:
        """Return the entries whose players were not called."""
        return [entry for entry in self if entry.called_at is None]

    def called(self) -> list[QueueEntry]:
        """Return the entries whose players were called."""
        return [entry for entry in self if entry.called_at is not None]

    @callback
    def used_players(self, hass: HomeAssistant, now: float) -> frozenset[str]:
        """Return the players at which something is announced now, or is soon repeated."""
        called = (entry.asked for entry in self.called())
        repeated = (
            entry.part.player for entry in self.waiting() if now <= entry.due_at <= now + _SOON_S
        )
        return all_leaves(hass, *called, *repeated)

    @callback
    def find(
        self, request: AnnouncementRequest, players: Collection[str]
    ) -> QueuedAnnouncement | None:
        """Return an equal announcement that was called nowhere and waits at one of the players."""
        called = {entry.queued for entry in self.called()}
        for entry in self.waiting():
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
                one for one in self if one.called_at is not None or one.part is not leaf
            ]

    def _called_entry(self, tracker: AnnouncementTracker, asked: str) -> QueueEntry | None:
        entries = (entry for entry in self.called() if entry.queued.tracker is tracker)
        return next((entry for entry in entries if entry.asked == asked), None)
