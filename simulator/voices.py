"""The voices of the service."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
import hashlib
from typing import Any

from .languages import base
from .speech import Voice

_CREATED = 1_700_000_000
_DAY = 86_400
_RETIRES = 1_800_000_000

# Name | espeak's variant, pitch and pitch range | espeak's English | gender, age, accent,
# use case, language and description | verified languages
_DEFAULT = """
George | m3 40 | en-gb-x-rp | male middle_aged british narration en warm | en-GB de-DE fr-FR
Sarah | f3 55 | en-us | female young american news en soft | en-US fr-FR es-ES
Rachel | f2 48 | en-us | female young american narration en calm | en-US
Arthur | m1 32 40 | en-gb-x-rp | male old british narration en deep | en-GB
Bridget | f4 60 | en-gb-scotland | female middle_aged scottish conversational en bright | en-GB
Caleb | m7 45 | en-us | male young american conversational en casual | en-US
Dora | f5 65 60 | en-us | female young american characters en lively | en-US es-ES
Emil | m4 42 | en-us | male middle_aged standard news de clear | de-DE en-US
Fleur | f1 58 | en-us | female young parisian conversational fr gentle | fr-FR en-US
Gonzalo | m5 38 | en-us | male middle_aged peninsular narration es strong | es-ES en-US
Harriet | grandma 45 | en-us | female old american narration en kind | en-US
Ivo | klatt4 35 | en-us | neutral young american characters en robotic |
"""

# Name | category | whose | espeak's variant and pitch | gender, age, accent, use case, language
_ADDED = """
My own voice | cloned | personal | m2 50 | male young german social_media de
Grandfather | cloned | personal | grandpa 30 | male old american narration en
| generated | personal | f1 70 |
Kitchen robot | generated | personal | robosoft 50 | neutral young american characters en
House speaker | professional | personal | m8 44 | male middle_aged british advertisement en
Office voice | cloned | workspace | f2 40 | female middle_aged american informative en
Yuki | professional | community | f3 66 | female young standard conversational ja
Mei | professional | community | f4 62 | female young beijing narration zh
Amira | professional | community | f5 52 | female middle_aged standard news ar
Björn | professional | community | m6 36 | male middle_aged standard narration sv
Luca | high_quality | community | m1 55 | male young standard conversational it
Famous Baritone | famous | community | m4 20 | male old american narration en
Leaving Soon | professional | community | f1 45 | female young british narration en
"""

_REAL_IDS = {
    "George": "JBFqnCBsd6RMkjVDRZzb",
    "Sarah": "EXAVITQu4vr4xnSDxMaL",
    "Rachel": "21m00Tcm4TlvDq8ikWAM",
}
_ACCENTS = {
    "en-US": "american",
    "en-GB": "british",
    "de-DE": "standard",
    "fr-FR": "parisian",
    "es-ES": "peninsular",
}
_LABELS = ("gender", "age", "accent", "use_case", "language", "descriptive")
_STORED = {
    "My own voice": {
        "stability": 0.35,
        "similarity_boost": 0.9,
        "style": 0.1,
        "use_speaker_boost": False,
        "speed": 1.1,
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueVoice:
    """A voice as the account sees it."""

    voice_id: str
    name: str | None
    sound: Voice
    category: str = "premade"
    kind: str = "default"
    labels: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    languages: tuple[tuple[str, str, str], ...] = ()
    model_ids: tuple[str, ...] = ("eleven_multilingual_v2", "eleven_flash_v2_5")
    created: int | None = None
    retires: int | None = None
    bookmarked: bool = False
    settings: dict[str, Any] | None = None

    def current_settings(self) -> dict[str, Any]:
        """Give the stored settings, or the defaults."""
        return self.settings or {
            "stability": 0.5,
            "similarity_boost": 0.75,
            "style": 0.0,
            "use_speaker_boost": True,
            "speed": 1.0,
        }

    def to_json(self) -> dict[str, Any]:
        """Write it as the voices endpoints do."""
        owner = self.kind == "personal"
        return {
            "voice_id": self.voice_id,
            "name": self.name,
            "samples": None,
            "category": self.category,
            "fine_tuning": self._fine_tuning(),
            "labels": self.labels,
            "description": self.description,
            "preview_url": None if self.name is None else _preview(self.voice_id),
            "available_for_tiers": [],
            "settings": self.settings,
            "sharing": self._sharing(),
            "high_quality_base_model_ids": list(self.model_ids),
            "verified_languages": self._verified(),
            "collection_ids": [],
            "safety_control": None,
            "voice_verification": None,
            "permission_on_resource": "admin" if owner else None,
            "is_owner": owner,
            "is_legacy": False,
            "is_mixed": False,
            "favorited_at_unix": None,
            "created_at_unix": self.created,
            "is_bookmarked": self.bookmarked if self.kind == "community" else None,
            "recording_quality": None,
            "labelling_status": None,
        }

    def _fine_tuning(self) -> dict[str, Any]:
        tuned = self.category == "professional"
        state = dict.fromkeys(self.model_ids, "fine_tuned") if tuned else {}
        return {"is_allowed_to_fine_tune": tuned, "state": state, "language": None}

    def _sharing(self) -> dict[str, Any] | None:
        if self.kind != "community":
            return None
        return {
            "status": "copied",
            "free_users_allowed": False,
            "disable_at_unix": self.retires,
            "notice_period": 30 if self.retires else None,
            "category": self.category,
            "name": self.name,
        }

    def _verified(self) -> list[dict[str, Any]]:
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


def _preview(voice_id: str) -> str:
    return f"https://previews.invalid/{voice_id}.mp3"


def _made_up_id(name: str) -> str:
    """Make an id that looks like the service's: twenty letters and digits."""
    digest = hashlib.sha256(f"voice {name}".encode()).digest()
    text = base64.b64encode(digest).decode()
    return "".join(char for char in text if char.isalnum())[:20]


