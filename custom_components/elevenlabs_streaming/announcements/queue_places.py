"""Where announcements stand in the queues of their players."""

from collections import defaultdict

from homeassistant.core import HomeAssistant, callback

from .players import all_leaves
from .queue_entries import QueueEntries
from .queue_entry import QueuedAnnouncement


@callback
def tell_places(hass: HomeAssistant, entries: QueueEntries, now: float) -> None:
    """Tell each announcement how many come before it at each player where it waits.

    What cannot be called yet comes last: it lets others pass.
    """
    ahead: dict[str, set[QueuedAnnouncement]] = defaultdict(set)
    found: dict[QueuedAnnouncement, dict[str, int]] = {entry.queued: {} for entry in entries}
    for entry in sorted(entries.waiting(), key=lambda entry: entry.turn(now)):
        leaves = all_leaves(hass, entry.part.player)
        before = set[QueuedAnnouncement]().union(*(ahead[leaf] for leaf in leaves))
        if entry.part.is_queued:
            found[entry.queued][entry.part.player] = len(before - {entry.queued}) + 1
        for leaf in leaves:
            ahead[leaf].add(entry.queued)
    for queued, places in found.items():
        queued.tracker.tell_places(places)
