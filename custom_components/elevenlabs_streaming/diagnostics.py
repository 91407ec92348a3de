"""What helps to find a fault, without the key, what was said, or whose account it is."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_API_KEY, CONF_TARGET, __version__
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from . import frontend
from .account import (
    CircuitBreaker,
    credits_reset,
    notifier_subentries,
    remaining_credits,
    voice_subentries,
)
from .api import REGIONS, endpoint_url
from .const import CONF_ENDPOINT, CONF_REPLACEMENTS, CONF_SPEAKERS, DOMAIN
from .coordinator import AccountReader
from .data import ElevenLabsConfigEntry, ElevenLabsData

_SECRET: Final = {CONF_API_KEY}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ElevenLabsConfigEntry
) -> dict[str, Any]:
    """Return what is known of an account."""
    data = entry.runtime_data
    return {
        "versions": await _async_versions(hass),
        "entry": _entry(entry),
        "catalogue": _catalogue(data),
        "subscription": _subscription(data),
        "budget": _budget(data),
        "breaker": _breaker(data.circuit_breaker),
        "speaking": len(data.active),
        "history": data.activity.as_dict(),
        "first_audio": data.first_audio.as_dict(),
        "spare_sockets": len(data.synthesizer.socket_pool),
        "card": await frontend.async_describe(hass),
    }


def _breaker(breaker: CircuitBreaker) -> dict[str, str | None]:
    since = breaker.since
    return {
        "state": str(breaker.state),
        "cause": breaker.cause,
        "since": since.isoformat() if since else None,
    }


def place(endpoint: str) -> str:
    """Return a region's name, or an address without a path, which may be a secret."""
    return endpoint if endpoint in REGIONS else str(endpoint_url(endpoint).origin())


async def _async_versions(hass: HomeAssistant) -> dict[str, str]:
    integration = await async_get_integration(hass, DOMAIN)
    return {"home_assistant": __version__, "integration": str(integration.version)}


def _entry(entry: ElevenLabsConfigEntry) -> dict[str, Any]:
    """Return how the account and its subentries are set; a title may be a person's name."""
    stored = {**entry.data, CONF_ENDPOINT: place(entry.data[CONF_ENDPOINT])}
    counted = _counted(entry.options, CONF_REPLACEMENTS)
    return {
        "version": f"{entry.version}.{entry.minor_version}",
        "state": entry.state.value,
        "knows_account": entry.unique_id is not None,
        "data": async_redact_data(stored, _SECRET),
        "options": async_redact_data(counted, _SECRET),
        "voices": {
            voice.subentry_id: async_redact_data(_counted(voice.data, CONF_SPEAKERS), _SECRET)
            for voice in voice_subentries(entry)
        },
        "notifiers": {one.subentry_id: _notifier(one) for one in notifier_subentries(entry)},
    }


def _counted(stored: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return settings, of one of them only how many there are."""
    return {**stored, name: len(stored[name])} if stored.get(name) else {**stored}


def _notifier(subentry: ConfigSubentry) -> dict[str, Any]:
    """Return how an announcement target is set; of what is selected only how much."""
    target = subentry.data[CONF_TARGET].items()
    counts = {kind: 1 if isinstance(ids, str) else len(ids) for kind, ids in target}
    return {**subentry.data, CONF_TARGET: counts}


def _catalogue(data: ElevenLabsData) -> Mapping[str, Any]:
    catalogue = data.coordinator.data
    counts = {"models": len(catalogue.models), "voices": len(catalogue.voices)}
    return {**counts, **_reading(data.coordinator)}


def _subscription(data: ElevenLabsData) -> Mapping[str, Any]:
    subscription, resets = data.account.data, credits_reset(data.account.data)
    return {
        "tier": subscription.tier if subscription else None,
        "used": subscription.used if subscription else None,
        "limit": subscription.limit if subscription else None,
        "remaining": remaining_credits(subscription),
        "resets": resets.isoformat() if resets else None,
        "latency_ms": milliseconds(data.account.latency),
        **_reading(data.account),
    }


def _reading(reader: AccountReader[Any]) -> Mapping[str, Any]:
    failure = None if reader.last_update_success else reader.last_exception
    return {
        "hidden": sorted(reader.hidden),
        "read": reader.last_update_success,
        "cause": getattr(failure, "translation_key", None),
    }


def _budget(data: ElevenLabsData) -> Mapping[str, Any]:
    budget = data.budget
    return {"today": budget.today, "month": budget.month, "refusal": budget.refusal}


def milliseconds(seconds: float | None) -> int | None:
    """Return seconds as whole milliseconds."""
    return None if seconds is None else round(seconds * 1000)
