"""The snapshots of media players, over a restart of Home Assistant."""

from collections.abc import Iterator
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .snapshot import PlayerSnapshot

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
_SAVE_DELAY_S: Final = 1.0


class SnapshotStore:
    """Keeps what players go back to; on the disk before anything is changed at a player."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing; nothing is read before `async_load`."""
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.snapshots", private=True
        )
        self._snapshots: dict[str, PlayerSnapshot] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the entity IDs of the players."""
        return iter(tuple(self._snapshots))

    def get(self, player: str) -> PlayerSnapshot | None:
        """Return the snapshot of a player."""
        return self._snapshots.get(player)

    async def async_load(self) -> None:
        """Read what was kept."""
        for player, stored in ((await self._store.async_load()) or {}).items():
            try:
                self._snapshots[player] = PlayerSnapshot.from_dict(stored)
            except AttributeError, TypeError:
                _LOGGER.warning("What %s did before an announcement is lost", player)

    async def async_keep(self, player: str, snapshot: PlayerSnapshot) -> None:
        """Keep a snapshot, also over a crash."""
        self._snapshots[player] = snapshot
        await self._store.async_save(self._as_dict())

    @callback
    def remove(self, player: str) -> None:
        """Remove the snapshot of a player that was restored."""
        if self._snapshots.pop(player, None):
            self._store.async_delay_save(self._as_dict, _SAVE_DELAY_S)

    async def async_remove(self) -> None:
        """Remove the file."""
        self._snapshots.clear()
        await self._store.async_remove()

    def _as_dict(self) -> dict[str, Any]:
        return {player: snapshot.as_dict() for player, snapshot in self._snapshots.items()}
