"""The captions of whole texts: recent ones in memory, finished ones on disk."""

from collections import OrderedDict
from collections.abc import Mapping
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.components.tts import DOMAIN as TTS
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback

from ..captions import CaptionTrack
from ..const import DOMAIN
from .caption_store import CaptionStore
from .ha_internals import async_erase, digest_of, forget_audio
from .recording import Recording

_LOGGER = logging.getLogger(__name__)

_RECENT: Final = 100
_MOST_TRACKS: Final = 2000
_MOST_BYTES: Final = 20 * 1024 * 1024
_LONGEST_S: Final = 365 * 24 * 3600.0


def caption_folder(hass: HomeAssistant) -> Path:
    """Return where the captions of cached sentences are kept."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.captions"))


class CaptionCache:
    """Recordings of whole texts, recent ones in memory and finished ones on disk."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty; nothing is read before `async_load`."""
        self._hass = hass
        self._recent: OrderedDict[str, Recording] = OrderedDict()
        self._store = CaptionStore(
            caption_folder(hass),
            max_bytes=_MOST_BYTES,
            max_tracks=_MOST_TRACKS,
            max_age=_LONGEST_S,
        )

    async def async_load(self) -> None:
        """Open the folder, and clear the cache together with Home Assistant's audio cache."""
        await self._hass.async_add_executor_job(self._store.load)
        self._hass.bus.async_listen(EVENT_CALL_SERVICE, self._on_call, _is_clear_cache)

    def key(self, message: str, language: str, options: Mapping[str, Any], engine: str) -> str:
        """Return the key of one audio of a sentence; the text cannot be read from it.

        The options include the format: each one is a take of its own, with its own times.
        """
        return self.key_of_digest(digest_of(message), language, options, engine)

    def key_of_digest(
        self, digest: str, language: str, options: Mapping[str, Any], engine: str
    ) -> str:
        """Return the key of a sentence of which only Home Assistant's digest is known."""
        return self._store.key(digest, language, options, engine)

    @callback
    def remember(self, key: str, recording: Recording) -> None:
        """Keep a recording in memory for others who request the same audio."""
        self._recent[key] = recording
        self._recent.move_to_end(key)
        while len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    async def async_find(self, key: str) -> Recording | None:
        """Return the recording of a sentence that was spoken before."""
        if (recent := self._recent.get(key)) and recent.state != "failed":
            return recent
        if (kept := await self._hass.async_add_executor_job(self._store.get, key)) is None:
            return None
        try:
            recording = Recording(CaptionTrack.from_dict(kept), state="finished")
        except ValueError:
            _LOGGER.debug("A kept track is damaged")
            return None
        self.remember(key, recording)
        return recording

    @callback
    def keep(self, key: str, recording: Recording) -> None:
        """Write finished captions to the disk."""
        self._hass.async_add_executor_job(self._put, key, recording.captions)

    def _put(self, key: str, captions: CaptionTrack) -> None:
        """Write finished captions, which change no more; a long track takes milliseconds."""
        self._store.put(key, captions.as_dict())

    @callback
    def disown(
        self, message: str, language: str, options: Mapping[str, Any], engine: str, *, filed: bool
    ) -> None:
        """Drop a sentence that another engine spoke, and its audio in Home Assistant's cache.

        `filed`: Home Assistant may be about to write the audio to the disk.
        """
        self._recent.pop(self.key(message, language, options, engine), None)
        digest = digest_of(message)
        is_meant = forget_audio(self._hass, digest, language, options, engine, filed=filed)
        if filed:
            self._hass.async_create_background_task(
                async_erase(self._hass, is_meant), f"{DOMAIN} erases the audio of a fallback"
            )

    async def async_clear(self) -> None:
        """Clear memory and disk."""
        self._recent.clear()
        await self._hass.async_add_executor_job(self._store.clear)

    async def async_remove(self) -> None:
        """Clear memory, and remove the folder."""
        self._recent.clear()
        await self._hass.async_add_executor_job(self._store.remove)

    async def _on_call(self, _: Event) -> None:
        await self.async_clear()


@callback
def _is_clear_cache(data: Mapping[str, Any]) -> bool:
    return data.get("domain") == TTS and data.get("service") == "clear_cache"
