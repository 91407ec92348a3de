"""The route of the pronunciation dictionaries."""

from aiohttp import web
from multidict import MultiMapping

from .api_errors import ApiError
from .dictionaries import DICTIONARIES, PronunciationDictionary
from .parameters import check_choice, parse_boolean, parse_integer
from .request_context import authenticate_request, journal_entry

_SORTS = ("creation_time_unix", "name")
_DIRECTIONS = ("ascending", "descending")
_QUERY = frozenset({"cursor", "page_size", "sort", "sort_direction", "include_archived"})
_DEFAULT_PAGE_SIZE = 30
_MAX_PAGE_SIZE = 100
_CURSOR = "after_"


async def list_dictionaries(request: web.Request) -> web.Response:
    """Answer GET /v1/pronunciation-dictionaries."""
    authenticate_request(request, "pronunciation_dictionaries_read")
    journal_entry(request).unknown += [name for name in request.query if name not in _QUERY]
    size = parse_integer(request.query, "page_size", 1, _MAX_PAGE_SIZE) or _DEFAULT_PAGE_SIZE
    found = _sorted_dictionaries(request.query)
    start = _parse_cursor(request.query.get("cursor"))
    end = start + size
    has_more = end < len(found)
    return web.json_response(
        {
            "pronunciation_dictionaries": [one.to_json() for one in found[start:end]],
            "next_cursor": f"{_CURSOR}{end}" if has_more else None,
            "has_more": has_more,
        }
    )


def _sorted_dictionaries(query: MultiMapping[str]) -> list[PronunciationDictionary]:
    """Return the dictionaries that are asked for, the newest first unless it's said otherwise."""
    sort = check_choice(query.get("sort"), _SORTS, ("query", "sort"))
    location = ("query", "sort_direction")
    direction = check_choice(query.get("sort_direction"), _DIRECTIONS, location)
    with_archived = parse_boolean(query, "include_archived", default=True)
    found = [one for one in DICTIONARIES.values() if with_archived or one.archived_at is None]
    found.sort(key=lambda one: one.created_at)
    if sort == "name":
        found.sort(key=lambda one: one.name)
    return found if direction == "ascending" else found[::-1]


def _parse_cursor(cursor: str | None) -> int:
    if not cursor:
        return 0
    number = cursor.removeprefix(_CURSOR)
    if number == cursor or not number.isdecimal():
        raise ApiError(400, "invalid_cursor", "cursor is invalid.", param="cursor")
    return int(number)
