"""The audio of announcements for somebody who wants to hear them again."""

from contextlib import suppress
from dataclasses import dataclass

from homeassistant.components import tts
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..generation import digest_of, is_cached, preparing_ours, replaying
from .announcement import Announcement
from .tracker import AnnouncementTracker


@dataclass(slots=True)
class Replay:
    """Audio that was prepared in place of what was released or had failed."""

    stream: tts.ResultStream
    message: str
    is_spoken: bool = False


class Replays:
    """Has announcements spoken again whose audio is gone, but not before it is fetched."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without replays."""
        self._hass = hass
        self._replays: dict[str, Replay] = {}
        """By the ID of the announcement."""

    @callback
    def prepare(self, tracker: AnnouncementTracker) -> bool:
        """Return whether there is audio, or will be when it is fetched."""
        announcement = tracker.announcement
        is_failed = announcement.recording.state == "failed" and tracker.done.is_set()
        if announcement.stream and (self._replay(announcement) or not is_failed):
            return True
        self.release(announcement)
        if announcement.message:
            with suppress(HomeAssistantError):
                replay = Replay(self._stream(announcement), announcement.message)
                self._replays[announcement.announcement_id] = replay
                announcement.stream = replay.stream
        return announcement.stream is not None

    @callback
    def is_free(self, announcement: Announcement) -> bool:
        """Whether what was prepared costs no credits: it is there, or Home Assistant keeps it."""
        replay = self._replay(announcement)
        if replay is None or replay.is_spoken:
            return announcement.stream is not None
        stream, digest = replay.stream, digest_of(replay.message)
        return is_cached(
            self._hass,
            digest,
            stream.language,
            stream.options,
            stream.engine,
            filed=stream.use_file_cache,
        )

    @callback
    def speak(self, announcement: Announcement) -> None:
        """Have a replay that is being fetched generated, or found in Home Assistant's cache."""
        if (replay := self._replay(announcement)) is None or replay.is_spoken:
            return
        replay.is_spoken = True
        try:
            with replaying():
                replay.stream.async_set_message(replay.message)
        except HomeAssistantError:
            self.release(announcement)

    @callback
    def release(self, announcement: Announcement) -> None:
        """Release the audio of an announcement."""
        replay = self._replays.pop(announcement.announcement_id, None)
        if replay and not replay.is_spoken:
            replay.stream.delete()
        announcement.stream = None

    def _replay(self, announcement: Announcement) -> Replay | None:
        """Return the replay that is the audio of an announcement now, if there is one."""
        replay = self._replays.get(announcement.announcement_id)
        return replay if replay and replay.stream is announcement.stream else None

    def _stream(self, announcement: Announcement) -> tts.ResultStream:
        with preparing_ours():
            stream = tts.async_create_stream(
                self._hass,
                announcement.engine,
                language=announcement.language,
                options=dict(announcement.options),
            )
        if announcement.request and not announcement.request.cache:
            stream.use_file_cache = False
        return stream
