"""The bytes of a chime: of the component, a media source, or a URL."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import ClientError
from homeassistant.components import media_source
from homeassistant.components.media_player import async_process_play_media_url
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .chime_error import ChimeError
from .chime_files import chime_file
from .chime_names import MEDIA_SOURCE

# A chime in any format; what is longer than it may be is not read to its end.
_MOST_BYTES: Final = 5_000_000
_TIMEOUT_S: Final = 10.0


async def async_fetch(hass: HomeAssistant, chime: str) -> bytes:
    """Return a chime as it is stored; raises ChimeError."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            return await _async_fetch(hass, chime)
    except (TimeoutError, OSError, ClientError, HomeAssistantError) as err:
        if isinstance(err, ChimeError):
            raise
        raise ChimeError("chime_not_found", chime) from err


async def _async_fetch(hass: HomeAssistant, chime: str) -> bytes:
    if path := chime_file(chime):
        return await hass.async_add_executor_job(_read, path)
    url = chime
    if chime.startswith(MEDIA_SOURCE):
        found = await media_source.async_resolve_media(hass, chime, None)
        if found.path:
            return await hass.async_add_executor_job(_read, found.path)
        url = async_process_play_media_url(hass, found.url)
    if not url.startswith(("http://", "https://")):
        raise ChimeError("chime_not_found", chime)
    return await _async_download(hass, chime, url)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)


async def _async_download(hass: HomeAssistant, chime: str, url: str) -> bytes:
    async with async_get_clientsession(hass).get(url) as response:
        if response.status != HTTPStatus.OK:
            raise ChimeError("chime_not_found", chime)
        audio = bytearray()
        async for piece in response.content.iter_any():
            audio += piece
            if len(audio) > _MOST_BYTES:
                break
        return bytes(audio)
