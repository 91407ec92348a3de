"""The voices of the service, and the search over them."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
import hashlib
import json
from typing import Any

from . import errors
from .speech import Voice

_CREATED = 1_700_000_000
_RETIRES = 1_800_000_000
_PAGE = 10
_LARGEST_PAGE = 100


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


def _labels(row: Sequence[str]) -> dict[str, str]:
    keys = ("gender", "age", "accent", "use_case", "language", "descriptive")
    return {key: value for key, value in zip(keys, row, strict=False) if value}


_EN_US = ("en", "en-US", "american")
_EN_GB = ("en", "en-GB", "british")
_DE = ("de", "de-DE", "standard")
_FR = ("fr", "fr-FR", "parisian")
_ES = ("es", "es-ES", "peninsular")

_GEORGE = "JBFqnCBsd6RMkjVDRZzb"
_SARAH = "EXAVITQu4vr4xnSDxMaL"
_RACHEL = "21m00Tcm4TlvDq8ikWAM"


def _premade() -> list[CatalogueVoice]:
    """Make the default voices, which every account has."""
    rows: tuple[tuple[str, str, Voice, str, tuple[tuple[str, str, str], ...]], ...] = (
        (
            _GEORGE,
            "George",
            Voice("m3", 40, english="en-gb-x-rp"),
            "male middle_aged british narration en warm",
            (_EN_GB, _DE, _FR),
        ),
        (
            _SARAH,
            "Sarah",
            Voice("f3", 55),
            "female young american news en soft",
            (_EN_US, _FR, _ES),
        ),
        (
            _RACHEL,
            "Rachel",
            Voice("f2", 48),
            "female young american narration en calm",
            (_EN_US,),
        ),
        (
            "",
            "Arthur",
            Voice("m1", 32, 40),
            "male old british narration en deep",
            (_EN_GB,),
        ),
        (
            "",
            "Bridget",
            Voice("f4", 60, english="en-gb-scotland"),
            "female middle_aged scottish conversational en bright",
            (_EN_GB,),
        ),
        (
            "",
            "Caleb",
            Voice("m7", 45),
            "male young american conversational en casual",
            (_EN_US,),
        ),
        (
            "",
            "Dora",
            Voice("f5", 65, 60),
            "female young american characters en lively",
            (_EN_US, _ES),
        ),
        (
            "",
            "Emil",
            Voice("m4", 42, language="de"),
            "male middle_aged standard news de clear",
            (_DE, _EN_US),
        ),
        (
            "",
            "Fleur",
            Voice("f1", 58, language="fr"),
            "female young parisian conversational fr gentle",
            (_FR, _EN_US),
        ),
        (
            "",
            "Gonzalo",
            Voice("m5", 38, language="es"),
            "male middle_aged peninsular narration es strong",
            (_ES, _EN_US),
        ),
        ("", "Harriet", Voice("grandma", 45), "female old american narration en kind", (_EN_US,)),
        ("", "Ivo", Voice("klatt4", 35), "neutral young american characters en robotic", ()),
    )
    return [
        CatalogueVoice(
            voice_id=voice_id or _made_up_id(name),
            name=name,
            sound=sound,
            labels=_labels(labels.split()),
            description=f"{name} is a default voice.",
            languages=languages,
        )
        for voice_id, name, sound, labels, languages in rows
    ]


def _own() -> list[CatalogueVoice]:
    """Make the voices that the account added itself."""
    rows: tuple[tuple[str | None, str, str, Voice, str], ...] = (
        (
            "My own voice",
            "cloned",
            "personal",
            Voice("m2", 50),
            "male young german social_media de",
        ),
        (
            "Grandfather",
            "cloned",
            "personal",
            Voice("grandpa", 30),
            "male old american narration en",
        ),
        (None, "generated", "personal", Voice("f1", 70), ""),
        (
            "Kitchen robot",
            "generated",
            "personal",
            Voice("robosoft", 50),
            "neutral young american characters en",
        ),
        (
            "House speaker",
            "professional",
            "personal",
            Voice("m8", 44),
            "male middle_aged british advertisement en",
        ),
        (
            "Office voice",
            "cloned",
            "workspace",
            Voice("f2", 40),
            "female middle_aged american informative en",
        ),
        (
            "Yuki",
            "professional",
            "community",
            Voice("f3", 66, language="ja"),
            "female young standard conversational ja",
        ),
        (
            "Mei",
            "professional",
            "community",
            Voice("f4", 62, language="zh"),
            "female young beijing narration zh",
        ),
        (
            "Amira",
            "professional",
            "community",
            Voice("f5", 52, language="ar"),
            "female middle_aged standard news ar",
        ),
        (
            "Björn",
            "professional",
            "community",
            Voice("m6", 36, language="sv"),
            "male middle_aged standard narration sv",
        ),
        (
            "Luca",
            "high_quality",
            "community",
            Voice("m1", 55, language="it"),
            "male young standard conversational it",
        ),
        (
            "Famous Baritone",
            "famous",
            "community",
            Voice("m4", 20),
            "male old american narration en",
        ),
        (
            "Leaving Soon",
            "professional",
            "community",
            Voice("f1", 45),
            "female young british narration en",
        ),
    )
    made = []
    for number, (name, category, kind, sound, labels) in enumerate(rows):
        row = labels.split()
        language = _labels(row).get("language", "")
        made.append(
            CatalogueVoice(
                voice_id=_made_up_id(name or "without name"),
                name=name,
                category=category,
                kind=kind,
                sound=sound,
                labels=_labels(row),
                description=None if name is None else f"{name}, added by hand.",
                languages=((language, language, row[2]),) if language else (),
                created=_CREATED + number * 86_400,
                retires=_RETIRES if name == "Leaving Soon" else None,
                bookmarked=number % 2 == 0,
                settings=_STORED if name == "My own voice" else None,
            )
        )
    return made


_STORED = {
    "stability": 0.35,
    "similarity_boost": 0.9,
    "style": 0.1,
    "use_speaker_boost": False,
    "speed": 1.1,
}


def _extra(count: int) -> list[CatalogueVoice]:
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
            created=_CREATED + 30 * 86_400 + number,
        )
        for number in range(1, count + 1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What /v2/voices was asked for."""

    page_size: int = _PAGE
    next_page_token: str | None = None
    text: str | None = None
    sort: str | None = None
    descending: bool = False
    voice_type: str | None = None
    category: str | None = None
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    voice_ids: tuple[str, ...] = ()
    fine_tuning_state: str | None = None
    collection_id: str | None = None
    total: bool = True
    defaults_first: bool = True


