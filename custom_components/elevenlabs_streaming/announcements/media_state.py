"""What media players and satellites say of themselves, as evidence for a clock."""

from datetime import datetime
from typing import Final

from homeassistant.components.media_player import (
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_POSITION,
    ATTR_MEDIA_POSITION_UPDATED_AT,
)
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .announcement import Part, PlayerError

SOUNDING: Final = ("playing", "responding")
_LOADING: Final = ("buffering", "processing", "listening")
_AT_WORK: Final = (*SOUNDING, *_LOADING, "paused")
_GONE: Final = "unavailable"
_OUR_PATH: Final = f"/api/{DOMAIN}/audio/"
# Seconds before the end of the audio from which a player that falls silent has finished.
_NEAR_THE_END: Final = 3.0
# Seconds by which a position must be another one than expected to have been sought.
_LEAST_SEEK: Final = 2.0


def follow(part: Part, old: State | None, new: State | None, now: float) -> None:
    """Update a part after a change of its player's state."""
    if old and is_busy(part, old):
        part.busy = now
    if new is None or new.state == _GONE:
        part.error = PlayerError("player_became_unavailable" if new else "player_removed")
    elif _plays_other(part, new):
        _silent(part, now)
    elif new.state in SOUNDING:
        _playing(part, old, new, now)
    elif new.state == "paused" or (new.state == "buffering" and part.is_heard(now)):
        _paused(part, now)
    elif new.state not in _LOADING:
        _silent(part, now)


def _plays_other(part: Part, new: State) -> bool:
    """Whether the player says that it plays something else than this announcement."""
    content = new.attributes.get(ATTR_MEDIA_CONTENT_ID)
    if new.state not in SOUNDING or not isinstance(content, str):
        return False
    if part.token in content:
        part.named = True
        return False
    # What it plays before it was given any of the audio cannot be this.
    return part.named or _OUR_PATH in content or not part.served


def is_busy(part: Part, state: State) -> bool:
    """Whether the player is at another announcement of ours; some show their last one for ever."""
    content = state.attributes.get(ATTR_MEDIA_CONTENT_ID)
    if state.state not in _AT_WORK or not isinstance(content, str):
        return False
    return _OUR_PATH in content and part.token not in content


def _silent(part: Part, now: float) -> None:
    """Update a part whose sound has ended."""
    if not part.is_heard(now):
        return
    position, duration = part.clock.position(now) or 0.0, part.clock.duration
    if duration is not None and position >= duration - _NEAR_THE_END:
        part.clock.ended(now)
    else:
        part.clock.stopped(now)


def _paused(part: Part, now: float) -> None:
    part.clock.paused(now)
    part.report = None
    part.paused = now if part.paused is None else part.paused


def _playing(part: Part, old: State | None, new: State, now: float) -> None:
    part.paused = None
    if old is None or old.state not in SOUNDING:
        part.report = None
        part.clock.playing(now)
    position = new.attributes.get(ATTR_MEDIA_POSITION)
    at = new.attributes.get(ATTR_MEDIA_POSITION_UPDATED_AT)
    if isinstance(position, int | float) and isinstance(at, datetime):
        _reported(part, float(position), now - (dt_util.utcnow() - at).total_seconds(), now)


def _reported(part: Part, position: float, at: float, now: float) -> None:
    if _is_sought(part, position, at):
        part.clock.seeked(now, position + now - at)
    else:
        part.clock.reported(now, position, at)
    part.report = (position, at)


def _is_sought(part: Part, position: float, at: float) -> bool:
    """Whether a position cannot follow from the one before; 0 may mean that it is not known."""
    if part.report is None or not position:
        return False
    before, then = part.report
    return at > then and abs(position - before - (at - then)) > _LEAST_SEEK
