"""Which media players speak when a player is called."""

from homeassistant.components.media_player import ATTR_GROUP_MEMBERS, DOMAIN as MEDIA_PLAYER
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .support import announces_natively


@callback
def speaking_players(hass: HomeAssistant, player: str) -> list[str]:
    """Return the media players that speak in place of a group or a satellite, or the player."""
    found, left = list[str](), [player]
    seen = set[str]()
    while left:
        if (one := left.pop(0)) in seen:
            continue
        seen.add(one)
        if not one.startswith(f"{MEDIA_PLAYER}."):
            left += in_device_of(hass, one)
        elif members := group_members(hass, one):
            left += members
        else:
            found.append(one)
    return found


@callback
def group_members(hass: HomeAssistant, player: str) -> list[str]:
    """Return the players of a group."""
    state = hass.states.get(player)
    members = state.attributes.get(ATTR_ENTITY_ID) if state else None
    return list(members) if isinstance(members, list | tuple) else []


@callback
def synchronized_with(hass: HomeAssistant, player: str) -> list[str]:
    """Return the players that sound together with a player, which its integration grouped.

    Those that announce natively do so at each player alone.
    """
    state = hass.states.get(player)
    members = state.attributes.get(ATTR_GROUP_MEMBERS) if state else None
    if announces_natively(state) or not isinstance(members, list | tuple):
        return []
    return [member for member in members if isinstance(member, str)]


@callback
def in_device_of(hass: HomeAssistant, satellite: str) -> list[str]:
    """Return the media players in the device of a satellite."""
    registry = er.async_get(hass)
    entry = registry.async_get(satellite)
    if entry is None or entry.device_id is None:
        return []
    entries = er.async_entries_for_device(registry, entry.device_id)
    return [entity.entity_id for entity in entries if entity.domain == MEDIA_PLAYER]
