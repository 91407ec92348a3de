"""The action that reads the account anew."""

import asyncio
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
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

from .const import DOMAIN
from .coordinator import AccountReader, ElevenLabsConfigEntry, credits_reset

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
    entries = _entries(call)
    readers = [reader for entry in entries for reader in _readers(entry)]
    await asyncio.gather(*(reader.async_refresh() for reader in readers))
    for reader in readers:
        _raise_failure(reader)
    return {"accounts": [_account(entry) for entry in entries]}


def _entries(call: ServiceCall) -> list[ElevenLabsConfigEntry]:
    if entry_id := call.data.get(ATTR_CONFIG_ENTRY):
        return [async_get_config_entry(call.hass, DOMAIN, entry_id)]
    entries: list[ElevenLabsConfigEntry] = call.hass.config_entries.async_entries(DOMAIN)
    return [entry for entry in entries if entry.state is ConfigEntryState.LOADED]


def _readers(entry: ElevenLabsConfigEntry) -> list[AccountReader[Any]]:
    return [entry.runtime_data.coordinator, entry.runtime_data.account]


def _raise_failure(reader: AccountReader[Any]) -> None:
    """Tell the caller what the log and the entities tell too."""
    failure = reader.last_exception
    if not reader.last_update_success and isinstance(failure, HomeAssistantError):
        raise HomeAssistantError(
            translation_domain=failure.translation_domain,
            translation_key=failure.translation_key,
        ) from failure


def _account(entry: ElevenLabsConfigEntry) -> dict[str, Any]:
    """Return what is known; None where the key may not ask."""
    catalogue, account = entry.runtime_data.coordinator, entry.runtime_data.account
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
