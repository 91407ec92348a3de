"""What the user set for the announcements at each player."""

from enum import StrEnum

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .volume import Volume


class PlayerSetting(StrEnum):
    """A setting of a player, named as the translation key of its entity."""

    VOLUME = "announcement_volume"
    """From 0 to 1; 0 leaves the volume as it is."""
    LEAD_IN = "lead_in"
    """Seconds of silence before an announcement."""
    LEAD_OUT = "lead_out"
    """Seconds of silence after it."""


class PlayerSettings:
    """The settings of all players; each is there while its entity is enabled."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without settings."""
        self._hass = hass
        self._values: dict[tuple[str, PlayerSetting], float] = {}

    @callback
    def set(self, player: str, setting: PlayerSetting, value: float | None) -> None:
        """Set a value, or remove it."""
        key = (player_key(self._hass, player), setting)
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value

    @callback
    def get(self, player: str, setting: PlayerSetting) -> float:
        """Return a value; 0 if the user set none."""
        return self._values.get((player_key(self._hass, player), setting), 0.0)

    @callback
    def volume(self, player: str) -> Volume | None:
        """Return the volume of announcements at a player, if the user set one."""
        level = self.get(player, PlayerSetting.VOLUME)
        return Volume(level) if level else None


@callback
def player_key(hass: HomeAssistant, player: str) -> str:
    """Return what stays the same when a player is renamed."""
    entry = er.async_get(hass).async_get(player)
    return entry.id if entry else player
