"""Calls players, and tells which of them belong together."""

import asyncio
from collections.abc import Collection, Sequence
import logging
from typing import Any, Final

from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER, MediaPlayerEntityFeature
from homeassistant.const import (
    ATTR_SUPPORTED_FEATURES,
    ENTITY_MATCH_ALL,
    ENTITY_MATCH_NONE,
    STATE_UNAVAILABLE,
)
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN, SATELLITE
from ..media_players import (
    group_members,
    in_device_of,
    native_options,
    speaking_players,
    synchronized_with,
)
from .announcement import AnnouncementRequest
from .player_error import PlayerError

_LOGGER = logging.getLogger(__name__)

# Some players answer a call only when they have finished.
_CALL_TIMEOUT_S: Final = 900.0
# AssistSatelliteEntityFeature.ANNOUNCE, whose import would need the Assist pipeline's requirements.
_ANNOUNCE: Final = 1
_ACTIVE_CHILD: Final = "active_child"


def is_satellite(player: str) -> bool:
    """Whether a player is an Assist satellite, which answers a call when it has finished."""
    return player.startswith(f"{SATELLITE}.")


@callback
def can_play(hass: HomeAssistant, player: str) -> bool:
    """Whether a player takes announcements at all, whether or not it is available now."""
    state = hass.states.get(player)
    needed = _ANNOUNCE if is_satellite(player) else MediaPlayerEntityFeature.PLAY_MEDIA
    return state is not None and bool(state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) & needed)


@callback
def unreachable(hass: HomeAssistant, player: str) -> PlayerError | None:
    """Return why a player cannot be called."""
    if (state := hass.states.get(player)) is None:
        return PlayerError("player_not_found", {"player": player})
    return PlayerError("player_unavailable") if state.state == STATE_UNAVAILABLE else None


@callback
def all_players(hass: HomeAssistant, *domains: str) -> list[str]:
    """Return what `entity_id: all` means: the players that are available and can play."""
    known = hass.states.async_entity_ids(domains)
    return [one for one in known if unreachable(hass, one) is None and can_play(hass, one)]


@callback
def target_players(hass: HomeAssistant, players: Sequence[str] | str) -> list[str]:
    """Return the players that an action's `entity_id` means, each once.

    Players to which a group passes the announcement on are left out.
    """
    if players == ENTITY_MATCH_NONE:
        return []
    if players == ENTITY_MATCH_ALL:
        wanted = all_players(hass, MEDIA_PLAYER)
    else:
        wanted = list(dict.fromkeys([players] if isinstance(players, str) else players))
    found = list[str]()
    for player in wanted:
        if not _is_passed_on(hass, player, wanted) and not _sounds_with(hass, player, found):
            found.append(player)
    return found


def _sounds_with(hass: HomeAssistant, player: str, called: Collection[str]) -> bool:
    """Whether a player sounds together with one that is called."""
    return any(player in synchronized_with(hass, other) for other in called)


def _is_passed_on(hass: HomeAssistant, player: str, wanted: list[str]) -> bool:
    """Whether a group that is also called passes it on to the player."""
    return unreachable(hass, player) is None and is_grouped(hass, player, wanted)


async def async_call_player(
    hass: HomeAssistant,
    player: str,
    announcement_id: str,
    request: AnnouncementRequest,
    context: Context | None,
) -> PlayerError | None:
    """Call a player to fetch and play an announcement; return why it did not."""
    media_id = f"media-source://{DOMAIN}/{announcement_id}/{player}"
    domain, action, data = _action(player, media_id, request)
    if domain == MEDIA_PLAYER and (options := _native_options(hass, player, request)):
        data["extra"] = options
    try:
        async with asyncio.timeout(_CALL_TIMEOUT_S):
            await hass.services.async_call(domain, action, data, blocking=True, context=context)
    except TimeoutError:
        return PlayerError("player_did_not_answer")
    except HomeAssistantError as err:
        return PlayerError.of(err)
    except Exception as err:  # noqa: BLE001  # a player's integration may raise anything
        _LOGGER.warning("%s failed to play: %s", player, type(err).__name__)
        return PlayerError("player_failed")
    return None


def _action(
    player: str, media_id: str, request: AnnouncementRequest
) -> tuple[str, str, dict[str, Any]]:
    if is_satellite(player):
        data = {"entity_id": player, "media_id": media_id, "preannounce": request.preannounce}
        return SATELLITE, "announce", data
    data = {
        "entity_id": player,
        "media_content_id": media_id,
        "media_content_type": "music",
        "announce": True,
    }
    return MEDIA_PLAYER, "play_media", data


def _native_options(
    hass: HomeAssistant, player: str, request: AnnouncementRequest
) -> dict[str, Any]:
    """Return what the integrations of a player, or of a group's members, are told."""
    options = dict[str, Any]()
    for speaking in speaking_players(hass, player):
        options |= native_options(hass, speaking, request.volume)
    return options


def all_leaves(hass: HomeAssistant, *players: str) -> frozenset[str]:
    """Return players with all that they pass on to, and those in the device of a satellite."""
    found, left = set[str](), list(players)
    while left:
        if (player := left.pop()) not in found:
            found.add(player)
            left += [*group_members(hass, player), *_child_of(hass, player)]
            left += synchronized_with(hass, player)
            left += in_device_of(hass, player) if is_satellite(player) else ()
    return frozenset(found)


def is_grouped(hass: HomeAssistant, player: str, players: Collection[str]) -> bool:
    """Whether one of the other players is a group that the player belongs to."""
    return any(player in group_members(hass, other) for other in players if other != player)


def _child_of(hass: HomeAssistant, player: str) -> list[str]:
    """Return the player that a universal player passes on to now."""
    state = hass.states.get(player)
    child = state.attributes.get(_ACTIVE_CHILD) if state else None
    return [child] if isinstance(child, str) else []
