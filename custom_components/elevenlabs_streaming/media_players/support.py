"""Which players announce natively: over their music, at a volume of its own, music goes on.

Sources: Home Assistant's integrations (`async_play_media` with `announce`), see
docs/home-assistant.md, "Announcements of players".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.media_player import (
    ATTR_MEDIA_VOLUME_LEVEL,
    DOMAIN as MEDIA_PLAYER,
    MediaPlayerEntityFeature,
)
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from .volume import Volume


@dataclass(frozen=True, slots=True)
class NativeVolume:
    """How an integration is told the volume of an announcement."""

    option: str
    """A key of `extra`."""
    scale: int
    """Its value for the highest level."""
    least: float = 0.0
    """The lowest value that it takes."""


OWN_VOLUME: Final = "announce_volume"
"""What our dashboards are told the volume of an announcement by, 0 to 1."""
_NATIVE_VOLUMES: Final[Mapping[str, NativeVolume]] = {
    "bang_olufsen": NativeVolume("overlay_absolute_volume", 100, 1),
    DOMAIN: NativeVolume(OWN_VOLUME, 1),
    "music_assistant": NativeVolume("announce_volume", 100),
    "sonos": NativeVolume("volume", 100),
    "squeezebox": NativeVolume("announce_volume", 1, 0.01),
}
# Music Assistant can play a chime of its own first, whose length nobody tells.
_CHIMES_ITSELF: Final = "music_assistant"
_WITHOUT_CHIME: Final = {"use_pre_announce": False}
# One announcement is refused, or waits, while another is in progress.
_ONE_AT_A_TIME: Final = ("music_assistant", "squeezebox")


@callback
def announces_natively(state: State | None) -> bool:
    """Whether a player announces over its music, which then goes on."""
    return _has(state, MediaPlayerEntityFeature.MEDIA_ANNOUNCE)


@callback
def stops_announcements(hass: HomeAssistant, player: str) -> bool:
    """Whether a player that is stopped goes on with its music after an announcement."""
    return _platform(hass, player) in _ONE_AT_A_TIME


@callback
def is_dashboard(hass: HomeAssistant, player: str) -> bool:
    """Whether a player is that of our dashboards."""
    return _platform(hass, player) == DOMAIN


@callback
def takes_native_volume(hass: HomeAssistant, player: str) -> bool:
    """Whether a player is told the volume of an announcement together with its audio."""
    return _native_volume(hass, player) is not None


@callback
def sets_volume(state: State | None) -> bool:
    """Whether the volume of a player can be set."""
    return _has(state, MediaPlayerEntityFeature.VOLUME_SET)


@callback
def volume_of(state: State | None) -> float | None:
    """Return the present volume of a player, if it is known."""
    level = state.attributes.get(ATTR_MEDIA_VOLUME_LEVEL) if state else None
    return float(level) if isinstance(level, int | float) else None


@callback
def native_options(hass: HomeAssistant, player: str, volume: Volume | None) -> dict[str, Any]:
    """Return what `extra` of `play_media` tells a player's integration of an announcement."""
    options = dict[str, Any]()
    if _platform(hass, player) == _CHIMES_ITSELF:
        options |= _WITHOUT_CHIME
    native = _native_volume(hass, player)
    level = volume.level(volume_of(hass.states.get(player))) if volume else None
    if native and level is not None:
        value = max(level * native.scale, native.least)
        options[native.option] = value if native.scale == 1 else round(value)
    return options


def _native_volume(hass: HomeAssistant, player: str) -> NativeVolume | None:
    if not announces_natively(hass.states.get(player)):
        return None
    return _NATIVE_VOLUMES.get(_platform(hass, player))


def _platform(hass: HomeAssistant, player: str) -> str:
    """Return the integration of a player; empty for one without a unique ID."""
    entry = er.async_get(hass).async_get(player)
    return entry.platform if entry else ""


def _has(state: State | None, feature: MediaPlayerEntityFeature) -> bool:
    if state is None or state.domain != MEDIA_PLAYER:
        return False
    return bool(state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) & feature)
