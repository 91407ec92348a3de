"""Calls the players whose turn has come."""

import asyncio
from functools import partial
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..captions import CaptionTrack
from ..generation import Recording
from ..media_players import PlayerRestorer, async_interrupt
from .announcement_audio import AnnouncementAudio, start_detached
from .player_error import PlayerError
from .players import async_call_player, is_satellite, unreachable
from .queue_entries import QueueEntries
from .queue_entry import QueueEntry
from .queue_store import QueueStore
from .registry import AnnouncementRegistry

# A player may take a moment to notice that its call was cancelled.
_QUIET_WITHIN_S: Final = 1.0
# Music Assistant refuses an announcement until the one before it has noticed that it was stopped.
_MOST_RETRIES: Final = 4
_RETRY_S: Final = 0.5


class PlayerCaller:
    """Calls players for the queue, and records how they answer."""

    def __init__(
        self,
        hass: HomeAssistant,
        entries: QueueEntries,
        store: QueueStore,
        registry: AnnouncementRegistry,
        audio: AnnouncementAudio,
        *,
        restorer: PlayerRestorer,
    ) -> None:
        """`entries` tells whether the answer to a call still matters."""
        self._hass = hass
        self._entries = entries
        self._store = store
        self._registry = registry
        self._audio = audio
        self._restorer = restorer
        self._cancelled: set[asyncio.Task[None]] = set()

    @callback
    def call(self, entry: QueueEntry) -> None:
        """Call the player of an entry."""
        queued, tracker, part = entry.queued, entry.queued.tracker, entry.part
        if error := unreachable(self._hass, part.player):
            part.reachable = False
            tracker.players.fail_player(part, error)
            return
        if tracker.announcement.recording.state == "failed":
            tracker.announcement.stream = None
            tracker.audio.replace_recording(Recording(CaptionTrack(tracker.announcement.language)))
        tracker.players.expect_player(part)
        entry.call = start_detached(self._hass, self._async_call(entry), f"calls {part.player}")
        tracker.calls.add_call(part.player, entry.call)
        self._audio.prepare(queued)

    @callback
    def cancel(self, entry: QueueEntry) -> None:
        """Cancel the call of an entry."""
        if entry.call and not entry.call.done():
            entry.call.cancel()
            self._cancelled.add(entry.call)
            entry.call.add_done_callback(self._cancelled.discard)

    async def _async_call(self, entry: QueueEntry) -> None:
        """Call a player; its failure is recorded in its part only."""
        queued, tracker = entry.queued, entry.queued.tracker
        if self._cancelled:
            await asyncio.wait(tuple(self._cancelled), timeout=_QUIET_WITHIN_S)
        await self._store.async_settle()
        error = await self._audio.async_wait(queued) or await self._async_speak(entry)
        if entry not in self._entries or any(part.requests.refused for part in entry.parts):
            return
        part = tracker.announcement.parts.get(entry.asked)
        if error:
            part = part or self._registry.add_player(tracker, entry.asked)
            tracker.players.fail_player(part, error)
        elif part and is_satellite(entry.asked):
            tracker.players.end_player(part)

    async def _async_speak(self, entry: QueueEntry) -> PlayerError | None:
        """Prepare a player and call it; return why it did not play."""
        queued, announcement = entry.queued, entry.queued.tracker.announcement
        may_refuse = entry.interrupts and await async_interrupt(self._hass, entry.asked)
        await self._restorer.async_prepare(entry.asked, queued.request.volume, announcement.usage)
        call = partial(
            async_call_player,
            self._hass,
            entry.asked,
            announcement.announcement_id,
            queued.request,
            queued.context,
        )
        error = await call()
        for _ in range(_MOST_RETRIES if may_refuse else 0):
            if error is None or entry.part.requests.served:
                break
            await asyncio.sleep(_RETRY_S)
            error = await call()
        return error
