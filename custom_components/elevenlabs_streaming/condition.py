"""The conditions for automations."""

from typing import Any, Unpack, override

from homeassistant.const import CONF_OPTIONS
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, ConditionCheckParams, ConditionConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .announcements import CONF_PLAYERS, Selection, announcer, async_validate_options
from .const import DOMAIN

# Which library's `Schema` Home Assistant's annotations name varies.
_SCHEMA: Any = vol.Schema({vol.Optional(CONF_OPTIONS, default=dict): object})


class SpeakingCondition(Condition):
    """Passes while a voice is heard, at any player or at those selected."""

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return the config; raise vol.Invalid or HomeAssistantError where it makes no sense."""
        validated: ConfigType = _SCHEMA(config)
        return {CONF_OPTIONS: await async_validate_options(hass, validated[CONF_OPTIONS])}

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take the players from the options."""
        super().__init__(hass, config)
        self._players = Selection(hass, (config.options or {}).get(CONF_PLAYERS))

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Whether a sound is heard now; paused speech is none."""
        # An automation may run before this integration is set up.
        if DOMAIN not in self._hass.config.components:
            return False
        now = self._hass.loop.time()
        return any(
            self._players.allows([player])
            for tracker in announcer(self._hass).registry
            for player in tracker.announcement.sounding_players(now)
        )


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:  # noqa: ARG001  # Home Assistant's signature
    """Return the conditions by their keys."""
    return {"is_speaking": SpeakingCondition}
