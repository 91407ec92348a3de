"""What the benchmark asks its home for, over Home Assistant's WebSocket API."""

from collections.abc import Awaitable, Callable
import time
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from .clock import pass_time
from .load import Task, measure
from .run import Answer, Run

type Json = dict[str, Any]

# Which library's schemas Home Assistant's annotations name varies.
ASK: Final[dict[Any, Any]] = {
    vol.Required("type"): "benchmark_home/ask",
    vol.Required("format"): str,
    vol.Required("tokens"): [str],
    vol.Required("rate"): vol.Coerce(float),
    vol.Required("listening"): vol.Coerce(float),
    vol.Required("thinking"): vol.Coerce(float),
}
SPEAK: Final[dict[Any, Any]] = {
    vol.Required("type"): "benchmark_home/speak",
    vol.Required("engine"): str,
    vol.Required("text"): str,
}
HEARD: Final[dict[Any, Any]] = {vol.Required("type"): "benchmark_home/heard"}
PASS: Final[dict[Any, Any]] = {
    vol.Required("type"): "benchmark_home/pass",
    vol.Required("seconds"): vol.Coerce(float),
}
CROWD: Final[dict[Any, Any]] = {
    vol.Required("type"): "benchmark_home/crowd",
    vol.Required("way"): vol.In(["bare", "speaker", "entity", "core"]),
    vol.Required("engine"): str,
    vol.Required("address"): str,
    vol.Required("api_key"): str,
    vol.Required("voice"): str,
    vol.Required("texts"): [str],
    vol.Required("memory"): bool,
}


@callback
def register(hass: HomeAssistant) -> None:
    """Register the commands."""
    for command in (ask, speak, heard, pass_by, crowd):
        websocket_api.async_register_command(hass, command)


def _run_of(hass: HomeAssistant) -> Run:
    entry: ConfigEntry[Run] = hass.config_entries.async_loaded_entries("benchmark_home")[0]
    return entry.runtime_data


@websocket_api.websocket_command(ASK)
@websocket_api.async_response
async def ask(hass: HomeAssistant, connection: ActiveConnection, message: Json) -> None:
    """Speak to a satellite; tells where its answer is, and at last all moments."""
    run = _run_of(hass)
    run.answer = Answer(
        message["tokens"], message["rate"], message["listening"], message["thinking"]
    )
    await _tell_all(run, connection, message["id"], run.ask[message["format"]])


@websocket_api.websocket_command(SPEAK)
@websocket_api.async_response
async def speak(hass: HomeAssistant, connection: ActiveConnection, message: Json) -> None:
    """Call tts.speak as an automation does; tells what `ask` tells."""
    run = _run_of(hass)
    call = {
        "entity_id": message["engine"],
        "media_player_entity_id": run.players[0].entity_id,
        "message": message["text"],
        "cache": False,
    }

    async def act() -> None:
        run.moments.note("called")
        await hass.services.async_call("tts", "speak", call, blocking=True)

    await _tell_all(run, connection, message["id"], act)


async def _tell_all(
    run: Run, connection: ActiveConnection, number: int, act: Callable[[], Awaitable[None]]
) -> None:
    """Do something, and tell what happens meanwhile."""
    run.moments.clear()
    run.tell = lambda event: connection.send_event(number, event)
    connection.subscriptions[number] = lambda: None
    connection.send_result(number)
    try:
        await act()
    except Exception as error:
        run.tell({"kind": "error", "message": str(error)})
        raise
    run.tell({"kind": "moments", "moments": run.moments.noted, "now": time.monotonic()})


@websocket_api.websocket_command(HEARD)
@callback
def heard(hass: HomeAssistant, connection: ActiveConnection, message: Json) -> None:
    """Say that the devices have heard everything."""
    run = _run_of(hass)
    for finish in run.finish:
        finish()
    connection.send_result(message["id"])


@websocket_api.websocket_command(PASS)
@callback
def pass_by(hass: HomeAssistant, connection: ActiveConnection, message: Json) -> None:
    """Act as if time had passed."""
    pass_time(hass, message["seconds"])
    connection.send_result(message["id"])


@websocket_api.websocket_command(CROWD)
@websocket_api.async_response
async def crowd(hass: HomeAssistant, connection: ActiveConnection, message: Json) -> None:
    """Have many texts spoken at once; answers with what that took."""
    names = ("way", "engine", "address", "api_key", "voice", "texts", "memory")
    task = Task(**{name: message[name] for name in names})
    connection.send_result(message["id"], await measure(hass, task))
