"""Announcements and chimes as media: what a player resolves tells who it is."""

from typing import Final, override

from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant

from .announcements import announcer
from .chimes import CHIMES, chime_file
from .const import DOMAIN
from .views import audio_url, chime_url

_CHIMES: Final = "chimes/"
_CHIMES_TITLE: Final = "Chimes"
_CHIME_TYPE: Final = "audio/flac"


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the media source."""
    return AnnouncementSource(hass)


class AnnouncementSource(MediaSource):
    """Gives every player a URL of its own."""

    name = "ElevenLabs Streaming"

    def __init__(self, hass: HomeAssistant) -> None:
        """Serve the announcements of this Home Assistant."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the URL for `chimes/NAME`, or for `ANNOUNCEMENT/PLAYER` and its player."""
        if item.identifier.startswith(_CHIMES):
            return _chime(item.identifier.removeprefix(_CHIMES))
        announcement_id, _, asked = item.identifier.partition("/")
        speaking = announcer(self.hass)
        part = speaking.resolve(announcement_id, asked, item.target_media_player)
        announcement = speaking.registry.find(announcement_id)
        if part is None or announcement is None or announcement.stream is None:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="announcement_over")
        stream = announcement.stream
        return PlayMedia(audio_url(part, stream.extension), stream.content_type)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Show the chimes; announcements are made, not chosen."""
        if not item.identifier:
            return _folder(None, self.name, [_folder("chimes", _CHIMES_TITLE, None)])
        if item.identifier != "chimes":
            raise BrowseError(translation_domain=DOMAIN, translation_key="nothing_to_browse")
        return _folder("chimes", _CHIMES_TITLE, [_item(chime) for chime in CHIMES])


def _chime(chime: str) -> PlayMedia:
    if (path := chime_file(chime)) is None:
        raise Unresolvable(
            translation_domain=DOMAIN,
            translation_key="chime_not_found",
            translation_placeholders={"chime": chime},
        )
    return PlayMedia(chime_url(chime), _CHIME_TYPE, path=path)


def _folder(
    identifier: str | None, title: str, children: list[BrowseMediaSource] | None
) -> BrowseMediaSource:
    folder = BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY if identifier else MediaClass.APP,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children_media_class=MediaClass.MUSIC if identifier else MediaClass.DIRECTORY,
    )
    folder.children = children
    return folder


def _item(chime: str) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=f"{_CHIMES}{chime}",
        media_class=MediaClass.MUSIC,
        media_content_type=_CHIME_TYPE,
        title=chime.replace("_", " ").capitalize(),
        can_play=True,
        can_expand=False,
    )
