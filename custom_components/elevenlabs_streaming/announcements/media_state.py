"""The states of media players and satellites as evidence for a playback clock."""

from datetime import UTC, datetime
import math
from typing import Final

from homeassistant.components.media_player import (
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_POSITION,
    ATTR_MEDIA_POSITION_UPDATED_AT,
    DOMAIN as MEDIA_PLAYER,
)
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .part import Part
from .part_state import PartState
from .player_error import PlayerError

SOUNDING: Final = ("playing", "responding")
_LOADING: Final = ("buffering", "processing", "listening")
_AT_WORK: Final = (*SOUNDING, *_LOADING, "paused")
_GONE: Final = "unavailable"
_OUR_PATH: Final = f"/api/{DOMAIN}/audio/"
# A player that falls silent within so many seconds of the end of the audio has finished.
_NEAR_THE_END: Final = 3.0
# Seconds by which a position must differ from the expected one to count as a seek.
_LEAST_SEEK: Final = 2.0


def apply_state(part: Part, old: State | None, new: State | None, now: float) -> None:
    """Update a part after a change of its player's state."""
    if old and is_busy(part, old):
        part.reports.busy_until = now
    if new is not None and new.state != _GONE and part.reports.gone_since is not None:
        part.reports.gone_since = None
    if new is None:
        part.fail(PlayerError("player_removed"))
    elif new.state == _GONE:
        part.reports.gone_since = now
    elif _plays_other(part, new, now):
        _silent(part, now)
    elif new.state in SOUNDING:
        part.reports.sounded = part.reports.sounded or _begins(part, old, new)
        _playing(part, old, new, now)
    elif not (part.reports.sounded or part.token in _content(new)):
        # It concerns what it played before: many play announcements over it, or pause it meanwhile.
        return
    elif new.state == "paused" or (new.state == "buffering" and part.is_heard(now)):
        part.reports.is_buffering = new.state == "buffering"
        _note_end_by_hand(part, new, now)
        _paused(part, now)
    elif new.state not in _LOADING or (old and old.state == "responding"):
        _note_end_by_hand(part, new, now)
        _silent(part, now)


def _plays_other(part: Part, new: State, now: float) -> bool:
    """Whether the player reports that it plays something other than this announcement."""
    content = _content(new)
    if new.state not in SOUNDING or not content:
        return False
    if part.token in content:
        part.reports.named = True
        return False
    # Before it is given any of the audio, it cannot be playing this.
    is_early = part.state(now) is PartState.CALLED
    return part.reports.named or _OUR_PATH in content or is_early


def _begins(part: Part, old: State | None, new: State) -> bool:
    """Whether a player that sounds now sounds anew, or names this announcement."""
    if old is None or old.state not in SOUNDING:
        return True
    return part.token in _content(new) or _content(old) != _content(new)


def _content(state: State) -> str:
    """Return what a player says that it plays."""
    content = state.attributes.get(ATTR_MEDIA_CONTENT_ID)
    return content if isinstance(content, str) else ""


def is_busy(part: Part, state: State) -> bool:
    """Whether the player plays another announcement of ours; some name their last one forever."""
    content = _content(state)
    if state.state not in _AT_WORK:
        return False
    return _OUR_PATH in content and part.token not in content


def _left(part: Part, now: float) -> float:
    """Return how many seconds of the audio are left."""
    position, duration = part.clock.position(now) or 0.0, part.clock.duration
    return math.inf if duration is None else duration - position


def _note_end_by_hand(part: Part, new: State, now: float) -> None:
    """Record whether somebody has paused or stopped a media player.

    A satellite falls silent for other reasons too, such as its wake word.
    """
    if new.domain != MEDIA_PLAYER or new.state == "buffering" or part.is_over(now):
        return
    margin = min(_NEAR_THE_END, (part.clock.duration or math.inf) / 2)
    if part.is_heard(now) and _left(part, now) > margin:
        part.reports.is_ended_by_hand = True


def _silent(part: Part, now: float) -> None:
    """Update a part whose sound has ended."""
    if not part.is_heard(now):
        return
    if _left(part, now) <= _NEAR_THE_END and not part.requests.refused:
        part.clock.ended(now)
    else:
        part.clock.stopped(now)


def _paused(part: Part, now: float) -> None:
    part.clock.paused(now)
    part.reports.position = None
    if part.reports.paused_since is None:
        part.reports.paused_since = now


def _playing(part: Part, old: State | None, new: State, now: float) -> None:
    part.reports.paused_since = None
    if old is None or old.state not in SOUNDING:
        part.reports.position = None
        part.clock.playing(now)
    position = new.attributes.get(ATTR_MEDIA_POSITION)
    at = new.attributes.get(ATTR_MEDIA_POSITION_UPDATED_AT)
    if isinstance(position, int | float) and isinstance(at, datetime):
        # Some integrations leave the time zone out.
        valid = at if at.tzinfo else at.replace(tzinfo=UTC)
        _reported(part, float(position), now - (dt_util.utcnow() - valid).total_seconds(), now)


def _reported(part: Part, position: float, at: float, now: float) -> None:
    if _is_sought(part, position, at):
        part.clock.seeked(now, position + now - at)
    else:
        part.clock.reported(now, position, at)
    part.reports.position = (position, at)


def _is_sought(part: Part, position: float, at: float) -> bool:
    """Whether a position cannot follow from the one before; 0 may mean that it is unknown."""
    if part.reports.position is None or not position:
        return False
    before, then = part.reports.position
    return at > then and abs(position - before - (at - then)) > _LEAST_SEEK
