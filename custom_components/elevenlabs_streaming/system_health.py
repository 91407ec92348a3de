"""Whether ElevenLabs can be reached and what is left, on Home Assistant's page of repairs."""

from typing import Any, Final

import aiohttp
from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import endpoint_url
from .const import CONF_ENDPOINT, DOMAIN
from .data import ElevenLabsConfigEntry
from .diagnostics import milliseconds

_UNKNOWN: Final = "unknown"
_PATIENCE_S: Final = 5.0


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:  # noqa: ARG001  # Home Assistant's signature
    """Register what is told."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is known; only the check of the address asks the network, for some seconds."""
    entries: list[ElevenLabsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    several = len(entries) > 1
    return {
        f"{name} ({entry.title})" if several else name: value
        for entry in entries
        for name, value in _account(hass, entry).items()
    }


def _account(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> dict[str, Any]:
    data = entry.runtime_data
    latency, remaining = milliseconds(data.account.latency), data.account.remaining
    url = str(endpoint_url(entry.data[CONF_ENDPOINT]))
    return {
        "can_reach_server": _async_reach(hass, url),
        "latency": _UNKNOWN if latency is None else f"{latency} ms",
        "credits_remaining": _UNKNOWN if remaining is None else remaining,
        "breaker": str(data.circuit_breaker.state),
    }


async def _async_reach(hass: HomeAssistant, url: str) -> str | dict[str, str]:
    """Return whether an address answers; the check of core's own follows it to any other."""
    session, patience = async_get_clientsession(hass), aiohttp.ClientTimeout(total=_PATIENCE_S)
    try:
        async with session.get(url, timeout=patience, allow_redirects=False):
            return "ok"
    except TimeoutError:
        return {"type": "failed", "error": "timeout"}
    except aiohttp.ClientError:
        return {"type": "failed", "error": "unreachable"}
