"""The dashboard card: its files are served here, and dashboards are told to load it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiohttp.hdrs import CACHE_CONTROL
from aiohttp.web import HTTPNotFound, Request, Response
from homeassistant.components.frontend import (
    DATA_EXTRA_MODULE_URL,
    add_extra_js_url,
    remove_extra_js_url,
)
from homeassistant.components.http import HomeAssistantView
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import (
    ResourceStorageCollection,
    ResourceYAMLCollection,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .served_file import ServedFile, read_files

_FILE: Final = "elevenlabs-captions-card.js"
# Not below /static/: the service workers of some releases keep such files for ever.
_FOLDER_ADDRESS: Final = f"/{DOMAIN}_files"
_ADDRESS: Final = f"{_FOLDER_ADDRESS}/{_FILE}"
_FOLDER: Final = Path(__file__).parent / "dist"
_KEPT: Final = "public, max-age=2678400"
_REVALIDATED: Final = "no-cache"


@dataclass(slots=True)
class _Card:
    url: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_DATA: HassKey[_Card] = HassKey(f"{DOMAIN}_card")


async def async_setup(hass: HomeAssistant) -> None:
    """Serve the card's file and its translations."""
    integration = await async_get_integration(hass, DOMAIN)
    files = await hass.async_add_executor_job(read_files, _FOLDER)
    digest = _digest(files)
    version = f"{integration.version}-{digest}"
    hass.data[_DATA] = _Card(f"{_ADDRESS}?v={version}")
    hass.http.register_view(CardFilesView(files, version))


def _digest(files: Mapping[str, ServedFile]) -> str:
    """Return what changes with any file: the card asks for translations in its own version."""
    return sha256(b"".join(file.body for file in files.values())).hexdigest()[:8]


class CardFilesView(HomeAssistantView):
    """Serves the files: for a month in the present version, and else only after a look.

    Home Assistant's static paths let a browser keep a file for a month whatever its address, so a
    resource that somebody wrote without a version would stay as it was after an update.
    """

    url = f"{_FOLDER_ADDRESS}/{{name:.+}}"
    name = f"{DOMAIN}:card"
    requires_auth = False

    def __init__(self, files: Mapping[str, ServedFile], version: str) -> None:
        """Serve these files by their addresses below the folder's."""
        self._files = files
        self._version = version

    async def get(self, request: Request, name: str) -> Response:
        """Return a file, or that it has not changed."""
        if (file := self._files.get(name)) is None:
            raise HTTPNotFound
        answer = file.answer(request)
        is_present = request.query.get("v") == self._version
        answer.headers[CACHE_CONTROL] = _KEPT if is_present else _REVALIDATED
        return answer

    head = get


async def async_register(hass: HomeAssistant) -> None:
    """Register the current version of the card as a dashboard resource."""
    card = hass.data[_DATA]
    if (resources := _resources(hass)) is None:
        return
    async with card.lock:
        await resources.async_get_info()
        if isinstance(resources, ResourceStorageCollection):
            await _store(resources, card.url)
        elif not any(_is_card(item["url"]) for item in resources.async_items()):
            _load_on_every_page(hass, card.url)


async def async_describe(hass: HomeAssistant) -> dict[str, Any]:
    """Return how dashboards load the card, for diagnostics."""
    url, resources = hass.data[_DATA].url, _resources(hass)
    if resources is None:
        return {"version": url, "resources": None}
    await resources.async_get_info()
    return {
        "version": url,
        "stored": isinstance(resources, ResourceStorageCollection),
        "resources": [item["url"] for item in resources.async_items() if _is_card(item["url"])],
        "on_every_page": _is_loaded_on_every_page(hass, url),
    }


async def async_remove(hass: HomeAssistant) -> None:
    """Remove the card from the dashboard resources."""
    resources = _resources(hass)
    if isinstance(resources, ResourceStorageCollection):
        await resources.async_get_info()
        for item in list(resources.async_items()):
            if item["url"].partition("?")[0] == _ADDRESS:
                await resources.async_delete_item(item["id"])
    if (card := hass.data.get(_DATA)) and _is_loaded_on_every_page(hass, card.url):
        remove_extra_js_url(hass, card.url)


@callback
def _resources(
    hass: HomeAssistant,
) -> ResourceStorageCollection | ResourceYAMLCollection | None:
    """Return the dashboards' resources; None in a home without dashboards."""
    return data.resources if (data := hass.data.get(LOVELACE_DATA)) else None


async def _store(resources: ResourceStorageCollection, url: str) -> None:
    """Bring the stored resource up to date, whoever made it, or make it."""
    wanted = {"res_type": "module", "url": url}
    found = [item for item in resources.async_items() if _is_card(item["url"])]
    for item in found:
        if item["url"] != url:
            await resources.async_update_item(item["id"], wanted)
    if not found:
        await resources.async_create_item(wanted)


def _is_card(url: str) -> bool:
    return url.partition("?")[0].rpartition("/")[2] == _FILE


@callback
def _load_on_every_page(hass: HomeAssistant, url: str) -> None:
    """Load the card without a resource: those of YAML mode are the user's alone."""
    if DATA_EXTRA_MODULE_URL in hass.data and not _is_loaded_on_every_page(hass, url):
        add_extra_js_url(hass, url)


@callback
def _is_loaded_on_every_page(hass: HomeAssistant, url: str) -> bool:
    manager = hass.data.get(DATA_EXTRA_MODULE_URL)
    return manager is not None and url in manager.urls
