"""All voices of the account, and the search in them."""

import base64
from dataclasses import dataclass
import json
from typing import Any

from .api_errors import ApiError
from .catalog_voice import CatalogVoice
from .preset_voices import added_voices, default_voices, extra_voices

_DEFAULT_PAGE_SIZE = 10
_MAX_PAGE_SIZE = 100

_VOICE_TYPES: dict[str, frozenset[str]] = {
    "personal": frozenset({"personal"}),
    "community": frozenset({"community"}),
    "default": frozenset({"default"}),
    "workspace": frozenset({"workspace"}),
    "non-default": frozenset({"personal", "community", "workspace"}),
    "non-community": frozenset({"personal", "workspace"}),
    "saved": frozenset({"personal", "community", "workspace"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceQuery:
    """The query of a search."""

    page_size: int = _DEFAULT_PAGE_SIZE
    next_page_token: str | None = None
    search: str | None = None
    sort: str | None = None
    is_descending: bool = False
    voice_type: str | None = None
    category: str | None = None
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    voice_ids: tuple[str, ...] = ()
    fine_tuning_state: str | None = None
    collection_id: str | None = None
    include_total_count: bool = True
    defaults_on_first_page: bool = True


class VoiceCatalog:
    """The voices of a simulator."""

    def __init__(self, extra: int = 18) -> None:
        self._voices: dict[str, CatalogVoice] = {}
        for voice in [*default_voices(), *added_voices(), *extra_voices(extra)]:
            self.add_voice(voice)

    def add_voice(self, voice: CatalogVoice) -> None:
        """Add or replace a voice."""
        self._voices[voice.voice_id] = voice

    def remove_voice(self, voice_id: str) -> CatalogVoice:
        """Remove a voice and return it."""
        return self._voices.pop(voice_id)

    def all_voices(self) -> list[CatalogVoice]:
        """Return all voices."""
        return list(self._voices.values())

    def find_voice(self, voice_id: str) -> CatalogVoice | None:
        """Return a voice, or None if it is unknown."""
        return self._voices.get(voice_id)

    def search_voices(self, query: VoiceQuery) -> dict[str, Any]:
        """Return the JSON of one page."""
        if not 1 <= query.page_size <= _MAX_PAGE_SIZE:
            message = f"page_size must be between 1 and {_MAX_PAGE_SIZE}."
            raise ApiError(400, "invalid_page_size", message, param="page_size")
        found = _sort_voices([v for v in self._voices.values() if _matches(v, query)], query)
        first, others = _split_default_voices(found, query)
        start = _decode_page_token(query.next_page_token)
        page = others[start : start + query.page_size]
        end = start + len(page)
        has_more = end < len(others)
        return {
            "voices": [voice.to_json() for voice in ([] if start else first) + page],
            "has_more": has_more,
            "total_count": len(found) if query.include_total_count else 0,
            "next_page_token": _encode_page_token(end) if has_more else None,
        }


def _split_default_voices(
    voices: list[CatalogVoice], query: VoiceQuery
) -> tuple[list[CatalogVoice], list[CatalogVoice]]:
    """Return the default voices that are added to the first page, and the other voices."""
    is_filtered = query.search is not None or query.voice_type is not None or query.voice_ids
    if not query.defaults_on_first_page or is_filtered:
        return [], voices
    first = [voice for voice in voices if voice.voice_type == "default"]
    return first, [voice for voice in voices if voice.voice_type != "default"]


def _matches(voice: CatalogVoice, query: VoiceQuery) -> bool:
    state = "fine_tuned" if voice.category == "professional" else "not_started"
    return (
        (not query.voice_ids or voice.voice_id in query.voice_ids)
        and query.category in (None, voice.category)
        and (query.voice_type is None or voice.voice_type in _VOICE_TYPES[query.voice_type])
        and query.collection_id is None
        and query.fine_tuning_state in (None, state)
        and all(not values or voice.labels.get(label) in values for label, values in query.labels)
        and (query.search is None or query.search.lower() in _searchable_text(voice))
    )


def _searchable_text(voice: CatalogVoice) -> str:
    parts = (voice.name, voice.description, voice.category, *voice.labels.values())
    return " ".join(part for part in parts if part).lower()


def _sort_voices(voices: list[CatalogVoice], query: VoiceQuery) -> list[CatalogVoice]:
    if query.sort == "name":
        return sorted(voices, key=lambda v: v.name or "", reverse=query.is_descending)
    if query.sort == "created_at_unix":
        return sorted(voices, key=lambda v: v.created_at_unix or 0, reverse=query.is_descending)
    return voices


def _encode_page_token(offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"offset": offset}).encode()).decode()


def _decode_page_token(token: str | None) -> int:
    if not token:
        return 0
    try:
        offset = json.loads(base64.urlsafe_b64decode(token.encode()))["offset"]
    except ValueError, KeyError, TypeError:
        offset = None
    if type(offset) is not int or offset < 0:
        message = "next_page_token is invalid."
        raise ApiError(400, "invalid_cursor", message, param="next_page_token")
    return offset
