"""One notify entity per announcement target."""

from dataclasses import replace
from typing import override

from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.components.tts import DATA_COMPONENT
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_TARGET
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import notifier_signal, notifier_subentries, voice_entities
from .announcements import (
    AnnouncementRequest,
    Priority,
    announcer,
    seconds,
    targeted_players,
)
from .const import (
    CONF_CHIME,
    CONF_PRIORITY,
    CONF_TIME_TO_LIVE,
    CONF_VOICE,
    CONF_VOLUME,
    DOMAIN,
)
from .data import ElevenLabsConfigEntry
from .entity import notifier_device
from .media_players import Volume
from .text import as_sentence
from .tts import ElevenLabsTextToSpeechEntity

# The queue of each player decides what waits.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one entity for each announcement target, now and later."""
    added = set[str]()

    @callback
    def add() -> None:
        for subentry in notifier_subentries(entry):
            if (subentry_id := subentry.subentry_id) not in added:
                added.add(subentry_id)
                notifier = AnnouncementNotifier(entry, subentry)
                async_add_entities([notifier], config_subentry_id=subentry_id)

    entry.async_on_unload(async_dispatcher_connect(hass, notifier_signal(entry), add))
    add()


class AnnouncementNotifier(NotifyEntity):
    """Announces messages at the players of one announcement target.

    Its settings are read anew for each message, since they change without a reload.
    """

    _attr_has_entity_name = True
    _attr_name = None
    _attr_supported_features = NotifyEntityFeature.TITLE
    _attr_translation_key = "notifier"

    def __init__(self, entry: ElevenLabsConfigEntry, subentry: ConfigSubentry) -> None:
        """Belong to one announcement target."""
        self._entry = entry
        self._subentry = subentry
        self._attr_unique_id = subentry.subentry_id
        self._attr_device_info = notifier_device(subentry)

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Announce the title and the message; raises HomeAssistantError if nobody hears them."""
        heading = as_sentence((title or "").strip())
        request = self._request(f"{heading}\n\n{message}" if heading else message)
        players = targeted_players(self.hass, self._subentry.data[CONF_TARGET])
        tracker = await announcer(self.hass).async_announce(request, players, self._context)
        if error := tracker.announcement.failure:
            raise error.exception()

    def _request(self, text: str) -> AnnouncementRequest:
        """Return what to announce; raises ServiceValidationError if it cannot be spoken."""
        settings = self._subentry.data
        lasts, volume = settings.get(CONF_TIME_TO_LIVE), settings.get(CONF_VOLUME)
        return replace(
            self._voice().announcement_request(text, language=None, options={}),
            priority=Priority[settings[CONF_PRIORITY].upper()],
            time_to_live=None if lasts is None else seconds(lasts),
            volume=None if volume is None else Volume(volume),
            chime=settings.get(CONF_CHIME),
        )

    def _voice(self) -> ElevenLabsTextToSpeechEntity:
        """Return the voice; raises ServiceValidationError if it was removed or disabled."""
        chosen = self._subentry.data[CONF_VOICE]
        engine = voice_entities(self.hass, self._entry).get(chosen, "")
        voice = self.hass.data[DATA_COMPONENT].get_entity(engine)
        if isinstance(voice, ElevenLabsTextToSpeechEntity):
            return voice
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="notifier_voice_missing",
            translation_placeholders={"name": self._subentry.title},
        )
