"""One player's part in an announcement: what is expected of it, and until when."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event

from .announcement import UNKNOWN_PLAYER, Announcement, Part, PlayerError
from .delays import PlayerDelays
from .media_state import SOUNDING, follow, is_busy
from .players import is_satellite

LATEST_START_S: Final = 30.0
"""Seconds in which a player must have begun."""
# Seconds after which a player that closed its connection too early and is silent has given up.
_LATEST_RETURN_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 600.0
# However long a player seems to be at it, nobody waits for longer if the end is not known by then.
_LONGEST_TURN_S: Final = 900.0


class PlayerTimeouts:
    """Until when each player of an announcement is waited for.

    A part goes through these states: queued, waiting (called, but without audio yet), served
    (it was given audio), sounding or paused, and over. Each has a time limit of its own.
    """

    def __init__(self, hass: HomeAssistant, announcement: Announcement) -> None:
        """Start the clock of the whole announcement."""
        self._hass = hass
        self._announcement = announcement
        self.begun = hass.loop.time()
        """When the first player was called."""

    @callback
    def expire(self, now: float) -> None:
        """Fail players that did not begin, come back, or go on in time."""
        for part in self._announcement.parts.values():
            moment, error = self.limit(part)
            if moment is not None and now >= moment and not part.is_over(now):
                part.error = PlayerError(error)

    def limit(self, part: Part) -> tuple[float | None, str]:
        """Return until when a player is waited for, and the error after that."""
        if part.queued:
            return None, ""
        if not part.served:
            return self._latest_start(part), "player_not_started"
        if part.paused is not None:
            return part.paused + _LONGEST_PAUSE_S, "player_stayed_paused"
        state = self._state(part)
        if part.left is None or part.connections or (state and state.state in SOUNDING):
            return self._latest_end(part), "player_never_finished"
        return part.left + _LATEST_RETURN_S, "player_stopped_fetching"

    def moments(self, part: Part, now: float) -> Iterator[float | None]:
        """Yield when something about a player is expected to change."""
        if part.is_over(now):
            return
        yield self.limit(part)[0]
        if part.served:
            yield None if part.is_heard(now) else part.clock.next_change(now, [0.0])
            yield part.clock.finishes(now)
            yield self._next_cue(part, now)

    def _state(self, part: Part) -> State | None:
        return self._hass.states.get(part.player)

    def _latest_start(self, part: Part) -> float | None:
        """Return until when a player must begin; one that is at another of ours comes later."""
        state, since = self._state(part), part.since or self.begun
        is_coming = self._announcement.overheard and part.clock.duration is None
        if is_coming or (state and is_busy(part, state)):
            return since + _LONGEST_TURN_S
        return max(since, part.busy or since) + LATEST_START_S

    def _latest_end(self, part: Part) -> float | None:
        """Return until when a player must be through; its clock knows once all is made."""
        is_known = part.clock.duration is not None
        return None if is_known else (part.since or self.begun) + _LONGEST_TURN_S

    def _next_cue(self, part: Part, now: float) -> float | None:
        """Return when the cue at a player ends, or the next one begins."""
        captions = self._announcement.recording.captions
        position = part.clock.position(now) or 0.0
        if end := captions.cue_end_at(position):
            return part.clock.next_change(now, [end])
        index = bisect_right(captions.words, position, key=lambda word: word.start)
        starts = [word.start for word in captions.words[index : index + 1]]
        return part.clock.next_change(now, starts)


class PlayerStates:
    """Follows the states of an announcement's players."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        delays: PlayerDelays,
        on_change: Callable[[], None],
    ) -> None:
        """`on_change` is called after each change of a player's state."""
        self._hass = hass
        self._announcement = announcement
        self._delays = delays
        self._on_change = on_change
        self._unsubscribe: dict[str, CALLBACK_TYPE] = {}

    @callback
    def watch(self, player: str) -> None:
        """Follow the state of a player."""
        if player != UNKNOWN_PLAYER and player not in self._unsubscribe:
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
        elif not part.queued:
            follow(part, event.data["old_state"], event.data["new_state"], now)
        self._on_change()

    def _rename(self, part: Part, player: str) -> None:
        """Go on following a player that has a new entity ID."""
        self.unwatch(part.player)
        del self._announcement.parts[part.player]
        part.player = player
        self._announcement.parts[player] = part
        self.watch(player)


@dataclass(frozen=True, slots=True)
class _Call:
    """A player that was called."""

    player: str
    task: asyncio.Task[None]
    since: float


class PlayerCalls:
    """The calls of an announcement's players."""

    def __init__(self, announcement: Announcement) -> None:
        """Start without calls."""
        self._announcement = announcement
        self._calls: list[_Call] = []

    def add(self, player: str, task: asyncio.Task[None], now: float) -> None:
        """Note that a player is being called."""
        self._calls.append(_Call(player, task, now))

    def all_answered(self, now: float) -> bool:
        """Whether no answer is waited for."""
        return all(self._has_answered(call, now) for call in self._calls)

    def all_done(self) -> bool:
        """Whether all calls have ended."""
        return all(call.task.done() for call in self._calls)

    def moments(self, now: float) -> Iterator[float]:
        """Yield until when answers are waited for."""
        for call in self._calls:
            if not self._has_answered(call, now):
                yield call.since + LATEST_START_S

    def _has_answered(self, call: _Call, now: float) -> bool:
        """Whether a call was answered; a satellite answers only when it has finished."""
        part = self._announcement.parts.get(call.player)
        is_heard = part is not None and part.served and is_satellite(call.player)
        return call.task.done() or is_heard or now >= call.since + LATEST_START_S
