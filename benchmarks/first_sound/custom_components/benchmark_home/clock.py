"""A home whose clock is moved on, so that nobody waits for a quarter of an hour."""

import aiohttp.connector
from homeassistant.core import HomeAssistant, callback


@callback
def pass_time(hass: HomeAssistant, seconds: float) -> None:
    """Move on the clock of timers, and that by which connections grow old."""
    loop_time, connection_time = hass.loop.time, aiohttp.connector.monotonic  # type: ignore[attr-defined]
    hass.loop.time = lambda: loop_time() + seconds  # type: ignore[method-assign]
    aiohttp.connector.monotonic = lambda: connection_time() + seconds  # type: ignore[attr-defined]
