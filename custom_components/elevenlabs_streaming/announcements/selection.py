"""What a trigger or a condition of an automation selects: entities of voices, and players."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from ..const import DOMAIN
from .players import all_leaves

CONF_PLAYERS: Final = "players"

# Which library's `Schema` Home Assistant's annotations name varies.
_OPTIONS: Any = vol.Schema({vol.Optional(CONF_PLAYERS, default=dict): cv.TARGET_FIELDS})


class Selection:
    """Entities selected as in a target, which are looked up anew each time."""

    def __init__(self, hass: HomeAssistant, target: ConfigType | None) -> None:
        """`target` is that of a trigger or a condition, or what an option holds like one."""
        self._hass = hass
        self._target = TargetSelection(target or {})

    @callback
    def entities(self) -> set[str]:
        """Return the entities that are selected now, groups as themselves."""
        found = async_extract_referenced_entity_ids(self._hass, self._target, expand_group=False)
        return found.referenced | found.indirectly_referenced

    @callback
    def allows(self, players: Iterable[str]) -> bool:
        """Whether a player, or what passes on to it, is selected; True if nothing is."""
        if not self._target.has_any_target:
            return True
        return not all_leaves(self._hass, *self.entities()).isdisjoint(players)


async def async_validate_options(hass: HomeAssistant, options: Any) -> ConfigType:
    """Return the options of a trigger or a condition.

    Raises vol.Invalid, or HomeAssistantError if `players` only excludes.
    """
    validated: ConfigType = _OPTIONS(options)
    if any(validated[CONF_PLAYERS].values()):
        await async_validate_target(hass, validated[CONF_PLAYERS], "no_players")
    return validated


async def async_validate_target(hass: HomeAssistant, target: ConfigType, error: str) -> None:
    """Raise HomeAssistantError with the text of a translated exception if nothing is selected."""
    if TargetSelection(target).has_any_target:
        return
    # Home Assistant finds the text itself only once this integration is set up.
    texts = await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})
    text = texts[f"component.{DOMAIN}.exceptions.{error}.message"]
    raise HomeAssistantError(text, translation_domain=DOMAIN, translation_key=error)
