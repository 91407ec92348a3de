"""The WebSocket commands of the component."""

from typing import Any

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .playback import announcer


@callback
def async_setup(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, subscribe_captions)


@callback
@websocket_api.websocket_command({"type": f"{DOMAIN}/captions/subscribe"})
def subscribe_captions(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send tracks and their words as they come."""

    @callback
    def forward(message: dict[str, Any]) -> None:
        connection.send_event(msg["id"], message)

    connection.send_result(msg["id"])
    connection.subscriptions[msg["id"]] = announcer(hass).subscribe(forward)
