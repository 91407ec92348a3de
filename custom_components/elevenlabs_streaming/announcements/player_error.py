"""Why a player did not speak."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from homeassistant.core import async_get_hass
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from ..api.errors import TextTooLongError
from ..const import DOMAIN
from ..speech import LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class PlayerError:
    """Why a player did not speak: a key of translated exceptions, or a message."""

    key: str
    placeholders: Mapping[str, str] = field(default_factory=dict)
    domain: str = DOMAIN
    """The integration that has the text of the key."""
    message: str = ""
    """The message of another integration that has no key for it."""

    @classmethod
    def of(cls, err: HomeAssistantError) -> Self:
        """Return the error that another integration raised."""
        if err.translation_key and err.translation_domain:
            placeholders = err.translation_placeholders or {}
            return cls(err.translation_key, placeholders, err.translation_domain)
        return cls("player_failed", message=str(err))

    @classmethod
    def of_speech(cls, cause: str) -> Self:
        """Return the error for a speech that failed, by a key of our translated exceptions."""
        has_limit = cause == TextTooLongError.cause
        return cls(cause, {"limit": str(LONGEST_TEXT)} if has_limit else {})

    @property
    def cause(self) -> str:
        """Return a key of our own translated exceptions."""
        return self.key if self.domain == DOMAIN else "player_failed"

    def report(self) -> dict[str, Any]:
        """Return the error in words, its cause, and what the text of the cause leaves open."""
        is_ours = self.domain == DOMAIN
        placeholders = dict(self.placeholders) if is_ours else {}
        return {"error": str(self), "cause": self.cause, "placeholders": placeholders}

    def __str__(self) -> str:
        """Return the message for a person, in the language of Home Assistant."""
        if self.message:
            return self.message
        message = self._translation() or str(self.exception())
        # Home Assistant removes the period (helpers/translation.py), since it may go on after it.
        return f"{message.rstrip('.')}."

    def _translation(self) -> str:
        """Return the translated message; empty where there is none."""
        hass = async_get_hass()
        language = hass.config.language
        texts = async_get_cached_translations(hass, language, "exceptions", self.domain)
        message = texts.get(f"component.{self.domain}.exceptions.{self.key}.message", "")
        try:
            return message.format(**self.placeholders)
        except KeyError:
            return message

    def exception(self) -> HomeAssistantError:
        """Return the exception to raise for it."""
        if self.message:
            return HomeAssistantError(self.message)
        return HomeAssistantError(
            translation_domain=self.domain,
            translation_key=self.key,
            translation_placeholders=dict(self.placeholders),
        )


def error_report(error: PlayerError | None) -> dict[str, Any]:
    """Return the report of an error, or of none."""
    return error.report() if error else {"error": None, "cause": None, "placeholders": {}}
