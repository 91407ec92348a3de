"""The devices, the names of voices, and what the entities of one voice have in common."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity

from .account import Catalogue, notifier_subentries, voice_subentries
from .const import CONF_MODEL, CONF_VOICE, DOMAIN
from .data import ElevenLabsConfigEntry

_MAKER: Final = "ElevenLabs"


def account_device(entry: ElevenLabsConfigEntry) -> DeviceInfo:
    """Return the device that stands for an account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name="ElevenLabs Streaming",
        manufacturer=_MAKER,
        entry_type=DeviceEntryType.SERVICE,
    )


@callback
def async_register_devices(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
    """Register the account's device first, and those of its subentries below it."""
    registry = dr.async_get(hass)
    account = registry.async_get_or_create(config_entry_id=entry.entry_id, **account_device(entry))
    devices = [(voice, voice_device(voice)) for voice in voice_subentries(entry)]
    devices += [(one, notifier_device(one)) for one in notifier_subentries(entry)]
    for subentry, info in devices:
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id, config_subentry_id=subentry.subentry_id, **info
        )
        registry.async_update_device(device.id, via_device_id=account.id)


def voice_device(subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device that stands for a voice."""
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=f"{_MAKER} {subentry.title}",
        manufacturer=_MAKER,
        model=subentry.data[CONF_MODEL],
        entry_type=DeviceEntryType.SERVICE,
    )


def notifier_device(subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device that stands for an announcement target."""
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer=_MAKER,
        entry_type=DeviceEntryType.SERVICE,
    )


@callback
def name_of_voice(hass: HomeAssistant, engine: str, options: Mapping[str, Any]) -> str | None:
    """Return what people call the voice that an engine speaks with some options.

    None if that is not known.
    """
    entity = er.async_get(hass).async_get(engine)
    entry_id = entity.config_entry_id if entity else None
    entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
    subentry = entry.subentries.get(entity.config_subentry_id or "") if entry and entity else None
    if entity is None or entry is None or subentry is None:
        return None
    is_loaded = entry.state is ConfigEntryState.LOADED
    catalogue = entry.runtime_data.coordinator.data if is_loaded else Catalogue()
    own = catalogue.voice_id(subentry.data[CONF_VOICE])
    spoken = catalogue.voice_id(str(options.get(CONF_VOICE) or own), own)
    if spoken != own:
        voice = catalogue.voices.get(spoken)
        return voice.short_name if voice else None
    return _given_name(hass, entity, entry.title) or subentry.title


def _given_name(hass: HomeAssistant, entity: er.RegistryEntry, account: str) -> str | None:
    """Return the name that the user gave an entity or its device, without that of the account."""
    device = dr.async_get(hass).async_get(entity.device_id) if entity.device_id else None
    name = entity.name or (device.name_by_user if device else None) or ""
    for prefix in (f"{account} ", f"{_MAKER} "):
        name = name.removeprefix(prefix)
    return name.strip() or None


class VoiceEntity(Entity):
    """An entity that watches one voice."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, subentry: ConfigSubentry, key: str) -> None:
        """`key` tells it from the voice's other entities."""
        self._subentry_id = subentry.subentry_id
        self._attr_unique_id = f"{subentry.subentry_id}_{key}"
        self._attr_device_info = voice_device(subentry)

    def is_spoken_by(self, voice: str | None) -> bool:
        """Whether an announcement's voice is this one."""
        return voice == self._subentry_id
