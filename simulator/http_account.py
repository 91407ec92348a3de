"""The routes of the account: models, user, and subscription."""

from typing import Any

from aiohttp import web

from .accounts import AccountState
from .request_context import authenticate_request
from .speech_models import MODELS

_NEXT_RESET = 1_796_083_200
_NO_OVERAGE = {"amount": "0", "currency": "usd"}


async def get_models(request: web.Request) -> web.Response:
    """Answer GET /v1/models."""
    authenticate_request(request, "models_read")
    return web.json_response([model.to_json() for model in MODELS.values()])


async def get_user(request: web.Request) -> web.Response:
    """Answer GET /v1/user."""
    caller = authenticate_request(request, "user_read")
    name = caller.account.name
    return web.json_response(
        {
            "user_id": f"user_of_{name}",
            "workspace_id": name,
            "subscription": _subscription(caller),
            "is_new_user": False,
            "can_use_delayed_payment_methods": False,
            "is_onboarding_completed": True,
            "is_onboarding_checklist_completed": True,
            "show_compliance_terms": False,
            "first_name": "Simulated",
            "is_api_key_hashed": True,
            "xi_api_key_preview": "…" + caller.account.key[-4:],
            "referral_link_code": None,
            "partnerstack_partner_default_link": None,
            "created_at": 1_700_000_000,
            "seat_type": "workspace_admin",
        }
    )


async def get_subscription(request: web.Request) -> web.Response:
    """Answer GET /v1/user/subscription."""
    caller = authenticate_request(request, "user_read")
    return web.json_response(
        {
            **_subscription(caller),
            "current_overage": _NO_OVERAGE,
            "next_invoice": None,
            "open_invoices": [],
            "has_open_invoices": False,
            "pending_change": None,
        }
    )


def _subscription(caller: AccountState) -> dict[str, Any]:
    """Return the fields of the subscription that both routes have."""
    account = caller.account
    is_free = account.tier == "free"
    return {
        "tier": account.tier,
        "character_count": _character_count(caller),
        "character_limit": account.character_limit,
        "max_character_limit_extension": None,
        "max_credit_limit_extension": account.credits_extension,
        "can_extend_character_limit": not is_free,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": _NEXT_RESET,
        "voice_slots_used": 6,
        "professional_voice_slots_used": 1,
        "professional_voice_slots_used_in_workspace": 1,
        "voice_limit": 30,
        "max_voice_add_edits": 95,
        "voice_add_edit_counter": 6,
        "professional_voice_limit": 0 if is_free else 1,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": not is_free,
        "can_use_professional_voice_cloning": not is_free,
        "currency": None if is_free else "usd",
        "current_overage": _NO_OVERAGE,
        "status": account.status or ("free" if is_free else "active"),
        "billing_period": None if is_free else "monthly_period",
        "character_refresh_period": "monthly_period",
    }


def _character_count(caller: AccountState) -> int:
    account = caller.account
    limit = account.character_limit
    if account.credits_extension:
        return caller.credits_used
    return limit if caller.behaviour.quota else min(caller.credits_used, limit)
