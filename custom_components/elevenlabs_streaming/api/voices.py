"""The account's voices and the account itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math
import re
from typing import Any, Self

from . import fields

# A dash between blanks: "Anne-Marie" is one name.
_DASH = re.compile(r"\s[-\u2013\u2014]\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One voice of the account."""

    voice_id: str
    name: str
    category: str = ""
    description: str = ""
    languages: frozenset[str] = frozenset()
    """ElevenLabs' codes of the languages it is verified for; empty when not said."""
    tuned_models: frozenset[str] = frozenset()
    """The models that it sounds best with; empty when not said."""
    retires_at: int | None = None
    """Unix time from which on it does not speak any more."""

    @property
    def short_name(self) -> str:
        """Return the name without the description that may follow a dash."""
        return _DASH.split(self.name, maxsplit=1)[0].strip() or self.name

    def suits(self, model_id: str) -> bool:
        """Return whether it sounds well with a model, as far as that is known.

        Other voices than professional clones sound well with models that are not listed, too.
        """
        is_tuned = self.category == "professional" and self.tuned_models
        return not is_tuned or model_id in self.tuned_models

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read a voice, of which only the id is sure."""
        labels = fields.inner(raw, "labels")
        words = [fields.text(labels, key) for key in ("gender", "age", "accent", "use_case")]
        verified = fields.objects(raw, "verified_languages")
        sharing = fields.inner(raw, "sharing")
        return cls(
            voice_id=raw["voice_id"],
            name=fields.text(raw, "name") or raw["voice_id"],
            category=fields.text(raw, "category"),
            description=", ".join(word.replace("_", " ") for word in words if word),
            languages=frozenset(filter(None, (fields.text(item, "language") for item in verified))),
            tuned_models=frozenset(fields.texts(raw, "high_quality_base_model_ids")),
            retires_at=int(fields.number(sharing, "disable_at_unix")) or None,
        )


def voices_called(voices: Iterable[Voice], wanted: str) -> list[Voice]:
    """Return the voice of an ID, else those of a name, else those of a name before the dash."""
    listed, name = list(voices), wanted.strip().casefold()
    return (
        [voice for voice in listed if voice.voice_id == wanted.strip()]
        or [voice for voice in listed if voice.name.casefold() == name]
        or [voice for voice in listed if voice.short_name.casefold() == name]
    )


_PAID = ("active", "trialing", "")
_DISABLED = ("free_disabled", "incomplete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Credits of the account."""

    tier: str
    used: int
    limit: int
    resets_at: int | None
    """Unix time of the next reset."""
    extension: float = 0
    """Credits beyond the limit that usage-based billing allows; infinite where it has no end."""
    status: str = "active"

    @property
    def can_pay(self) -> bool | None:
        """Return whether an utterance can be paid; None if only an utterance can show it."""
        if self.used >= self.limit + self.extension:
            return False
        is_sure = self.status in _PAID or (self.used < self.limit and self.status not in _DISABLED)
        return True if is_sure else None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read `/v1/user/subscription`."""
        return cls(
            tier=fields.text(raw, "tier"),
            used=int(fields.number(raw, "character_count")),
            limit=int(fields.number(raw, "character_limit")),
            resets_at=int(fields.number(raw, "next_character_count_reset_unix")) or None,
            extension=_extension(raw),
            status=fields.text(raw, "status"),
        )


def _extension(raw: Mapping[str, Any]) -> float:
    """Return the credits beyond the limit, by the name of 2026 or the older one."""
    newer = raw.get("max_credit_limit_extension")
    if newer == "unlimited":
        return math.inf
    if newer is not None or raw.get("allowed_to_extend_character_limit") is not True:
        return fields.number(raw, "max_credit_limit_extension")
    return fields.number(raw, "max_character_limit_extension") or math.inf
