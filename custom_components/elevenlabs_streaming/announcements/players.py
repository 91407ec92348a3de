"""Calls players to speak an announcement."""

import asyncio
import logging
from typing import Any, Final

from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN, SATELLITE
from .order import AnnouncementRequest

_LOGGER = logging.getLogger(__name__)

# Some players answer a call only when they have finished.
_CALL_TIMEOUT_S: Final = 900.0


def is_satellite(player: str) -> bool:
    """Whether a player is an Assist satellite, which answers a call when it has finished."""
    return player.startswith(f"{SATELLITE}.")


async def async_call_player(
    hass: HomeAssistant,
    player: str,
    announcement_id: str,
    order: AnnouncementRequest,
    context: Context | None,
) -> str | None:
    """Have a player fetch and speak an announcement; returns what it failed in, for a person."""
    media_id = f"media-source://{DOMAIN}/{announcement_id}/{player}"
    domain, action, data = _action(player, media_id, order)
    try:
        async with asyncio.timeout(_CALL_TIMEOUT_S):
            await hass.services.async_call(domain, action, data, blocking=True, context=context)
    except TimeoutError:
        return "The player did not answer."
    except HomeAssistantError as err:
        return str(err) or type(err).__name__
    except Exception as err:  # noqa: BLE001  # a player's integration may raise anything
        _LOGGER.warning("%s failed to play: %s", player, type(err).__name__)
        return f"The player failed: {type(err).__name__}."
    return None


def _action(
    player: str, media_id: str, order: AnnouncementRequest
) -> tuple[str, str, dict[str, Any]]:
    if is_satellite(player):
        data = {"entity_id": player, "media_id": media_id, "preannounce": order.preannounce}
        return SATELLITE, "announce", data
    data = {
        "entity_id": player,
        "media_content_id": media_id,
        "media_content_type": "music",
        "announce": True,
    }
    return MEDIA_PLAYER, "play_media", data
