"""The models, voices, and credits of an account."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.util import dt as dt_util

from ..api import Model, Subscription, Voice, base_language, voices_called
from ..const import SUBENTRY_VOICE


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models and voices that the key may list."""

    models: dict[str, Model] = field(default_factory=dict)
    voices: dict[str, Voice] = field(default_factory=dict)

    def model(self, model_id: str) -> Model:
        """Return a model, with general facts if the account does not list it."""
        return self.models.get(model_id) or Model.known(model_id)

    def voice_id(self, wanted: str, own: str | None = None) -> str:
        """Return the voice ID for an ID or a name; of several voices, an entity's own.

        What only ElevenLabs can find stays as it is.
        """
        found = [voice.voice_id for voice in voices_called(self.voices.values(), wanted)]
        if own in found:
            return str(own)
        return found[0] if len(found) == 1 else wanted

    def voices_meant(self, wanted: str, own: str | None = None) -> list[Voice]:
        """Return the voices that a name may mean; none if it is clear or not known."""
        found = voices_called(self.voices.values(), wanted)
        is_clear = len(found) == 1 or own in {voice.voice_id for voice in found}
        return [] if is_clear else found

    def voices_for(self, language: str) -> list[Voice]:
        """Return the voices by name, those verified for a language first."""
        base = base_language(language)
        return sorted(
            self.voices.values(),
            key=lambda voice: (base not in voice.languages, voice.name.lower()),
        )


def voice_subentries(entry: ConfigEntry) -> Iterator[ConfigSubentry]:
    """Yield the voices of an entry."""
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_VOICE:
            yield subentry


def remaining_credits(subscription: Subscription | None) -> int | None:
    """Return the remaining credits, or None if they are unknown."""
    return max(0, subscription.limit - subscription.used) if subscription else None


def credits_reset(subscription: Subscription | None) -> datetime | None:
    """Return when the credits are reset, or None if it is unknown."""
    at = subscription.resets_at if subscription else None
    try:
        return dt_util.utc_from_timestamp(at) if at else None
    except OverflowError, OSError, ValueError:
        return None
