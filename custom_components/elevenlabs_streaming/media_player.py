"""All dashboards as one media player."""

from dataclasses import dataclass
from functools import partial
import mimetypes
import re
from typing import Any, Final, Self, override

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_ENQUEUE,
    ATTR_MEDIA_EXTRA,
    BrowseMedia,
    MediaPlayerDeviceClass,
    MediaPlayerEnqueue,
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
    async_process_play_media_url,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity

from .announcements import (
    SIGNAL_ACKNOWLEDGED,
    SIGNAL_WITHDRAWN,
    AnnouncementTracker,
    Part,
    PlayerError,
    announcer,
)
from .const import DOMAIN
from .dashboard import DashboardMedia, DashboardPlayback, DashboardVolume
from .data import ElevenLabsConfigEntry
from .entity import account_device
from .media_players import OWN_VOLUME

PARALLEL_UPDATES = 0

_OUR_AUDIO: Final = re.compile(rf"/api/{DOMAIN}/audio/([\w-]+)\.")
_PLAYABLE: Final = re.compile(r"https?://|/")
# Attributes are recorded, and a message may be long.
_LONGEST_TITLE: Final = 255
# Any other type may contain sound; pictures and pages are refused without asking a browser.
_SILENT: Final = ("image/", "text/")


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the dashboards' media player."""
    async_add_entities([DashboardPlayer(entry)])


@dataclass(frozen=True, slots=True)
class StoredVolume(ExtraStoredData):
    """The volume, which is stored even if the player is unavailable at a restart."""

    volume: float
    muted: bool

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Return the stored volume, or full volume if there is none."""
        volume, muted = stored.get("volume"), stored.get("muted")
        is_volume = isinstance(volume, int | float) and 0 <= volume <= 1
        return cls(float(volume) if volume is not None and is_volume else 1.0, muted is True)

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return the volume as it is stored."""
        return {"volume": self.volume, "muted": self.muted}


