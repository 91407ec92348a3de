"""Whether somebody is there to hear an announcement."""

from enum import StrEnum
from typing import Final

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR,
    BinarySensorDeviceClass,
)
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    STATE_HOME,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

_PERSON: Final = "person"
# Many persons have no device tracker.
_MAYBE_HOME: Final = (STATE_HOME, STATE_UNAVAILABLE, STATE_UNKNOWN)
_TELL_PRESENCE: Final = (
    BinarySensorDeviceClass.MOTION,
    BinarySensorDeviceClass.OCCUPANCY,
    BinarySensorDeviceClass.PRESENCE,
)


class OnlyIf(StrEnum):
    """On which condition an announcement is spoken."""

    HOME = "home"
    """Somebody may be home."""
    OCCUPIED = "occupied"
    """Somebody is in the room of the player, as far as its sensors tell."""


@callback
def is_met(hass: HomeAssistant, player: str, condition: OnlyIf | None) -> bool:
    """Whether an announcement with a condition is spoken at a player."""
    if condition is OnlyIf.HOME:
        return is_anybody_home(hass)
    return condition is None or _is_occupied(hass, player)


@callback
def is_anybody_home(hass: HomeAssistant) -> bool:
    """Whether somebody may be home: not all persons are known to be away."""
    persons = hass.states.async_all(_PERSON)
    return not persons or any(person.state in _MAYBE_HOME for person in persons)


def _is_occupied(hass: HomeAssistant, player: str) -> bool:
    """Whether a sensor in the room of a player tells of somebody; True if none tells anything."""
    if (room := _area(hass, player)) is None:
        return True
    known = [
        sensor.state
        for sensor in hass.states.async_all(BINARY_SENSOR)
        if sensor.state in (STATE_ON, STATE_OFF)
        and sensor.attributes.get(ATTR_DEVICE_CLASS) in _TELL_PRESENCE
        and _area(hass, sensor.entity_id) == room
    ]
    return not known or STATE_ON in known


def _area(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the ID of the area of an entity, its own or that of its device."""
    if (entry := er.async_get(hass).async_get(entity_id)) is None:
        return None
    if entry.area_id or not entry.device_id:
        return entry.area_id
    device = dr.async_get(hass).async_get(entry.device_id)
    return device.area_id if device else None
