"""When announcements are only shown: quiet hours, and switches that say do not disturb."""

from dataclasses import dataclass
from datetime import time

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..media_players import player_key, speaking_players
from .announcement import Priority


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when an account is quiet, in the time of the home."""

    start: time
    end: time

    def cover(self, moment: time) -> bool:
        """Whether a moment lies in them; they may go over midnight."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(slots=True)
class AccountQuiet:
    """What makes one account quiet, and what it speaks nevertheless."""

    hours: QuietHours | None = None
    is_disturbed_by: int = Priority.CRITICAL
    """The lowest priority that is spoken; above `critical` for none."""
    is_on: bool = False
    """Whether its switch says do not disturb."""


class DoNotDisturb:
    """Tells which announcements are only shown."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Let everything be spoken."""
        self._hass = hass
        self._accounts: dict[str, AccountQuiet] = {}
        self._players = set[str]()

    @callback
    def account(self, entry_id: str) -> AccountQuiet:
        """Return what makes an account quiet, to be changed."""
        return self._accounts.setdefault(entry_id, AccountQuiet())

    @callback
    def forget(self, entry_id: str) -> None:
        """Forget an account."""
        self._accounts.pop(entry_id, None)

    @callback
    def set_player(self, player: str, *, is_on: bool) -> None:
        """Keep a player quiet, or let it speak again."""
        change = self._players.add if is_on else self._players.discard
        change(player_key(self._hass, player))

    @callback
    def silences(self, engine: str, player: str, priority: Priority) -> bool:
        """Whether an announcement of an engine is only shown at a player."""
        entry = er.async_get(self._hass).async_get(engine)
        quiet = self._accounts.get((entry.config_entry_id if entry else None) or "")
        if quiet is None or priority >= quiet.is_disturbed_by:
            return False
        is_hour = quiet.hours is not None and quiet.hours.cover(dt_util.now().time())
        return quiet.is_on or is_hour or self._is_quiet(player)

    def _is_quiet(self, player: str) -> bool:
        """Whether all that speaks in place of a player is quiet."""
        speaking = speaking_players(self._hass, player)
        keys = {player_key(self._hass, one) for one in speaking}
        return bool(keys) and keys <= self._players
