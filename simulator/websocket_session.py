"""Serve an open WebSocket until one side closes it."""

import asyncio
from collections.abc import Mapping
import json
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from . import api_errors
from .accounts import AccountState
from .api_errors import ApiError, RequestValidationError, truncate_close_reason
from .faults import FaultClose, FaultDrop
from .journal import MessageEntry, SocketEntry
from .parameters import unknown_voice_settings
from .request_context import (
    SIMULATOR,
    check_access,
    drop_connection,
    identify_caller,
    journal_entry,
    mask_credentials,
)
from .websocket_handshake import (
    HandshakeError,
    check_query,
    parse_query,
    websocket_credentials,
)
from .websocket_input import LOCATORS, InitialMessage, TextInput
from .websocket_speech import WebSocketSpeech

_KNOWN_FIELDS = frozenset(
    {
        "text",
        "voice_settings",
        "generation_config",
        "generator_config",
        "pronunciation_dictionary_locators",
        "xi_api_key",
        "xi-api-key",
        "authorization",
        "try_trigger_generation",
        "flush",
    }
)
_FIRST_MESSAGE_TIMEOUT = 20.0
_DISCONNECTED = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
_CLOSE_NORMAL = 1000


class WebSocketSession:
    """An open WebSocket."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, entry: SocketEntry
    ) -> None:
        self._request = request
        self._simulator = request.app[SIMULATOR]
        self._socket = socket
        self._entry = entry
        self._time_scale = self._simulator.behaviour.time_scale

    async def serve(self, handshake_error: HandshakeError | None) -> None:
        """Serve until one side closes; an error of the handshake is sent at once."""
        try:
            if handshake_error:
                raise handshake_error
            await self._serve_text()
        except (ApiError, RequestValidationError) as error:
            await self._send_error(error.websocket_frame())
        except FaultClose as fault:
            await self._close_early(fault)
        except FaultDrop:
            self._entry.closed_by = "server"
            drop_connection(self._request)
        except ConnectionError:
            self._entry.closed_by = "client"

    async def _serve_text(self) -> None:
        message = await self._receive(_FIRST_MESSAGE_TIMEOUT)
        if message is None:
            return
        caller = self._identify_caller(message)
        self._time_scale = caller.behaviour.time_scale
        if rejection := check_query(self._request, caller):
            raise rejection.error
        synthesis, options = parse_query(self._request, caller)
        initial = InitialMessage(message, caller.behaviour, options)
        speech = WebSocketSpeech(
            socket=self._socket,
            simulator=self._simulator,
            entry=self._entry,
            caller=caller,
            synthesis=initial.complete_request(synthesis),
            sync_alignment=options.sync_alignment,
        )
        await self._run_both(speech, TextInput(self._receive, speech, initial, options))

    async def _run_both(self, speech: WebSocketSpeech, text_input: TextInput) -> None:
        """Read and speak at the same time until one of both ends."""
        speaking = asyncio.ensure_future(speech.generate())
        reading = asyncio.ensure_future(text_input.read_messages())
        tasks = (speaking, reading)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            done = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        if speaking in done:
            await self._close(_CLOSE_NORMAL, "")

    async def _receive(self, timeout: float | None) -> dict[str, Any] | None:
        """Return the next message, or None when the client has disconnected."""
        try:
            async with asyncio.timeout(timeout and timeout * self._time_scale):
                message = await self._socket.receive()
        except TimeoutError:
            raise api_errors.input_timeout_exceeded(timeout or 0.0) from None
        return None if message.type in _DISCONNECTED else self._parse_message(message)

    def _parse_message(self, message: WSMessage) -> dict[str, Any]:
        try:
            data = json.loads(message.data)
        except ValueError:
            data = None
        self._record_message(message.data if data is None else data)
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            raise api_errors.invalid_input_message()
        for name in ("flush", "try_trigger_generation"):
            if not isinstance(data.get(name), bool | None):
                raise api_errors.invalid_input_message()
        return data

    def _record_message(self, data: object) -> None:
        unknown: list[str] = []
        if isinstance(data, dict):
            unknown = self._unknown_fields(data)
            data = mask_credentials(data)
        elif isinstance(data, bytes):
            data = repr(data)
        self._entry.messages.append(MessageEntry(self._simulator.now(), data, unknown))
        self._simulator.journal.notify_change()

    def _unknown_fields(self, data: dict[str, Any]) -> list[str]:
        unknown = [name for name in data if name not in _KNOWN_FIELDS]
        unknown += unknown_voice_settings(data.get("voice_settings"))
        if self._entry.messages and LOCATORS in data:
            unknown.append(f"late {LOCATORS}")
        return unknown

    def _identify_caller(self, message: Mapping[str, Any]) -> AccountState:
        """Return the caller, by the first message if the handshake had no credentials."""
        key, bearer = websocket_credentials(self._request)
        is_in_message = not key and not bearer
        if is_in_message:
            key = _string(message.get("xi_api_key")) or _string(message.get("xi-api-key"))
            bearer = _string(message.get("authorization"))
            journal_entry(self._request).key_in = "message"
        caller = identify_caller(self._request, key, bearer)
        if is_in_message:
            check_access(caller, "text_to_speech")
        self._entry.account = caller.account.name
        self._entry.key_in = journal_entry(self._request).key_in
        return caller

    async def _send_error(self, frame: dict[str, Any]) -> None:
        """Send an error and close."""
        self._entry.error = frame["error"]
        await self._socket.send_str(json.dumps(frame))
        await self._close(frame["code"], frame["message"])

    async def _close_early(self, fault: FaultClose) -> None:
        if fault.error:
            frame = {"message": fault.reason, "error": fault.error, "code": fault.code}
            await self._send_error(frame)
        else:
            await self._close(fault.code, fault.reason)

    async def _close(self, code: int, reason: str) -> None:
        self._entry.closed_by = "server"
        await self._socket.close(code=code, message=truncate_close_reason(reason).encode())


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None
