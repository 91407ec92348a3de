"""Chimes as they were used last."""

from collections import OrderedDict
import logging
from typing import Final

from homeassistant.core import HomeAssistant

from .chime_error import ChimeError
from .decoding import async_decode, silence
from .fetching import async_fetch
from .surroundings import Surroundings

_LOGGER = logging.getLogger(__name__)

_MOST_KEPT: Final = 16
_LASTS_S: Final = 600.0


class ChimeLibrary:
    """Finds chimes, and keeps the last ones for ten minutes: a file may be changed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without a chime."""
        self._hass = hass
        self._samples: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._surroundings: OrderedDict[tuple[bytes, bytes], Surroundings] = OrderedDict()

    async def async_check(self, *chimes: str | None) -> None:
        """Find chimes in advance; raises ChimeError for one that cannot be played."""
        for chime in chimes:
            if chime is not None:
                await self._async_samples(chime)

    async def async_surroundings(
        self, chime: str | None, chime_after: str | None, lead_in: float, lead_out: float
    ) -> Surroundings | None:
        """Return what is played around a speech, or None if nothing is.

        A chime that is lost since it was checked is left out: the speech matters more.
        """
        before = silence(lead_in) + await self._async_found(chime)
        after = await self._async_found(chime_after) + silence(lead_out)
        if not (before or after):
            return None
        key = (before, after)
        if key not in self._surroundings:
            self._surroundings[key] = Surroundings(self._hass, before, after)
            if len(self._surroundings) > _MOST_KEPT:
                self._surroundings.popitem(last=False)
        return self._surroundings[key]

    async def _async_found(self, chime: str | None) -> bytes:
        if chime is None:
            return b""
        try:
            return await self._async_samples(chime)
        except ChimeError as err:
            _LOGGER.warning("A chime was left out: %s", err.translation_key)
            return b""

    async def _async_samples(self, chime: str) -> bytes:
        now = self._hass.loop.time()
        if (kept := self._samples.get(chime)) and now - kept[0] < _LASTS_S:
            return kept[1]
        samples = await async_decode(self._hass, chime, await async_fetch(self._hass, chime))
        self._samples[chime] = (now, samples)
        if len(self._samples) > _MOST_KEPT:
            self._samples.popitem(last=False)
        return samples
