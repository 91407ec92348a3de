"""Peers to speak to, good and bad, and what was heard of them."""

import asyncio
import base64
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
)
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import hashlib
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from custom_components.elevenlabs_streaming.api import (
    ElevenLabsError,
    OutputFormat,
    SpeechChunk,
    SpeechRequest,
)
from custom_components.elevenlabs_streaming.speech import Outcome
from simulator import Simulator

GEORGE = "JBFqnCBsd6RMkjVDRZzb"
FLASH = "eleven_flash_v2_5"
KEY = "sk_demo"
PCM = OutputFormat.parse("pcm_16000")
TEXT = "The laundry is done, please come down. It smells of lavender and of a warm summer day."


def speech(**changes: Any) -> SpeechRequest:
    """Return a request that only says who speaks."""
    return SpeechRequest(**{"voice_id": GEORGE, "model_id": FLASH, **changes})


@dataclass(slots=True)
class Heard:
    """All chunks of a stream, and the error that ended it, if one did."""

    chunks: list[SpeechChunk] = field(default_factory=list)
    error: ElevenLabsError | None = None
    outcome: Outcome = field(default_factory=Outcome)
    """What became of the utterance, where a synthesizer spoke it."""

    @property
    def audio(self) -> bytes:
        """The audio in one piece."""
        return b"".join(chunk.audio for chunk in self.chunks)

    @property
    def starts(self) -> list[float]:
        """The start of every character, in the order of arrival."""
        return [start for chunk in self.chunks for start in _times(chunk)[0]]

    @property
    def last_end(self) -> float:
        """The end of the last character."""
        return max(end for chunk in self.chunks for end in _times(chunk)[1])

    @property
    def text(self) -> str:
        """The words as they were told, with one space between them."""
        return " ".join("".join(map(_characters, self.chunks)).split())


def _characters(chunk: SpeechChunk) -> str:
    times = chunk.timings or chunk.spoken
    return "".join(times.characters) if times else ""


def _times(chunk: SpeechChunk) -> tuple[tuple[float, ...], tuple[float, ...]]:
    times = chunk.timings or chunk.spoken
    return (times.starts, times.ends) if times else ((), ())


async def listen(chunks: AsyncIterable[SpeechChunk]) -> Heard:
    """Hear a stream to its end; nothing but an `ElevenLabsError` may end it early."""
    heard = Heard()
    try:
        async for chunk in chunks:
            heard.chunks.append(chunk)
    except ElevenLabsError as err:
        heard.error = err
    if heard.error:
        assert KEY not in f"{heard.error!r} {heard.error.__cause__}"
    return heard


async def pieces(parts: Iterable[str], pause: float = 0.001) -> AsyncGenerator[str]:
    """Yield a text as it is written."""
    for part in parts:
        yield part
        await asyncio.sleep(pause)


def cut(text: str, size: int) -> list[str]:
    """Cut a text into fragments of some size."""
    return [text[start : start + size] for start in range(0, len(text), size)]


async def all_quiet(simulator: Simulator) -> None:
    """Wait until the simulator has nobody left to speak to; fails if that never comes."""
    await simulator.journal.until(lambda journal: not journal.open_sockets and not journal.running)


HOLD = 3600.0
"""A pause until the client leaves."""

type Step = bytes | float | Callable[[bytes], bytes]


class Peer:
    """A bare TCP server that answers every connection with the same steps, then hangs up."""

    def __init__(self, *steps: Step) -> None:
        """Take bytes to send, pauses in seconds, and answers made of the request's head."""
        self._steps = steps
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.connections = 0

    @property
    def url(self) -> str:
        """The address."""
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up everywhere."""
        assert self._server
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        with suppress(asyncio.CancelledError):
            await talk

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                head = await reader.readuntil(b"\r\n\r\n")
                for step in self._steps:
                    if isinstance(step, float):
                        await asyncio.sleep(step)
                    else:
                        writer.write(step if isinstance(step, bytes) else step(head))
                        await writer.drain()
        finally:
            writer.close()


class Gate:
    """What stands between a home and a service: passes everything on but WebSockets."""

    def __init__(self, url: str) -> None:
        """`url` is the service's address."""
        self._url = URL(url)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.refusal: bytes | None = None
        """What is answered to a handshake: nothing at all if empty; None lets it pass."""
        self.handshakes = 0

    @property
    def url(self) -> str:
        """The address."""
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up everywhere."""
        assert self._server
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        with suppress(asyncio.CancelledError, ConnectionError):
            await talk
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection(self._url.host, self._url.port)
        back = asyncio.create_task(_copy(back_reader, writer))
        try:
            while data := await reader.read(65536):
                if b"upgrade: websocket" in data.lower():
                    self.handshakes += 1
                    if self.refusal is not None:
                        await self._refuse(reader, writer, self.refusal)
                        return
                back_writer.write(data)
        finally:
            back.cancel()
            back_writer.close()

    @staticmethod
    async def _refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, refusal: bytes
    ) -> None:
        writer.write(refusal)
        await writer.drain()
        while not refusal and await reader.read(65536):
            pass


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def refusing(status: int, headers: str = "") -> bytes:
    """Return a bare answer without a body."""
    head = f"HTTP/1.1 {status} Status\r\nConnection: close\r\n{headers}"
    return f"{head}Content-Length: 0\r\n\r\n".encode()


def answer(*parts: bytes, status: int = 200, headers: str = "") -> tuple[Step, ...]:
    """Return the steps of an HTTP answer whose body comes in parts."""
    head = f"HTTP/1.1 {status} Status\r\nConnection: close\r\n{headers}"
    length = sum(map(len, parts))
    steps: list[Step] = [f"{head}Content-Length: {length}\r\n\r\n".encode()]
    for part in parts:
        steps += [part, 0.01]
    return tuple(steps)


def upgrade(head: bytes) -> bytes:
    """Accept a WebSocket's handshake."""
    lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    key = next(value for name, value in lines.items() if name.lower() == b"sec-websocket-key")
    proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324  # RFC 6455
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(proof) + b"\r\n\r\n"
    )


@asynccontextmanager
async def websocket_peer(
    talk: Callable[[web.WebSocketResponse], Awaitable[object]],
) -> AsyncIterator[str]:
    """Run a WebSocket server that talks as it is told, and give its address."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        with suppress(ConnectionError):
            await talk(socket)
        return socket

    async with _server("GET", serve) as url:
        yield url


@asynccontextmanager
async def http_peer(
    talk: Callable[[web.StreamResponse], Awaitable[object]],
) -> AsyncIterator[str]:
    """Run an HTTP server that writes its answers as it is told, and give its address."""

    async def serve(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        with suppress(ConnectionError):
            await talk(response)
        return response

    async with _server("POST", serve) as url:
        yield url


async def hang_up(response: web.StreamResponse) -> None:
    """Cut an answer of `http_peer` once what was written has been read."""
    await asyncio.sleep(0.05)
    assert response._req
    assert response._req.transport
    response._req.transport.abort()


@asynccontextmanager
async def _server(
    method: str, serve: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route(method, "/{path:.*}", serve)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()
