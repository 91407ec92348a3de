"""The web server of the simulator."""

import asyncio
from collections.abc import Sequence
import ssl
from typing import Self
from weakref import WeakKeyDictionary

from aiohttp import web
from aiohttp.typedefs import Handler

from . import (
    http_account,
    http_dialogue,
    http_dictionaries,
    http_speech,
    http_voices,
    websocket,
)
from .accounts import Account
from .api_errors import ApiError, RequestValidationError
from .behaviour import Behaviour
from .control import answer_behaviour_errors, control_routes
from .journal import RequestEntry
from .request_context import CALLER, JOURNAL_ENTRY, SIMULATOR, mask_credentials
from .state import SimulatorState
from .synthesis_thread import SynthesisThread

_MAX_BODY_LENGTH = 16 * 1024 * 1024
_SHUTDOWN_TIMEOUT = 1.0
KEEP_ALIVE = 610.0
"""Seconds for which the service keeps an idle connection (docs/protocol.md, "HTTP answers")."""


class Simulator(SimulatorState):
    """A local ElevenLabs API; use it as `async with Simulator() as sim` and `sim.url`."""

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        accounts: Sequence[Account] = (),
        region: str = "global",
        extra_voices: int = 18,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        keep_alive: float = KEEP_ALIVE,
    ) -> None:
        super().__init__(behaviour or Behaviour(), accounts, region, extra_voices)
        self._host, self._port, self._tls = host, port, tls
        self._keep_alive = keep_alive
        self._connections: WeakKeyDictionary[asyncio.Transport, int] = WeakKeyDictionary()
        self._connection_count = 0
        self._handler_tasks: set[asyncio.Task[object]] = set()
        self._runner: web.AppRunner | None = None
        self._request_count = 0

    @property
    def port(self) -> int:
        """Return the port that the server listens on."""
        return self._port

    @property
    def url(self) -> str:
        """Return the address to use in place of the service's."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        await self.stop()

    async def start(self) -> None:
        """Start the server; after a stop, on the same port again."""
        self.synthesis_thread = SynthesisThread()
        self._runner = web.AppRunner(
            self._create_app(),
            handler_cancellation=True,
            access_log=None,
            keepalive_timeout=self._keep_alive,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls)
        try:
            await site.start()
        except OSError:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Cancel all requests, and stop the server and the thread."""
        for task in self._handler_tasks:
            task.cancel()
        if self._handler_tasks:
            await asyncio.wait(self._handler_tasks, timeout=_SHUTDOWN_TIMEOUT)
        if self._runner:
            await self._runner.cleanup()
        self.synthesis_thread.shut_down()

    def _create_app(self) -> web.Application:
        app = web.Application(
            middlewares=[self._record_request, answer_behaviour_errors],
            client_max_size=_MAX_BODY_LENGTH,
        )
        app[SIMULATOR] = self
        app.add_routes(control_routes())
        app.add_routes(_api_routes())
        app.on_response_prepare.append(_add_service_headers)
        return app

    @web.middleware
    async def _record_request(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Record a request in the journal and answer it."""
        if request.path.startswith("/_control"):
            return await handler(request)
        task = asyncio.current_task()
        if task:
            self._handler_tasks.add(task)
        entry = self._create_entry(request)
        try:
            response = await self._answer(request, handler)
            entry.status = response.status
        except asyncio.CancelledError, ConnectionError:
            entry.aborted = True
            raise
        finally:
            if task:
                self._handler_tasks.discard(task)
            self.journal.notify_change()
        return response

    def _create_entry(self, request: web.Request) -> RequestEntry:
        self._request_count += 1
        entry = RequestEntry(
            at=self.now(),
            method=request.method,
            path=request.path,
            query=mask_credentials(request.query),
            headers=mask_credentials(request.headers),
            request_id=f"request{self._request_count:013d}",
            connection=self._number_connection(request),
        )
        request[JOURNAL_ENTRY] = entry
        self.journal.requests.append(entry)
        self.journal.notify_change()
        return entry

    def _number_connection(self, request: web.Request) -> int:
        """Return the number of a request's connection, counted from 1."""
        if (transport := request.transport) is None:
            return 0
        if transport not in self._connections:
            self._connection_count += 1
            self._connections[transport] = self._connection_count
        return self._connections[transport]

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Return the handler's response, or the response to its error."""
        try:
            return await handler(request)
        except ApiError as error:
            caller = request.get(CALLER)
            behaviour = caller.behaviour if caller else self.behaviour
            body = error.http_body(behaviour.error_body, request[JOURNAL_ENTRY].request_id)
            return web.json_response(body, status=error.http_status)
        except RequestValidationError as error:
            return web.json_response(error.http_body(), status=422)
        except web.HTTPException as error:
            return web.json_response({"detail": error.reason}, status=error.status)


def _api_routes() -> list[web.RouteDef]:
    speech, dialogue = "/v1/text-to-speech/{voice_id}", "/v1/text-to-dialogue"
    return [
        web.get("/v1/models", http_account.get_models),
        web.get("/v1/user", http_account.get_user),
        web.get("/v1/user/subscription", http_account.get_subscription),
        web.get("/v1/pronunciation-dictionaries", http_dictionaries.list_dictionaries),
        web.get("/v1/voices", http_voices.list_voices),
        web.get("/v2/voices", http_voices.search_voices),
        web.get("/v1/voices/{voice_id}", http_voices.get_voice),
        web.get("/v1/voices/{voice_id}/settings", http_voices.get_voice_settings),
        web.post(speech, http_speech.convert),
        web.post(f"{speech}/stream", http_speech.stream),
        web.post(f"{speech}/with-timestamps", http_speech.convert_with_timestamps),
        web.post(f"{speech}/stream/with-timestamps", http_speech.stream_with_timestamps),
        web.get(f"{speech}/stream-input", websocket.stream_input),
        web.get(f"{speech}/multi-stream-input", websocket.multi_stream_input),
        web.post(dialogue, http_dialogue.convert_dialogue),
        web.post(f"{dialogue}/stream", http_dialogue.stream_dialogue),
        web.post(f"{dialogue}/with-timestamps", http_dialogue.convert_dialogue_with_timestamps),
        web.post(
            f"{dialogue}/stream/with-timestamps", http_dialogue.stream_dialogue_with_timestamps
        ),
        web.get(f"{dialogue}/stream-input", websocket.dialogue_stream_input),
        web.get(f"{dialogue}/multi-stream-input", websocket.dialogue_multi_stream_input),
    ]


async def _add_service_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every response of the service."""
    response.headers["server"] = "uvicorn"
    if entry := request.get(JOURNAL_ENTRY):
        response.headers["x-trace-id"] = f"trace{entry.request_id}"
        response.headers["x-region"] = "us-central1"
        response.headers["access-control-allow-origin"] = "*"