_KINDS: dict[str, frozenset[str]] = {
    "personal": frozenset({"personal"}),
    "community": frozenset({"community"}),
    "default": frozenset({"default"}),
    "workspace": frozenset({"workspace"}),
    "non-default": frozenset({"personal", "community", "workspace"}),
    "non-community": frozenset({"personal", "workspace"}),
    "saved": frozenset({"personal", "community", "workspace"}),
}


class Catalogue:
    """All voices of one simulator."""

    def __init__(self, extra: int = 18) -> None:
        self._voices = {v.voice_id: v for v in [*_premade(), *_own(), *_extra(extra)]}

    def all(self) -> list[CatalogueVoice]:
        """List every voice."""
        return list(self._voices.values())

    def get(self, voice_id: str) -> CatalogueVoice | None:
        """Find a voice."""
        return self._voices.get(voice_id)

    def search(self, query: Search) -> dict[str, Any]:
        """Answer one page."""
        if not 1 <= query.page_size <= _LARGEST_PAGE:
            raise errors.Refusal(
                400,
                "invalid_page_size",
                f"page_size must be between 1 and {_LARGEST_PAGE}.",
                param="page_size",
            )
        found = _sorted([v for v in self._voices.values() if _matches(v, query)], query)
        start = _offset(query.next_page_token)
        front, paged = _front(found, query)
        page = paged[start : start + query.page_size]
        end = start + len(page)
        more = end < len(paged)
        return {
            "voices": [v.to_json() for v in ([] if start else front) + page],
            "has_more": more,
            "total_count": len(found) if query.total else 0,
            "next_page_token": _token(end) if more else None,
        }


def _front(
    found: list[CatalogueVoice], query: Search
) -> tuple[list[CatalogueVoice], list[CatalogueVoice]]:
    """Take the default voices out of the paging when the first page carries them."""
    plain = query.text is None and query.voice_type is None and not query.voice_ids
    if not (query.defaults_first and plain):
        return [], found
    front = [voice for voice in found if voice.kind == "default"]
    return front, [voice for voice in found if voice.kind != "default"]


def _matches(voice: CatalogueVoice, query: Search) -> bool:
    tuned = "fine_tuned" if voice.category == "professional" else "not_started"
    return (
        (not query.voice_ids or voice.voice_id in query.voice_ids)
        and query.category in (None, voice.category)
        and (query.voice_type is None or voice.kind in _KINDS[query.voice_type])
        and query.collection_id is None
        and query.fine_tuning_state in (None, tuned)
        and all(not wanted or voice.labels.get(label) in wanted for label, wanted in query.labels)
        and (query.text is None or query.text.lower() in _searchable(voice))
    )


def _searchable(voice: CatalogueVoice) -> str:
    parts: Iterable[str | None] = (
        voice.name,
        voice.description,
        voice.category,
        *voice.labels.values(),
    )
    return " ".join(part for part in parts if part).lower()


def _sorted(voices: list[CatalogueVoice], query: Search) -> list[CatalogueVoice]:
    if query.sort == "name":
        return sorted(voices, key=lambda v: v.name or "", reverse=query.descending)
    if query.sort == "created_at_unix":
        return sorted(voices, key=lambda v: v.created or 0, reverse=query.descending)
    return voices


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"offset": offset}).encode()).decode()


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        offset = json.loads(base64.urlsafe_b64decode(token.encode()))["offset"]
    except ValueError, KeyError, TypeError:
        offset = None
    if type(offset) is not int or offset < 0:
        raise errors.Refusal(
            400, "invalid_cursor", "next_page_token is invalid.", param="next_page_token"
        )
    return offset
