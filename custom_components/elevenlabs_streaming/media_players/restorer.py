"""Sets the volume for announcements, and brings back what players did before."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextvars import Context as TaskContext
from typing import Any, Final

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .commands import async_available, async_pause, async_resume, async_set_volume
from .snapshot import MediaSnapshot, PlayerSnapshot
from .snapshot_store import SnapshotStore
from .speaking import speaking_players
from .support import announces_natively, sets_volume, takes_native_volume
from .usage import PlayerUsage
from .volume import Volume

# After a restart, players may come back later than Home Assistant; nobody misses older music.
_PLAYERS_RETURN_IN_S: Final = 60.0
_MEDIA_LASTS_S: Final = 600.0
_SETTLES_IN_S: Final = 30.0

type OwnVolume = Callable[[str], Volume | None]
"""Returns the volume for announcements that the user set for a player."""


class PlayerRestorer:
    """Prepares media players for announcements, and restores them when all are over."""

    def __init__(self, hass: HomeAssistant, usual_volume: OwnVolume) -> None:
        """`usual_volume` tells the volume of announcements without one of their own."""
        self._hass = hass
        self._usual_volume = usual_volume
        self._store = SnapshotStore(hass)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._usages: dict[str, list[PlayerUsage]] = {}
        """The announcements since the snapshot of each player."""

    async def async_load(self) -> None:
        """Read what was kept."""
        await self._store.async_load()

    async def async_remove(self) -> None:
        """Remove what was stored."""
        await self._store.async_remove()

    @callback
    def restore_stored(self) -> None:
        """Restore the players that were changed before a restart, as soon as they are there."""
        for player in self._store:
            self._start(player, self._async_restore_stored(player))

    async def async_prepare(self, player: str, volume: Volume | None, usage: PlayerUsage) -> None:
        """Note what speaking players do, and set their volume; `usage` tells what was done."""
        players = speaking_players(self._hass, player)
        usage.players.update(players)
        await self._async_interrupt(players)
        await asyncio.gather(
            *(self._async_prepare(one, volume or self._usual_volume(one), usage) for one in players)
        )

    @callback
    def restore_unused(self, used: Collection[str]) -> None:
        """Restore all players but those that are in use."""
        for player in self._store:
            if player not in used and player in self._usages and player not in self._tasks:
                self._start(player, self._async_restore(player))

    async def async_settle(self, players: Iterable[str]) -> None:
        """Wait until the players are restored that are being restored."""
        if tasks := [self._tasks[player] for player in players if player in self._tasks]:
            await asyncio.wait(tasks, timeout=_SETTLES_IN_S)

    @callback
    def stop(self) -> None:
        """Restore nothing more; what is stored is restored after the restart."""
        for task in self._tasks.values():
            task.cancel()

    async def _async_interrupt(self, players: Iterable[str]) -> None:
        """Stop restoring players; what is left of it is done after the next announcement."""
        tasks = [self._tasks[player] for player in players if player in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _async_prepare(self, player: str, volume: Volume | None, usage: PlayerUsage) -> None:
        state = self._hass.states.get(player)
        snapshot = self._store.get(player) or _snapshot(state)
        own = snapshot.own_volume(state)
        level = self._level(player, volume, snapshot, own)
        if level is not None and volume:
            usage.volumes[player] = level
        if takes_native_volume(self._hass, player):
            level = None
        if level is not None:
            snapshot.volume, snapshot.announced_at = own, level
        elif snapshot.is_empty:
            return
        self._usages.setdefault(player, []).append(usage)
        await self._store.async_keep(player, snapshot)
        if level is not None and snapshot.media and MediaSnapshot.of(state):
            # Music would be heard at the volume of the announcement for a moment.
            await async_pause(self._hass, player)
        if level is not None and not await async_set_volume(self._hass, player, level):
            usage.volumes.pop(player, None)

    def _level(
        self, player: str, volume: Volume | None, snapshot: PlayerSnapshot, own: float | None
    ) -> float | None:
        """Return the level of an announcement: the player's own again after one that had its own.

        None where it stays as it is.
        """
        state = self._hass.states.get(player)
        if not (sets_volume(state) or takes_native_volume(self._hass, player)):
            return None
        if volume:
            return volume.level(own)
        return None if snapshot.volume is None else own

    async def _async_restore_stored(self, player: str) -> None:
        """Restore a player after a restart; music of long ago stays off."""
        snapshot = self._store.get(player)
        if snapshot and dt_util.utcnow().timestamp() - snapshot.taken_at > _MEDIA_LASTS_S:
            snapshot.media = None
        await self._async_restore(player)

    async def _async_restore(self, player: str) -> None:
        """Restore a player; one that stays away is restored after its next announcement."""
        usages = self._usages.pop(player, [])
        is_there = await async_available(self._hass, player, _PLAYERS_RETURN_IN_S)
        if not is_there or (snapshot := self._store.get(player)) is None:
            return
        own = snapshot.own_volume(self._hass.states.get(player))
        if snapshot.volume is not None and own == snapshot.volume:
            await async_set_volume(self._hass, player, own)
        if snapshot.media:
            is_resumed = await async_resume(self._hass, player, snapshot.media)
            for usage in usages:
                usage.resumed[player] = is_resumed
        self._store.remove(player)

    def _start(self, player: str, work: Any) -> None:
        """Restore in the background with an empty context: no generation has a part in it."""
        create = self._hass.async_create_background_task
        task = TaskContext().run(create, work, f"{DOMAIN} restores {player}")
        self._tasks[player] = task
        task.add_done_callback(lambda _: self._tasks.pop(player, None))


def _snapshot(state: State | None) -> PlayerSnapshot:
    """Return what a player does; those that announce natively go on with their music alone."""
    media = None if announces_natively(state) else MediaSnapshot.of(state)
    return PlayerSnapshot(taken_at=dt_util.utcnow().timestamp(), media=media)
