"""The form of one announcement target."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    DurationSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TargetSelector,
    TargetSelectorConfig,
    TextSelector,
)
from homeassistant.helpers.template import Template
import voluptuous as vol

from ..announcements import PLAYER_DOMAINS, Priority, announcer, players_of_target
from ..chimes import CHIMES, ChimeError, chime_id
from ..const import CONF_CHIME, CONF_PRIORITY, CONF_TIME_TO_LIVE, CONF_VOICE, CONF_VOLUME
from .notifiers import notifier_subentries, voice_entities
from .validation import FormError

_PRIORITIES: Final = [priority.name.lower() for priority in Priority]
_NORMAL: Final = _PRIORITIES[Priority.NORMAL]


class NotifierForm:
    """The form of one announcement target, which stores its voice by the ID of the subentry."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry | None
    ) -> None:
        """Open the form; `subentry` is the announcement target that is changed."""
        self._hass = hass
        self._entry = entry
        self._subentry = subentry

    @property
    def voices(self) -> dict[str, str]:
        """Return the entity IDs of the voices to choose from by the IDs of their subentries."""
        return voice_entities(self._hass, self._entry)

    @property
    def schema(self) -> Any:
        """Return the form. An only voice need not be selected."""
        voices = list(self.voices.values())
        voice = vol.Required(CONF_VOICE) if len(voices) > 1 else vol.Optional(CONF_VOICE)
        # Which library's `Schema` Home Assistant's annotations name varies.
        return vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                voice: EntitySelector(EntitySelectorConfig(include_entities=voices)),
                vol.Required(CONF_TARGET): _players_selector(),
                vol.Optional(CONF_CHIME): _chime_selector(),
                vol.Optional(CONF_VOLUME): _volume_selector(),
                vol.Required(CONF_PRIORITY, default=_NORMAL): _priority_selector(),
                vol.Optional(CONF_TIME_TO_LIVE): DurationSelector(),
            }
        )

    @property
    def suggested(self) -> dict[str, Any]:
        """Return what to fill in beforehand."""
        voices, changed = self.voices, self._subentry
        if changed is None:
            return {CONF_VOICE: next(iter(voices.values()))} if len(voices) == 1 else {}
        stored = {**changed.data, CONF_NAME: changed.title}
        stored[CONF_VOICE] = voices.get(stored[CONF_VOICE])
        return {name: value for name, value in stored.items() if value is not None}

    async def async_submit(self, user_input: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Check the input; return the name and what to store, or raise FormError."""
        name = self._name(user_input[CONF_NAME])
        data = {
            CONF_VOICE: self._voice(user_input.get(CONF_VOICE)),
            CONF_TARGET: self._target(user_input[CONF_TARGET]),
            CONF_PRIORITY: user_input[CONF_PRIORITY],
        }
        for option in (CONF_TIME_TO_LIVE, CONF_VOLUME):
            if user_input.get(option) is not None:
                data[option] = user_input[option]
        if entered := user_input.get(CONF_CHIME):
            data[CONF_CHIME] = await self._async_chime(entered)
        return name, data

    def _name(self, entered: str) -> str:
        """Return a name that no other announcement target of the account has."""
        if not (name := entered.strip()):
            raise FormError(CONF_NAME, "name_empty")
        others = (one for one in notifier_subentries(self._entry) if one is not self._subentry)
        if name in {other.title for other in others}:
            raise FormError(CONF_NAME, "name_taken")
        return name

    def _voice(self, entity_id: str | None) -> str:
        """Return the ID of a voice's subentry; without an entity, that of the only voice."""
        voices = self.voices
        found = [voice for voice, one in voices.items() if entity_id in (one, None)]
        if len(found) != 1:
            raise FormError(CONF_VOICE, "voice_missing")
        return found[0]

    async def _async_chime(self, entered: str) -> str:
        """Return a chime that can be played."""
        try:
            chime = chime_id(entered)
            await announcer(self._hass).part_audio.async_check_chimes(chime)
        except ChimeError as err:
            raise FormError(CONF_CHIME, err.cause) from err
        except vol.Invalid as err:
            raise FormError(CONF_CHIME, "chime_not_found") from err
        return chime

    def _target(self, target: Mapping[str, Any]) -> dict[str, Any]:
        """Return a target with players; those that it names must exist."""
        if _has_template(target):
            raise FormError(CONF_TARGET, "target_template")
        named, implied = players_of_target(self._hass, target)
        if not named | implied:
            raise FormError(CONF_TARGET, "target_without_players")
        if not all(map(self._exists, named)):
            raise FormError(CONF_TARGET, "player_missing")
        return dict(target)

    def _exists(self, player: str) -> bool:
        registered = er.async_get(self._hass).async_get(player)
        return registered is not None or self._hass.states.get(player) is not None


def _priority_selector() -> SelectSelector:
    mode = SelectSelectorMode.DROPDOWN
    return SelectSelector(
        SelectSelectorConfig(options=_PRIORITIES, translation_key=CONF_PRIORITY, mode=mode)
    )


def _chime_selector() -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(CHIMES),
            translation_key=CONF_CHIME,
            mode=SelectSelectorMode.DROPDOWN,
            custom_value=True,
        )
    )


def _volume_selector() -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=0, max=1, step=0.05, mode=NumberSelectorMode.SLIDER)
    )


def _players_selector() -> TargetSelector:
    return TargetSelector(TargetSelectorConfig(entity=[{"domain": list(PLAYER_DOMAINS)}]))


def _has_template(value: Any) -> bool:
    """Whether a template is in a target: it cannot be stored."""
    if isinstance(value, Mapping):
        return any(map(_has_template, value.values()))
    return (
        any(map(_has_template, value)) if isinstance(value, list) else isinstance(value, Template)
    )