def _rows(table: str) -> Iterator[list[str]]:
    """Read the cells of a table."""
    for line in table.strip("\n").splitlines():
        yield [cell.strip() for cell in line.split("|")]


def _labels(cell: str) -> dict[str, str]:
    return dict(zip(_LABELS, cell.split(), strict=False))


def _sound(cell: str, labels: dict[str, str], english: str = "en-us") -> Voice:
    variant, *numbers = cell.split()
    pitch, pitch_range = [*map(int, numbers), 50][:2]
    language = labels.get("language", "en")
    return Voice(variant, pitch, pitch_range, language=language, english=english)


def default_voices() -> list[CatalogueVoice]:
    """Make the voices that every account has."""
    return [
        CatalogueVoice(
            voice_id=_REAL_IDS.get(name) or _made_up_id(name),
            name=name,
            sound=_sound(sound, _labels(labels), english),
            labels=_labels(labels),
            description=f"{name} is a default voice.",
            languages=tuple((base(code), code, _ACCENTS[code]) for code in locales.split()),
        )
        for name, sound, english, labels, locales in _rows(_DEFAULT)
    ]


def added_voices() -> list[CatalogueVoice]:
    """Make the voices that the account added."""
    return [_added(number, row) for number, row in enumerate(_rows(_ADDED))]


def _added(number: int, row: list[str]) -> CatalogueVoice:
    name, category, kind, sound, cell = row
    labels = _labels(cell)
    language = labels.get("language")
    return CatalogueVoice(
        voice_id=_made_up_id(name or "without name"),
        name=name or None,
        category=category,
        kind=kind,
        sound=_sound(sound, labels),
        labels=labels,
        description=f"{name}, added by hand." if name else None,
        languages=((language, language, labels["accent"]),) if language else (),
        created=_CREATED + number * _DAY,
        retires=_RETIRES if name == "Leaving Soon" else None,
        bookmarked=number % 2 == 0,
        settings=_STORED.get(name),
    )


def extra_voices(count: int) -> list[CatalogueVoice]:
    """Make any number of further voices, to page through."""
    return [
        CatalogueVoice(
            voice_id=_made_up_id(f"extra {number}"),
            name=f"Extra {number:03}",
            category="generated",
            kind="personal",
            sound=Voice(f"{'fm'[number % 2]}{number % 5 + 1}", 30 + number % 40),
            labels={"gender": ("female", "male")[number % 2], "language": "en"},
            description="One of many.",
            created=_CREATED + 30 * _DAY + number,
        )
        for number in range(1, count + 1)
    ]
