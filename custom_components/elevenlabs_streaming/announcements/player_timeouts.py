"""Until when something is expected of the players of an announcement."""

from bisect import bisect_right
from typing import Final

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from .announcement import Announcement
from .media_state import SOUNDING, is_busy
from .part import NOT_STARTED, Part
from .part_state import PartState
from .player_error import PlayerError

LATEST_START_S: Final = 30.0
"""Seconds in which a player must have begun."""
RETURNS_IN_S: Final = 10.0
"""Seconds for which a player may be unavailable while it speaks, or before its turn."""
# Seconds after which a player that closed its connection too early and is silent has given up.
_LATEST_RETURN_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 600.0
# However busy a player seems, it is not waited for any longer if the end is unknown by then.
_LONGEST_TURN_S: Final = 900.0


class PlayerTimeouts:
    """Fails the players of an announcement that stay in a state for too long."""

    def __init__(self, hass: HomeAssistant, announcement: Announcement) -> None:
        """Start without a timeout."""
        self._hass = hass
        self._announcement = announcement
        self.awaits_words = False
        """Whether, as of the last `moments`, more audio and words may bring a change sooner."""

    @callback
    def expire(self, now: float) -> None:
        """Fail players that did not begin, come back, or continue in time."""
        for part in self._announcement.parts.values():
            if part.is_over(now):
                continue
            moment, error = self._limit(part, now)
            if moment is not None and now >= moment:
                part.fail(PlayerError(error))

    @callback
    def moments(self, now: float) -> list[float]:
        """Return when something about the players is expected to change."""
        self.awaits_words = False
        moments: list[float | None] = []
        for part in self._announcement.parts.values():
            if not part.is_over(now):
                moments += self._moments_of(part, now)
        return [moment for moment in moments if moment is not None]

    def _moments_of(self, part: Part, now: float) -> list[float | None]:
        limit, _ = self._limit(part, now)
        if not part.requests.served or part.reports.gone_since is not None:
            return [limit]
        finish = part.clock.finishes(now)
        if not part.is_heard(now):
            # Some players begin once they have gathered enough.
            self.awaits_words = True
            return [limit, finish, part.next_change(now, [-part.intro])]
        cue = self._next_cue(part, now)
        # Words come in their order: none is due before one that is there already.
        self.awaits_words = self.awaits_words or cue is None
        return [limit, finish, cue]

    def _limit(self, part: Part, now: float) -> tuple[float | None, str]:
        """Return until when a player may stay in its state, and the error after that."""
        called_at, gone_since = part.called_at, part.reports.gone_since
        if called_at is None:
            return None, ""
        if gone_since is not None:
            return gone_since + self._returns_in(part), "player_became_unavailable"
        if part.state(now) is PartState.CALLED:
            return self._latest_start(part, called_at), NOT_STARTED
        if part.reports.paused_since is not None:
            return part.reports.paused_since + _LONGEST_PAUSE_S, "player_stayed_paused"
        state, broken_off_at = self._state(part), part.requests.broken_off_at
        is_sounding = state is not None and state.state in SOUNDING
        if broken_off_at is None or part.requests.open or is_sounding:
            return _latest_end(part, called_at), "player_never_finished"
        return broken_off_at + _LATEST_RETURN_S, "player_stopped_fetching"

    def _returns_in(self, part: Part) -> float:
        """Return for how long a player may be away; the dashboards have been waited for already."""
        entry = er.async_get(self._hass).async_get(part.player)
        return 0.0 if entry and entry.platform == DOMAIN else RETURNS_IN_S

    def _latest_start(self, part: Part, called_at: float) -> float:
        """Return until when a player must begin: later if it plays another of ours first."""
        state = self._state(part)
        is_coming = self._announcement.overheard and part.clock.duration is None
        if is_coming or (state and is_busy(part, state)):
            return called_at + _LONGEST_TURN_S
        return max(called_at, part.reports.busy_until or called_at) + LATEST_START_S

    def _state(self, part: Part) -> State | None:
        return self._hass.states.get(part.player)

    def _next_cue(self, part: Part, now: float) -> float | None:
        """Return when the cue at a player ends, or the next one begins."""
        captions = self._announcement.recording.captions
        position = part.position(now) or 0.0
        if end := captions.cue_end_at(position):
            return part.next_change(now, [end])
        index = bisect_right(captions.words, position, key=lambda word: word.start)
        starts = [word.start for word in captions.words[index : index + 1]]
        return part.next_change(now, starts)


def _latest_end(part: Part, called_at: float) -> float | None:
    """Return until when a player must finish; its clock knows once all audio is made."""
    return None if part.clock.duration is not None else called_at + _LONGEST_TURN_S
