"""Check the credentials and the query of a WebSocket."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from . import api_errors
from .accounts import AccountState
from .api_errors import ApiError, RequestValidationError
from .behaviour import Behaviour
from .request_context import (
    SIMULATOR,
    check_access,
    header_credentials,
    identify_caller,
    journal_entry,
)
from .request_parser import WebSocketOptions, parse_websocket_options
from .speech_models import MODELS
from .synthesis_request import SynthesisRequest

_STATUSES_OF_FAILURES = (429, 500, 503)

type HandshakeError = ApiError | RequestValidationError


@dataclass(frozen=True, slots=True)
class HandshakeRejection:
    """The error of a handshake, and whether the handshake is answered with it."""

    error: HandshakeError
    at_handshake: bool


def check_handshake(request: web.Request) -> HandshakeRejection | None:
    """Return why a handshake is rejected, if it is."""
    behaviour = request.app[SIMULATOR].behaviour
    key, bearer = websocket_credentials(request)
    if not key and not bearer:
        return _check_model(request, behaviour)
    try:
        caller = identify_caller(request, key, bearer)
        check_access(caller, "text_to_speech")
    except ApiError as error:
        is_failure = error.http_status in _STATUSES_OF_FAILURES
        return HandshakeRejection(error, is_failure or behaviour.ws_bad_key == "handshake")
    return check_query(request, caller)


def websocket_credentials(request: web.Request) -> tuple[str | None, str | None]:
    """Return the API key and the bearer token of the headers or the query."""
    key, bearer = header_credentials(request)
    if not key and not bearer and (bearer := request.query.get("authorization")):
        journal_entry(request).key_in = "query"
    return key, bearer


def check_query(request: web.Request, caller: AccountState) -> HandshakeRejection | None:
    """Return why the query is rejected, if it is."""
    behaviour = caller.behaviour
    at_handshake = behaviour.ws_bad_query == "handshake"
    try:
        synthesis, _ = parse_query(request, caller)
    except RequestValidationError as error:
        return HandshakeRejection(error, at_handshake)
    except ApiError as error:
        is_forbidden = error.http_status == HTTPStatus.FORBIDDEN
        return HandshakeRejection(error, is_forbidden and at_handshake)
    return _check_model(request, behaviour) if synthesis.model.is_dialogue_only else None


def parse_query(
    request: web.Request, caller: AccountState
) -> tuple[SynthesisRequest, WebSocketOptions]:
    """Return the checked request and the options of the query."""
    parser, query = request.app[SIMULATOR].request_parser, request.query
    synthesis = parser.parse_websocket_query(caller, request.match_info["voice_id"], query)
    return synthesis, parse_websocket_options(query)


def _check_model(request: web.Request, behaviour: Behaviour) -> HandshakeRejection | None:
    """Reject the models that are available on the dialogue WebSockets only."""
    model = MODELS.get(request.query.get("model_id", ""))
    if model is None or not model.is_dialogue_only:
        return None
    message = f"Model '{model.model_id}' is not supported by this endpoint."
    error = api_errors.unsupported_model(message)
    error.http_status = HTTPStatus.FORBIDDEN
    return HandshakeRejection(error, behaviour.ws_refused_model == "handshake")
