"""What becomes of announcements, for automations."""

from typing import Any, override

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import voice_subentries
from .announcements import SIGNAL_ANNOUNCEMENT, Announcement
from .data import ElevenLabsConfigEntry
from .entity import VoiceEntity
from .views import caption_urls

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one event for each voice."""
    for subentry in voice_subentries(entry):
        async_add_entities([AnnouncementEvent(subentry)], config_subentry_id=subentry.subentry_id)


class AnnouncementEvent(VoiceEntity, EventEntity):
    """Says that an announcement started, finished or failed."""

    _attr_translation_key = "announcement"
    # The links are signed and end within the hour.
    _unrecorded_attributes = frozenset({"captions"})

    def __init__(self, subentry: ConfigSubentry) -> None:
        """Watch one voice."""
        super().__init__(subentry, "announcement")
        self._attr_event_types = ["started", "finished", "failed"]

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what becomes of the voice's announcements."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_ANNOUNCEMENT, self._on_change)
        )

    @callback
    def _on_change(self, event_type: str, announcement: Announcement) -> None:
        if not self.is_spoken_by(announcement.voice):
            return
        self._trigger_event(event_type, self._attributes(announcement))
        self.async_write_ha_state()

    def _attributes(self, announcement: Announcement) -> dict[str, Any]:
        """Return who said what at which players, and for how long."""
        recording = announcement.recording
        parts = announcement.parts.values()
        return {
            "id": announcement.announcement_id,
            "engine": announcement.engine,
            "message": None if announcement.private else announcement.message,
            "players": sorted(announcement.parts),
            "errors": {part.player: str(part.error) for part in parts if part.error},
            "duration": recording.duration,
            "credits": announcement.credits,
            "error": announcement.cause,
            "attempts": recording.attempts,
            "fallback": recording.fallback,
            "fallback_cause": recording.fallback_cause,
            "captions": caption_urls(self.hass, announcement),
        }