class DashboardPlayer(MediaPlayerEntity, RestoreEntity):
    """A media player that plays in every dashboard whose sound is turned on."""

    _attr_device_class = MediaPlayerDeviceClass.SPEAKER
    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_supported_features = (
        MediaPlayerEntityFeature.BROWSE_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.MEDIA_ENQUEUE
        | MediaPlayerEntityFeature.PAUSE
        | MediaPlayerEntityFeature.PLAY
        | MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.SEEK
        | MediaPlayerEntityFeature.STOP
        | MediaPlayerEntityFeature.VOLUME_MUTE
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.VOLUME_STEP
    )
    _attr_translation_key = "dashboard"
    _unrecorded_attributes = frozenset({"dashboards"})

    def __init__(self, entry: ElevenLabsConfigEntry) -> None:
        """Set up the media player of one account."""
        self._written: Any = None
        self._attr_unique_id = f"{entry.entry_id}_dashboard"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the volume, and accept dashboards."""
        await super().async_added_to_hass()
        stored = await self.async_get_last_extra_data()
        kept = StoredVolume.from_dict(stored.as_dict() if stored else {})
        volume = DashboardVolume(kept.volume, kept.muted)
        self.playback = DashboardPlayback(self.hass, volume, self._on_change, self._on_over)
        self._read_playback()
        for signal, is_over in (
            (SIGNAL_ACKNOWLEDGED, self._is_acknowledged),
            (SIGNAL_WITHDRAWN, self._is_withdrawn),
        ):
            withdraw = partial(self.playback.withdraw, is_over)
            self.async_on_remove(async_dispatcher_connect(self.hass, signal, withdraw))

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Disconnect the dashboards."""
        self.playback.close()

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the dashboards that can play."""
        return {"dashboards": self.playback.clients.names}

    @property
    @override
    def extra_restore_state_data(self) -> StoredVolume:
        """Return the volume to store."""
        return StoredVolume(self.playback.volume.level, self.playback.volume.muted)

    @override
    async def async_play_media(
        self, media_type: MediaType | str, media_id: str, **kwargs: Any
    ) -> None:
        """Play now, later, or over the present media."""
        media = await self._async_resolve(media_id, kwargs.get(ATTR_MEDIA_EXTRA) or {})
        if kwargs.get(ATTR_MEDIA_ANNOUNCE):
            self.playback.withdraw(self._is_withdrawn)
            self.playback.announce(media)
        else:
            enqueue = kwargs.get(ATTR_MEDIA_ENQUEUE) or MediaPlayerEnqueue.REPLACE
            self.playback.play(media, MediaPlayerEnqueue(enqueue).value)

    @override
    async def async_browse_media(
        self, media_content_type: MediaType | str | None = None, media_content_id: str | None = None
    ) -> BrowseMedia:
        """Return the media that can be heard."""
        return await media_source.async_browse_media(
            self.hass,
            media_content_id,
            content_filter=lambda item: item.media_content_type.startswith("audio/"),
        )

    @override
    async def async_media_play(self) -> None:
        """Resume playback."""
        self.playback.resume()

    @override
    async def async_media_pause(self) -> None:
        """Pause playback."""
        self.playback.pause()

    @override
    async def async_media_stop(self) -> None:
        """Stop playback, and clear the queue."""
        announcer(self.hass).clear_queue([self.entity_id])
        announcer(self.hass).acknowledge(players=[self.entity_id])
        self.playback.stop()

    @override
    async def async_media_seek(self, position: float) -> None:
        """Jump to a position in seconds."""
        self.playback.seek(position)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Set the volume, from 0 to 1."""
        self.playback.set_volume(volume)

    @override
    async def async_mute_volume(self, mute: bool) -> None:
        """Mute or unmute."""
        self.playback.set_volume(muted=mute)

    async def _async_resolve(self, media_id: str, extra: dict[str, Any]) -> DashboardMedia:
        """Return media that browsers can play; raise a translated error for any other."""
        url, mime_type = media_id, mimetypes.guess_type(media_id.partition("?")[0])[0]
        if media_source.is_media_source_id(media_id):
            try:
                found = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
            except HomeAssistantError as err:
                if err.translation_key:
                    raise
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="media_not_found"
                ) from err
            url, mime_type = found.url, found.mime_type
        if not _PLAYABLE.match(url) or (mime_type or "").startswith(_SILENT):
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="media_not_playable"
            )
        return DashboardMedia(
            content_id=media_id,
            url=async_process_play_media_url(self.hass, url, allow_relative_url=True),
            mime_type=mime_type or "audio/*",
            title=_title(extra) or _message(self._announced(url)),
            volume=_volume(extra),
        )

    @callback
    def _on_change(self) -> None:
        """Write the state if anything has changed."""
        if self._read_playback():
            self.async_write_ha_state()

    def _read_playback(self) -> bool:
        """Read the state of the dashboards; return whether it has changed."""
        playback, sound = self.playback, self.playback.shown
        heard = (sound.state, sound.duration, sound.media_position) if sound else None
        seen = (playback.clients.names, playback.volume, sound, heard)
        if seen == self._written:
            return False
        self._written = seen
        self._attr_available = playback.is_available
        self._attr_is_volume_muted = playback.volume.muted
        self._attr_volume_level = playback.volume.level
        self._attr_state = MediaPlayerState(sound.state) if sound else MediaPlayerState.IDLE
        self._attr_media_content_id = sound.media.url if sound else None
        self._attr_media_content_type = MediaType.MUSIC if sound else None
        self._attr_media_duration = sound.duration if sound else None  # type: ignore[assignment]  # captions need fractions of a second
        self._attr_media_position = sound.media_position.position if sound else None  # type: ignore[assignment]  # the same
        self._attr_media_position_updated_at = sound.media_position.updated_at if sound else None
        self._attr_media_title = sound.media.title if sound else None
        return True

    @callback
    def _is_acknowledged(self, media: DashboardMedia) -> bool:
        """Whether an announcement of ours was acknowledged; its part then ends."""
        if (found := self._announced(media.url)) is None:
            return False
        tracker, part = found
        is_acknowledged = tracker.announcement.repetition.is_acknowledged
        if is_acknowledged:
            tracker.players.end_player(part)
        return is_acknowledged

    @callback
    def _is_withdrawn(self, media: DashboardMedia) -> bool:
        """Whether an announcement of ours was stopped, or interrupted by a more urgent one."""
        return bool(_OUR_AUDIO.search(media.url)) and self._announced(media.url) is None

    def _announced(self, url: str) -> tuple[AnnouncementTracker, Part] | None:
        """Return the announcement of ours, and our part in it, if it is still to be heard."""
        ours = _OUR_AUDIO.search(url)
        return announcer(self.hass).registry.fetching(ours[1]) if ours else None

    @callback
    def _on_over(self, media: DashboardMedia, error: str | None) -> None:
        """Report the end of an announcement; `error` is a key of the translated exceptions."""
        if (found := self._announced(media.url)) is None:
            return
        tracker, part = found
        if part.is_over(self.hass.loop.time()):
            return
        if error is None:
            tracker.players.end_player(part)
        else:
            tracker.players.fail_player(part, PlayerError(error))


def _volume(extra: dict[str, Any]) -> float | None:
    """Return the volume that an announcement has of its own."""
    volume = extra.get(OWN_VOLUME)
    return float(volume) if isinstance(volume, int | float) and 0 <= volume <= 1 else None


def _title(extra: dict[str, Any]) -> str | None:
    """Return the title that the caller gave."""
    metadata = extra.get("metadata")
    title = extra.get("title") or (metadata.get("title") if isinstance(metadata, dict) else None)
    return title if isinstance(title, str) else None


def _message(announced: tuple[AnnouncementTracker, Part] | None) -> str | None:
    """Return what an announcement of ours says; None if it is private or still growing."""
    message = announced[0].announcement.shown_message if announced else None
    if message is None or len(message) <= _LONGEST_TITLE:
        return message
    return f"{message[: _LONGEST_TITLE - 1].rstrip()}…"
