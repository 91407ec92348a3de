"""Generate the speech of an HTTP request and respond with it."""

import asyncio
from collections.abc import Awaitable, Callable
import json

from aiohttp import web

from .accounts import AccountState
from .api_errors import RequestValidationError
from .faults import FaultDrop, FaultInjector
from .http_responses import SpeechJob
from .request_context import SIMULATOR, drop_connection, journal_entry
from .request_parser import HttpSpeechRequest

type Respond = Callable[[SpeechJob], Awaitable[web.StreamResponse]]


async def read_json(request: web.Request) -> object:
    """Return the JSON of a request and record it."""
    raw = await request.read()
    try:
        data: object = json.loads(raw)
    except ValueError:
        raise RequestValidationError(("body", 0), "JSON decode error", "json_invalid") from None
    journal_entry(request).body = data
    return data


async def answer_speech(
    request: web.Request,
    caller: AccountState,
    parsed: HttpSpeechRequest,
    respond: Respond,
) -> web.StreamResponse:
    """Generate the speech of a checked request within the limits of the plan."""
    journal_entry(request).unknown += parsed.unknown
    caller.require_credits(parsed.script.cost)
    group = parsed.script.synthesis.model.concurrency_group
    async with caller.concurrency_slot(group) as running:
        return await _respond(_create_job(request, caller, parsed, running), respond)


def _create_job(
    request: web.Request, caller: AccountState, parsed: HttpSpeechRequest, running: int
) -> SpeechJob:
    route = "dialogue_http" if parsed.is_dialogue else "http"
    behaviour = caller.next_stream_behaviour("http")
    simulator = request.app[SIMULATOR]
    return SpeechJob(
        request=request,
        script=parsed.script,
        behaviour=behaviour,
        faults=FaultInjector(behaviour),
        entry=simulator.start_generation(caller, parsed.script, route=route),
        headers=_response_headers(request, caller, parsed, running),
        names_voices=parsed.is_dialogue,
    )


async def _respond(job: SpeechJob, respond: Respond) -> web.StreamResponse:
    """Respond, and record how the generation ends."""
    simulator = job.request.app[SIMULATOR]
    try:
        response = await respond(job)
    except FaultDrop:
        job.entry.state = "failed"
        drop_connection(job.request)
        raise ConnectionResetError from None
    except asyncio.CancelledError, ConnectionError:
        job.entry.state = "aborted"
        raise
    except Exception:
        job.entry.state = "failed"
        raise
    finally:
        simulator.journal.notify_change()
    if job.entry.state == "running":
        job.entry.state = "finished"
        request_id = journal_entry(job.request).request_id
        simulator.request_history.add_request(request_id, simulator.now())
        simulator.journal.notify_change()
    return response


def _response_headers(
    request: web.Request, caller: AccountState, parsed: HttpSpeechRequest, running: int
) -> dict[str, str]:
    behaviour = caller.behaviour
    group = parsed.script.synthesis.model.concurrency_group
    cost = str(parsed.script.cost)
    headers = {
        "request-id": journal_entry(request).request_id,
        "current-concurrent-requests": str(running),
        "maximum-concurrent-requests": str(caller.account.concurrency_limit(group)),
    }
    if behaviour.cost_header in ("character-cost", "both"):
        headers["character-cost"] = cost
    if behaviour.cost_header in ("x-character-count", "both"):
        headers["x-character-count"] = cost
    if behaviour.history_header:
        headers["history-item-id"] = f"history{headers['request-id']}"
    return headers
