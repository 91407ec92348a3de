"""Looks at a Home Assistant from inside while it is soaked: for the benchmark only."""

import asyncio
from collections import Counter
from datetime import timedelta
import gc
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import chat_session
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

DOMAIN = "elevenlabs_streaming"
# Home Assistant keeps audio and conversations for five minutes, nearly as long as the run.
AUDIO_LASTS = 10.0
CONVERSATIONS_LAST = timedelta(seconds=10)

_LOOK: dict[Any, Any] = {vol.Required("type"): "soak_probe/look"}


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001 - Home Assistant's own signature
    """Register the command."""
    manager = hass.data[DATA_TTS_MANAGER]
    for cleaning in (manager.memcache_cleanup, manager.token_to_stream_cleanup):
        cleaning.maxage = AUDIO_LASTS
    chat_session.CONVERSATION_TIMEOUT = CONVERSATIONS_LAST
    websocket_api.async_register_command(hass, look)
    return True


@websocket_api.websocket_command(_LOOK)
@callback
def look(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Count what is there once the garbage is gone."""
    gc.collect()
    tasks = [task for task in asyncio.all_tasks(hass.loop) if not task.done()]
    objects = Counter(type(one).__qualname__ for one in gc.get_objects())
    seen = {
        "objects": objects.total(),
        "types": dict(objects),
        "tasks": len(tasks),
        "our_tasks": sorted(name for task in tasks if DOMAIN in (name := task.get_name())),
        "timers": sum(not timer.cancelled() for timer in getattr(hass.loop, "_scheduled", ())),
        "held": _held(hass),
    }
    connection.send_result(msg["id"], seen)


def _held(hass: HomeAssistant) -> dict[str, int]:
    """Return how much each container of the component holds."""
    held: dict[str, int] = {}
    for key, value in hass.data.items():
        if DOMAIN in str(key):
            held |= _sizes(value, str(key).removeprefix(f"{DOMAIN}_"), depth=2)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        held |= _sizes(entry.runtime_data, "entry", depth=3)
    return held


def _sizes(thing: object, name: str, depth: int) -> dict[str, int]:
    """Return the sizes of an object's containers, and of those of its parts of our own."""
    if isinstance(thing, dict | list | set | tuple) or hasattr(thing, "maxlen"):
        return {name: len(thing)}  # type: ignore[arg-type]  # all of these have a length
    if depth == 0 or DOMAIN not in type(thing).__module__:
        return {}
    found: dict[str, int] = {}
    for field in _fields(thing):
        found |= _sizes(getattr(thing, field, None), f"{name}.{field.strip('_')}", depth - 1)
    return found


def _fields(thing: object) -> set[str]:
    slots = (getattr(kind, "__slots__", ()) for kind in type(thing).__mro__)
    return {*getattr(thing, "__dict__", {}), *(name for some in slots for name in some)}
