"""The messages of an open WebSocket, its errors, and its end."""

import asyncio
import json
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from . import api_errors
from .api_errors import truncate_close_reason
from .faults import FaultClose
from .journal import MessageEntry, SocketEntry
from .request_context import SIMULATOR, drop_connection, mask_credentials
from .websocket_schema import MessageSchema

_DISCONNECTED = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class WebSocketConnection:
    """An open WebSocket, which records in the journal what comes and goes."""

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        entry: SocketEntry,
        schema: MessageSchema,
    ) -> None:
        self.request = request
        self.simulator = request.app[SIMULATOR]
        self.entry = entry
        self.time_scale = self.simulator.behaviour.time_scale
        self._socket = socket
        self._schema = schema

    async def receive(self, timeout: float | None) -> dict[str, Any] | None:
        """Return the next message, or None when the client has disconnected."""
        try:
            return await self.receive_within(timeout and timeout * self.time_scale)
        except TimeoutError:
            raise api_errors.input_timeout_exceeded(timeout or 0.0) from None

    async def receive_within(self, seconds: float | None) -> dict[str, Any] | None:
        """Return the next message, or None; raise TimeoutError if there is none in time."""
        async with asyncio.timeout(seconds):
            message = await self._socket.receive()
        return None if message.type in _DISCONNECTED else self._parse_message(message)

    def _parse_message(self, message: WSMessage) -> dict[str, Any]:
        try:
            data = json.loads(message.data)
        except ValueError:
            data = None
        self._record_message(message.data if data is None else data)
        return self._schema.check_message(data)

    def _record_message(self, data: object) -> None:
        unknown: list[str] = []
        if isinstance(data, dict):
            unknown = self._schema.unknown_fields(data, is_first=not self.entry.messages)
            data = mask_credentials(data)
        elif isinstance(data, bytes):
            data = repr(data)
        self.entry.messages.append(MessageEntry(self.simulator.now(), data, unknown))
        self.simulator.journal.notify_change()

    async def send(self, message: str | bytes) -> None:
        """Send a text or a binary frame."""
        if isinstance(message, bytes):
            await self._socket.send_bytes(message)
        else:
            await self._socket.send_str(message)

    async def send_error(self, frame: dict[str, Any]) -> None:
        """Send an error and close."""
        self.entry.error = frame["error"]
        await self._socket.send_str(json.dumps(frame))
        await self.close(frame["code"], frame["message"])

    async def close_early(self, fault: FaultClose) -> None:
        """Close as a fault says."""
        if fault.error:
            frame = {"message": fault.reason, "error": fault.error, "code": fault.code}
            await self.send_error(frame)
        else:
            await self.close(fault.code, fault.reason)

    async def close(self, code: int, reason: str) -> None:
        """Close the WebSocket."""
        self.entry.closed_by = "server"
        await self._socket.close(code=code, message=truncate_close_reason(reason).encode())

    def drop(self) -> None:
        """Drop the TCP connection."""
        self.entry.closed_by = "server"
        drop_connection(self.request)
