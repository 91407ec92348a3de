"""ElevenLabs Streaming: a voice for the home that can also be read."""

import asyncio

from homeassistant.const import CONF_API_KEY, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from . import account_services, card, discreet_log, services, views, websocket_api
from .api import Credentials, ElevenLabsClient
from .breaker import Breaker
from .budget import Budget, async_forget
from .config_flow import ElevenLabsStreamingConfigFlow
from .const import CONF_ENDPOINT, DOMAIN
from .coordinator import (
    AccountCoordinator,
    CatalogueCoordinator,
    ElevenLabsConfigEntry,
    ElevenLabsData,
)
from .entity import async_register_devices
from .playback import announcer, async_setup_announcer
from .problems import Problems, async_forget_problems
from .speech.discretion import DiscreetSpeaker

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.EVENT, Platform.MEDIA_PLAYER, Platform.NUMBER, Platform.SENSOR, Platform.TTS]
# A sentence is made faster than it is heard, so most end by themselves in this time.
_FINISH_S = 5.0


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001  # Home Assistant's signature
    """Set up what all entries share."""
    await async_setup_announcer(hass)
    await card.async_setup(hass)
    websocket_api.async_setup(hass)
    views.async_register_views(hass)
    services.async_setup(hass)
    account_services.async_setup(hass)
    discreet_log.async_setup()
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> bool:
    """Take over an entry of an earlier version; refuse one of a later major version."""
    if entry.version > ElevenLabsStreamingConfigFlow.VERSION:
        return False
    # Versions 1.1 and 1.2 differ in what they may have besides, and all of that may be missing.
    newest = ElevenLabsStreamingConfigFlow.MINOR_VERSION
    if entry.minor_version < newest:
        hass.config_entries.async_update_entry(entry, minor_version=newest)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> bool:
    """Set up an account from what is stored; the network is asked afterwards."""
    data = entry.runtime_data = await _async_open(hass, entry)
    entry.async_on_unload(data.history.follow(hass, entry))
    async_register_devices(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await card.async_register(hass)
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    for reader in (data.coordinator, data.account):
        entry.async_create_background_task(
            hass, reader.async_refresh(), f"{DOMAIN} reads the {reader.name}"
        )
    return True


async def _async_open(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> ElevenLabsData:
    """Return what the entry owns while it is loaded."""
    client = ElevenLabsClient(
        async_get_clientsession(hass),
        Credentials(api_key=entry.data[CONF_API_KEY]),
        entry.data[CONF_ENDPOINT],
    )
    coordinator = CatalogueCoordinator(hass, entry, client)
    account = AccountCoordinator(hass, entry, client)
    problems = Problems(hass, entry)
    problems.async_watch(coordinator, client)
    return ElevenLabsData(
        coordinator=coordinator,
        speaker=DiscreetSpeaker(client),
        problems=problems,
        budget=await Budget.async_open(hass, entry, coordinator, account),
        account=account,
        breaker=Breaker(hass, entry, client, problems),
    )


async def async_unload_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> bool:
    """Unload; sentences under way get a moment to end."""
    if active := entry.runtime_data.active:
        await asyncio.wait(active, timeout=_FINISH_S)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
    """Forget the captions with the last account; another one takes over the players."""
    await async_forget(hass, entry.entry_id)
    async_forget_problems(hass, entry.entry_id)
    if not hass.config_entries.async_entries(DOMAIN):
        await announcer(hass).library.async_clear()
        await card.async_remove(hass)
    elif not announcer(hass).delays.has_owner():
        for heir in hass.config_entries.async_loaded_entries(DOMAIN)[:1]:
            hass.config_entries.async_schedule_reload(heir.entry_id)


async def _async_reload(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
    """Apply a change of the entry or of its voices."""
    await hass.config_entries.async_reload(entry.entry_id)
