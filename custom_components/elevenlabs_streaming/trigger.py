"""The triggers for automations: what becomes of announcements."""

from contextvars import Context
from typing import Any, Final, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .announcements import (
    CONF_PLAYERS,
    SIGNAL_ANNOUNCEMENT,
    Announcement,
    Selection,
    async_validate_options,
    async_validate_target,
)
from .const import DOMAIN
from .event import EVENT_TYPES, announcement_attributes

ATTR_ANNOUNCEMENT: Final = "announcement"

_ENTITIES_OF_VOICES: Final = (Platform.EVENT, Platform.TTS)
# Which library's `Schema` Home Assistant's annotations name varies.
_SCHEMA: Any = vol.Schema(
    {
        vol.Optional(CONF_TARGET, default=dict): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default=dict): object,
    }
)


class AnnouncementTrigger(Trigger):
    """Fires when an announcement of the targeted voices has started, finished, or failed."""

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return the config; raise vol.Invalid or HomeAssistantError if it selects no voice."""
        validated: ConfigType = _SCHEMA(config)
        await async_validate_target(hass, validated[CONF_TARGET], "no_voices")
        options = await async_validate_options(hass, validated[CONF_OPTIONS])
        return {**validated, CONF_OPTIONS: options}

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take the event type from the last word of the trigger's key."""
        super().__init__(hass, config)
        self._event_type = config.key.rpartition("_")[2]
        self._voices = Selection(hass, config.target)
        self._players = Selection(hass, (config.options or {}).get(CONF_PLAYERS))

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: Any = None,  # not in 2026.6
    ) -> CALLBACK_TYPE:
        """Run the action at each announcement that is meant, whether or not the voice is loaded."""

        @callback
        def on_change(event_type: str, announcement: Announcement) -> None:
            if event_type != self._event_type or not self._is_meant(announcement):
                return
            told = announcement_attributes(self._hass, announcement)
            description = f"{event_type} announcement of {announcement.engine}"
            # What the action has spoken must not count as part of what is being generated.
            Context().run(run_action, {ATTR_ANNOUNCEMENT: told}, description)

        return async_dispatcher_connect(self._hass, SIGNAL_ANNOUNCEMENT, on_change)

    def _is_meant(self, announcement: Announcement) -> bool:
        """Whether a targeted voice speaks an announcement, and for one of the players."""
        is_voice = any(self._belongs(entity, announcement) for entity in self._voices.entities())
        return is_voice and self._players.allows(announcement.parts)

    def _belongs(self, entity_id: str, announcement: Announcement) -> bool:
        """Whether an entity is one of the voice of an announcement."""
        entry = er.async_get(self._hass).async_get(entity_id)
        return (
            entry is not None
            and entry.platform == DOMAIN
            and entry.domain in _ENTITIES_OF_VOICES
            and entry.config_subentry_id == announcement.voice
        )


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:  # noqa: ARG001  # Home Assistant's signature
    """Return the triggers by their keys."""
    return {f"announcement_{event_type}": AnnouncementTrigger for event_type in EVENT_TYPES}
