"""The announcement targets of an account; Home Assistant calls such a thing a notifier."""

from collections.abc import Iterator

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN, SUBENTRY_NOTIFIER
from .catalogue import voice_subentries


def notifier_subentries(entry: ConfigEntry) -> Iterator[ConfigSubentry]:
    """Yield the announcement targets of an entry."""
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_NOTIFIER:
            yield subentry


def notifier_signal(entry: ConfigEntry) -> str:
    """Return the signal that an entry may have more announcement targets than before."""
    return f"{DOMAIN}_notifiers_{entry.entry_id}"


@callback
def voice_entities(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return the entity IDs of an entry's voices by the IDs of their subentries."""
    registry = er.async_get(hass)
    voices = (voice.subentry_id for voice in voice_subentries(entry))
    found = {one: registry.async_get_entity_id(Platform.TTS, DOMAIN, one) for one in voices}
    return {voice: entity_id for voice, entity_id in found.items() if entity_id}
