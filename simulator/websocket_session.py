"""Serve an open WebSocket until one side closes it."""

from collections.abc import Mapping
from typing import Any

from .accounts import AccountState
from .api_errors import ApiError, RequestValidationError
from .faults import FaultClose, FaultDrop
from .request_context import check_access, identify_caller, journal_entry
from .socket_route import SocketRoute
from .websocket_connection import WebSocketConnection
from .websocket_handshake import HandshakeError, check_query, websocket_credentials

_FIRST_MESSAGE_TIMEOUT = 20.0
_CLOSE_NORMAL = 1000


class WebSocketSession:
    """An open WebSocket of a route."""

    def __init__(self, connection: WebSocketConnection, route: SocketRoute) -> None:
        self._connection = connection
        self._route = route
        self._request = connection.request
        self._entry = connection.entry

    async def serve(self, handshake_error: HandshakeError | None) -> None:
        """Serve until one side closes; an error of the handshake is sent at once."""
        try:
            if handshake_error:
                raise handshake_error
            await self._converse()
        except (ApiError, RequestValidationError) as error:
            await self._connection.send_error(self._route.error_frame(error))
        except FaultClose as fault:
            await self._connection.close_early(fault)
        except FaultDrop:
            self._connection.drop()
        except ConnectionError:
            self._entry.closed_by = "client"

    async def _converse(self) -> None:
        message = await self._connection.receive(_FIRST_MESSAGE_TIMEOUT)
        if message is None:
            return
        caller = self._identify_caller(message)
        self._connection.time_scale = caller.behaviour.time_scale
        if rejection := check_query(self._request, caller, self._route):
            raise rejection.error
        if await self._route.converse(self._connection, caller, message):
            await self._connection.close(_CLOSE_NORMAL, "")

    def _identify_caller(self, message: Mapping[str, Any]) -> AccountState:
        """Return the caller, by the first message if the handshake had no credentials."""
        key, bearer = websocket_credentials(self._request, self._route)
        is_in_message = not key and not bearer
        if is_in_message:
            key = _string(message.get("xi_api_key")) or _string(message.get("xi-api-key"))
            bearer = _string(message.get("authorization"))
            bearer = bearer or _string(message.get(self._route.credentials_parameter))
            journal_entry(self._request).key_in = "message"
        caller = identify_caller(self._request, key, bearer)
        if is_in_message:
            check_access(caller, "text_to_speech")
        self._entry.account = caller.account.name
        self._entry.key_in = journal_entry(self._request).key_in
        return caller


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None
