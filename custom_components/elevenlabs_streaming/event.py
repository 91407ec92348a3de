"""What becomes of announcements, for automations."""

from bisect import bisect_right
from typing import Any, Final, override

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.json import json_bytes

from .account import voice_subentries
from .announcements import CAUSE_STOPPED, SIGNAL_ANNOUNCEMENT, Announcement, announcer
from .data import ElevenLabsConfigEntry
from .entity import VoiceEntity
from .views import caption_urls

PARALLEL_UPDATES = 0

EVENT_TYPES: Final = ("started", "finished", "failed", "silenced")

# The recorder keeps no attributes of more than 16,384 bytes, Home Assistant's own included.
_MOST_BYTES: Final = 15_000
_MARK: Final = "…"


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
    # The links are signed and end within the hour; what was not spoken is in the message too.
    _unrecorded_attributes = frozenset({"captions", "unspoken_text"})

    def __init__(self, subentry: ConfigSubentry) -> None:
        """Watch one voice."""
        super().__init__(subentry, "announcement")
        self._attr_event_types = [*EVENT_TYPES]

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what becomes of the voice's announcements."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_ANNOUNCEMENT, self._on_change)
        )
        await self._async_end_restored()

    async def _async_end_restored(self) -> None:
        """Tell the end of an announcement that ended while nobody could tell it."""
        restored = await self.async_get_last_event_data()
        if restored is None or restored.last_event_type != "started":
            return
        attributes = restored.last_event_attributes or {}
        announcement = announcer(self.hass).registry.find(attributes.get("id", ""))
        if announcement is None:
            self._trigger_event("failed", {**attributes, "error": CAUSE_STOPPED})
        elif announcement.state in ("finished", "failed", "silenced"):
            self._trigger_event(announcement.state, self._told(announcement))

    @callback
    def _on_change(self, event_type: str, announcement: Announcement) -> None:
        if not self.is_spoken_by(announcement.voice):
            return
        self._trigger_event(event_type, self._told(announcement))
        self.async_write_ha_state()

    def _told(self, announcement: Announcement) -> dict[str, Any]:
        """Return the attributes; what was not spoken is whole, since it is not recorded."""
        attributes = announcement_attributes(self.hass, announcement)
        unspoken = {"unspoken_text": attributes.pop("unspoken_text")}
        return {**_truncated(attributes), **unspoken}


@callback
def announcement_attributes(hass: HomeAssistant, announcement: Announcement) -> dict[str, Any]:
    """Return who said what at which players, and for how long."""
    recording = announcement.recording
    parts = announcement.parts.values()
    return {
        "id": announcement.announcement_id,
        "engine": announcement.engine,
        "message": None if announcement.private else announcement.message,
        "players": sorted(announcement.parts),
        "states": {one.player: one.state(hass.loop.time()).public for one in parts},
        "errors": {part.player: str(part.error) for part in parts if part.error},
        "causes": {part.player: part.error.cause for part in parts if part.error},
        "duration": recording.duration,
        "credits": announcement.credits,
        "error": announcement.cause,
        "attempts": recording.attempts,
        "fallback": recording.fallback,
        "fallback_cause": recording.fallback_cause,
        "fallback_from": recording.fallback_from,
        "spoken_until": recording.spoken_until,
        "times_spoken": announcement.repetition.times_spoken,
        "acknowledged": announcement.repetition.is_acknowledged,
        "truncated": False,
        "captions": caption_urls(hass, announcement),
        "unspoken_text": announcement.unspoken_text,
    }


def _truncated(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes that the recorder keeps: the text is cut, and errors if need be."""
    if _size(attributes) <= _MOST_BYTES:
        return attributes
    attributes["truncated"] = True
    if message := attributes["message"]:
        attributes["message"] = _MARK
        room = max(0, _MOST_BYTES - _size(attributes))
        end = bisect_right(range(1, len(message)), room, key=lambda end: _size(message[:end]) - 2)
        attributes["message"] = message[:end].rstrip() + _MARK
    errors, causes = attributes["errors"], attributes["causes"]
    while errors and _size(attributes) > _MOST_BYTES:
        player, _ = errors.popitem()
        del causes[player]
    return attributes


def _size(value: Any) -> int:
    """Return the size of a value as JSON, in bytes."""
    return len(json_bytes(value))
