"""The WebSocket commands of the component."""

from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.components.media_player import DATA_COMPONENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .announcements import announcer, seconds
from .const import DOMAIN
from .dashboard import DashboardClient, PlaybackReport
from .media_player import DashboardPlayer
from .views import audio_url, caption_urls

_LONGEST_HISTORY: Final = 50

# Which library's schemas Home Assistant's annotations name varies.
_SUBSCRIBE_SCHEMA: Final[dict[Any, Any]] = {
    "type": f"{DOMAIN}/captions/subscribe",
    vol.Optional("history", default=0): vol.All(int, vol.Range(0, _LONGEST_HISTORY)),
}
_LINKS_SCHEMA: Final[dict[Any, Any]] = {
    "type": f"{DOMAIN}/announcement/links",
    vol.Required("announcement_id"): str,
}


_LONGEST_ID: Final = 64
_LONGEST_NAME: Final = 100
_LONGEST_MEDIA_S: Final = 1_000_000.0
_STATES: Final = ("ready", "playing", "paused", "ended", "error")


_SECONDS: Any = vol.All(vol.Any(int, float), seconds, vol.Range(0, _LONGEST_MEDIA_S))
_ID: Any = vol.All(str, vol.Length(min=1, max=_LONGEST_ID))

_CONNECT_SCHEMA: Final[dict[Any, Any]] = {
    vol.Required("type"): f"{DOMAIN}/dashboard/connect",
    vol.Optional("entity_id"): cv.entity_id,
    vol.Required("client"): _ID,
    vol.Optional("name"): vol.All(str, vol.Length(max=_LONGEST_NAME)),
    vol.Required("can_play"): bool,
}

_UPDATE_SCHEMA: Final[dict[Any, Any]] = {
    vol.Required("type"): f"{DOMAIN}/dashboard/update",
    vol.Required("entity_id"): cv.entity_id,
    vol.Required("client"): _ID,
    vol.Required("can_play"): bool,
}

_REPORT_SCHEMA: Final[dict[Any, Any]] = {
    vol.Required("type"): f"{DOMAIN}/dashboard/report",
    vol.Required("entity_id"): cv.entity_id,
    vol.Required("client"): _ID,
    vol.Required("slot"): _ID,
    vol.Required("state"): vol.In(_STATES),
    vol.Required("position"): _SECONDS,
    vol.Optional("duration", default=None): vol.Any(None, _SECONDS),
    vol.Optional("error"): vol.Any(None, str),
}


@callback
def async_setup(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, subscribe_captions)
    websocket_api.async_register_command(hass, announcement_links)
    websocket_api.async_register_command(hass, connect)
    websocket_api.async_register_command(hass, update)
    websocket_api.async_register_command(hass, report)


@websocket_api.websocket_command(_SUBSCRIBE_SCHEMA)
@callback
def subscribe_captions(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Subscribe to captions: send tracks and their words as they arrive."""

    @callback
    def forward(message: dict[str, Any]) -> None:
        connection.send_event(msg["id"], message)

    connection.send_result(msg["id"])
    connection.subscriptions[msg["id"]] = announcer(hass).registry.subscribe(
        forward, msg["history"]
    )


@websocket_api.websocket_command(_LINKS_SCHEMA)
@callback
def announcement_links(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the links to an announcement's audio and captions."""
    registry = announcer(hass).registry
    announcement = registry.find(msg["announcement_id"])
    if announcement is None:
        _send_error(connection, msg, "announcement_not_found")
        return
    part, stream = registry.listen(msg["announcement_id"]), announcement.stream
    audio = None
    if part and stream:
        audio = {"url": audio_url(part, stream.extension), "mime_type": stream.content_type}
    has_words = bool(announcement.recording.captions.words)
    links = {
        "audio": audio,
        "cached": audio is not None and registry.is_free(msg["announcement_id"]),
        "captions": caption_urls(hass, announcement) if has_words else None,
    }
    connection.send_result(msg["id"], links)


@websocket_api.websocket_command(_CONNECT_SCHEMA)
@callback
def connect(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Connect a dashboard: send what it is to play."""
    if (player := _player(hass, msg.get("entity_id"))) is None:
        _send_error(connection, msg, "dashboard_player_not_found")
        return

    @callback
    def send(message: dict[str, Any]) -> None:
        connection.send_event(msg["id"], message)

    client = DashboardClient(
        client_id=msg["client"],
        name=msg.get("name") or msg["client"][:8],
        owner=connection,
        can_play=msg["can_play"],
        send=send,
    )
    _connect(connection, msg, player, client)


def _connect(
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
    player: DashboardPlayer,
    client: DashboardClient,
) -> None:
    """Connect a dashboard; the result is sent before the first event."""
    if not player.playback.clients.has_room_for(client):
        _send_error(connection, msg, "too_many_dashboards", code="too_many")
        return
    connection.send_result(msg["id"], {"entity_id": player.entity_id})
    connection.subscriptions[msg["id"]] = player.playback.connect(client)


@websocket_api.websocket_command(_UPDATE_SCHEMA)
@callback
def update(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Update whether a dashboard can play."""
    player = _player(hass, msg["entity_id"])
    _answer(
        connection,
        msg,
        player is not None
        and player.playback.can_play(msg["client"], connection, can_play=msg["can_play"]),
    )


@websocket_api.websocket_command(_REPORT_SCHEMA)
@callback
def report(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Handle a dashboard's report about its media."""
    player = _player(hass, msg["entity_id"])
    playback = PlaybackReport(
        state=msg["state"], position=msg["position"], duration=msg["duration"]
    )
    _answer(
        connection,
        msg,
        player is not None
        and player.playback.report(msg["client"], connection, msg["slot"], playback),
    )


def _player(hass: HomeAssistant, entity_id: str | None) -> DashboardPlayer | None:
    """Return the requested player; without an entity ID, the first one."""
    if (component := hass.data.get(DATA_COMPONENT)) is None:
        return None
    players = [entity for entity in component.entities if isinstance(entity, DashboardPlayer)]
    return next((one for one in players if entity_id in (None, one.entity_id)), None)


def _answer(
    connection: websocket_api.ActiveConnection, msg: dict[str, Any], is_known: bool
) -> None:
    """Send the result, or an error if the dashboard is unknown."""
    if is_known:
        connection.send_result(msg["id"])
    else:
        _send_error(connection, msg, "dashboard_not_found")


def _send_error(
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
    key: str,
    *,
    code: str = websocket_api.ERR_NOT_FOUND,
) -> None:
    """Send an error; `key` is a key of the translated exceptions."""
    error = HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
    connection.send_error(
        msg["id"], code, str(error), translation_key=key, translation_domain=DOMAIN
    )
