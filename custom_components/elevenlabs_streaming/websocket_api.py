"""The WebSocket commands of the component."""

from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from . import dashboard_api
from .announcements import announcer
from .const import DOMAIN
from .views import audio_url, caption_urls

_LONGEST_HISTORY: Final = 20

# Which library's schemas Home Assistant's annotations name varies.
_SUBSCRIBE: Final[dict[Any, Any]] = {
    "type": f"{DOMAIN}/captions/subscribe",
    vol.Optional("history", default=0): vol.All(int, vol.Range(0, _LONGEST_HISTORY)),
}
_LINKS: Final[dict[Any, Any]] = {
    "type": f"{DOMAIN}/announcement/links",
    vol.Required("announcement_id"): str,
}


@callback
def async_setup(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, subscribe_captions)
    websocket_api.async_register_command(hass, announcement_links)
    dashboard_api.async_setup(hass)


@websocket_api.websocket_command(_SUBSCRIBE)
@callback
def subscribe_captions(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send tracks and their words as they come."""

    @callback
    def forward(message: dict[str, Any]) -> None:
        connection.send_event(msg["id"], message)

    connection.send_result(msg["id"])
    connection.subscriptions[msg["id"]] = announcer(hass).registry.subscribe(
        forward, msg["history"]
    )


@websocket_api.websocket_command(_LINKS)
@callback
def announcement_links(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Tell where an announcement can be heard again, and where its captions are."""
    registry = announcer(hass).registry
    announcement = registry.find(msg["announcement_id"])
    if announcement is None:
        connection.send_error(
            msg["id"], websocket_api.ERR_NOT_FOUND, "There is no such announcement."
        )
        return
    part, stream = registry.listen(msg["announcement_id"]), announcement.stream
    audio = None
    if part and stream:
        audio = {"url": audio_url(part, stream.extension), "mime_type": stream.content_type}
    links = {"audio": audio, "captions": caption_urls(hass, announcement)}
    connection.send_result(msg["id"], links)
