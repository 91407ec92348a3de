"""The search over the voices of the service."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
import json
from typing import Any

from . import errors
from .voices import CatalogueVoice, added_voices, default_voices, extra_voices

_PAGE = 10
_LARGEST_PAGE = 100


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
        self._voices = {
            v.voice_id: v for v in [*default_voices(), *added_voices(), *extra_voices(extra)]
        }

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
