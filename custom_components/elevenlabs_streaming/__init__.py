"""ElevenLabs Streaming: a voice for the home that can also be read."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from homeassistant.const import CONF_API_KEY, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.typing import ConfigType

from . import frontend, llm, services, views, websocket_api
from .account import (
    AccountAnswers,
    AccountIssues,
    Activity,
    Budget,
    CircuitBreaker,
    CircuitState,
    Prewarmer,
    apply_quiet,
    async_delete_issues,
    async_delete_ledger,
    async_open_session,
    async_setup_log_filter,
    migrate_voice,
    notifier_signal,
    replacements_of,
    settings_to_load,
)
from .announcements import announcer, async_name_voices, async_setup_announcer
from .api import Credentials, ElevenLabsClient
from .config_flow import ElevenLabsStreamingConfigFlow
from .const import CONF_ENDPOINT, DOMAIN
from .coordinator import AccountCoordinator, CatalogueCoordinator
from .data import ElevenLabsConfigEntry, ElevenLabsData
from .entity import async_register_devices, name_of_voice
from .speech import SocketPool, Synthesizer

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.EVENT,
    Platform.MEDIA_PLAYER,
    Platform.NOTIFY,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TTS,
]
# A sentence is made faster than it is heard, so most end by themselves in this time.
_FINISH_S = 5.0
# Version 1.3 renamed the settings `stand_in` and `pace`.
_VERSION_WITH_FALLBACK = 3


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001  # Home Assistant's signature
    """Set up what all entries share."""
    async_name_voices(hass, name_of_voice)
    await async_setup_announcer(hass)
    await frontend.async_setup(hass)
    websocket_api.async_setup(hass)
    views.async_register_views(hass)
    services.async_setup(hass)
    async_setup_log_filter()
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> bool:
    """Migrate an entry of an earlier version; refuse one of a later major version."""
    if entry.version > ElevenLabsStreamingConfigFlow.VERSION:
        return False
    if entry.minor_version < _VERSION_WITH_FALLBACK:
        for subentry in entry.subentries.values():
            data = migrate_voice(subentry.data)
            hass.config_entries.async_update_subentry(entry, subentry, data=data)
    newest = ElevenLabsStreamingConfigFlow.MINOR_VERSION
    if entry.minor_version < newest:
        hass.config_entries.async_update_entry(entry, minor_version=newest)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> bool:
    """Set up an account from what is stored; the network is asked afterwards."""
    data = entry.runtime_data = await _async_open(hass, entry)
    entry.async_on_unload(data.activity.follow(hass, entry))
    data.prewarmer.async_setup()
    apply_quiet(announcer(hass).do_not_disturb.account(entry.entry_id), entry.options)
    async_register_devices(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await frontend.async_register(hass)
    llm.async_register(hass, entry)
    entry.async_on_unload(entry.add_update_listener(_async_apply))
    for reader in (data.coordinator, data.account):
        entry.async_create_background_task(
            hass, reader.async_refresh(), f"{DOMAIN} reads the {reader.name}"
        )
    return True


async def _async_open(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> ElevenLabsData:
    """Return what the entry owns while it is loaded."""
    client = ElevenLabsClient(
        async_open_session(hass, entry),
        Credentials(api_key=entry.data[CONF_API_KEY]),
        entry.data[CONF_ENDPOINT],
    )
    issues, activity = AccountIssues(hass, entry), Activity()
    circuit_breaker = CircuitBreaker(hass, entry, client, issues)

    def answers() -> AccountAnswers:
        return AccountAnswers(activity, issues, circuit_breaker)

    catalogue = CatalogueCoordinator(hass, entry, client, answers())
    account = AccountCoordinator(hass, entry, client, answers())
    issues.async_watch(catalogue, client)
    budget = await Budget.async_open(hass, entry, lambda: catalogue.data, account.refresh_soon)
    synthesizer = Synthesizer(client, socket_pool=_socket_pool(hass, entry, client))

    def may_speak() -> bool:
        return circuit_breaker.state is CircuitState.CLOSED and not budget.refusal

    return ElevenLabsData(
        coordinator=catalogue,
        synthesizer=synthesizer,
        issues=issues,
        budget=budget,
        account=account,
        circuit_breaker=circuit_breaker,
        prewarmer=Prewarmer(hass, entry, client, synthesizer, may_speak),
        activity=activity,
        replacements=replacements_of(entry.options),
        settings=settings_to_load(entry),
    )


def _socket_pool(
    hass: HomeAssistant, entry: ElevenLabsConfigEntry, client: ElevenLabsClient
) -> SocketPool:
    """Return the account's open sockets, whose tasks end with the entry."""

    def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return entry.async_create_background_task(hass, work, f"{DOMAIN} keeps a socket")

    return SocketPool(client, start)


async def async_unload_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> bool:
    """Unload; sentences under way get a moment to end."""
    if active := entry.runtime_data.active:
        await asyncio.wait(active, timeout=_FINISH_S)
    await entry.runtime_data.synthesizer.socket_pool.close()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
    """Remove what was stored; the last account takes captions and players along."""
    await async_delete_ledger(hass, entry.entry_id)
    async_delete_issues(hass, entry.entry_id)
    announcer(hass).do_not_disturb.forget(entry.entry_id)
    if not hass.config_entries.async_entries(DOMAIN):
        await announcer(hass).async_remove()
        await frontend.async_remove(hass)
    elif not announcer(hass).delays.has_owner():
        for heir in hass.config_entries.async_loaded_entries(DOMAIN)[:1]:
            hass.config_entries.async_schedule_reload(heir.entry_id)


async def _async_apply(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
    """Apply a change of the entry; one of its words or announcement targets without a reload."""
    data = entry.runtime_data
    if data.settings != settings_to_load(entry):
        await hass.config_entries.async_reload(entry.entry_id)
        return
    data.replacements = replacements_of(entry.options)
    apply_quiet(announcer(hass).do_not_disturb.account(entry.entry_id), entry.options)
    async_register_devices(hass, entry)
    async_dispatcher_send(hass, notifier_signal(entry))
