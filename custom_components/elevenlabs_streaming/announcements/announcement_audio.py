"""The audio of queued announcements, generated before their players request it."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextvars import Context as TaskContext
from typing import Any

from homeassistant.components import tts
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, entity_registry as er

from ..alignment import seconds_for
from ..const import CLEANS_TEXT, CONF_CLEAN_TEXT, CONF_SPEAKERS, DOMAIN
from ..generation import CaptionCache, preparing_ours, requested_by
from .announcement import AnnouncementRequest
from .player_error import PlayerError
from .queue_entry import QueuedAnnouncement
from .tracker import AnnouncementTracker
from .voice_names import voice_name


class AnnouncementAudio:
    """Has announcements generated, or finds them in Home Assistant's cache."""

    def __init__(self, hass: HomeAssistant, caption_cache: CaptionCache) -> None:
        """`caption_cache` holds the captions of cached audio."""
        self._hass = hass
        self._caption_cache = caption_cache

    def engine(self, queued: QueuedAnnouncement) -> str | None:
        """Return the entity ID of its voice now, or None if it was removed."""
        announcement = queued.tracker.announcement
        if announcement.voice is None:
            return announcement.engine
        registry = er.async_get(self._hass)
        return registry.async_get_entity_id(tts.DOMAIN, DOMAIN, announcement.voice)

    def stream(self, request: AnnouncementRequest, engine: str) -> tts.ResultStream:
        """Return a stream that generates audio as soon as it is given its text."""
        with preparing_ours():
            stream = tts.async_create_stream(
                self._hass, engine, language=request.language, options=dict(request.options)
            )
        stream.use_file_cache = request.cache and not request.private
        return stream

    @callback
    def prepare(self, queued: QueuedAnnouncement) -> None:
        """Start to generate the audio, unless that was done."""
        if queued.making is None:
            queued.making = start_detached(
                self._hass, self._async_make(queued), "makes an announcement"
            )

    async def async_wait(self, queued: QueuedAnnouncement) -> PlayerError | None:
        """Wait until there is audio, or some is coming; return why there is none."""
        if queued.making and queued.making.done() and not queued.is_made:
            queued.making = None
        self.prepare(queued)
        return await asyncio.shield(queued.making) if queued.making else None

    @callback
    def show_text(self, queued: QueuedAnnouncement) -> None:
        """Show the text of what nobody hears, about as fast as it would be spoken."""
        announcement = queued.tracker.announcement
        recording, message = announcement.recording, queued.request.message
        if queued.is_made or recording.captions.finished:
            return
        recording.is_clean = is_cleaned(queued.request.options)
        recording.speakers = speaker_names(queued.request.options)
        shown = announcement.shown(message)
        recording.captions.write(shown)
        recording.captions.end_text()
        recording.captions.finish(seconds_for(shown))
        recording.state = "finished"

    async def _async_make(self, queued: QueuedAnnouncement) -> PlayerError | None:
        tracker, request = queued.tracker, queued.request
        announcement = tracker.announcement
        try:
            engine = self.engine(queued) or request.engine
            stream, queued.stream = queued.stream or self.stream(request, engine), None
            announcement.engine, announcement.stream = engine, stream
            name = voice_name(self._hass, engine, request.options)
            announcement.voice_name = name or announcement.voice_name
            announcement.language = stream.language or announcement.language
            self._speak(tracker, stream, request.message)
        except HomeAssistantError as err:
            announcement.stream = None
            return PlayerError.of(err)
        key = self._caption_cache.key(
            request.message, announcement.language, stream.options, engine
        )
        if announcement.generated:
            self._caption_cache.remember(key, announcement.recording)
        else:
            await self._async_use_captions(tracker, key, request.message)
        tracker.audio.note_made()
        return None

    @callback
    def _speak(self, tracker: AnnouncementTracker, stream: tts.ResultStream, message: str) -> None:
        """Give the stream its text, so that our entity knows which announcement it speaks."""
        tracker.announcement.generated = False
        with requested_by(tracker):
            stream.async_set_message(message)

    async def _async_use_captions(
        self, tracker: AnnouncementTracker, key: str, message: str
    ) -> None:
        """Use the captions of the audio that the cache plays; show the text if they are lost."""
        announcement = tracker.announcement
        if recording := await self._caption_cache.async_find(key):
            tracker.audio.replace_recording(recording)
        options = announcement.stream.options if announcement.stream else {}
        announcement.recording.is_clean = is_cleaned(options)
        announcement.recording.speakers = speaker_names(options)
        if not recording:
            announcement.recording.captions.write(announcement.shown(message))


def is_cleaned(options: Mapping[str, Any]) -> bool:
    """Return whether what is spoken with these options is spoken without marks."""
    chosen = options.get(CONF_CLEAN_TEXT)
    return CLEANS_TEXT if chosen is None else bool(cv.boolean(chosen))


def speaker_names(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names whose labels a message with these options may have."""
    return tuple(options.get(CONF_SPEAKERS) or ())


def start_detached[T](
    hass: HomeAssistant, work: Coroutine[Any, Any, T], name: str
) -> asyncio.Task[T]:
    """Run in the background with an empty context: the present generation has no part in it."""
    create = hass.async_create_background_task
    return TaskContext().run(create, work, f"{DOMAIN} {name}")
