"""Ends announcements that sound, because somebody wants silence."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from homeassistant.const import SERVICE_MEDIA_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import DOMAIN
from ..media_players import async_silence, can_be_silenced, is_dashboard, speaking_players
from .part import Part
from .player_caller import PlayerCaller
from .player_error import PlayerError, error_report
from .players import all_leaves, is_satellite
from .queue_entries import QueueEntries
from .queue_entry import QueueEntry
from .registry import AnnouncementRegistry
from .tracker import AnnouncementTracker

CAUSE_STOPPED_BY_USER: Final = "stopped_by_user"
"""The cause of an end that somebody asked for, a key of the translated exceptions."""
SIGNAL_WITHDRAWN: Final = f"{DOMAIN}_withdrawn"
"""Tells the dashboards that announcements are not to be heard any more."""


class StopResult(StrEnum):
    """What became of a player at which an announcement sounded."""

    STOPPED = "stopped"
    PAUSED = "paused"
    """It cannot be stopped."""
    ENDED = "ended"
    """It can neither be stopped nor paused, so that the rest may be heard."""
    GOES_ON = "goes_on"
    """A satellite that speaks to the end of the announcement."""


_ERRORS: Final[Mapping[StopResult, str]] = {
    StopResult.ENDED: "player_cannot_stop",
    StopResult.GOES_ON: "satellite_cannot_stop",
}


@dataclass(slots=True)
class PlayerStop:
    """What stopping has made of one player."""

    dropped: int = 0
    """How many announcements waited there."""
    result: StopResult | None = None
    """None if none sounded there."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as a response carries it."""
        key = _ERRORS.get(self.result) if self.result else None
        error = error_report(PlayerError(key) if key else None)
        result = self.result.value if self.result else None
        return {"result": result, "dropped": self.dropped, **error}


@dataclass(slots=True)
class StopReport:
    """What stopping has made of announcements and players."""

    announcements: set[str] = field(default_factory=set)
    """The IDs of those that were ended, at one of their players at least."""
    players: dict[str, PlayerStop] = field(default_factory=dict)

    def at(self, player: str) -> PlayerStop:
        """Return what is reported of a player."""
        return self.players.setdefault(player, PlayerStop())

    def note_dropped(self, entry: QueueEntry) -> None:
        """Record an entry of the queue that was dropped."""
        self.announcements.add(entry.queued.tracker.announcement.announcement_id)
        self.at(entry.part.player).dropped += 1

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a response carries it."""
        players = {player: one.as_dict() for player, one in self.players.items()}
        return {"stopped": len(self.announcements), "players": players}


@dataclass(frozen=True, slots=True)
class Sounding:
    """An announcement at a player that was called for it."""

    tracker: AnnouncementTracker
    part: Part

    @property
    def is_fetched(self) -> bool:
        """Whether the player was given any of the audio."""
        return self.part.requests.served


class Stopper:
    """Stops players that speak."""

    def __init__(
        self,
        hass: HomeAssistant,
        entries: QueueEntries,
        registry: AnnouncementRegistry,
        caller: PlayerCaller,
    ) -> None:
        """Use what the queue uses."""
        self._hass = hass
        self._entries = entries
        self._registry = registry
        self._caller = caller

    async def async_stop(
        self,
        report: StopReport,
        announcement_id: str | None = None,
        players: Collection[str] | None = None,
    ) -> None:
        """Stop one announcement, those at some players, or all."""
        meant = None if players is None else all_leaves(self._hass, *players)
        sounding = [
            one
            for one in self._sounding()
            if announcement_id in (None, one.tracker.announcement.announcement_id)
            and (meant is None or not meant.isdisjoint(all_leaves(self._hass, one.part.player)))
        ]
        # What is refused gets no more of the audio, whatever its player does with the call.
        for one in sounding:
            one.part.requests.refused = not self._goes_on(one)
        self._withdraw_calls()
        async_dispatcher_send(self._hass, SIGNAL_WITHDRAWN)
        results = await asyncio.gather(*map(self._async_silence, sounding))
        for one, result in zip(sounding, results, strict=True):
            report.at(one.part.player).result = result
            if result is not StopResult.GOES_ON:
                report.announcements.add(one.tracker.announcement.announcement_id)
                one.tracker.players.stop_player(one.part, CAUSE_STOPPED_BY_USER)

    def _sounding(self) -> Iterator[Sounding]:
        """Yield all that was called and is not over."""
        now = self._hass.loop.time()
        for entry in self._entries.called():
            for part in entry.open_parts(now):
                yield Sounding(entry.queued.tracker, part)
        for tracker in self._registry:
            if tracker.announcement.overheard and not tracker.done.is_set():
                for part in tracker.announcement.parts.values():
                    if not part.is_over(now):
                        yield Sounding(tracker, part)

    @callback
    def _withdraw_calls(self) -> None:
        """Call no player any more that has none of the audio yet."""
        now = self._hass.loop.time()
        for entry in self._entries.called():
            parts = entry.open_parts(now)
            if parts and all(one.requests.refused and not one.requests.served for one in parts):
                self._entries.remove(entry)
                self._caller.cancel(entry)

    def _goes_on(self, sounding: Sounding) -> bool:
        """Whether a satellite speaks to the end, since nothing of its device can be stopped."""
        player = sounding.part.player
        if not is_satellite(player) or not sounding.is_fetched:
            return False
        return not any(can_be_silenced(self._hass, one) for one in self._speaking(player))

    async def _async_silence(self, sounding: Sounding) -> StopResult:
        """Stop a player that speaks, or else pause it."""
        player, is_ours = sounding.part.player, not sounding.tracker.announcement.overheard
        if is_ours and (not sounding.is_fetched or is_dashboard(self._hass, player)):
            return StopResult.STOPPED
        # What has nothing of the speech of others yet may still play its music.
        speaking = self._speaking(player) if sounding.is_fetched else []
        meant = [one for one in speaking if can_be_silenced(self._hass, one)]
        actions = await asyncio.gather(*(async_silence(self._hass, one) for one in meant))
        if any(actions):
            is_stopped = SERVICE_MEDIA_STOP in actions
            return StopResult.STOPPED if is_stopped else StopResult.PAUSED
        return StopResult.GOES_ON if is_satellite(player) else StopResult.ENDED

    def _speaking(self, player: str) -> list[str]:
        return speaking_players(self._hass, player)
