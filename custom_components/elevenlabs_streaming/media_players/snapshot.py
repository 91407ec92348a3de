"""What a media player did before it was called for announcements."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from homeassistant.components.media_player import (
    ATTR_INPUT_SOURCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    ATTR_MEDIA_POSITION,
    ATTR_MEDIA_POSITION_UPDATED_AT,
    ATTR_MEDIA_SHUFFLE,
    MediaPlayerState,
    MediaType,
)
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .support import volume_of

# Speech of other announcements, and ours.
_SPEECH: Final = (f"/api/{DOMAIN}/", "/api/tts_proxy/", f"media-source://{DOMAIN}/")
# Players round the level that they are told, mostly to a hundredth, some to a twentieth.
_SAME_LEVEL: Final = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSnapshot:
    """What a player was playing."""

    media_id: str | None
    media_type: str
    source: str | None
    position: float | None
    """In seconds; None where it is not known."""
    shuffle: bool | None

    @classmethod
    def of(cls, state: State | None) -> Self | None:
        """Return what a player plays, or None if it plays nothing but speech."""
        if state is None or state.state != MediaPlayerState.PLAYING or is_speech(state):
            return None
        told = state.attributes
        return cls(
            media_id=content_of(state) or None,
            media_type=str(told.get(ATTR_MEDIA_CONTENT_TYPE) or MediaType.MUSIC),
            source=told.get(ATTR_INPUT_SOURCE),
            position=_position(state),
            shuffle=told.get(ATTR_MEDIA_SHUFFLE),
        )


@dataclass(slots=True, kw_only=True)
class PlayerSnapshot:
    """What a player goes back to when nothing more is announced there."""

    taken_at: float
    """A timestamp."""
    volume: float | None = None
    """Its own level; None if it was not changed."""
    announced_at: float | None = None
    """The level that was set for announcements."""
    media: MediaSnapshot | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to go back to."""
        return self.volume is None and self.media is None

    def own_volume(self, state: State | None) -> float | None:
        """Return the level that belongs to the player: its former one, unless somebody changed it.

        None if it is not known.
        """
        present = volume_of(state)
        if self.announced_at is None:
            return present
        if self.volume is None or present is None:
            return self.volume
        is_ours = _is_near(present, self.announced_at) or _is_near(present, self.volume)
        return self.volume if is_ours else present

    def as_dict(self) -> dict[str, Any]:
        """Return the snapshot as it is stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return a stored snapshot; raises TypeError if it is damaged."""
        media = stored.get("media")
        return cls(**{**stored, "media": MediaSnapshot(**media) if media else None})


def content_of(state: State) -> str:
    """Return what a player says that it plays; empty if it says nothing."""
    content = state.attributes.get(ATTR_MEDIA_CONTENT_ID)
    return content if isinstance(content, str) else ""


def is_speech(state: State) -> bool:
    """Whether a player says that it plays an announcement."""
    return any(path in content_of(state) for path in _SPEECH)


def plays_other(state: State) -> bool:
    """Whether a player says that it plays something else than an announcement."""
    return bool(content_of(state)) and not is_speech(state)


def _is_near(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME_LEVEL


def _position(state: State) -> float | None:
    """Return the present position in seconds."""
    position = state.attributes.get(ATTR_MEDIA_POSITION)
    at = state.attributes.get(ATTR_MEDIA_POSITION_UPDATED_AT)
    if not isinstance(position, int | float):
        return None
    if not isinstance(at, datetime):
        return float(position)
    valid = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, position + (dt_util.utcnow() - valid).total_seconds())
