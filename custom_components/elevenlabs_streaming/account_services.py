"""The action that reads the account anew."""

import asyncio
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
import voluptuous as vol

from .account import credits_reset
from .const import DOMAIN
from .coordinator import AccountReader
from .data import ElevenLabsConfigEntry, ElevenLabsData

SERVICE_REFRESH: Final = "refresh_account"
ATTR_CONFIG_ENTRY: Final = "config_entry"

# Which library's `Schema` Home Assistant's annotations name varies.
_SCHEMA: Any = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY): cv.string})


@callback
def async_setup(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, SERVICE_REFRESH, _refresh, _SCHEMA, SupportsResponse.OPTIONAL
    )


async def _refresh(call: ServiceCall) -> ServiceResponse:
    """Read models, voices and credits now, of one account or of all."""
    # Held on to here, since an entry may be unloaded while its account is read.
    accounts = [(entry, entry.runtime_data) for entry in _entries(call)]
    readers = [reader for _, data in accounts for reader in (data.coordinator, data.account)]
    await asyncio.gather(*(reader.async_refresh() for reader in readers))
    for reader in readers:
        _raise_failure(reader)
    return {"accounts": [_account(entry, data) for entry, data in accounts]}


def _entries(call: ServiceCall) -> list[ElevenLabsConfigEntry]:
    if entry_id := call.data.get(ATTR_CONFIG_ENTRY):
        return [async_get_config_entry(call.hass, DOMAIN, entry_id)]
    entries: list[ElevenLabsConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    return entries


def _raise_failure(reader: AccountReader[Any]) -> None:
    """Tell the caller what the log and the entities tell too."""
    failure = reader.last_exception
    if not reader.last_update_success and isinstance(failure, HomeAssistantError):
        raise HomeAssistantError(
            translation_domain=failure.translation_domain,
            translation_key=failure.translation_key,
        ) from failure


def _account(entry: ElevenLabsConfigEntry, data: ElevenLabsData) -> dict[str, Any]:
    """Return what is known; None where the key may not ask."""
    catalogue, account = data.coordinator, data.account
    subscription = account.data
    resets = credits_reset(subscription)
    models, voices = catalogue.data.models, catalogue.data.voices
    return {
        "config_entry": entry.entry_id,
        "title": entry.title,
        "tier": subscription.tier if subscription else None,
        "credits_used": subscription.used if subscription else None,
        "credits_remaining": account.remaining,
        "credits_limit": subscription.limit if subscription else None,
        "credits_reset": resets.isoformat() if resets else None,
        "models": None if "models" in catalogue.hidden else len(models),
        "voices": None if "voices" in catalogue.hidden else len(voices),
    }
