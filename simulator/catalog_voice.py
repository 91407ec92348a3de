"""A voice as the voices routes describe it."""

from dataclasses import dataclass, field
from typing import Any

from .synthesis_settings import VoiceProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogVoice:
    """A voice of the account."""

    voice_id: str
    name: str | None
    profile: VoiceProfile
    category: str = "premade"
    voice_type: str = "default"
    labels: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    languages: tuple[tuple[str, str, str], ...] = ()
    model_ids: tuple[str, ...] = ("eleven_multilingual_v2", "eleven_flash_v2_5")
    created_at_unix: int | None = None
    disable_at_unix: int | None = None
    is_bookmarked: bool = False
    settings: dict[str, Any] | None = None

    def current_settings(self) -> dict[str, Any]:
        """Return the settings that are saved with the voice, or the defaults."""
        return self.settings or {
            "stability": 0.5,
            "similarity_boost": 0.75,
            "style": 0.0,
            "use_speaker_boost": True,
            "speed": 1.0,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of the voices routes."""
        is_owner = self.voice_type == "personal"
        return {
            "voice_id": self.voice_id,
            "name": self.name,
            "samples": None,
            "category": self.category,
            "fine_tuning": self._fine_tuning(),
            "labels": self.labels,
            "description": self.description,
            "preview_url": None if self.name is None else _preview_url(self.voice_id),
            "available_for_tiers": [],
            "settings": self.settings,
            "sharing": self._sharing(),
            "high_quality_base_model_ids": list(self.model_ids),
            "verified_languages": self._verified_languages(),
            "collection_ids": [],
            "safety_control": None,
            "voice_verification": None,
            "permission_on_resource": "admin" if is_owner else None,
            "is_owner": is_owner,
            "is_legacy": False,
            "is_mixed": False,
            "favorited_at_unix": None,
            "created_at_unix": self.created_at_unix,
            "is_bookmarked": self.is_bookmarked if self.voice_type == "community" else None,
            "recording_quality": None,
            "labelling_status": None,
        }

    def _fine_tuning(self) -> dict[str, Any]:
        is_tuned = self.category == "professional"
        state = dict.fromkeys(self.model_ids, "fine_tuned") if is_tuned else {}
        return {"is_allowed_to_fine_tune": is_tuned, "state": state, "language": None}

    def _sharing(self) -> dict[str, Any] | None:
        if self.voice_type != "community":
            return None
        return {
            "status": "copied",
            "free_users_allowed": False,
            "disable_at_unix": self.disable_at_unix,
            "notice_period": 30 if self.disable_at_unix else None,
            "category": self.category,
            "name": self.name,
        }

    def _verified_languages(self) -> list[dict[str, Any]]:
        return [
            {
                "language": language,
                "model_id": model,
                "accent": accent,
                "locale": locale,
                "preview_url": None,
            }
            for language, locale, accent in self.languages
            for model in self.model_ids
        ]


def _preview_url(voice_id: str) -> str:
    return f"https://previews.invalid/{voice_id}.mp3"
