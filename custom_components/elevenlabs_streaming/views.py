"""The HTTP views: audio for players and captions for readers."""

from datetime import timedelta
from http import HTTPStatus
import logging

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback

from .announcements import Announcement, AnnouncementTracker, Part, announcer
from .captions import to_json, to_srt, to_webvtt
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

_CAPTION_TYPES = {
    "vtt": ("text/vtt", to_webvtt),
    "srt": ("application/x-subrip", to_srt),
    "json": ("application/json", to_json),
}
_LINKS_LAST = timedelta(hours=1)


def audio_url(part: Part, extension: str) -> str:
    """Return the URL of one player's audio.

    The query keeps Home Assistant from signing it, since some players refuse such long URLs.
    """
    return f"/api/{DOMAIN}/audio/{part.token}.{extension}?v=1"


@callback
def caption_urls(hass: HomeAssistant, announcement: Announcement) -> dict[str, str]:
    """Return signed links to the captions, valid for an hour."""
    path = f"/api/{DOMAIN}/captions/{announcement.announcement_id}"
    return {kind: async_sign_path(hass, f"{path}.{kind}", _LINKS_LAST) for kind in _CAPTION_TYPES}


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Register the views."""
    hass.http.register_view(AudioView())
    hass.http.register_view(CaptionsView())


class AudioView(HomeAssistantView):
    """The audio of one announcement for one player, under a URL that cannot be guessed."""

    url = f"/api/{DOMAIN}/audio/{{token}}.{{extension}}"
    name = f"api:{DOMAIN}:audio"
    requires_auth = False

    async def head(self, request: web.Request, token: str, extension: str) -> web.Response:  # noqa: ARG002  # Home Assistant's signature
        """Send only the headers."""
        if (found := _fetching(request, token)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(content_type=_content_type(found[0]))

    async def get(
        self,
        request: web.Request,
        token: str,
        extension: str,  # noqa: ARG002  # Home Assistant's signature
    ) -> web.StreamResponse:
        """Send the audio as it is generated."""
        if (found := _fetching(request, token)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        tracker, part = found
        response = web.StreamResponse()
        response.content_type = _content_type(tracker)
        complete = False
        tracker.fetches.start_request(part)
        try:
            complete = await _send(request, response, tracker, part)
        finally:
            tracker.fetches.end_request(part, complete=complete)
        if not response.prepared:
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return response


def _fetching(request: web.Request, token: str) -> tuple[AnnouncementTracker, Part] | None:
    found = announcer(request.app[KEY_HASS]).registry.fetching(token)
    return found if found and found[0].announcement.stream else None


def _content_type(tracker: AnnouncementTracker) -> str:
    stream = tracker.announcement.stream
    return stream.content_type if stream else "audio/mpeg"


async def _send(
    request: web.Request, response: web.StreamResponse, tracker: AnnouncementTracker, part: Part
) -> bool:
    """Send the audio that Home Assistant has or gets; return whether it was complete."""
    if (stream := tracker.announcement.stream) is None:
        return False
    size = 0
    try:
        async for piece in stream.async_stream_result():
            if not response.prepared:
                await response.prepare(request)
            await response.write(piece)
            tracker.fetches.serve(part)
            size += len(piece)
        if not size:
            return False
        await response.write_eof()
    except ConnectionError:
        _LOGGER.debug("A player closed the connection after %s bytes", size)
        return False
    except Exception as err:  # noqa: BLE001  # whatever an engine raises only ends this response
        _LOGGER.warning("An announcement broke off after %s bytes: %s", size, type(err).__name__)
        return False
    tracker.audio.note_size(size)
    return True


class CaptionsView(HomeAssistantView):
    """The captions of an announcement as WebVTT, SubRip, or JSON."""

    url = f"/api/{DOMAIN}/captions/{{announcement_id}}.{{kind}}"
    name = f"api:{DOMAIN}:captions"

    async def get(self, request: web.Request, announcement_id: str, kind: str) -> web.Response:
        """Send the captions known so far."""
        announcement = announcer(request.app[KEY_HASS]).registry.find(announcement_id)
        if announcement is None or kind not in _CAPTION_TYPES:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        content_type, write = _CAPTION_TYPES[kind]
        text = write(announcement.recording.captions)
        return web.Response(text=text, content_type=content_type, charset="utf-8")
