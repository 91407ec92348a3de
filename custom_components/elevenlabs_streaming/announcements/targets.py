"""The players that the target of an action means."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from ..const import DOMAIN, SATELLITE
from .players import all_players, can_play

PLAYER_DOMAINS: Final = (MEDIA_PLAYER, SATELLITE)


@callback
def targeted_players(hass: HomeAssistant, target: Mapping[str, Any]) -> list[str]:
    """Return the players to call; raises ServiceValidationError if there are none."""
    named, implied = players_of_target(hass, target)
    implied = {player for player in implied if can_play(hass, player)} - named
    found = sorted(named | set(one_of_each_device(hass, sorted(implied))))
    if not found:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_players")
    return found


@callback
def players_of_target(hass: HomeAssistant, target: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Return the players that a target names, and those that it implies, such as an area's."""
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(target)))
    implied: Iterable[str] = selected.indirectly_referenced
    if target.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        implied = all_players(hass, *PLAYER_DOMAINS)
    return set(filter(_is_player, selected.referenced)), set(filter(_is_player, implied))


def _is_player(entity_id: str) -> bool:
    return entity_id.partition(".")[0] in PLAYER_DOMAINS


def one_of_each_device(hass: HomeAssistant, entities: list[str]) -> list[str]:
    """Leave out satellites whose device also has a media player, which reports more."""
    registry = er.async_get(hass)

    def device(entity_id: str) -> str:
        entry = registry.async_get(entity_id)
        return (entry.device_id if entry else None) or entity_id

    with_player = {device(entity) for entity in entities if entity.startswith(MEDIA_PLAYER)}
    return [
        entity
        for entity in entities
        if entity.startswith(MEDIA_PLAYER) or device(entity) not in with_player
    ]
