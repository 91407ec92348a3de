"""The voices routes."""

from aiohttp import web
from multidict import MultiMapping

from . import api_errors
from .accounts import AccountState
from .catalog_voice import CatalogVoice
from .parameters import check_choice, parse_boolean, parse_integer
from .request_context import SIMULATOR, authenticate_request, journal_entry
from .voice_catalog import VoiceQuery

_SORTS = ("created_at_unix", "name")
_DIRECTIONS = ("asc", "desc")
_VOICE_TYPES = (
    "personal",
    "community",
    "default",
    "workspace",
    "non-default",
    "non-community",
    "saved",
)
_CATEGORIES = ("premade", "cloned", "generated", "professional")
# The query parameters, and the labels in which they search.
_LABELS = {
    "gender": "gender",
    "age": "age",
    "language": "language",
    "accent": "accent",
    "use_cases": "use_case",
}
_SEARCH_QUERY = frozenset(
    {
        *_LABELS,
        "next_page_token",
        "page_size",
        "search",
        "sort",
        "sort_direction",
        "voice_type",
        "category",
        "fine_tuning_state",
        "collection_id",
        "min_notice_period_days",
        "include_custom_rates",
        "include_live_moderated",
        "high_quality",
        "include_total_count",
        "voice_ids",
    }
)
_MAX_VOICE_IDS = 100


async def list_voices(request: web.Request) -> web.Response:
    """Answer GET /v1/voices, the list without pages."""
    caller = authenticate_request(request, "voices_read")
    parse_boolean(request.query, "show_legacy", default=False)
    voices = request.app[SIMULATOR].voice_catalog.all_voices()
    if len(voices) > caller.behaviour.legacy_voices_limit:
        message = "Too many voices for this endpoint, use /v2/voices."
        raise api_errors.ApiError(400, "bad_request", message, "too_many_voices")
    return web.json_response({"voices": [voice.to_json() for voice in voices]})


async def search_voices(request: web.Request) -> web.Response:
    """Answer GET /v2/voices."""
    caller = authenticate_request(request, "voices_read")
    journal_entry(request).unknown += [q for q in request.query if q not in _SEARCH_QUERY]
    query = _parse_voice_query(
        request.query, defaults_on_first_page=caller.behaviour.defaults_on_first_page
    )
    return web.json_response(request.app[SIMULATOR].voice_catalog.search_voices(query))


async def get_voice(request: web.Request) -> web.Response:
    """Answer GET /v1/voices/{voice_id}."""
    voice = _requested_voice(request, authenticate_request(request, "voices_read"))
    return web.json_response({**voice.to_json(), "settings": voice.current_settings()})


async def get_voice_settings(request: web.Request) -> web.Response:
    """Answer GET /v1/voices/{voice_id}/settings."""
    voice = _requested_voice(request, authenticate_request(request, "voices_read"))
    return web.json_response(voice.current_settings())


def _requested_voice(request: web.Request, caller: AccountState) -> CatalogVoice:
    voice_id = request.match_info["voice_id"]
    voice = request.app[SIMULATOR].voice_catalog.find_voice(voice_id)
    if voice is None:
        raise api_errors.voice_not_found(voice_id, caller.behaviour.voice_not_found)
    return voice


def _parse_voice_query(query: MultiMapping[str], *, defaults_on_first_page: bool) -> VoiceQuery:
    page_size = parse_integer(query, "page_size", -(2**31), 2**31)
    voice_ids = _parse_voice_ids(query)
    direction = _parse_choice(query, "sort_direction", _DIRECTIONS)
    _check_ignored_parameters(query)
    return VoiceQuery(
        page_size=10 if page_size is None else page_size,
        next_page_token=query.get("next_page_token"),
        search=query.get("search"),
        sort=_parse_choice(query, "sort", _SORTS),
        is_descending=direction == "desc",
        voice_type=_parse_choice(query, "voice_type", _VOICE_TYPES),
        category=_parse_choice(query, "category", _CATEGORIES),
        labels=tuple((label, tuple(query.getall(name, []))) for name, label in _LABELS.items()),
        voice_ids=voice_ids,
        fine_tuning_state=query.get("fine_tuning_state"),
        collection_id=query.get("collection_id"),
        include_total_count=parse_boolean(query, "include_total_count", default=True),
        defaults_on_first_page=defaults_on_first_page,
    )


def _parse_choice(query: MultiMapping[str], name: str, options: tuple[str, ...]) -> str | None:
    return check_choice(query.get(name), options, ("query", name))


def _parse_voice_ids(query: MultiMapping[str]) -> tuple[str, ...]:
    voice_ids = tuple(query.getall("voice_ids", []))
    if len(voice_ids) > _MAX_VOICE_IDS:
        message = f"List should have at most {_MAX_VOICE_IDS} items"
        raise api_errors.RequestValidationError(("query", "voice_ids"), message, "too_long")
    return voice_ids


def _check_ignored_parameters(query: MultiMapping[str]) -> None:
    """Check the parameters that change nothing here."""
    for name in ("include_custom_rates", "include_live_moderated", "high_quality"):
        parse_boolean(query, name, default=False)
    parse_integer(query, "min_notice_period_days", 0, 10_000)
