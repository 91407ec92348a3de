"""The WebSocket /v1/text-to-speech/{voice}/stream-input: handshake and reading."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
import json
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from . import checks, dictionaries, errors
from .accounts import Customer
from .behaviour import Behaviour
from .buffering import TextBuffer, read_schedule
from .context import (
    SIMULATOR,
    check_access,
    credentials,
    identify,
    masked,
    request_entry,
)
from .errors import Invalid, Refusal, close_reason
from .faults import ClosedEarly, Dropped
from .journal import MessageEntry, SocketEntry
from .models import MODELS
from .requests import SocketOptions, SpeechRequest, unknown_socket_query
from .socket_speech import SocketSpeech

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
_FIRST_ONLY = "pronunciation_dictionary_locators"
_LARGEST_MESSAGE = 4 * 1024 * 1024
_CLOSE_TIMEOUT = 2.0
_FIRST_TIMEOUT = 20.0
_GONE = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)

type _Problem = Refusal | Invalid


async def stream_input(request: web.Request) -> web.StreamResponse:
    """Answer a handshake and serve the socket."""
    simulator = request.app[SIMULATOR]
    request_entry(request).unknown += unknown_socket_query(request.query)
    problem, at_handshake = _handshake(request)
    if problem and at_handshake:
        return web.Response(status=403 if isinstance(problem, Invalid) else problem.http)
    socket = web.WebSocketResponse(max_msg_size=_LARGEST_MESSAGE, timeout=_CLOSE_TIMEOUT)
    await socket.prepare(request)
    entry = SocketEntry(
        at=simulator.now(),
        voice=request.match_info["voice_id"],
        query=masked(request.query),
        account=request_entry(request).account,
        key_in=request_entry(request).key_in,
    )
    simulator.journal.sockets.append(entry)
    simulator.journal.touch()
    try:
        await _Session(request, socket, entry).serve(problem)
    finally:
        entry.open = False
        entry.closed_by = entry.closed_by or "client"
        entry.close_code = socket.close_code
        simulator.journal.touch()
    return socket


def _handshake(request: web.Request) -> tuple[_Problem | None, bool]:
    """Look for a refusal, and say whether the handshake carries it."""
    simulator = request.app[SIMULATOR]
    key, bearer = _credentials(request)
    if not key and not bearer:
        return _refused_model(request, simulator.behaviour)
    try:
        customer = identify(request, key, bearer)
        check_access(customer, "text_to_speech")
    except Refusal as refusal:
        failed = refusal.http in (429, 500, 503)
        return refusal, failed or simulator.behaviour.ws_bad_key == "handshake"
    return _check_query(request, customer)


def _credentials(request: web.Request) -> tuple[str | None, str | None]:
    """Read the credentials from headers and query."""
    key, bearer = credentials(request)
    if not key and not bearer and (bearer := request.query.get("authorization")):
        request_entry(request).key_in = "query"
    return key, bearer


def _check_query(request: web.Request, customer: Customer) -> tuple[_Problem | None, bool]:
    how = customer.behaviour
    try:
        wanted, _ = _wanted(request, customer)
    except Invalid as invalid:
        return invalid, how.ws_bad_query == "handshake"
    except Refusal as refusal:
        is_gate = refusal.http == HTTPStatus.FORBIDDEN
        return refusal, is_gate and how.ws_bad_query == "handshake"
    return _refused_model(request, how) if wanted.model.dialogue_only else (None, False)


def _refused_model(request: web.Request, how: Behaviour) -> tuple[_Problem | None, bool]:
    """Refuse the models that speak over the dialogue WebSocket only."""
    model = MODELS.get(request.query.get("model_id", ""))
    if model is None or not model.dialogue_only:
        return None, False
    refusal = errors.unsupported_model(
        f"Model '{model.model_id}' is not supported by this endpoint."
    )
    refusal.http = 403
    return refusal, how.ws_refused_model == "handshake"


def _wanted(request: web.Request, customer: Customer) -> tuple[SpeechRequest, SocketOptions]:
    reader = request.app[SIMULATOR].reader
    return reader.websocket(customer, request.match_info["voice_id"], request.query)


class _Session:
    """One open socket."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, entry: SocketEntry
    ) -> None:
        self._request = request
        self._simulator = request.app[SIMULATOR]
        self._socket = socket
        self._entry = entry
        self._time_scale = self._simulator.behaviour.time_scale

    async def serve(self, problem: _Problem | None) -> None:
        """Serve until one side closes."""
        try:
            if problem:
                raise problem
            await self._converse()
        except (Refusal, Invalid) as refusal:
            await self._fail(refusal.frame())
        except ClosedEarly as order:
            await self._close_early(order)
        except Dropped:
            self._drop()
        except ConnectionError:
            self._entry.closed_by = "client"

    async def _converse(self) -> None:
        first = await self.receive(_FIRST_TIMEOUT)
        if first is None:
            return
        customer = self._customer(first)
        self._time_scale = customer.behaviour.time_scale
        problem, _ = _check_query(self._request, customer)
        if problem:
            raise problem
        wanted, options = _wanted(self._request, customer)
        opening = _Opening(first, customer, options)
        speech = SocketSpeech(
            socket=self._socket,
            engine=self._simulator.engine,
            journal=self._simulator.journal,
            entry=self._entry,
            customer=customer,
            wanted=opening.applied(wanted),
            sync_alignment=options.sync_alignment,
        )
        await self._both(speech, _Input(self, speech, opening, options, first))

    async def _both(self, speech: SocketSpeech, reader: _Input) -> None:
        """Read and speak side by side until one of them ends."""
        speaking = asyncio.ensure_future(speech.run())
        reading = asyncio.ensure_future(reader.run())
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
            await self._close(1000, "")

    async def receive(self, seconds: float | None) -> dict[str, Any] | None:
        """Receive one message; None when the client is gone."""
        try:
            async with asyncio.timeout(seconds and seconds * self._time_scale):
                message = await self._socket.receive()
        except TimeoutError:
            raise errors.input_timeout(seconds or 0.0) from None
        return None if message.type in _GONE else self._parse(message)

    def _parse(self, message: WSMessage) -> dict[str, Any]:
        try:
            data = json.loads(message.data)
        except ValueError:
            data = None
        self._note(message.data if data is None else data)
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            raise errors.bad_message()
        for name in ("flush", "try_trigger_generation"):
            if not isinstance(data.get(name), bool | None):
                raise errors.bad_message()
        return data

    def _note(self, data: object) -> None:
        unknown: list[str] = []
        if isinstance(data, dict):
            unknown = [name for name in data if name not in _KNOWN_FIELDS]
            unknown += checks.unknown_settings(data.get("voice_settings"))
            late = bool(self._entry.messages) and _FIRST_ONLY in data
            unknown += [f"late {_FIRST_ONLY}"] if late else []
            data = masked(data)
        elif isinstance(data, bytes):
            data = repr(data)
        entry = MessageEntry(self._simulator.now(), data, unknown)
        self._entry.messages.append(entry)
        self._simulator.journal.touch()

    def _customer(self, first: Mapping[str, Any]) -> Customer:
        """Find the caller, by the first message if the handshake did not say."""
        key, bearer = _credentials(self._request)
        in_message = not key and not bearer
        if in_message:
            key = _text(first.get("xi_api_key")) or _text(first.get("xi-api-key"))
            bearer = _text(first.get("authorization"))
            request_entry(self._request).key_in = "message"
        customer = identify(self._request, key, bearer)
        if in_message:
            check_access(customer, "text_to_speech")
        self._entry.account = customer.account.name
        self._entry.key_in = request_entry(self._request).key_in
        return customer

    async def _fail(self, frame: dict[str, Any]) -> None:
        """Say what is wrong, then close."""
        self._entry.error = frame["error"]
        await self._socket.send_str(json.dumps(frame))
        await self._close(frame["code"], frame["message"])

    async def _close_early(self, order: ClosedEarly) -> None:
        if order.error:
            frame = {"message": order.reason, "error": order.error, "code": order.code}
            await self._fail(frame)
        else:
            await self._close(order.code, order.reason)

    async def _close(self, code: int, reason: str) -> None:
        self._entry.closed_by = "server"
        await self._socket.close(code=code, message=close_reason(reason).encode())

    def _drop(self) -> None:
        self._entry.closed_by = "server"
        if self._request.transport:
            self._request.transport.abort()


