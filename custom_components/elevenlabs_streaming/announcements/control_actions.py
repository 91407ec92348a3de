"""The actions that end announcements: acknowledge, clear the queue, and stop."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import TargetSelection
import voluptuous as vol

from .announcer import announcer
from .targets import targeted_players

ATTR_ANNOUNCEMENT_ID: Final = "announcement_id"
_ATTR_ACKNOWLEDGED: Final = "acknowledged"
_ATTR_DROPPED: Final = "dropped"

type ActionHandler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]

# Which library's `Schema` Home Assistant's annotations name varies.
_FIELDS: dict[Any, Any] = {**cv.TARGET_SERVICE_FIELDS}
_AT_PLAYERS: Any = vol.Schema(_FIELDS)
_ONE_OR_AT_PLAYERS: Any = vol.Schema({**_FIELDS, vol.Optional(ATTR_ANNOUNCEMENT_ID): cv.string})


async def _acknowledge(call: ServiceCall) -> ServiceResponse:
    """Acknowledge one announcement, those at the targets, or all."""
    announcement_id = call.data.get(ATTR_ANNOUNCEMENT_ID)
    acknowledged = announcer(call.hass).acknowledge(announcement_id, players_of_call(call))
    return {_ATTR_ACKNOWLEDGED: acknowledged}


async def _clear_queue(call: ServiceCall) -> ServiceResponse:
    """Drop the waiting announcements of the targets, or of all players."""
    return {_ATTR_DROPPED: announcer(call.hass).clear_queue(players_of_call(call))}


async def _stop(call: ServiceCall) -> ServiceResponse:
    """End what waits and what sounds: one announcement, those at the targets, or all."""
    announcement_id = call.data.get(ATTR_ANNOUNCEMENT_ID)
    report = await announcer(call.hass).async_stop(announcement_id, players_of_call(call))
    return report.as_dict()


def players_of_call(call: ServiceCall) -> list[str] | None:
    """Return the players that are targeted, or None if there is no target.

    Raises ServiceValidationError for a target without players.
    """
    has_target = TargetSelection(call.data).has_any_target
    return targeted_players(call.hass, call.data) if has_target else None


CONTROL_ACTIONS: Final[Mapping[str, tuple[ActionHandler, Any]]] = {
    "acknowledge": (_acknowledge, _ONE_OR_AT_PLAYERS),
    "clear_queue": (_clear_queue, _AT_PLAYERS),
    "stop": (_stop, _ONE_OR_AT_PLAYERS),
}
"""The handlers of the actions and their schemas, by the names of the actions."""
