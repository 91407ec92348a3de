"""The control routes, for tests and demos in other processes."""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from .accounts import Account, AccountState
from .behaviour import Behaviour, BehaviourError, describe_switches
from .request_context import SIMULATOR


def control_routes() -> list[web.RouteDef]:
    """Return the routes under /_control."""
    return [
        web.get("/_control/journal", _get_journal),
        web.delete("/_control/journal", _clear_journal),
        web.get("/_control/switches", _get_switches),
        web.get("/_control/behaviour", _get_behaviour),
        web.post("/_control/behaviour", _change_behaviour),
        web.delete("/_control/behaviour", _reset_behaviour),
        web.get("/_control/accounts", _get_accounts),
        web.post("/_control/accounts", _add_account),
        web.post("/_control/time", _pass_time),
    ]


@web.middleware
async def answer_behaviour_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer invalid switches with a message."""
    try:
        return await handler(request)
    except BehaviourError as error:
        return web.json_response({"error": str(error)}, status=400)


async def _get_journal(request: web.Request) -> web.Response:
    return web.json_response(request.app[SIMULATOR].journal.to_json())


async def _clear_journal(request: web.Request) -> web.Response:
    request.app[SIMULATOR].journal.clear()
    return web.json_response({})


async def _get_switches(_request: web.Request) -> web.Response:
    return web.json_response(describe_switches())


async def _get_behaviour(request: web.Request) -> web.Response:
    key = request.query.get("api_key")
    return web.json_response(_current_behaviour(request, key).to_json())


async def _change_behaviour(request: web.Request) -> web.Response:
    """Change switches for one API key, or for all without switches of their own."""
    data = await _read_object(request)
    key = data.pop("api_key", None)
    behaviour = Behaviour.from_json(data, _current_behaviour(request, key))
    request.app[SIMULATOR].behave(behaviour, key)
    return web.json_response(behaviour.changed_switches())


async def _reset_behaviour(request: web.Request) -> web.Response:
    """Reset the switches of one API key, or everything."""
    if key := request.query.get("api_key"):
        _find_account(request, key).behave(None)
    else:
        request.app[SIMULATOR].reset()
    return web.json_response({})


async def _get_accounts(request: web.Request) -> web.Response:
    accounts = request.app[SIMULATOR].accounts.list_accounts()
    return web.json_response([_account_json(state) for state in accounts])


async def _add_account(request: web.Request) -> web.Response:
    account = Account.from_json(await _read_object(request))
    state = request.app[SIMULATOR].accounts.add_account(account)
    return web.json_response(_account_json(state))


async def _pass_time(request: web.Request) -> web.Response:
    """Act as if time had passed, for instance for idle connections."""
    seconds = (await _read_object(request)).get("seconds")
    if not isinstance(seconds, int | float) or not seconds >= 0:
        message = "seconds must be a number from 0 on"
        raise BehaviourError(message)
    loop, time = asyncio.get_running_loop(), asyncio.get_running_loop().time
    loop.time = lambda: time() + seconds  # type: ignore[method-assign]
    return web.json_response({"now": loop.time()})


def _account_json(state: AccountState) -> dict[str, Any]:
    account = state.account
    return {
        "key": account.key,
        "name": account.name,
        "tier": account.tier,
        "scopes": list(account.scopes),
        "region": account.region,
        "credits_limit": account.character_limit,
        "credits_used": state.credits_used,
        "running": sum(state.concurrent_requests.values()),
        "dialogue_sessions": len(state.open_dialogues),
        "behaviour": state.behaviour.changed_switches(),
    }


def _current_behaviour(request: web.Request, key: object) -> Behaviour:
    simulator = request.app[SIMULATOR]
    return _find_account(request, key).behaviour if key else simulator.behaviour


def _find_account(request: web.Request, key: object) -> AccountState:
    accounts = request.app[SIMULATOR].accounts
    found = accounts.find_account(key) if isinstance(key, str) else None
    if found is None:
        message = f"no account has the key {key!r}"
        raise BehaviourError(message)
    return found


async def _read_object(request: web.Request) -> dict[str, Any]:
    try:
        data = await request.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        message = "the body must be a JSON object"
        raise BehaviourError(message)
    return data
