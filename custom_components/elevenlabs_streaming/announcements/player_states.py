"""The states of an announcement's players in Home Assistant."""

from collections.abc import Callable

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event

from .announcement import UNKNOWN_PLAYER, Announcement
from .delays import PlayerDelays
from .media_state import SOUNDING, apply_state
from .part import Part
from .players import is_satellite


class PlayerStates:
    """Follows the states of an announcement's players."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        delays: PlayerDelays,
        on_change: Callable[[], None],
    ) -> None:
        """Call `on_change` after each change of a player's state."""
        self._hass = hass
        self._announcement = announcement
        self._delays = delays
        self._on_change = on_change
        self._unsubscribe: dict[str, CALLBACK_TYPE] = {}
        self.is_stopped = False
        """Whether no player is followed anymore."""

    @callback
    def watch(self, player: str) -> None:
        """Follow the state of a player."""
        if self.is_stopped or player == UNKNOWN_PLAYER or player in self._unsubscribe:
            return
        self._unsubscribe[player] = async_track_state_change_event(
            self._hass, [player], self._on_state
        )

    @callback
    def unwatch(self, player: str) -> None:
        """Stop following the state of a player."""
        if unsubscribe := self._unsubscribe.pop(player, None):
            unsubscribe()

    @callback
    def stop(self) -> None:
        """Stop following all players."""
        self.is_stopped = True
        for player in tuple(self._unsubscribe):
            self.unwatch(player)

    def is_responding(self, player: str) -> bool:
        """Whether a satellite has begun its response already."""
        state = self._hass.states.get(player) if is_satellite(player) else None
        return state is not None and state.state in SOUNDING

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        now = self._hass.loop.time()
        part = self._announcement.parts.get(event.data["entity_id"])
        if part is None or part.is_over(now):
            return
        if event.data["new_state"] is None and (name := self._delays.name(part.key, part.player)):
            self._rename(part, name)
        elif not part.is_queued:
            apply_state(part, event.data["old_state"], event.data["new_state"], now)
        self._on_change()

    def _rename(self, part: Part, player: str) -> None:
        """Continue to follow a player that has a new entity ID."""
        self.unwatch(part.player)
        del self._announcement.parts[part.player]
        part.player = player
        self._announcement.parts[player] = part
        self.watch(player)
