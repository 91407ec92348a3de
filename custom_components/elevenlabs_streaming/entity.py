"""The devices, and what the entities of one voice have in common."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity

from .account import notifier_subentries, voice_subentries
from .const import CONF_MODEL, DOMAIN
from .data import ElevenLabsConfigEntry


def account_device(entry: ElevenLabsConfigEntry) -> DeviceInfo:
    """Return the device that stands for an account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name="ElevenLabs Streaming",
        manufacturer="ElevenLabs",
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
        name=f"ElevenLabs {subentry.title}",
        manufacturer="ElevenLabs",
        model=subentry.data[CONF_MODEL],
        entry_type=DeviceEntryType.SERVICE,
    )


def notifier_device(subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device that stands for an announcement target."""
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer="ElevenLabs",
        entry_type=DeviceEntryType.SERVICE,
    )


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
