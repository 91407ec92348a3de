"""Announces on players, one announcement at a time on each."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final, override

from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
from homeassistant.const import (
    ENTITY_MATCH_ALL,
    ENTITY_MATCH_NONE,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..captions import CaptionTrack
from ..const import DOMAIN
from ..generation import CaptionCache, Recording
from .announcement import Announcement, AnnouncementRequest
from .announcement_audio import AnnouncementAudio, start_detached
from .delays import PlayerDelays
from .overheard import PREANNOUNCE_S
from .overheard_announcements import OverheardAnnouncements
from .part import Part
from .player_timeouts import LATEST_START_S
from .players import async_call_player, is_grouped, is_satellite, unreachable
from .queue import Queue, QueueHandler
from .queue_entry import QueuedAnnouncement, QueueEntry
from .registry import AnnouncementRegistry
from .tracker import AnnouncementTracker

# A player may take a moment to notice that its call was cancelled.
_QUIET_WITHIN_S: Final = 1.0

_ANNOUNCER: HassKey[Announcer] = HassKey(f"{DOMAIN}_announcer")


@callback
def announcer(hass: HomeAssistant) -> Announcer:
    """Return the one announcer of this Home Assistant; it outlives entries and their reloads."""
    return hass.data[_ANNOUNCER]


async def async_setup_announcer(hass: HomeAssistant) -> None:
    """Set up what all entries share."""
    hass.data[_ANNOUNCER] = Announcer(hass)
    await hass.data[_ANNOUNCER].async_load()


class Announcer(QueueHandler):
    """Announces texts on players."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without announcements."""
        self._hass = hass
        self._queue = Queue(hass, self)
        self._numbers = count()
        self._cancelled: set[asyncio.Task[None]] = set()
        self.caption_cache = CaptionCache(hass)
        self.delays = PlayerDelays(hass, self._on_delay)
        self.registry = AnnouncementRegistry(hass, self.delays, self._queue.look_soon)
        self.overheard = OverheardAnnouncements(hass, self.registry, self.caption_cache)
        self._audio = AnnouncementAudio(hass, self.caption_cache)

    async def async_load(self) -> None:
        """Read what was stored before a restart."""
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry)
        await self.caption_cache.async_load()
        await self.delays.async_load()
        self.overheard.streams.async_setup()

    async def async_announce(
        self,
        request: AnnouncementRequest,
        players: Sequence[str] | str,
        context: Context | None,
    ) -> AnnouncementTracker:
        """Announce on players; return when each was called or waits for its turn.

        Errors until then are in the parts. Raises HomeAssistantError if the voice cannot speak
        the request.
        """
        targets = self._targets(players)
        queued = self._queue.find(request, targets) or self._queued(request, context)
        queued.urge(request, now := self._hass.loop.time())
        for player in targets:
            self._enqueue(queued, player)
        queued.tracker.calls.complete()
        self._queue.look(now)
        _release_stream(queued)
        await _async_answered(queued.tracker)
        return queued.tracker

    @callback
    def clear_queue(self, players: Collection[str] | None = None) -> int:
        """Drop the announcements that wait, everywhere or at some players; return how many."""
        return self._queue.clear(players)

    @callback
    def resolve(self, announcement_id: str, asked: str, player: str | None) -> Part | None:
        """Return the part of the player that will fetch the audio.

        `asked` was called; a group or universal player passes it on to `player`.
        """
        if (tracker := self.registry.tracker(announcement_id)) is None:
            return None
        leaf = player or asked
        part = tracker.announcement.parts.get(leaf)
        if not self._queue.is_called(tracker, asked):
            return None if part is None or part.is_queued else part
        if leaf != asked:
            self.registry.remove_player(tracker, asked)
        if part is None:
            part = self.registry.add_player(tracker, leaf)
        elif part.is_queued:
            tracker.players.expect_player(part)
        if leaf != asked:
            self._queue.hand_on(tracker, asked, part)
            tracker.update()
        return part

    @override
    @callback
    def prepare_audio(self, queued: QueuedAnnouncement) -> None:
        """Start to generate the audio of an entry that comes next."""
        self._audio.prepare(queued)

    @override
    @callback
    def call_player(self, entry: QueueEntry) -> None:
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
        self.prepare_audio(queued)

    @override
    @callback
    def requeue_player(self, queued: QueuedAnnouncement, part: Part) -> Part:
        """Return a new part for a player that waits again; its former URL is no longer valid."""
        return self.registry.requeue_player(queued.tracker, part)

    @override
    @callback
    def drop_entry(self, entry: QueueEntry, cause: str) -> None:
        """Drop an entry that was never called; `cause` is a key of the translated exceptions."""
        entry.queued.tracker.players.drop_player(entry.part, cause)

    @override
    @callback
    def cancel_call(self, entry: QueueEntry) -> None:
        """Cancel the call of a player."""
        if entry.call and not entry.call.done():
            entry.call.cancel()
            self._cancelled.add(entry.call)
            entry.call.add_done_callback(self._cancelled.discard)

    @override
    def engine(self, queued: QueuedAnnouncement) -> str | None:
        """Return the entity ID of its voice now, or None if it was removed."""
        return self._audio.engine(queued)

    @override
    def overheard_players(self, now: float) -> Iterator[str]:
        """Yield the players that speak what other integrations requested."""
        return self.registry.overheard_players(now)

    def _queued(self, request: AnnouncementRequest, context: Context | None) -> QueuedAnnouncement:
        """Return a new announcement; raise HomeAssistantError if the voice cannot speak it."""
        stream = self._audio.stream(request, request.engine)
        language = stream.language or request.language or ""
        entity = er.async_get(self._hass).async_get(request.engine)
        tracker = self.registry.track(
            Announcement(
                engine=request.engine,
                language=language,
                recording=Recording(CaptionTrack(language)),
                message=None if request.private else request.message,
                private=request.private,
                voice=entity.unique_id if entity else None,
                options=request.options,
            )
        )
        return QueuedAnnouncement(next(self._numbers), request, context, tracker, stream)

    def _enqueue(self, queued: QueuedAnnouncement, player: str) -> None:
        """Add an announcement to a player's queue, if it is not there already."""
        tracker = queued.tracker
        part = tracker.announcement.parts.get(player)
        if part and not part.error:
            return
        is_late = queued.request.preannounce and is_satellite(player)
        delay = PREANNOUNCE_S if is_late else 0.0
        part = self.registry.add_player(tracker, player, delay, queued=True)
        self._queue.enqueue(QueueEntry(queued, part))

    async def _async_call(self, entry: QueueEntry) -> None:
        """Call a player; its failure is recorded in its part only."""
        queued, tracker = entry.queued, entry.queued.tracker
        if self._cancelled:
            await asyncio.wait(tuple(self._cancelled), timeout=_QUIET_WITHIN_S)
        error = await self._audio.async_wait(queued) or await async_call_player(
            self._hass,
            entry.asked,
            tracker.announcement.announcement_id,
            queued.request,
            queued.context,
        )
        if not self._queue.contains(entry):
            return
        part = tracker.announcement.parts.get(entry.asked)
        if error:
            part = part or self.registry.add_player(tracker, entry.asked)
            tracker.players.fail_player(part, error)
        elif part and is_satellite(entry.asked):
            tracker.players.end_player(part)

    def _targets(self, players: Sequence[str] | str) -> list[str]:
        """Return the players that an action's `entity_id` means, each once."""
        if players == ENTITY_MATCH_NONE:
            return []
        if players == ENTITY_MATCH_ALL:
            known = self._hass.states.async_entity_ids(MEDIA_PLAYER)
            wanted = [player for player in known if self._is_reachable(player)]
        else:
            wanted = list(dict.fromkeys([players] if isinstance(players, str) else players))
        return [player for player in wanted if not self._is_passed_on(player, wanted)]

    def _is_passed_on(self, player: str, wanted: list[str]) -> bool:
        """Whether a group that is also called passes it on to the player."""
        return self._is_reachable(player) and is_grouped(self._hass, player, wanted)

    def _is_reachable(self, player: str) -> bool:
        return unreachable(self._hass, player) is None

    @callback
    def _on_delay(self, key: str, seconds: float) -> None:
        for tracker in self.registry:
            tracker.players.apply_delay(key, seconds)

    @callback
    def _on_entry(self, *_: Any) -> None:
        self._queue.look_soon()

    @callback
    def _stop(self, _: Event) -> None:
        self._queue.stop()
        self.registry.stop()


def _release_stream(queued: QueuedAnnouncement) -> None:
    """Release audio that is not generated now: the voice may have changed by then."""
    if queued.stream and queued.making is None:
        queued.stream.delete()
    queued.stream = None


async def _async_answered(tracker: AnnouncementTracker) -> None:
    """Wait for the answers of the players that were called."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LATEST_START_S):
            while not tracker.done.is_set() and not tracker.calls.are_answered:
                await tracker.async_next_change()
