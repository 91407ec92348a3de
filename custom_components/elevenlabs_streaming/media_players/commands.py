"""Calls of media players that must not keep an announcement waiting for long."""

import asyncio
from collections.abc import Callable
import logging
from typing import Any, Final

from homeassistant.components.media_player import (
    ATTR_INPUT_SOURCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    ATTR_MEDIA_SEEK_POSITION,
    ATTR_MEDIA_SHUFFLE,
    ATTR_MEDIA_VOLUME_LEVEL,
    DOMAIN as MEDIA_PLAYER,
    SERVICE_PLAY_MEDIA,
    SERVICE_SELECT_SOURCE,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_SUPPORTED_FEATURES,
    SERVICE_MEDIA_PAUSE,
    SERVICE_MEDIA_SEEK,
    SERVICE_MEDIA_STOP,
    SERVICE_SHUFFLE_SET,
    SERVICE_VOLUME_SET,
    STATE_UNAVAILABLE,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event

from .snapshot import MediaSnapshot, content_of, is_speech, plays_other
from .speaking import speaking_players
from .support import announces_natively, stops_announcements

_LOGGER = logging.getLogger(__name__)

_CALL_TIMEOUT_S: Final = 5.0
# Players that are polled tell late that they play.
_PLAYS_WITHIN_S: Final = 15.0
_SOUND_ENDS_WITHIN_S: Final = 10.0
_LEAST_SEEK_S: Final = 1.0
_SILENCING: Final = {
    MediaPlayerEntityFeature.STOP: SERVICE_MEDIA_STOP,
    MediaPlayerEntityFeature.PAUSE: SERVICE_MEDIA_PAUSE,
}


async def async_set_volume(hass: HomeAssistant, player: str, level: float) -> bool:
    """Set the volume of a player; return whether it took it."""
    return await _async_call(hass, SERVICE_VOLUME_SET, player, {ATTR_MEDIA_VOLUME_LEVEL: level})


async def async_pause(hass: HomeAssistant, player: str) -> None:
    """Pause what a player plays, if it can be paused."""
    if _can(hass, player, MediaPlayerEntityFeature.PAUSE):
        await _async_call(hass, SERVICE_MEDIA_PAUSE, player, {})


async def async_stop(hass: HomeAssistant, player: str) -> None:
    """Stop an announcement at a player; some that announce natively would stop their music too."""
    can_stop = _can(hass, player, MediaPlayerEntityFeature.STOP)
    is_native = announces_natively(hass.states.get(player))
    if can_stop and (not is_native or stops_announcements(hass, player)):
        await _async_call(hass, SERVICE_MEDIA_STOP, player, {})


@callback
def can_be_silenced(hass: HomeAssistant, player: str) -> bool:
    """Whether an announcement at a player can be stopped or paused, and nothing else with it."""
    state = hass.states.get(player)
    if state is None or state.state == STATE_UNAVAILABLE:
        return False
    is_native = announces_natively(state) and not stops_announcements(hass, player)
    if is_native and state.state == MediaPlayerState.PLAYING and plays_other(state):
        return False
    return any(_can(hass, player, feature) for feature in _SILENCING)


async def async_silence(hass: HomeAssistant, player: str) -> str | None:
    """Stop an announcement at a player, or else pause it; return the action that it took."""
    for feature, action in _SILENCING.items():
        if _can(hass, player, feature) and await _async_call(hass, action, player, {}):
            return action
    return None


async def async_interrupt(hass: HomeAssistant, player: str) -> bool:
    """Stop an announcement at a player that would refuse another one, or have it wait.

    Return whether there is such a player.
    """
    members = [one for one in speaking_players(hass, player) if stops_announcements(hass, one)]
    for member in members:
        await async_stop(hass, member)
    return bool(members)


async def async_resume(hass: HomeAssistant, player: str, media: MediaSnapshot) -> bool:
    """Let a player go on with what it played; return whether it does."""
    await _async_wait_for(hass, player, _has_spoken, _SOUND_ENDS_WITHIN_S)
    state = hass.states.get(player)
    if state is None or (_plays(state) and content_of(state)):
        return state is not None and content_of(state) == media.media_id
    if not await _async_start(hass, player, media):
        return False
    if not await _async_wait_for(hass, player, _plays, _PLAYS_WITHIN_S):
        return False
    position = media.position or 0.0
    if media.media_id and position >= _LEAST_SEEK_S:
        await _async_seek(hass, player, position)
    await _async_shuffle(hass, player, media.shuffle)
    return True


async def async_available(hass: HomeAssistant, player: str, timeout: float) -> bool:
    """Wait until a player is available, for at most `timeout` seconds; return whether it is."""
    return await _async_wait_for(hass, player, _is_available, timeout)


async def _async_start(hass: HomeAssistant, player: str, media: MediaSnapshot) -> bool:
    """Start what a player played, from its beginning."""
    if media.media_id is not None:
        data = {
            ATTR_MEDIA_CONTENT_ID: media.media_id,
            ATTR_MEDIA_CONTENT_TYPE: media.media_type,
        }
        return await _async_call(hass, SERVICE_PLAY_MEDIA, player, data)
    if media.source is None or not _can(hass, player, MediaPlayerEntityFeature.SELECT_SOURCE):
        return False
    data = {ATTR_INPUT_SOURCE: media.source}
    return await _async_call(hass, SERVICE_SELECT_SOURCE, player, data)


async def _async_seek(hass: HomeAssistant, player: str, position: float) -> None:
    if _can(hass, player, MediaPlayerEntityFeature.SEEK):
        await _async_call(hass, SERVICE_MEDIA_SEEK, player, {ATTR_MEDIA_SEEK_POSITION: position})


async def _async_shuffle(hass: HomeAssistant, player: str, shuffle: bool | None) -> None:
    state = hass.states.get(player)
    is_changed = state and state.attributes.get(ATTR_MEDIA_SHUFFLE) not in (None, shuffle)
    if is_changed and shuffle is not None:
        await _async_call(hass, SERVICE_SHUFFLE_SET, player, {ATTR_MEDIA_SHUFFLE: shuffle})


async def _async_call(hass: HomeAssistant, action: str, player: str, data: dict[str, Any]) -> bool:
    """Call an action of a player; return whether that worked."""
    try:
        async with asyncio.timeout(_CALL_TIMEOUT_S):
            await hass.services.async_call(
                MEDIA_PLAYER, action, {ATTR_ENTITY_ID: player, **data}, blocking=True
            )
    except Exception as err:  # noqa: BLE001  # a player's integration may raise anything
        _LOGGER.warning("%s did not take %s: %s", player, action, type(err).__name__)
        return False
    return True


async def _async_wait_for(
    hass: HomeAssistant, player: str, condition: Callable[[State], bool], timeout: float
) -> bool:
    """Wait until the state of a player meets a condition; return whether it does."""
    changed = asyncio.Event()

    @callback
    def note(_: Event[EventStateChangedData]) -> None:
        changed.set()

    stop = async_track_state_change_event(hass, player, note)
    try:
        async with asyncio.timeout(timeout):
            while not ((state := hass.states.get(player)) and condition(state)):
                changed.clear()
                await changed.wait()
    except TimeoutError:
        return False
    finally:
        stop()
    return True


def _has_spoken(state: State) -> bool:
    """Whether a player neither says that it plays speech, nor may play it without saying so."""
    return state.state != MediaPlayerState.PLAYING or bool(_plays(state) and content_of(state))


def _plays(state: State) -> bool:
    """Whether a player plays something that it does not say is speech."""
    return state.state == MediaPlayerState.PLAYING and not is_speech(state)


def _is_available(state: State) -> bool:
    return state.state != STATE_UNAVAILABLE


def _can(hass: HomeAssistant, player: str, feature: MediaPlayerEntityFeature) -> bool:
    state = hass.states.get(player)
    return bool(state and state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) & feature)
