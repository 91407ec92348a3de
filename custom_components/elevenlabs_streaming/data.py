"""Runtime data of a config entry."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .account import (
    AccountIssues,
    Activity,
    AnnouncementRate,
    Budget,
    CircuitBreaker,
    CircuitState,
    FirstAudios,
    Prewarmer,
    VoiceBilling,
)
from .coordinator import AccountCoordinator, CatalogueCoordinator
from .speech import Synthesizer
from .text import Replacements


@dataclass(slots=True)
class ElevenLabsData:
    """What one entry owns while it is loaded."""

    coordinator: CatalogueCoordinator
    synthesizer: Synthesizer
    issues: AccountIssues
    budget: Budget
    account: AccountCoordinator
    circuit_breaker: CircuitBreaker
    prewarmer: Prewarmer
    activity: Activity
    replacements: Replacements
    """The account's own words, which change without a reload, as announcement targets do."""
    settings: tuple[Any, ...]
    """All else that the entry was loaded with."""
    assistant_rate: AnnouncementRate = field(default_factory=AnnouncementRate)
    first_audio: FirstAudios = field(default_factory=FirstAudios)
    active: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def works(self) -> bool:
        """Return whether ElevenLabs answers, as far as is known."""
        readers = (self.coordinator, self.account)
        is_read = all(reader.last_update_success for reader in readers)
        return is_read and self.circuit_breaker.state is CircuitState.CLOSED

    def billing(self, voice: str, *, usual: bool) -> VoiceBilling:
        """Return the billing of one utterance of a voice (the ID of its subentry).

        `usual`: it uses the voice and model that are configured.
        """
        return VoiceBilling(
            circuit_breaker=self.circuit_breaker,
            budget=self.budget,
            first_audio=self.first_audio,
            issues=self.issues,
            voice=voice,
            usual=usual,
        )


type ElevenLabsConfigEntry = ConfigEntry[ElevenLabsData]
