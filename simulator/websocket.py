"""The WebSocket routes of text to speech and of text to dialogue."""

from aiohttp import web

from .api_errors import ApiError
from .dialogue_sockets import DialogueRoute, MultiDialogueRoute
from .journal import SocketEntry
from .request_context import CALLER, SIMULATOR, journal_entry, mask_credentials
from .socket_route import SocketRoute
from .speech_sockets import MultiSpeechRoute, SpeechRoute
from .websocket_connection import WebSocketConnection
from .websocket_handshake import HandshakeError, check_handshake
from .websocket_session import WebSocketSession

_MAX_MESSAGE_LENGTH = 4 * 1024 * 1024
_CLOSE_TIMEOUT = 2.0
_FORBIDDEN = 403


async def stream_input(request: web.Request) -> web.StreamResponse:
    """Speak one text."""
    return await _answer(request, SpeechRoute())


async def multi_stream_input(request: web.Request) -> web.StreamResponse:
    """Speak several texts."""
    return await _answer(request, MultiSpeechRoute())


async def dialogue_stream_input(request: web.Request) -> web.StreamResponse:
    """Speak one dialogue."""
    return await _answer(request, DialogueRoute())


async def dialogue_multi_stream_input(request: web.Request) -> web.StreamResponse:
    """Speak several dialogues."""
    return await _answer(request, MultiDialogueRoute())


async def _answer(request: web.Request, route: SocketRoute) -> web.StreamResponse:
    """Answer a handshake and serve the WebSocket."""
    try:
        return await _serve(request, route)
    finally:
        if caller := request.get(CALLER):
            caller.close_dialogue(journal_entry(request).request_id)


async def _serve(request: web.Request, route: SocketRoute) -> web.StreamResponse:
    journal_entry(request).unknown += route.unknown_parameters(request.query)
    rejection = check_handshake(request, route)
    if rejection and rejection.at_handshake:
        return web.Response(status=_handshake_status(rejection.error))
    socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE_LENGTH, timeout=_CLOSE_TIMEOUT)
    await socket.prepare(request)
    entry = _create_entry(request)
    connection = WebSocketConnection(request, socket, entry, route.schema)
    try:
        await WebSocketSession(connection, route).serve(rejection.error if rejection else None)
    finally:
        entry.open = False
        entry.closed_by = entry.closed_by or "client"
        entry.close_code = socket.close_code
        request.app[SIMULATOR].journal.notify_change()
    return socket


def _handshake_status(error: HandshakeError) -> int:
    return error.http_status if isinstance(error, ApiError) else _FORBIDDEN


def _create_entry(request: web.Request) -> SocketEntry:
    simulator = request.app[SIMULATOR]
    entry = SocketEntry(
        at=simulator.now(),
        voice=request.match_info.get("voice_id", ""),
        query=mask_credentials(request.query),
        path=request.path,
        account=journal_entry(request).account,
        key_in=journal_entry(request).key_in,
    )
    simulator.journal.sockets.append(entry)
    simulator.journal.notify_change()
    return entry
