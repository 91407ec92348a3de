"""A media player that plays music, whose volume can be set, and that announces over nothing."""

from typing import Any, override

from homeassistant.components import media_player
from homeassistant.components.media_player import (
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockEntityPlatform

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.players import House, Player

SONG = "http://radio.test/song.mp3"


class MusicPlayer(Player):
    """It plays what it is told, one thing at a time, and writes down what it is told."""

    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.SEEK
        | MediaPlayerEntityFeature.SHUFFLE_SET
        | MediaPlayerEntityFeature.SELECT_SOURCE
    )

    def __init__(self, name: str, *arguments: Any, **ways: Any) -> None:
        """`ways`: also `features` (more of them), `takes_music` and `level`."""
        super().__init__(name, *arguments, **ways)
        self._attr_supported_features |= ways.get("features", 0)
        self._attr_supported_features &= ~ways.get("lacks", MediaPlayerEntityFeature(0))
        self._attr_volume_level = ways.get("level", 0.3)
        self.takes_music: bool = ways.get("takes_music", True)
        self.told: list[tuple[str, Any]] = []
        """What it was told, in order."""
        self.extras: list[Any] = []

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        """Play music, or an announcement like any player."""
        if not media_id.startswith("media-source://"):
            self.told.append(("play", media_id))
            if self.takes_music:
                self.tell(MediaPlayerState.PLAYING, 0.0, media_id)
            return
        self.told.append(("announce", None))
        self.extras.append(kwargs.get("extra"))
        await super().async_play_media(media_type, media_id, **kwargs)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Take a volume."""
        self.told.append(("volume", volume))
        self._attr_volume_level = volume
        self.async_write_ha_state()

    @override
    async def async_media_pause(self) -> None:
        """Pause."""
        self.told.append(("pause", None))
        self.tell(MediaPlayerState.PAUSED, content=self._attr_media_content_id)

    @override
    async def async_media_stop(self) -> None:
        """Stop."""
        self.told.append(("stop", None))
        self.tell(MediaPlayerState.IDLE)

    @override
    async def async_media_seek(self, position: float) -> None:
        """Jump to a position."""
        self.told.append(("seek", round(position)))

    @override
    async def async_select_source(self, source: str) -> None:
        """Play a source."""
        self.told.append(("source", source))
        self._attr_source = source
        self.tell(MediaPlayerState.PLAYING)

    def turn_to(self, level: float) -> None:
        """Have somebody turn the knob."""
        self._attr_volume_level = level
        self.async_write_ha_state()

    def play_music(self, position: float = 42.0, content: str | None = SONG) -> None:
        """Play a song."""
        self._attr_media_content_type = MediaType.MUSIC
        self.tell(MediaPlayerState.PLAYING, position, content)

    def finish(self) -> None:
        """Come to the end of what it plays."""
        self.tell(MediaPlayerState.IDLE)

    @property
    def levels(self) -> list[float]:
        """The volumes that it was told, in order."""
        return [value for kind, value in self.told if kind == "volume"]


async def music_player(house: House, name: str = "Kitchen", **ways: Any) -> MusicPlayer:
    """Put such a player into a home; `platform` is the integration that it seems to be of."""
    player: MusicPlayer = ways.get("kind", MusicPlayer)(name, house.device(ways), **ways)
    if platform := ways.get("platform"):
        await MockEntityPlatform(
            house.hass, domain=media_player.DOMAIN, platform_name=platform
        ).async_add_entities([player])
    else:
        await house.hass.data[media_player.DATA_COMPONENT].async_add_entities([player])
    return player


async def enable_number(house: House, number: str, value: float) -> None:
    """Enable a number of a player, and set it."""
    registry = er.async_get(house.hass)
    registry.async_update_entity(number, disabled_by=None)
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.hass.async_block_till_done()
    data = {"entity_id": number, "value": value}
    await house.hass.services.async_call("number", "set_value", data, blocking=True)
