"""What every handler needs: the simulator, the caller and the journal entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .accounts import Customer
    from .journal import RequestEntry
    from .state import SimulatorState

_SECRETS = ("xi-api-key", "xi_api_key", "authorization", "cookie")

SIMULATOR: web.AppKey[SimulatorState] = web.AppKey("simulator")
# aiohttp 3.13, which Home Assistant 2026.6 brings, has no keys for requests.
_key: Any = getattr(web, "RequestKey", str)
ENTRY: Any = _key("entry")
CUSTOMER: Any = _key("customer")


def request_entry(request: web.Request) -> RequestEntry:
    """Return the journal entry of a request."""
    entry: RequestEntry = request[ENTRY]
    return entry


def identify(request: web.Request, key: str | None, bearer: str | None) -> Customer:
    """Return the account that credentials belong to, and record it."""
    customer = request.app[SIMULATOR].customers.authenticate(key, bearer)
    request[CUSTOMER] = customer
    request_entry(request).account = customer.account.name
    if customer.behaviour.refuse_connections:
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError
    return customer


def check_access(customer: Customer, scope: str) -> None:
    """Refuse what the key may not do, or what was asked to fail."""
    if status := customer.next_failure("speech" if scope == "text_to_speech" else "account"):
        raise errors.failure(status)
    if scope not in customer.account.scopes:
        raise errors.missing_scope(scope)


def authenticate(request: web.Request, scope: str) -> Customer:
    """Find the caller of an HTTP request and check what it may do."""
    key, bearer = credentials(request)
    customer = identify(request, key, bearer)
    check_access(customer, scope)
    return customer


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Hide credentials in what the journal keeps."""
    return {k: "***" if k.lower() in _SECRETS else v for k, v in values.items()}


def credentials(request: web.Request) -> tuple[str | None, str | None]:
    """Read key and bearer token from the headers."""
    key = request.headers.get("xi-api-key")
    bearer = request.headers.get("Authorization")
    if key or bearer:
        request_entry(request).key_in = "header"
    return key, bearer
