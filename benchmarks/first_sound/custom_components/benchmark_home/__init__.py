"""A home for the benchmark: ears, an agent, satellites and a player that tell their moments."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

from . import commands, sdk
from .moments import Moments, watch_engines
from .run import Run

PLATFORMS = [
    Platform.ASSIST_SATELLITE,
    Platform.CONVERSATION,
    Platform.MEDIA_PLAYER,
    Platform.STT,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001  # Home Assistant's signature
    """Offer the benchmark's commands."""
    commands.register(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[Run]) -> bool:
    """Set the home up, and lead the official SDK to the simulator."""
    await hass.async_add_executor_job(sdk.prepare, entry.data["sdk"], entry.data["address"])
    entry.runtime_data = Run(Moments())
    entry.async_on_unload(watch_engines(entry.runtime_data.moments))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry[Run]) -> bool:
    """Remove the home."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
