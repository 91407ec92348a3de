"""Switches that say do not disturb: for an account, and for the dashboards."""

from typing import Any, override

from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.components.switch import SwitchEntity
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .announcements import announcer
from .const import DOMAIN
from .data import ElevenLabsConfigEntry
from .entity import account_device

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of an account."""
    async_add_entities([AccountSwitch(entry), DashboardSwitch(entry)])


class DoNotDisturbSwitch(SwitchEntity, RestoreEntity):
    """While it is on, announcements are shown and not spoken."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_is_on = False

    def __init__(self, entry: ElevenLabsConfigEntry, name: str) -> None:
        """Belong to an account; `name` is a translation key."""
        self._entry_id = entry.entry_id
        self._attr_translation_key = name
        self._attr_unique_id = f"{entry.entry_id}_{name}"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the state."""
        await super().async_added_to_hass()
        stored = await self.async_get_last_state()
        self._attr_is_on = stored is not None and stored.state == STATE_ON
        self._apply(is_on=self._attr_is_on)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Let everything be spoken that no other switch silences."""
        self._apply(is_on=False)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Show announcements only."""
        self._set(is_on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Speak announcements."""
        self._set(is_on=False)

    def _set(self, *, is_on: bool) -> None:
        self._attr_is_on = is_on
        self._apply(is_on=is_on)
        self.async_write_ha_state()

    def _apply(self, *, is_on: bool) -> None:
        raise NotImplementedError


class AccountSwitch(DoNotDisturbSwitch):
    """Silences the announcements of an account, at all players."""

    def __init__(self, entry: ElevenLabsConfigEntry) -> None:
        """Belong to an account."""
        super().__init__(entry, "do_not_disturb")

    @override
    def _apply(self, *, is_on: bool) -> None:
        announcer(self.hass).do_not_disturb.account(self._entry_id).is_on = is_on


class DashboardSwitch(DoNotDisturbSwitch):
    """Silences announcements at an account's dashboard player."""

    def __init__(self, entry: ElevenLabsConfigEntry) -> None:
        """Belong to an account."""
        super().__init__(entry, "dashboard_do_not_disturb")

    @override
    def _apply(self, *, is_on: bool) -> None:
        registry = er.async_get(self.hass)
        unique_id = f"{self._entry_id}_dashboard"
        if player := registry.async_get_entity_id(MEDIA_PLAYER, DOMAIN, unique_id):
            announcer(self.hass).do_not_disturb.set_player(player, is_on=is_on)
