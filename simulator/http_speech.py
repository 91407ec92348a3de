"""The text-to-speech routes over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
import json

from aiohttp import web

from . import http_responses
from .accounts import AccountState
from .api_errors import RequestValidationError
from .faults import FaultDrop, FaultInjector
from .http_responses import SpeechJob
from .request_context import SIMULATOR, authenticate_request, drop_connection, journal_entry
from .request_parser import HttpSpeechRequest

type _Respond = Callable[[SpeechJob], Awaitable[web.StreamResponse]]


async def convert(request: web.Request) -> web.StreamResponse:
    """Answer with the whole audio."""
    return await _answer_speech(request, http_responses.respond_whole, is_stream=False)


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer with the audio as it is generated."""
    return await _answer_speech(request, http_responses.respond_stream, is_stream=True)


async def convert_with_timestamps(request: web.Request) -> web.StreamResponse:
    """Answer with one JSON object."""
    return await _answer_speech(request, http_responses.respond_whole_json, is_stream=False)


async def stream_with_timestamps(request: web.Request) -> web.StreamResponse:
    """Answer with one JSON object on each line."""
    return await _answer_speech(request, http_responses.respond_json_lines, is_stream=True)


async def _answer_speech(
    request: web.Request, respond: _Respond, *, is_stream: bool
) -> web.StreamResponse:
    simulator = request.app[SIMULATOR]
    caller = authenticate_request(request, "text_to_speech")
    parsed = simulator.request_parser.parse_http_request(
        caller,
        request.match_info["voice_id"],
        request.query,
        await _read_json(request),
        is_stream=is_stream,
        now=simulator.now(),
    )
    journal_entry(request).unknown += parsed.unknown
    caller.require_credits(parsed.synthesis.cost(parsed.text))
    async with caller.concurrency_slot(parsed.synthesis.model.concurrency_group) as running:
        return await _respond(_create_job(request, caller, parsed, running), respond)


async def _read_json(request: web.Request) -> object:
    raw = await request.read()
    try:
        data: object = json.loads(raw)
    except ValueError:
        raise RequestValidationError(("body", 0), "JSON decode error", "json_invalid") from None
    journal_entry(request).body = data
    return data


def _create_job(
    request: web.Request, caller: AccountState, parsed: HttpSpeechRequest, running: int
) -> SpeechJob:
    text, synthesis = parsed.text, parsed.synthesis
    behaviour = caller.next_stream_behaviour("http")
    simulator = request.app[SIMULATOR]
    return SpeechJob(
        request=request,
        text=text,
        synthesis=synthesis,
        behaviour=behaviour,
        faults=FaultInjector(behaviour),
        entry=simulator.start_generation(caller, synthesis, route="http", text=text),
        headers=_response_headers(request, caller, parsed, running),
    )


async def _respond(job: SpeechJob, respond: _Respond) -> web.StreamResponse:
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
    group = parsed.synthesis.model.concurrency_group
    cost = str(parsed.synthesis.cost(parsed.text))
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
