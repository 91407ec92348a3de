"""A player that tells the benchmark, which is its device, what to fetch."""

from typing import Any

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .run import Run


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ConfigEntry[Run],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the player."""
    player = Speaker(entry)
    entry.runtime_data.players.append(player)
    entry.runtime_data.finish.append(player.finished)
    async_add_entities([player])


class Speaker(MediaPlayerEntity):
    """Plays what its device fetches."""

    _attr_has_entity_name = True
    _attr_name = "Benchmark player"
    _attr_should_poll = False
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
    )
    _attr_state = MediaPlayerState.IDLE

    def __init__(self, entry: ConfigEntry[Run]) -> None:
        """Tell the entry's run."""
        self._run = entry.runtime_data
        self._attr_unique_id = entry.entry_id

    async def async_play_media(
        self,
        media_type: str,  # noqa: ARG002  # Home Assistant's signature
        media_id: str,
        **kwargs: Any,  # noqa: ARG002  # the same
    ) -> None:
        """Hand the address to the device."""
        item = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
        self._run.moments.note("resolved")
        self._run.tell({"kind": "url", "url": item.url})
        self._run.tell({"kind": "fetch"})
        self._attr_state = MediaPlayerState.PLAYING
        self.async_write_ha_state()

    @callback
    def finished(self) -> None:
        """Be idle again."""
        self._attr_state = MediaPlayerState.IDLE
        self.async_write_ha_state()
