"""What the account offers, read quietly in the background."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import ElevenLabsClient, ElevenLabsError, Model, Voice
from .api.errors import InvalidApiKeyError, MissingPermissionError
from .const import DOMAIN
from .speech import Speaker

if TYPE_CHECKING:
    from .breaker import Breaker
    from .budget import Budget
    from .problems import Problems

_LOGGER = logging.getLogger(__name__)
_INTERVAL = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models and voices, as far as the key may list them."""

    models: dict[str, Model] = field(default_factory=dict)
    voices: dict[str, Voice] = field(default_factory=dict)

    def model(self, model_id: str) -> Model:
        """Return a model, with general facts if the account's list is not known."""
        return self.models.get(model_id) or Model.known(model_id)

    def voice_id(self, wanted: str) -> str:
        """Return the id for an id or a voice's name."""
        if wanted in self.voices:
            return wanted
        named = (v.voice_id for v in self.voices.values() if v.name.lower() == wanted.lower())
        return next(named, wanted)


class CatalogueCoordinator(DataUpdateCoordinator[Catalogue]):
    """Keeps the catalogue; speech never waits for it."""

    config_entry: ElevenLabsConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: ElevenLabsConfigEntry, client: ElevenLabsClient
    ) -> None:
        """Start with an empty catalogue."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN, update_interval=_INTERVAL)
        self._client = client
        self.data = Catalogue()

    @override
    async def _async_update_data(self) -> Catalogue:
        """Read what the key may read; what it may not stays as it was."""
        return Catalogue(await self._models(), await self._voices())

    async def _models(self) -> dict[str, Model]:
        try:
            return {model.model_id: model for model in await self._client.models()}
        except MissingPermissionError:
            return self.data.models
        except ElevenLabsError as err:
            raise _update_error(err) from err

    async def _voices(self) -> dict[str, Voice]:
        try:
            return {voice.voice_id: voice for voice in await self._client.voices()}
        except MissingPermissionError:
            return self.data.voices
        except ElevenLabsError as err:
            raise _update_error(err) from err


def _update_error(err: ElevenLabsError) -> Exception:
    """Only a bad key asks for a new one."""
    kind = ConfigEntryAuthFailed if isinstance(err, InvalidApiKeyError) else UpdateFailed
    return kind(translation_domain=DOMAIN, translation_key=err.cause)


@dataclass(slots=True)
class ElevenLabsData:
    """What one entry owns while it is loaded."""

    coordinator: CatalogueCoordinator
    speaker: Speaker
    problems: Problems
    budget: Budget
    breaker: Breaker
    active: set[asyncio.Task[None]] = field(default_factory=set)


type ElevenLabsConfigEntry = ConfigEntry[ElevenLabsData]
