"""The account's voices and the account itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One voice of the account."""

    voice_id: str
    name: str
    category: str = ""
    description: str = ""
    languages: frozenset[str] = frozenset()
    """ElevenLabs' codes of the languages it is verified for; empty when not said."""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read a voice, of which only the id is sure."""
        verified = raw.get("verified_languages") or ()
        labels = raw.get("labels") or {}
        words = [labels.get(key) for key in ("gender", "age", "accent", "use_case")]
        return cls(
            voice_id=raw["voice_id"],
            name=raw.get("name") or raw["voice_id"],
            category=raw.get("category") or "",
            description=", ".join(str(word).replace("_", " ") for word in words if word),
            languages=frozenset(
                item["language"] for item in verified if isinstance(item.get("language"), str)
            ),
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
            tier=raw.get("tier") or "",
            used=int(raw.get("character_count") or 0),
            limit=int(raw.get("character_limit") or 0),
            resets_at=raw.get("next_character_count_reset_unix"),
        )
