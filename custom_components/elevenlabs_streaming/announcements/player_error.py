"""Why a player did not speak."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN


@dataclass(frozen=True, slots=True)
class PlayerError:
    """Why a player did not speak: a key of the translated exceptions, or a message."""

    key: str
    placeholders: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    """The translated message of another integration."""

    @classmethod
    def of(cls, err: HomeAssistantError) -> Self:
        """Return the error that another integration raised."""
        return cls("player_failed", message=str(err) or type(err).__name__)

    def __str__(self) -> str:
        """Return the message for a person."""
        # Home Assistant removes the period (helpers/translation.py), since it may go on after it.
        return self.message or f"{str(self.exception()).rstrip('.')}."

    def exception(self) -> HomeAssistantError:
        """Return the exception to raise for it."""
        if self.message:
            return HomeAssistantError(self.message)
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=self.key,
            translation_placeholders=dict(self.placeholders),
        )
