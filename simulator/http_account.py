"""Models, voices, user and subscription."""

from typing import Any

from aiohttp import web

from . import checks, errors
from .accounts import Customer
from .catalogue import Search
from .context import SIMULATOR, authenticate, request_entry
from .models import MODELS

_RESET = 1_796_083_200
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
_SEARCH_QUERY = frozenset(
    {
        "next_page_token",
        "page_size",
        "search",
        "sort",
        "sort_direction",
        "voice_type",
        "category",
        "fine_tuning_state",
        "collection_id",
        "gender",
        "age",
        "language",
        "accent",
        "use_cases",
        "min_notice_period_days",
        "include_custom_rates",
        "include_live_moderated",
        "high_quality",
        "include_total_count",
        "voice_ids",
    }
)
_MOST_IDS = 100


async def models(request: web.Request) -> web.Response:
    """GET /v1/models."""
    authenticate(request, "models_read")
    return web.json_response([model.to_json() for model in MODELS.values()])


async def voices(request: web.Request) -> web.Response:
    """GET /v1/voices, the old list without pages."""
    customer = authenticate(request, "voices_read")
    checks.boolean(request.query, "show_legacy", default=False)
    found = request.app[SIMULATOR].catalogue.all()
    if len(found) > customer.behaviour.legacy_voices_limit:
        message = "Too many voices for this endpoint, use /v2/voices."
        raise errors.Refusal(400, "bad_request", message, "too_many_voices")
    return web.json_response({"voices": [voice.to_json() for voice in found]})


async def search(request: web.Request) -> web.Response:
    """GET /v2/voices."""
    customer = authenticate(request, "voices_read")
    query = request.query
    request_entry(request).unknown += [q for q in query if q not in _SEARCH_QUERY]
    asked = _search(request, defaults_first=customer.behaviour.defaults_on_first_page)
    return web.json_response(request.app[SIMULATOR].catalogue.search(asked))


def _search(request: web.Request, *, defaults_first: bool) -> Search:
    query = request.query
    size = checks.integer(query, "page_size", -(2**31), 2**31)
    ids = tuple(query.getall("voice_ids", []))
    if len(ids) > _MOST_IDS:
        message = f"List should have at most {_MOST_IDS} items"
        raise errors.Invalid(("query", "voice_ids"), message, "too_long")
    direction = checks.choice(query.get("sort_direction"), _DIRECTIONS, ("query", "sort_direction"))
    for name in ("include_custom_rates", "include_live_moderated", "high_quality"):
        checks.boolean(query, name, default=False)
    checks.integer(query, "min_notice_period_days", 0, 10_000)
    return Search(
        page_size=10 if size is None else size,
        next_page_token=query.get("next_page_token"),
        text=query.get("search"),
        sort=checks.choice(query.get("sort"), _SORTS, ("query", "sort")),
        descending=direction == "desc",
        voice_type=checks.choice(query.get("voice_type"), _VOICE_TYPES, ("query", "voice_type")),
        category=checks.choice(query.get("category"), _CATEGORIES, ("query", "category")),
        labels=(
            ("gender", tuple(query.getall("gender", []))),
            ("age", tuple(query.getall("age", []))),
            ("language", tuple(query.getall("language", []))),
            ("accent", tuple(query.getall("accent", []))),
            ("use_case", tuple(query.getall("use_cases", []))),
        ),
        voice_ids=ids,
        fine_tuning_state=query.get("fine_tuning_state"),
        collection_id=query.get("collection_id"),
        total=checks.boolean(query, "include_total_count", default=True),
        defaults_first=defaults_first,
    )


async def voice(request: web.Request) -> web.Response:
    """GET /v1/voices/{voice_id}."""
    customer = authenticate(request, "voices_read")
    voice_id = request.match_info["voice_id"]
    found = request.app[SIMULATOR].catalogue.get(voice_id)
    if found is None:
        raise errors.voice_not_found(voice_id, customer.behaviour.voice_not_found)
    return web.json_response({**found.to_json(), "settings": found.current_settings()})


async def voice_settings(request: web.Request) -> web.Response:
    """GET /v1/voices/{voice_id}/settings."""
    customer = authenticate(request, "voices_read")
    voice_id = request.match_info["voice_id"]
    found = request.app[SIMULATOR].catalogue.get(voice_id)
    if found is None:
        raise errors.voice_not_found(voice_id, customer.behaviour.voice_not_found)
    return web.json_response(found.current_settings())


async def user(request: web.Request) -> web.Response:
    """GET /v1/user."""
    customer = authenticate(request, "user_read")
    name = customer.account.name
    return web.json_response(
        {
            "user_id": f"user_of_{name}",
            "workspace_id": name,
            "subscription": _short_subscription(customer),
            "is_new_user": False,
            "can_use_delayed_payment_methods": False,
            "is_onboarding_completed": True,
            "is_onboarding_checklist_completed": True,
            "show_compliance_terms": False,
            "first_name": "Simulated",
            "is_api_key_hashed": True,
            "xi_api_key_preview": "…" + customer.account.key[-4:],
            "referral_link_code": None,
            "partnerstack_partner_default_link": None,
            "created_at": 1_700_000_000,
            "seat_type": "workspace_admin",
        }
    )


async def subscription(request: web.Request) -> web.Response:
    """GET /v1/user/subscription."""
    customer = authenticate(request, "user_read")
    return web.json_response(
        {
            **_short_subscription(customer),
            "current_overage": {"amount": "0", "currency": "usd"},
            "next_invoice": None,
            "open_invoices": [],
            "has_open_invoices": False,
            "pending_change": None,
        }
    )


def _short_subscription(customer: Customer) -> dict[str, Any]:
    account = customer.account
    free = account.tier == "free"
    used = account.limit if customer.behaviour.quota else min(customer.used, account.limit)
    return {
        "tier": account.tier,
        "character_count": used,
        "character_limit": account.limit,
        "max_character_limit_extension": None,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": not free,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": _RESET,
        "voice_slots_used": 6,
        "professional_voice_slots_used": 1,
        "professional_voice_slots_used_in_workspace": 1,
        "voice_limit": 30,
        "max_voice_add_edits": 95,
        "voice_add_edit_counter": 6,
        "professional_voice_limit": 0 if free else 1,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": not free,
        "can_use_professional_voice_cloning": not free,
        "currency": None if free else "usd",
        "current_overage": {"amount": "0", "currency": "usd"},
        "status": "free" if free else "active",
        "billing_period": None if free else "monthly_period",
        "character_refresh_period": "monthly_period",
    }
