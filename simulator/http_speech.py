"""The text-to-speech routes over HTTP."""

from aiohttp import web

from . import http_responses
from .http_generation import Respond, answer_speech, read_json
from .request_context import SIMULATOR, authenticate_request


async def convert(request: web.Request) -> web.StreamResponse:
    """Answer with the whole audio."""
    return await _answer(request, http_responses.respond_whole, is_stream=False)


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer with the audio as it is generated."""
    return await _answer(request, http_responses.respond_stream, is_stream=True)


async def convert_with_timestamps(request: web.Request) -> web.StreamResponse:
    """Answer with one JSON object."""
    return await _answer(request, http_responses.respond_whole_json, is_stream=False)


async def stream_with_timestamps(request: web.Request) -> web.StreamResponse:
    """Answer with one JSON object on each line."""
    return await _answer(request, http_responses.respond_json_lines, is_stream=True)


async def _answer(request: web.Request, respond: Respond, *, is_stream: bool) -> web.StreamResponse:
    simulator = request.app[SIMULATOR]
    caller = authenticate_request(request, "text_to_speech")
    parsed = simulator.request_parser.parse_http_request(
        caller,
        request.match_info["voice_id"],
        request.query,
        await read_json(request),
        is_stream=is_stream,
        now=simulator.now(),
    )
    return await answer_speech(request, caller, parsed, respond)
