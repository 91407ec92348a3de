"""Announcements as media: what a player resolves tells who it is."""

from typing import override

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
from .const import DOMAIN
from .views import audio_url


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
        """Return the URL for `ANNOUNCEMENT/PLAYER` and the player that will fetch it."""
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
        """Show an empty shelf: announcements are made, not chosen."""
        if item.identifier:
            raise BrowseError(translation_domain=DOMAIN, translation_key="nothing_to_browse")
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=None,
            media_class=MediaClass.APP,
            media_content_type="",
            title=self.name,
            can_play=False,
            can_expand=True,
            children=[],
        )
