"""Tracks what other integrations have our voices speak as announcements of their own."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
import logging
from typing import Final, TypeIs

from homeassistant.components import tts
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..captions import CaptionTrack
from ..const import DOMAIN
from ..generation import (
    CaptionCache,
    Generation,
    Recording,
    Transcriber,
    async_erase,
    digest_of,
    is_fallback_speaking,
    is_replaying,
    of_sentence,
    requester,
)
from .announcement import UNKNOWN_PLAYER, Announcement
from .overheard import OverheardRequest, OverheardSpeech, OverheardStreams, is_private
from .registry import AnnouncementRegistry
from .tracker import AnnouncementTracker

_LOGGER = logging.getLogger(__name__)

_KEPT: Final = 50
# Home Assistant asks the engine within a few iterations of the event loop, if it does at all.
_MOMENT_S: Final = 0.05


class OverheardAnnouncements:
    """Finds out who will hear each generation, and which cached sentences are played."""

    def __init__(
        self, hass: HomeAssistant, registry: AnnouncementRegistry, caption_cache: CaptionCache
    ) -> None:
        """Start with nothing overheard."""
        self._hass = hass
        self._registry = registry
        self._caption_cache = caption_cache
        self._generated: deque[str] = deque(maxlen=_KEPT)
        """The keys of complete texts that our entities were asked for, until the stream that
        requested them is seen."""
        self.streams = OverheardStreams(hass, self._on_spoken)

    @callback
    def record(self, engine: str, request: TTSAudioRequest, *, private: bool) -> Transcriber:
        """Return the transcriber of a generation, for our own announcement or an overheard one."""
        if is_replaying() or is_fallback_speaking():
            return Transcriber(self._caption_cache, _untracked(engine, request.language), {})
        tracker: AnnouncementTracker | None = requester()
        if tracker is None or tracker.announcement.generated:
            tracker = self._track_generation(request, engine, private=private)
        tracker.announcement.generated = True
        return Transcriber(self._caption_cache, tracker.announcement, dict(request.options))

    async def pass_on(
        self, transcriber: Transcriber, text: AsyncGenerator[str]
    ) -> AsyncGenerator[str]:
        """Yield a text; the first words of an overheard one tell who will hear it."""
        announcement, pieces = transcriber.announcement, 0
        async with aclosing(text):
            async for piece in text:
                if not pieces and _is_overheard(announcement):
                    self._find_listeners(announcement, piece)
                announcement.growing = pieces > 0
                pieces += 1
                yield piece

    def _find_listeners(self, announcement: Announcement, words: str) -> None:
        """Find out who will hear a text; what fails here leaves the speech alone."""
        try:
            self._on_first_words(announcement, words)
        except Exception:
            _LOGGER.exception("It is not known who hears a text")

    def _track_generation(
        self, request: TTSAudioRequest, engine: str, *, private: bool
    ) -> AnnouncementTracker:
        """Start an announcement that another integration requested from our entity."""
        recording = Recording(CaptionTrack(request.language))
        tracker = self._track(engine, request, recording, private=private)
        tracker.players.add_player(self.streams.answering() or UNKNOWN_PLAYER)
        tracker.send_track()
        tracker.calls.complete()
        return tracker

    def _track(
        self,
        engine: str,
        asked: TTSAudioRequest | tts.ResultStream,
        recording: Recording,
        *,
        private: bool,
    ) -> AnnouncementTracker:
        entity = er.async_get(self._hass).async_get(engine)
        announcement = Announcement(
            engine,
            asked.language,
            recording,
            private=private,
            overheard=True,
            options=dict(asked.options),
            voice=entity.unique_id if entity else None,
        )
        return self._registry.track(announcement)

    @callback
    def _on_first_words(self, announcement: Announcement, words: str) -> None:
        """Find out who will hear what another integration requested."""
        engine, digest = announcement.engine, digest_of(words)
        key = self._caption_cache.key_of_digest(
            digest, announcement.language, announcement.options, engine
        )
        self._generated.append(key)
        tracker = self._registry.tracker(announcement.announcement_id)
        asked = self.streams.who_asked(digest)
        if tracker and asked and asked.tracker is None:
            asked.tracker = tracker
            tracker.players.remove_player(UNKNOWN_PLAYER)
            for player in asked.players:
                tracker.players.add_player(player, asked.delay)
            tracker.update()
        if announcement.private:
            self._hass.async_create_background_task(
                async_erase(self._hass, of_sentence(engine, digest)),
                f"{DOMAIN} keeps a private text off the disk",
            )

    @callback
    def _on_spoken(self, spoken: OverheardSpeech) -> None:
        """Find out whether our entity was asked for a text, or Home Assistant has it already."""
        if any(tracker.announcement.stream is spoken.stream for tracker in self._registry):
            return
        self._hass.async_create_background_task(
            self._async_find_captions(spoken), f"{DOMAIN} finds captions"
        )

    async def _async_find_captions(self, spoken: OverheardSpeech) -> None:
        """Track a sentence that Home Assistant plays without asking our entity."""
        stream = spoken.stream
        key = self._caption_cache.key_of_digest(
            spoken.digest, stream.language, stream.options, stream.engine
        )
        await asyncio.sleep(_MOMENT_S)
        if key in self._generated:
            self._generated.remove(key)
            return
        asked = self.streams.who_asked(spoken.digest)
        if asked and asked.tracker and not asked.tracker.done.is_set():
            return
        if recording := await self._caption_cache.async_find(key):
            self._track_cached(spoken, recording, asked)

    def _track_cached(
        self, spoken: OverheardSpeech, recording: Recording, asked: OverheardRequest | None
    ) -> None:
        stream = spoken.stream
        private = is_private(stream.options)
        tracker = self._track(stream.engine, stream, recording, private=private)
        if not private:
            tracker.announcement.message = recording.captions.text
        answering = self.streams.answering(spoken.conversation) if spoken.conversation else None
        players = asked.players if asked else (answering or UNKNOWN_PLAYER,)
        for player in players:
            part = tracker.players.add_player(player, asked.delay if asked else 0.0)
            tracker.fetches.serve(part)
        if asked:
            asked.tracker = tracker
        tracker.send_track()
        tracker.calls.complete()


def _untracked(engine: str, language: str) -> Announcement:
    """Return an announcement for speech that is tracked elsewhere already."""
    return Announcement(engine, language, Recording(CaptionTrack(language)), private=True)


def _is_overheard(generation: Generation) -> TypeIs[Announcement]:
    """Whether another integration requested it."""
    return isinstance(generation, Announcement) and generation.overheard
