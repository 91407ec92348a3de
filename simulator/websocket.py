"""The WebSocket route of text to speech."""

from aiohttp import web

from .api_errors import ApiError
from .journal import SocketEntry
from .request_context import SIMULATOR, journal_entry, mask_credentials
from .request_parser import unknown_websocket_parameters
from .websocket_handshake import HandshakeError, check_handshake
from .websocket_session import WebSocketSession

_MAX_MESSAGE_LENGTH = 4 * 1024 * 1024
_CLOSE_TIMEOUT = 2.0
_FORBIDDEN = 403


async def stream_input(request: web.Request) -> web.StreamResponse:
    """Answer a handshake and serve the WebSocket."""
    journal_entry(request).unknown += unknown_websocket_parameters(request.query)
    rejection = check_handshake(request)
    if rejection and rejection.at_handshake:
        return web.Response(status=_handshake_status(rejection.error))
    socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE_LENGTH, timeout=_CLOSE_TIMEOUT)
    await socket.prepare(request)
    entry = _create_entry(request)
    try:
        await WebSocketSession(request, socket, entry).serve(rejection.error if rejection else None)
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
        voice=request.match_info["voice_id"],
        query=mask_credentials(request.query),
        account=journal_entry(request).account,
        key_in=journal_entry(request).key_in,
    )
    simulator.journal.sockets.append(entry)
    simulator.journal.notify_change()
    return entry
