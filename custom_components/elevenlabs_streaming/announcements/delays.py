"""How late each player sounds: what it taught, and what the user set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
import voluptuous as vol

from ..const import DOMAIN
from ..media_players import player_key
from .durations import seconds
from .playback_clock import OffsetLearner, PlaybackClock

SIGNAL_NEW_PLAYER: Final = f"{DOMAIN}_new_player"
LONGEST_DELAY_S: Final = 10.0
_VERSION: Final = 1
_SAVE_DELAY_S: Final = 30.0
_DELAY: Any = vol.Schema(vol.All(seconds, vol.Clamp(-LONGEST_DELAY_S, LONGEST_DELAY_S)))


@dataclass(slots=True)
class PlayerDelay:
    """One player's delays in seconds."""

    learned: OffsetLearner = field(default_factory=OffsetLearner)
    """From having enough of the audio to its sound."""
    set: float = 0.0
    """How much later it is heard than it says, as the user found it."""


class PlayerDelays:
    """Keeps the delays of all players over restarts."""

    def __init__(self, hass: HomeAssistant, on_set: Callable[[str, float], None]) -> None:
        """`on_set` is told the player's key and the seconds that the user found."""
        self._hass = hass
        self._on_set = on_set
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.players")
        self._players: dict[str, PlayerDelay] = {}
        """By registry id, which keeps over a renaming, where a player has one."""
        self._owner: str | None = None

    @callback
    def take(self, entry_id: str) -> bool:
        """Make an entry the owner of the players' entities; False if another one is."""
        self._owner = self._owner or entry_id
        return self._owner == entry_id

    @callback
    def leave(self, entry_id: str) -> None:
        """Release the players' entities for another entry."""
        if self._owner == entry_id:
            self._owner = None

    @property
    def players(self) -> list[str]:
        """The players known so far, as they are called now."""
        entities = er.async_get(self._hass).entities
        entries = {key: entities.get_entry(key) for key in self._players}
        named = {key: entry.entity_id if entry else key for key, entry in entries.items()}
        return [player for player in named.values() if "." in player]

    @callback
    def key(self, player: str) -> str:
        """Return what stays the same when a player is renamed."""
        return player_key(self._hass, player)

    @callback
    def name(self, key: str, former: str) -> str | None:
        """Return what a player is called now, if it is no longer called as before."""
        entry = er.async_get(self._hass).entities.get_entry(key)
        return entry.entity_id if entry and entry.entity_id != former else None

    @callback
    def has_owner(self) -> bool:
        """Whether an entry shows the players."""
        return self._owner is not None

    async def async_load(self) -> None:
        """Read what was kept."""
        for player, kept in ((await self._store.async_load()) or {}).items():
            if isinstance(kept, dict):
                self._players[player] = PlayerDelay(
                    OffsetLearner.from_dict(kept.get("learned")), _stored_delay(kept.get("set"))
                )

    @callback
    def of(self, player: str) -> PlayerDelay:
        """Return a player's delays; a new player is made known."""
        key = self.key(player)
        if key not in self._players:
            self._players[key] = PlayerDelay()
            async_dispatcher_send(self._hass, SIGNAL_NEW_PLAYER, player)
        return self._players[key]

    @callback
    def clock(self, player: str, delay: float = 0.0) -> PlaybackClock:
        """Return a clock for an utterance that a player begins `delay` seconds late."""
        known = self._players.get(self.key(player), PlayerDelay())
        learned = known.learned
        return PlaybackClock(learned.seconds, fill=learned.fill, lag=known.set + delay)

    @callback
    def learn(self, player: str, clock: PlaybackClock) -> None:
        """Record what an utterance taught about a player."""
        delay = self.of(player)
        learned = delay.learned.learn(clock.learned_offset, clock.fill)
        if learned != delay.learned:
            delay.learned = learned
            self._save()

    @callback
    def set(self, player: str, delay: float) -> None:
        """Set the delay that the user found, in seconds."""
        known = self.of(player)
        known.set = _DELAY(delay)
        self._on_set(self.key(player), known.set)
        self._save()

    async def async_remove(self) -> None:
        """Forget all players, on disk too."""
        self._players.clear()
        await self._store.async_remove()

    def _save(self) -> None:
        self._store.async_delay_save(self._as_dict, _SAVE_DELAY_S)

    def _as_dict(self) -> dict[str, Any]:
        return {
            player: {"learned": delay.learned.as_dict(), "set": delay.set}
            for player, delay in self._players.items()
        }


def _stored_delay(stored: Any) -> float:
    """Return a stored delay, or none if it is damaged."""
    try:
        return float(_DELAY(stored))
    except vol.Invalid:
        return 0.0
