"""How much later each player is heard than it says, as the user found it."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device import async_entity_id_to_device
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .announcements import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, PlayerDelays, announcer
from .data import ElevenLabsConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a number for each player that was spoken at, now and later."""
    delays = announcer(hass).delays
    if not delays.take(entry.entry_id):
        return
    entry.async_on_unload(lambda: delays.leave(entry.entry_id))

    @callback
    def add(player: str) -> None:
        async_add_entities([CaptionDelay(hass, delays, player)])

    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_NEW_PLAYER, add))
    async_add_entities(CaptionDelay(hass, delays, player) for player in delays.players)


class CaptionDelay(NumberEntity):
    """Seconds by which the captions of one player are held back."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_has_entity_name = True
    _attr_mode = NumberMode.BOX
    _attr_native_max_value = LONGEST_DELAY_S
    _attr_native_min_value = -LONGEST_DELAY_S
    _attr_native_step = 0.05
    _attr_native_unit_of_measurement = UnitOfTime.SECONDS
    _attr_should_poll = False
    _attr_translation_key = "caption_delay"

    def __init__(self, hass: HomeAssistant, delays: PlayerDelays, player: str) -> None:
        """Belong to the player's device where it has one."""
        self._delays = delays
        self._player = player
        self._attr_unique_id = f"caption_delay_{delays.key(player)}"
        self._attr_native_value = delays.of(player).set
        self.device_entry = async_entity_id_to_device(hass, player)
        if self.device_entry is None:
            state = hass.states.get(player)
            self._attr_translation_key = "caption_delay_of"
            self._attr_translation_placeholders = {"player": state.name if state else player}

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Hold the captions back by so many seconds, also those that are being shown."""
        self._delays.set(self._player, value)
        self._attr_native_value = self._delays.of(self._player).set
        self.async_write_ha_state()
