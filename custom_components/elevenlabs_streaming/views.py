"""The HTTP views: audio for players and captions for readers."""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
import logging

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback

from .announcements import Announcement, AnnouncementTracker, Part, announcer
from .captions import to_json, to_srt, to_webvtt
from .chimes import chime_file
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

_CAPTION_TYPES = {
    "vtt": ("text/vtt", to_webvtt),
    "srt": ("application/x-subrip", to_srt),
    "json": ("application/json", to_json),
}
_LINKS_LAST = timedelta(hours=1)
_PIECE_BYTES = 65_536


def audio_url(part: Part, extension: str) -> str:
    """Return the URL of one player's audio.

    The query keeps Home Assistant from signing it, since some players refuse such long URLs.
    """
    return f"/api/{DOMAIN}/audio/{part.token}.{extension}?v=1"


def chime_url(chime: str) -> str:
    """Return the URL of a chime that comes with the component."""
    return f"/api/{DOMAIN}/chimes/{chime}.flac"


@callback
def caption_urls(hass: HomeAssistant, announcement: Announcement) -> dict[str, str] | None:
    """Return signed links to the captions, valid for an hour; None if it ended without words."""
    recording = announcement.recording
    if recording.state != "speaking" and not recording.captions.words:
        return None
    path = f"/api/{DOMAIN}/captions/{announcement.announcement_id}"
    return {kind: async_sign_path(hass, f"{path}.{kind}", _LINKS_LAST) for kind in _CAPTION_TYPES}


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Register the views."""
    hass.http.register_view(AudioView())
    hass.http.register_view(CaptionsView())
    hass.http.register_view(ChimesView())


class AudioView(HomeAssistantView):
    """The audio of one announcement for one player, under a URL that cannot be guessed."""

    url = f"/api/{DOMAIN}/audio/{{token}}.{{extension}}"
    name = f"api:{DOMAIN}:audio"
    requires_auth = False

    async def head(self, request: web.Request, token: str, extension: str) -> web.Response:  # noqa: ARG002  # Home Assistant's signature
        """Send only the headers."""
        if (found := _fetching(request, token)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        tracker, part = found
        whole = await _whole_audio(request, tracker, part)
        if whole is None:
            answer = _growing_audio(request, tracker, part)
        else:
            answer = _range_of(request, tracker, whole)
        return web.Response(status=answer.response.status, headers=answer.response.headers)

    async def get(
        self,
        request: web.Request,
        token: str,
        extension: str,  # noqa: ARG002  # Home Assistant's signature
    ) -> web.StreamResponse:
        """Send the audio as it is generated; once it is complete, all of it or a range."""
        if (found := _fetching(request, token)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        tracker, part = found
        is_sent, answer = False, _growing_audio(request, tracker, part)
        tracker.fetches.start_request(part)
        try:
            if (whole := await _whole_audio(request, tracker, part)) is not None:
                answer = _range_of(request, tracker, whole)
            is_sent = await _send(request, answer, tracker, part)
        finally:
            tracker.fetches.end_request(
                part, complete=is_sent and answer.has_end, broken_off=not is_sent
            )
        if not answer.response.prepared and not answer.is_refused:
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return answer.response


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a player gets when it requests audio."""

    response: web.StreamResponse
    pieces: AsyncIterable[bytes]
    has_end: bool = True
    """Whether it goes to the end of the audio."""

    @property
    def is_refused(self) -> bool:
        """Whether there is no audio in it."""
        return self.response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


def _fetching(request: web.Request, token: str) -> tuple[AnnouncementTracker, Part] | None:
    found = announcer(request.app[KEY_HASS]).registry.fetching(token)
    return found if found and found[0].announcement.stream else None


async def _whole_audio(
    request: web.Request, tracker: AnnouncementTracker, part: Part
) -> bytes | None:
    """Return the audio if all of it is made, and None while its length is not known."""
    announcement = tracker.announcement
    if announcement.stream is None or announcement.recording.state != "finished":
        return None
    try:
        audio = [piece async for piece in _part_audio(request, tracker, part)]
    except Exception:  # noqa: BLE001  # whatever an engine raises shows when it is streamed
        return None
    return b"".join(audio) or None


def _growing_audio(request: web.Request, tracker: AnnouncementTracker, part: Part) -> _Answer:
    """Return the audio as Home Assistant gets it."""
    response = web.StreamResponse()
    response.content_type = _content_type(tracker)
    return _Answer(response, _part_audio(request, tracker, part))


def _part_audio(
    request: web.Request, tracker: AnnouncementTracker, part: Part
) -> AsyncGenerator[bytes]:
    return announcer(request.app[KEY_HASS]).part_audio.stream(tracker, part)


def _range_of(request: web.Request, tracker: AnnouncementTracker, audio: bytes) -> _Answer:
    """Return complete audio, or the range of it that is requested.

    iPhones and Cast devices request ranges and need the length.
    """
    start, stop = _requested_range(request, len(audio))
    response = web.StreamResponse(headers={hdrs.ACCEPT_RANGES: "bytes"})
    response.content_type = _content_type(tracker)
    if start >= len(audio):
        response.set_status(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes */{len(audio)}"
        return _Answer(response, _pieces(b""), has_end=False)
    if stop - start < len(audio):
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{len(audio)}"
    response.content_length = stop - start
    return _Answer(response, _pieces(audio[start:stop]), has_end=stop == len(audio))


def _requested_range(request: web.Request, size: int) -> tuple[int, int]:
    """Return the first byte that is requested and the one after the last.

    A range that cannot be read counts as none, and so does one that depends on a validator
    (RFC 9110, sections 13.1.5 and 14.2).
    """
    if hdrs.IF_RANGE in request.headers:
        return 0, size
    try:
        wanted = request.http_range
    except ValueError:
        return 0, size
    start, stop = wanted.start or 0, size if wanted.stop is None else min(wanted.stop, size)
    return (max(0, size + start), size) if start < 0 else (start, stop)


async def _pieces(audio: bytes) -> AsyncGenerator[bytes]:
    for at in range(0, len(audio), _PIECE_BYTES):
        yield audio[at : at + _PIECE_BYTES]


def _content_type(tracker: AnnouncementTracker) -> str:
    stream = tracker.announcement.stream
    return stream.content_type if stream else "audio/mpeg"


async def _send(
    request: web.Request, answer: _Answer, tracker: AnnouncementTracker, part: Part
) -> bool:
    """Send an answer; return whether all of it was sent."""
    response, size = answer.response, 0
    try:
        async for piece in answer.pieces:
            if part.requests.refused:
                return False
            if not response.prepared:
                await response.prepare(request)
            await response.write(piece)
            tracker.fetches.serve(part)
            size += len(piece)
        if not size:
            return answer.is_refused
        await response.write_eof()
    except ConnectionError:
        _LOGGER.debug("A player closed the connection after %s bytes", size)
        return False
    except Exception as err:  # noqa: BLE001  # whatever an engine raises only ends this response
        _LOGGER.warning("An announcement broke off after %s bytes: %s", size, type(err).__name__)
        return False
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


class ChimesView(HomeAssistantView):
    """The chimes that come with the component."""

    url = f"/api/{DOMAIN}/chimes/{{chime}}.flac"
    name = f"api:{DOMAIN}:chimes"
    requires_auth = False

    async def get(self, request: web.Request, chime: str) -> web.StreamResponse:  # noqa: ARG002  # Home Assistant's signature
        """Send a chime."""
        if (path := chime_file(chime)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(path)
