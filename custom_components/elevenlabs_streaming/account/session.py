"""The HTTP session of one account.

Home Assistant's shared session closes a connection 15 s after its last use, which cannot be changed
for one integration. An announcement may come after hours of silence and should not wait for two or
three round trips, so each account has a session that keeps connections longer. It resolves names,
verifies certificates, and closes as the shared one does.
"""

import socket
from typing import Final, override

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import (
    SERVER_SOFTWARE,
    HomeAssistantTCPConnector,
    async_get_clientsession,
)
from homeassistant.util.ssl import get_default_context

from ..api import connection_trace

# Google's front ends close connections after ten minutes (docs/protocol.md, "HTTP answers").
_KEPT_S: Final = 540.0
_ADDRESSES_KEPT_S: Final = 300


@callback
def async_open_session(hass: HomeAssistant, entry: ConfigEntry) -> aiohttp.ClientSession:
    """Return a session that is closed when the entry is unloaded or Home Assistant stops."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            keepalive_timeout=_KEPT_S,
            resolver=_resolver(hass),
            ssl=get_default_context(),
            ttl_dns_cache=_ADDRESSES_KEPT_S,
        ),
        headers={"User-Agent": SERVER_SOFTWARE},
        trace_configs=[connection_trace()],
    )

    async def close(_: Event | None = None) -> None:
        await session.close()

    entry.async_on_unload(close)
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close))
    return session


def _resolver(hass: HomeAssistant) -> AbstractResolver | None:
    shared = async_get_clientsession(hass).connector
    return _SharedResolver(shared) if isinstance(shared, HomeAssistantTCPConnector) else None


class _SharedResolver(AbstractResolver):
    """Resolves names as Home Assistant does, including those of the local network."""

    def __init__(self, shared: HomeAssistantTCPConnector) -> None:
        """Use Home Assistant's connector."""
        self._shared = shared

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host."""
        found = await self._shared.async_resolve_host(host)
        return [{**address, "port": port} for address in found]

    @override
    async def close(self) -> None:
        """Leave Home Assistant's connector open."""