class _Opening:
    """What the first message fixes for the connection."""

    def __init__(
        self, first: Mapping[str, Any], customer: Customer, options: SocketOptions
    ) -> None:
        self._how = customer.behaviour
        if self._how.ws_first_message == "strict" and first["text"] != " ":
            raise errors.bad_message()
        self._settings = _settings(first)
        self._config = _config(first)
        self._aliases = dictionaries.aliases(checks.locators(first.get(_FIRST_ONLY)))
        clamp = self._how.ws_schedule_range == "clamp"
        self.buffer = TextBuffer(
            read_schedule(self._config, clamp=clamp),
            auto_mode=options.auto_mode,
            trigger_minimum=self._how.try_trigger_minimum,
        )

    def applied(self, wanted: SpeechRequest) -> SpeechRequest:
        """Complete the request of the query."""
        return replace(wanted, settings=self._settings, aliases=self._aliases)

    def check(self, message: Mapping[str, Any]) -> None:
        """Refuse settings that come late or change."""
        if self._how.ws_settings_change == "ignore":
            return
        settings = message.get("voice_settings")
        if settings is not None and _settings(message) != self._settings:
            raise errors.settings_changed()
        config = _config(message)
        if config is not None and config != self._config:
            raise errors.config_changed()


class _Input:
    """The reading half of a socket: messages in, text for generation out."""

    def __init__(
        self,
        session: _Session,
        speech: SocketSpeech,
        opening: _Opening,
        options: SocketOptions,
        first: dict[str, Any],
    ) -> None:
        self._session = session
        self._speech = speech
        self._opening = opening
        self._timeout = options.inactivity_timeout
        self._first = first
        self._ended = False

    async def run(self) -> None:
        """Take messages until the client leaves."""
        message: dict[str, Any] | None = self._first
        while message is not None:
            self._take(message)
            message = await self._session.receive(self._patience())

    def _patience(self) -> float | None:
        return None if self._ended or self._speech.how.silent else self._timeout

    def _take(self, message: dict[str, Any]) -> None:
        if self._ended:
            if self._speech.how.ws_text_after_end == "error":
                raise errors.bad_message()
            return
        if message is not self._first:
            self._opening.check(message)
        buffer, text = self._opening.buffer, message["text"]
        if text == "":
            self._ended = True
            self._speech.put(buffer.take())
            self._speech.end()
            return
        trigger = bool(message.get("try_trigger_generation"))
        flush = bool(message.get("flush"))
        self._speech.put(buffer.add(text, flush=flush, trigger=trigger))


def _settings(message: Mapping[str, Any]) -> dict[str, Any]:
    return checks.settings(message.get("voice_settings"), ("voice_settings",))


def _config(message: Mapping[str, Any]) -> object:
    """Read the generation config under either of its names."""
    found = message.get("generation_config")
    return message.get("generator_config") if found is None else found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
