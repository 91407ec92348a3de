"""What the user sets for each player: its captions' delay, and how it announces."""

from collections.abc import Sequence
from typing import Final, override

from homeassistant.components.number import (
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device import async_entity_id_to_device
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .announcements import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, PlayerDelays, announcer
from .data import ElevenLabsConfigEntry
from .media_players import PlayerSetting, PlayerSettings

PARALLEL_UPDATES = 0

_LONGEST_SILENCE_S: Final = 10.0
_SETTINGS: Final = (
    NumberEntityDescription(
        key=PlayerSetting.VOLUME,
        native_max_value=100,
        native_min_value=0,
        native_step=1,
        native_unit_of_measurement=PERCENTAGE,
    ),
    *(
        NumberEntityDescription(
            key=setting,
            native_max_value=_LONGEST_SILENCE_S,
            native_min_value=0,
            native_step=0.1,
            native_unit_of_measurement=UnitOfTime.SECONDS,
        )
        for setting in (PlayerSetting.LEAD_IN, PlayerSetting.LEAD_OUT)
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of each player that was spoken at, now and later."""
    delays, settings = announcer(hass).delays, announcer(hass).settings
    if not delays.take(entry.entry_id):
        return
    entry.async_on_unload(lambda: delays.leave(entry.entry_id))

    @callback
    def add(player: str) -> None:
        async_add_entities(_numbers(hass, delays, settings, player))

    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_NEW_PLAYER, add))
    for player in delays.players:
        add(player)


def _numbers(
    hass: HomeAssistant, delays: PlayerDelays, settings: PlayerSettings, player: str
) -> Sequence[NumberEntity]:
    """Return the numbers of one player."""
    key = delays.key(player)
    found = (AnnouncementSetting(hass, settings, player, key, one) for one in _SETTINGS)
    return [CaptionDelay(hass, delays, player), *found]


class PlayerNumber(NumberEntity):
    """A number of one player."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_has_entity_name = True
    _attr_mode = NumberMode.BOX
    _attr_should_poll = False

    def __init__(self, hass: HomeAssistant, player: str, name: str) -> None:
        """Belong to the player's device where it has one; `name` is a translation key."""
        self._player = player
        self._attr_translation_key = name
        self.device_entry = async_entity_id_to_device(hass, player)
        if self.device_entry is None:
            state = hass.states.get(player)
            self._attr_translation_key = f"{name}_of"
            self._attr_translation_placeholders = {"player": state.name if state else player}


class CaptionDelay(PlayerNumber):
    """Seconds by which the captions of one player are held back."""

    _attr_native_max_value = LONGEST_DELAY_S
    _attr_native_min_value = -LONGEST_DELAY_S
    _attr_native_step = 0.05
    _attr_native_unit_of_measurement = UnitOfTime.SECONDS

    def __init__(self, hass: HomeAssistant, delays: PlayerDelays, player: str) -> None:
        """Show the delay of a player."""
        super().__init__(hass, player, "caption_delay")
        self._delays = delays
        self._attr_unique_id = f"caption_delay_{delays.key(player)}"
        self._attr_native_value = delays.of(player).set

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Hold the captions back by so many seconds, also those that are being shown."""
        self._delays.set(self._player, value)
        self._attr_native_value = self._delays.of(self._player).set
        self.async_write_ha_state()


class AnnouncementSetting(PlayerNumber, RestoreNumber):
    """How one player announces; without its entity, a setting has no effect."""

    _attr_entity_registry_enabled_default = False

    def __init__(
        self,
        hass: HomeAssistant,
        settings: PlayerSettings,
        player: str,
        key: str,
        description: NumberEntityDescription,
    ) -> None:
        """Show a setting; `key` outlasts a renaming of the player."""
        super().__init__(hass, player, description.key)
        self.entity_description = description
        self._settings = settings
        self._setting = PlayerSetting(description.key)
        self._scale = 100 if self._setting is PlayerSetting.VOLUME else 1
        self._attr_unique_id = f"{description.key}_{key}"
        self._attr_native_value = 0.0

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the value."""
        await super().async_added_to_hass()
        if (stored := await self.async_get_last_number_data()) and stored.native_value is not None:
            self._attr_native_value = stored.native_value
        self._apply()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Announce as before."""
        self._settings.set(self._player, self._setting, None)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Announce so from now on."""
        self._attr_native_value = value
        self._apply()
        self.async_write_ha_state()

    def _apply(self) -> None:
        value = (self._attr_native_value or 0.0) / self._scale
        self._settings.set(self._player, self._setting, value)
