"""The calls of an announcement's players."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback

from .announcement import Announcement
from .player_timeouts import LATEST_START_S
from .players import is_satellite


@dataclass(frozen=True, slots=True)
class PlayerCall:
    """The call of one player."""

    player: str
    task: asyncio.Task[None]
    since: float


class PlayerCalls:
    """Tells which calls of an announcement's players were answered."""

    def __init__(
        self, hass: HomeAssistant, announcement: Announcement, on_change: Callable[[], None]
    ) -> None:
        """Call `on_change` when a call ends, and when no more players will be called."""
        self._loop = hass.loop
        self._announcement = announcement
        self._on_change = on_change
        self._calls: list[PlayerCall] = []
        self.are_complete = False
        """Whether all players were called, or wait for their turn."""

    @callback
    def add_call(self, player: str, task: asyncio.Task[None]) -> None:
        """Record that a player is being called."""
        self._calls.append(PlayerCall(player, task, self._loop.time()))
        task.add_done_callback(lambda _: self._on_change())

    @callback
    def complete(self) -> None:
        """Record that all players were called, or wait for their turn."""
        self.are_complete = True
        self._on_change()

    @property
    def are_answered(self) -> bool:
        """Whether no answer is awaited."""
        return all(self._is_answered(call) for call in self._calls)

    def moments(self) -> Iterator[float]:
        """Yield until when answers are awaited."""
        for call in self._calls:
            if not self._is_answered(call):
                yield call.since + LATEST_START_S

    def _is_answered(self, call: PlayerCall) -> bool:
        """Whether a call was answered; a satellite answers only when it has finished."""
        part = self._announcement.parts.get(call.player)
        is_served = part is not None and part.requests.served and is_satellite(call.player)
        is_late = self._loop.time() >= call.since + LATEST_START_S
        return call.task.done() or is_served or is_late
