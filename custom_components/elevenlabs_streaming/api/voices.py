"""The account's voices and the account itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from . import fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One voice of the account."""

    voice_id: str
    name: str
    category: str = ""
    description: str = ""
    languages: frozenset[str] = frozenset()
    """ElevenLabs' codes of the languages it is verified for; empty when not said."""
    retires_at: int | None = None
    """Unix time from which on it does not speak any more."""

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
            retires_at=int(fields.number(sharing, "disable_at_unix")) or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Credits of the account."""

    tier: str
    used: int
    limit: int
    resets_at: int | None
    """Unix time of the next reset."""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read `/v1/user/subscription`."""
        return cls(
            tier=fields.text(raw, "tier"),
            used=int(fields.number(raw, "character_count")),
            limit=int(fields.number(raw, "character_limit")),
            resets_at=int(fields.number(raw, "next_character_count_reset_unix")) or None,
        )
