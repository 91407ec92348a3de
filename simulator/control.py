"""The control endpoint, for tests and demos that are not in this process."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from .accounts import Account, Customer
from .behaviour import Behaviour, BehaviourError, describe
from .context import SIMULATOR

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    """List the routes under /_control."""
    return [
        web.get("/_control/journal", _journal),
        web.delete("/_control/journal", _clear),
        web.get("/_control/switches", _switches),
        web.get("/_control/behaviour", _behaviour),
        web.post("/_control/behaviour", _behave),
        web.delete("/_control/behaviour", _heal),
        web.get("/_control/accounts", _accounts),
        web.post("/_control/accounts", _add_account),
    ]


@web.middleware
async def control_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer wrong switches with a sentence."""
    try:
        return await handler(request)
    except BehaviourError as error:
        return web.json_response({"error": str(error)}, status=400)


async def _journal(request: web.Request) -> web.Response:
    return web.json_response(request.app[SIMULATOR].journal.to_json())


async def _clear(request: web.Request) -> web.Response:
    request.app[SIMULATOR].journal.clear()
    return web.json_response({})


async def _switches(_request: web.Request) -> web.Response:
    return web.json_response(describe())


async def _behaviour(request: web.Request) -> web.Response:
    simulator = request.app[SIMULATOR]
    key = request.query.get("api_key")
    how = _customer(request, key).behaviour if key else simulator.behaviour
    return web.json_response(how.to_json())


async def _behave(request: web.Request) -> web.Response:
    """Change switches of one key, or of all that have none of their own."""
    data = await _object(request)
    key = data.pop("api_key", None)
    simulator = request.app[SIMULATOR]
    base = _customer(request, key).behaviour if key else simulator.behaviour
    how = Behaviour.from_json(data, base)
    simulator.behave(how, key)
    return web.json_response(how.changed())


async def _heal(request: web.Request) -> web.Response:
    """Go back to the start: of one key, or of everything."""
    simulator = request.app[SIMULATOR]
    key = request.query.get("api_key")
    if key:
        _customer(request, key).behave(None)
    else:
        simulator.reset()
    return web.json_response({})


async def _accounts(request: web.Request) -> web.Response:
    return web.json_response([_shown(c) for c in request.app[SIMULATOR].customers.all()])


async def _add_account(request: web.Request) -> web.Response:
    account = Account.from_json(await _object(request))
    return web.json_response(_shown(request.app[SIMULATOR].customers.add(account)))


def _shown(customer: Customer) -> dict[str, Any]:
    account = replace(customer.account, behaviour=None)
    return {
        "key": account.key,
        "name": account.name,
        "tier": account.tier,
        "scopes": list(account.scopes),
        "region": account.region,
        "credits_limit": account.limit,
        "credits_used": customer.used,
        "running": sum(customer.running.values()),
        "behaviour": customer.behaviour.changed(),
    }


def _customer(request: web.Request, key: object) -> Customer:
    found = request.app[SIMULATOR].customers.get(key) if isinstance(key, str) else None
    if found is None:
        message = f"no account has the key {key!r}"
        raise BehaviourError(message)
    return found


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        data = await request.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        message = "the body must be a JSON object"
        raise BehaviourError(message)
    return data
