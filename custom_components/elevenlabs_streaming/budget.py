"""What may be spent in a day and in a month."""

from homeassistant.core import HomeAssistant, callback

from .coordinator import ElevenLabsConfigEntry


class Budget:
    """The credits that one account may spend, and has spent."""

    def __init__(self, hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
        """Start with nothing spent."""
        self._hass = hass
        self._entry = entry

    @property
    def refusal(self) -> str | None:
        """Which budget is used up, as a key of the translated exceptions."""
        return None

    @callback
    def spend(self, cost: int | None, characters: int) -> None:
        """Note what an utterance cost; where the service did not say, its characters tell."""
