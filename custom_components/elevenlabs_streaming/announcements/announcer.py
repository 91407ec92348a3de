"""Announces on players, one announcement at a time on each."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from ..captions import CaptionTrack
from ..const import DOMAIN
from ..generation import CaptionCache, Recording
from ..media_players import PlayerRestorer, PlayerSettings
from .announcement import CAUSE_STOPPED, Announcement, AnnouncementRequest
from .announcement_audio import AnnouncementAudio, is_cleaned, speaker_names
from .delays import PlayerDelays
from .do_not_disturb import DoNotDisturb
from .overheard import PREANNOUNCE_S
from .overheard_announcements import OverheardAnnouncements
from .part import Part
from .part_audio import PartAudio
from .player_caller import PlayerCaller
from .player_timeouts import LATEST_START_S
from .players import is_satellite, target_players
from .queue import Queue
from .queue_entries import QueueEntries
from .queue_entry import QueuedAnnouncement, QueueEntry
from .queue_store import QueueStore, StoredAnnouncement
from .registry import AnnouncementRegistry
from .repetition import Repetition
from .silencer import Silencer
from .stopper import CAUSE_STOPPED_BY_USER, Stopper, StopReport
from .tracker import AnnouncementTracker

_ANNOUNCER: HassKey[Announcer] = HassKey(f"{DOMAIN}_announcer")


@callback
def announcer(hass: HomeAssistant) -> Announcer:
    """Return the one announcer of this Home Assistant; it outlives entries and their reloads."""
    return hass.data[_ANNOUNCER]


async def async_setup_announcer(hass: HomeAssistant) -> None:
    """Set up what all entries share."""
    hass.data[_ANNOUNCER] = Announcer(hass)
    await hass.data[_ANNOUNCER].async_load()


class Announcer:
    """Announces texts on players."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without announcements."""
        self._hass = hass
        self.caption_cache = CaptionCache(hass)
        self.delays = PlayerDelays(hass, self._on_delay)
        self.registry = AnnouncementRegistry(hass, self.delays, self._look_soon)
        self.overheard = OverheardAnnouncements(hass, self.registry, self.caption_cache)
        self._audio = AnnouncementAudio(hass, self.caption_cache)
        self._entries = QueueEntries()
        self._store = QueueStore(hass, self._entries)
        self.settings = PlayerSettings(hass)
        self.do_not_disturb = DoNotDisturb(hass)
        self.part_audio = PartAudio(hass, self.settings)
        self._restorer = PlayerRestorer(hass, self.settings.volume)
        caller = PlayerCaller(
            hass, self._entries, self._store, self.registry, self._audio, restorer=self._restorer
        )
        self._stopper = Stopper(hass, self._entries, self.registry, caller)
        self._queue = Queue(
            hass,
            self._entries,
            self._store,
            self.registry,
            self._audio,
            caller=caller,
            restorer=self._restorer,
            silencer=Silencer(hass, self._entries, self._audio, self.do_not_disturb),
        )

    async def async_load(self) -> None:
        """Read what was stored before a restart."""
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._look_soon)
        await self.caption_cache.async_load()
        await self.delays.async_load()
        await self._store.async_load()
        await self._restorer.async_load()
        self.overheard.streams.async_setup()
        async_at_started(self._hass, self._restore)

    async def async_remove(self) -> None:
        """Remove what was stored."""
        await self.caption_cache.async_remove()
        await self.delays.async_remove()
        await self._store.async_remove()
        await self._restorer.async_remove()

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
        targets = target_players(self._hass, players)
        queued = self._entries.find(request, targets) or self._queued(request, context)
        queued.urge(request, now := self._hass.loop.time())
        for player in targets:
            self._enqueue(queued, player)
        self._queue.repeater.add(queued)
        queued.tracker.calls.complete()
        self._queue.look(now)
        _release_stream(queued)
        await _async_answered(queued.tracker)
        return queued.tracker

    async def async_finish(self, tracker: AnnouncementTracker) -> None:
        """Wait until an announcement is over, and its players are restored."""
        await tracker.done.wait()
        self._queue.look()
        await self._restorer.async_settle(tracker.announcement.usage.players)

    @callback
    def clear_queue(self, players: Collection[str] | None = None) -> int:
        """Drop the announcements that wait, everywhere or at some players; return how many."""
        return len(self._queue.clear("queue_cleared", players))

    async def async_stop(
        self, announcement_id: str | None = None, players: Collection[str] | None = None
    ) -> StopReport:
        """End what waits and what sounds: one announcement, those at some players, or all."""
        report = StopReport()
        for entry in self._queue.clear(CAUSE_STOPPED_BY_USER, players, announcement_id):
            report.note_dropped(entry)
        self._queue.repeater.end(announcement_id, players)
        await self._stopper.async_stop(report, announcement_id, players)
        self._queue.look()
        return report

    @callback
    def acknowledge(
        self, announcement_id: str | None = None, players: Collection[str] | None = None
    ) -> int:
        """Speak no more what is repeated: one announcement, those at some players, or all.

        Return how many that were.
        """
        acknowledged = self._queue.repeater.acknowledge(announcement_id, players)
        self._queue.look()
        return acknowledged

    @callback
    def resolve(self, announcement_id: str, asked: str, player: str | None) -> Part | None:
        """Return the part of the player that will fetch the audio.

        `asked` was called; a group or universal player passes it on to `player`.
        """
        if (tracker := self.registry.tracker(announcement_id)) is None:
            return None
        leaf = player or asked
        part = tracker.announcement.parts.get(leaf)
        if not self._entries.is_called(tracker, asked):
            return None if part is None or part.is_queued else part
        if leaf != asked:
            self.registry.remove_player(tracker, asked)
        if part is None:
            part = self.registry.add_player(tracker, leaf)
        elif part.is_queued:
            tracker.players.expect_player(part)
        if leaf != asked:
            self._entries.hand_on(tracker, asked, part)
            tracker.update()
        return part

    def _queued(self, request: AnnouncementRequest, context: Context | None) -> QueuedAnnouncement:
        """Return a new announcement; raise HomeAssistantError if the voice cannot speak it."""
        stream = self._audio.stream(request, request.engine)
        language = stream.language or request.language or ""
        entity = er.async_get(self._hass).async_get(request.engine)
        voice = entity.unique_id if entity else None
        announcement = _announcement(request, stream.options, language, voice)
        tracker = self.registry.track(announcement)
        return self._entries.admit(request, context, tracker, stream)

    @callback
    def _restore(self, _: HomeAssistant) -> None:
        """Restore players that were changed, and queue again what waited before a restart."""
        self._restorer.restore_stored()
        now = self._hass.loop.time()
        for stored in self._store.restore():
            queued = self._entries.find(stored.request, stored.players) or self._restored(stored)
            queued.restore(stored.expires_at, now)
            for player in stored.players:
                self._enqueue(queued, player)
            self._queue.repeater.add(queued)
            queued.tracker.calls.complete()
        self._queue.look(now)

    def _restored(self, stored: StoredAnnouncement) -> QueuedAnnouncement:
        """Return an announcement that waited before a restart."""
        request = stored.request
        announcement = _announcement(request, request.options, stored.language, stored.voice)
        announcement.announcement_id = stored.announcement_id
        tracker = self.registry.track(announcement)
        return self._entries.admit(request, stored.context, tracker, None)

    def _enqueue(self, queued: QueuedAnnouncement, player: str) -> None:
        """Add an announcement to a player's queue, if it is not there already."""
        tracker = queued.tracker
        part = tracker.announcement.parts.get(player)
        if part and not part.error:
            return
        is_late = queued.request.preannounce and is_satellite(player)
        delay = PREANNOUNCE_S if is_late else 0.0
        part = self.registry.add_player(tracker, player, delay, queued=True)
        queued.players[player] = True
        if player not in tracker.announcement.targets:
            tracker.announcement.targets.append(player)
        self._queue.enqueue(QueueEntry(queued, part))

    @callback
    def _on_delay(self, key: str, seconds: float) -> None:
        for tracker in self.registry:
            tracker.players.apply_delay(key, seconds)

    @callback
    def _look_soon(self, *_: Any) -> None:
        self._queue.look_soon()

    @callback
    def _stop(self, _: Event) -> None:
        stored = self._store.close()
        self._queue.stop()
        self._restorer.stop()
        self.registry.stop(CAUSE_STOPPED, stored)


def _announcement(
    request: AnnouncementRequest, options: Mapping[str, Any], language: str, voice: str | None
) -> Announcement:
    """Return what a request asks for.

    `options` are all with which it is spoken; `voice` is the unique ID of the engine's entity.
    """
    captions = CaptionTrack(language)
    return Announcement(
        engine=request.engine,
        language=language,
        recording=Recording(
            captions, is_clean=is_cleaned(options), speakers=speaker_names(options)
        ),
        message=None if request.private else request.message,
        private=request.private,
        voice=voice,
        options=request.options,
        request=replace(request, message="") if request.private else request,
        priority=request.priority,
        repetition=Repetition(request.repeat),
    )


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
