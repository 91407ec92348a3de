"""The simulator as a whole: an aiohttp server on a port."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
import ssl
from typing import Self

from aiohttp import web

from . import control, http_account, http_speech, websocket
from .accounts import Account
from .behaviour import Behaviour
from .context import CUSTOMER, ENTRY, SIMULATOR, masked
from .engine import Engine
from .errors import Invalid, Refusal
from .journal import RequestEntry
from .state import SimulatorState

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LARGEST_BODY = 16 * 1024 * 1024
_SHUTDOWN = 1.0


class Simulator(SimulatorState):
    """A local ElevenLabs; use it as `async with Simulator() as sim` and `sim.url`."""

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
    ) -> None:
        super().__init__(behaviour or Behaviour(), accounts, region, extra_voices)
        self._host, self._port, self._tls = host, port, tls
        self._handlers: set[asyncio.Task[object]] = set()
        self._runner: web.AppRunner | None = None
        self._requests = 0

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """The address that replaces the service's."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, on the same port again."""
        self.engine = Engine()
        self._runner = web.AppRunner(
            self._app(),
            handler_cancellation=True,
            access_log=None,
            shutdown_timeout=_SHUTDOWN,
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
        """End every request and task, then the thread."""
        for task in self._handlers:
            task.cancel()
        if self._handlers:
            await asyncio.wait(self._handlers, timeout=_SHUTDOWN)
        if self._runner:
            await self._runner.cleanup()
        self.engine.close()

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[self._watch, control.control_errors],
            client_max_size=_LARGEST_BODY,
        )
        app[SIMULATOR] = self
        app.add_routes(control.routes())
        speech = "/v1/text-to-speech/{voice_id}"
        app.add_routes(
            [
                web.get("/v1/models", http_account.models),
                web.get("/v1/voices", http_account.voices),
                web.get("/v2/voices", http_account.search),
                web.get("/v1/voices/{voice_id}", http_account.voice),
                web.get("/v1/voices/{voice_id}/settings", http_account.voice_settings),
                web.get("/v1/user", http_account.user),
                web.get("/v1/user/subscription", http_account.subscription),
                web.post(speech, http_speech.whole),
                web.post(f"{speech}/stream", http_speech.stream),
                web.post(f"{speech}/with-timestamps", http_speech.whole_timed),
                web.post(f"{speech}/stream/with-timestamps", http_speech.stream_timed),
                web.get(f"{speech}/stream-input", websocket.stream_input),
            ]
        )
        app.on_response_prepare.append(self._decorate)
        return app

    @web.middleware
    async def _watch(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Write the journal and answer refusals."""
        if request.path.startswith("/_control"):
            return await handler(request)
        task = asyncio.current_task()
        if task:
            self._handlers.add(task)
        entry = self._entry(request)
        try:
            response = await self._answer(request, handler)
            entry.status = response.status
        except asyncio.CancelledError, ConnectionError:
            entry.aborted = True
            raise
        finally:
            if task:
                self._handlers.discard(task)
            self.journal.touch()
        return response

    def _entry(self, request: web.Request) -> RequestEntry:
        self._requests += 1
        entry = RequestEntry(
            at=self.now(),
            method=request.method,
            path=request.path,
            query=masked(request.query),
            headers=masked(request.headers),
            request_id=f"request{self._requests:013d}",
        )
        request[ENTRY] = entry
        self.journal.requests.append(entry)
        self.journal.touch()
        return entry

    async def _answer(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            customer = request.get(CUSTOMER)
            how = customer.behaviour if customer else self.behaviour
            body = refusal.body(how.error_body, request[ENTRY].request_id)
            return web.json_response(body, status=refusal.http)
        except Invalid as invalid:
            return web.json_response(invalid.body(), status=422)
        except web.HTTPException as error:
            return web.json_response({"detail": error.reason}, status=error.status)

    async def _decorate(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the headers that every answer of the service has."""
        entry = request.get(ENTRY)
        response.headers["server"] = "uvicorn"
        if entry:
            response.headers["x-trace-id"] = f"trace{entry.request_id}"
            response.headers["x-region"] = "us-central1"
            response.headers["access-control-allow-origin"] = "*"
