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
from .socket_route import SocketRoute
from .speech_models import MODELS, SpeechModel

_STATUSES_OF_FAILURES = (429, 500, 503)

type HandshakeError = ApiError | RequestValidationError


@dataclass(frozen=True, slots=True)
class HandshakeRejection:
    """The error of a handshake, and whether the handshake is answered with it."""

    error: HandshakeError
    at_handshake: bool


def check_handshake(request: web.Request, route: SocketRoute) -> HandshakeRejection | None:
    """Return why a handshake is rejected, if it is."""
    behaviour = request.app[SIMULATOR].behaviour
    key, bearer = websocket_credentials(request, route)
    if not key and not bearer:
        model = MODELS.get(request.query.get("model_id", ""))
        return _check_model(model, behaviour, route) if model else None
    try:
        caller = identify_caller(request, key, bearer)
        check_access(caller, "text_to_speech")
    except ApiError as error:
        is_failure = error.http_status in _STATUSES_OF_FAILURES
        return HandshakeRejection(error, is_failure or behaviour.ws_bad_key == "handshake")
    return check_query(request, caller, route)


def websocket_credentials(
    request: web.Request, route: SocketRoute
) -> tuple[str | None, str | None]:
    """Return the API key and the bearer token of the headers or the query."""
    key, bearer = header_credentials(request)
    if not key and not bearer and (bearer := request.query.get(route.credentials_parameter)):
        journal_entry(request).key_in = "query"
    return key, bearer


def check_query(
    request: web.Request, caller: AccountState, route: SocketRoute
) -> HandshakeRejection | None:
    """Return why the query is rejected, if it is."""
    at_handshake = caller.behaviour.ws_bad_query == "handshake"
    try:
        model = route.parse_model(request, caller)
    except RequestValidationError as error:
        return HandshakeRejection(error, at_handshake)
    except ApiError as error:
        is_forbidden = error.http_status == HTTPStatus.FORBIDDEN
        return HandshakeRejection(error, is_forbidden and at_handshake)
    rejection = _check_model(model, caller.behaviour, route)
    return rejection or _check_sessions(request, caller, route)


def _check_model(
    model: SpeechModel, behaviour: Behaviour, route: SocketRoute
) -> HandshakeRejection | None:
    """Reject the models that aren't available on the route."""
    if not route.refuses_model(model, behaviour):
        return None
    message = f"Model '{model.model_id}' is not supported by this endpoint."
    error = api_errors.unsupported_model(message)
    error.http_status = HTTPStatus.FORBIDDEN
    return HandshakeRejection(error, behaviour.ws_refused_model == "handshake")


def _check_sessions(
    request: web.Request, caller: AccountState, route: SocketRoute
) -> HandshakeRejection | None:
    """Hold a dialogue session if the route needs one, or reject the handshake."""
    if not route.is_dialogue:
        return None
    try:
        caller.open_dialogue(journal_entry(request).request_id)
    except ApiError as error:
        return HandshakeRejection(error, caller.behaviour.dialogue_session_limit == "handshake")
    return None
