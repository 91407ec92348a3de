"""What a voice is saying now."""

from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ElevenLabsConfigEntry
from .entity import VoiceEntity, voice_subentries
from .playback import SIGNAL_CUE

PARALLEL_UPDATES = 0
_LONGEST_STATE = 255


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one caption for each voice."""
    for subentry in voice_subentries(entry):
        async_add_entities([CaptionSensor(subentry)], config_subentry_id=subentry.subentry_id)


class CaptionSensor(VoiceEntity, SensorEntity):
    """The cue that is being spoken now, empty afterwards."""

    _attr_translation_key = "caption"
    _attr_native_value = ""

    def __init__(self, subentry: ConfigSubentry) -> None:
        """Watch one voice."""
        super().__init__(subentry, "caption")
        self._cues: dict[str, str] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the voice's cues."""
        await super().async_added_to_hass()
        self.async_on_remove(async_dispatcher_connect(self.hass, SIGNAL_CUE, self._on_cue))

    @callback
    def _on_cue(self, voice: str | None, announcement_id: str, cue: str) -> None:
        """Show the newest cue of what may be several announcements."""
        if not self.is_spoken_by(voice):
            return
        self._cues.pop(announcement_id, None)
        if cue:
            self._cues[announcement_id] = cue
        text = next(reversed(self._cues.values()), "")
        self._attr_native_value = text.replace("\n", " ")[:_LONGEST_STATE]
        self.async_write_ha_state()
