"""Looks at a Home Assistant from inside while it is soaked: for the benchmark only."""

import asyncio
from collections import Counter
from datetime import timedelta
import gc
import sys
from types import ModuleType
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import chat_session
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .memory import memory, trim

DOMAIN = "elevenlabs_streaming"
# Home Assistant keeps audio and conversations for five minutes, nearly as long as the run.
AUDIO_LASTS = 10.0
CONVERSATIONS_LAST = timedelta(seconds=10)

# Containers of so many are told one by one, whoever has them.
LARGE = 1000

_LOOK: dict[Any, Any] = {vol.Required("type"): "soak_probe/look"}
_TRIM: dict[Any, Any] = {vol.Required("type"): "soak_probe/trim"}
_NAME: dict[Any, Any] = {vol.Required("type"): "soak_probe/name", vol.Required("ids"): [int]}


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001 - Home Assistant's own signature
    """Register the command."""
    manager = hass.data[DATA_TTS_MANAGER]
    for cleaning in (manager.memcache_cleanup, manager.token_to_stream_cleanup):
        cleaning.maxage = AUDIO_LASTS
    chat_session.CONVERSATION_TIMEOUT = CONVERSATIONS_LAST
    for command in (look, return_memory, name_containers):
        websocket_api.async_register_command(hass, command)
    return True


@websocket_api.websocket_command(_LOOK)
@callback
def look(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Count what is there once the garbage is gone."""
    gc.collect()
    tasks = [task for task in asyncio.all_tasks(hass.loop) if not task.done()]
    known = gc.get_objects()
    objects = Counter(type(one).__qualname__ for one in known)
    seen = {
        "objects": objects.total(),
        "types": dict(objects),
        "large": {str(id(one)): len(one) for one in known if _is_large(one)},
        "tasks": len(tasks),
        "our_tasks": sorted(name for task in tasks if DOMAIN in (name := task.get_name())),
        "timers": sum(not timer.cancelled() for timer in getattr(hass.loop, "_scheduled", ())),
        "held": _held(hass),
        "modules": _modules(),
        "home": _home(hass),
        "memory": memory(),
    }
    connection.send_result(msg["id"], seen)


@websocket_api.websocket_command(_TRIM)
@callback
def return_memory(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's own signature
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Return to the system what the C library keeps of what was freed."""
    gc.collect()
    connection.send_result(msg["id"], {"trimmed": trim()})


@websocket_api.websocket_command(_NAME)
@callback
def name_containers(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's own signature
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Tell whose some containers are."""
    wanted = set(msg["ids"])
    found = [one for one in gc.get_objects() if id(one) in wanted]
    connection.send_result(msg["id"], {str(id(one)): _owner(one) for one in found})


def _is_large(thing: object) -> bool:
    return isinstance(thing, dict | list | set) and len(thing) >= LARGE


def _owner(thing: object, depth: int = 2) -> str:
    """Return what refers to an object, and what refers to that."""
    names = [
        name
        for other in gc.get_referrers(thing)
        if (name := _referring(other, thing, depth)) is not None
    ]
    return f"{type(thing).__name__} of {' and '.join(sorted(set(names))[:3]) or 'C code'}"


def _referring(other: object, thing: object, depth: int) -> str | None:
    """Return how one object refers to another; None for the frames and lists of the probe."""
    if isinstance(other, dict):
        name = next((str(key) for key, value in other.items() if value is thing), "?")
        return f"{other['__name__']}.{name}" if "__name__" in other else f"[{name}]"
    if isinstance(other, list) or type(other).__name__ in {"frame", "list_iterator"}:
        return None
    kind = f"{type(other).__module__}.{type(other).__qualname__}"
    attribute = next((one for one in _fields(other) if getattr(other, one, None) is thing), "")
    return f"{kind}.{attribute}" if attribute or not depth else kind


def _home(hass: HomeAssistant) -> dict[str, int]:
    """Return how much Home Assistant itself keeps of what was said."""
    manager = hass.data[DATA_TTS_MANAGER]
    return {
        "audio in memory": len(manager.mem_cache),
        "audio on the disk": len(manager.file_cache),
        "streams": len(manager.token_to_stream),
        "conversations": len(hass.data.get(chat_session.DATA_CHAT_SESSION, ())),
        "states": len(hass.states.async_entity_ids()),
    }


def _held(hass: HomeAssistant) -> dict[str, int]:
    """Return how much each container of the component holds."""
    held: dict[str, int] = {}
    for key, value in hass.data.items():
        if DOMAIN in str(key):
            held |= _sizes(value, str(key).removeprefix(f"{DOMAIN}_"), depth=2)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        held |= _sizes(entry.runtime_data, "entry", depth=3)
    return held


def _modules() -> dict[str, int]:
    """Return how much the component's modules keep for themselves."""
    held: dict[str, int] = {}
    for module in [one for name, one in sys.modules.items() if DOMAIN in name]:
        held |= _of_module(module)
    return held


def _of_module(module: ModuleType) -> dict[str, int]:
    held: dict[str, int] = {}
    room = module.__name__.partition(f"{DOMAIN}.")[2] or DOMAIN
    for name, value in vars(module).items():
        if callable(told := getattr(value, "cache_info", None)):
            held[f"{room}.{name}"] = told().currsize
        elif not (name.startswith("__") or isinstance(value, type)):
            held |= _sizes(value, f"{room}.{name}", depth=2)
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
