"""What is wrong with an account, as Home Assistant shows it: a new key asked for, or a repair."""

from homeassistant.core import HomeAssistant, callback

from .api import ElevenLabsError
from .coordinator import ElevenLabsConfigEntry


class Problems:
    """The problems of one account."""

    def __init__(self, hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
        """Start with none."""
        self._hass = hass
        self._entry = entry

    @callback
    def report(self, err: ElevenLabsError, voice: str | None = None) -> None:
        """Show what went wrong, for a voice (its subentry's id) or the account."""

    @callback
    def works(self, voice: str | None = None) -> None:
        """Take back what a success has disproved."""
