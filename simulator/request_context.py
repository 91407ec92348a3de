"""What every handler needs: the simulator, the caller, and the journal entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import api_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .accounts import AccountState
    from .journal import RequestEntry
    from .state import SimulatorState

_CREDENTIALS = ("xi-api-key", "xi_api_key", "authorization", "single_use_token", "cookie")

SIMULATOR: web.AppKey[SimulatorState] = web.AppKey("simulator")
# aiohttp 3.13, which comes with Home Assistant 2026.6, doesn't have keys for requests.
_request_key: Any = getattr(web, "RequestKey", str)
JOURNAL_ENTRY: Any = _request_key("entry")
CALLER: Any = _request_key("caller")


def journal_entry(request: web.Request) -> RequestEntry:
    """Return the journal entry of a request."""
    entry: RequestEntry = request[JOURNAL_ENTRY]
    return entry


def authenticate_request(request: web.Request, scope: str) -> AccountState:
    """Return the caller of an HTTP request after checking its permission."""
    key, bearer = header_credentials(request)
    caller = identify_caller(request, key, bearer)
    check_access(caller, scope)
    return caller


def header_credentials(request: web.Request) -> tuple[str | None, str | None]:
    """Return the API key and the bearer token of the headers."""
    key = request.headers.get("xi-api-key")
    bearer = request.headers.get("Authorization")
    if key or bearer:
        journal_entry(request).key_in = "header"
    return key, bearer


def identify_caller(request: web.Request, key: str | None, bearer: str | None) -> AccountState:
    """Return the account of the credentials and record it."""
    caller = request.app[SIMULATOR].accounts.authenticate(key, bearer)
    request[CALLER] = caller
    journal_entry(request).account = caller.account.name
    if caller.behaviour.refuse_connections or caller.is_gone:
        drop_connection(request)
        raise ConnectionResetError
    return caller


def check_access(caller: AccountState, scope: str) -> None:
    """Raise an error if the API key lacks a permission, or if the request is to fail."""
    route = "speech" if scope == "text_to_speech" else "account"
    if status := caller.next_fail_status(route):
        raise api_errors.simulated_failure(status)
    if scope not in caller.account.scopes:
        raise api_errors.missing_permission(scope)


def drop_connection(request: web.Request) -> None:
    """Drop the TCP connection of a request."""
    if request.transport:
        request.transport.abort()


def mask_credentials(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return headers, a query, or a message without credentials."""
    return {k: "***" if k.lower() in _CREDENTIALS else v for k, v in values.items()}
