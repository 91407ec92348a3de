"""Whether an account lets voice assistants announce, and with which of its voices."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_ANNOUNCEMENT_VOICE, CONF_ASSISTANT_ANNOUNCES
from .catalogue import voice_subentries
from .validation import FormError


class AssistantOptions:
    """The part of an account's options that is about assistants."""

    def __init__(self, entry: ConfigEntry) -> None:
        """Read the entry as it is now."""
        self._entry = entry
        self._voices = {voice.subentry_id: voice.title for voice in voice_subentries(entry)}

    @property
    def fields(self) -> dict[vol.Marker, Any]:
        """Return the form fields: whether assistants may announce, and the voice."""
        voices = [SelectOptionDict(value=key, label=title) for key, title in self._voices.items()]
        mode = SelectSelectorMode.DROPDOWN
        return {
            vol.Optional(CONF_ASSISTANT_ANNOUNCES): BooleanSelector(),
            vol.Optional(CONF_ANNOUNCEMENT_VOICE): SelectSelector(
                SelectSelectorConfig(options=voices, mode=mode)
            ),
        }

    @property
    def filled(self) -> dict[str, Any]:
        """Return all stored options to fill in, without a voice that was removed."""
        options = dict(self._entry.options)
        if options.get(CONF_ANNOUNCEMENT_VOICE) not in self._voices:
            options.pop(CONF_ANNOUNCEMENT_VOICE, None)
        return options

    def checked(self, entered: Mapping[str, Any]) -> dict[str, Any]:
        """Return what to store; an only voice need not be selected. Raises `FormError`."""
        is_on, voice = entered.get(CONF_ASSISTANT_ANNOUNCES), entered.get(CONF_ANNOUNCEMENT_VOICE)
        if is_on and not voice:
            if len(self._voices) != 1:
                raise FormError(CONF_ANNOUNCEMENT_VOICE, "announcement_voice_missing")
            voice = next(iter(self._voices))
        return {CONF_ASSISTANT_ANNOUNCES: is_on, CONF_ANNOUNCEMENT_VOICE: voice}
