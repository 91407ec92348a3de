"""A TCP proxy that adds a round trip: `python -m benchmarks.first_sound.round_trip`.

It tells what passes on its standard output: `NUMBER open|up|down MOMENT BYTES`, `up` when it
comes from the client, `down` when it comes from the service, `heard` when that reaches the client.
"""

import argparse
import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
import selectors
import signal
import sys
import time
from typing import Self, override

LOOPBACK = "127.0.0.1"
READY = "listening on"

type Tell = Callable[[str], None]


class Lane:
    """One direction: what is put in comes out later, in order."""

    def __init__(self, delay: float, out: Callable[[bytes], None], end: Callable[[], None]) -> None:
        """`delay`: seconds; `end` is called after the last piece."""
        self._loop = asyncio.get_running_loop()
        self._delay = delay
        self._out = out
        self._end = end
        self._under_way: deque[tuple[float, bytes | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, data: bytes | None, *, not_before: float = 0.0) -> None:
        """Take data, or None for the end; it sets off at `not_before` (the loop's time) at best."""
        due = max(self._loop.time(), not_before) + self._delay
        self._under_way.append((due, data))
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._arrive)

    def close(self) -> None:
        """Lose what is under way."""
        self._under_way.clear()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _arrive(self) -> None:
        self._timer = None
        while self._under_way and self._under_way[0][0] <= self._loop.time():
            _, data = self._under_way.popleft()
            self._end() if data is None else self._out(data)
        if self._under_way and self._timer is None:
            self._timer = self._loop.call_at(self._under_way[0][0], self._arrive)


class Side(asyncio.Protocol):
    """One end of a connection."""

    def __init__(self, line: Line, *, is_client: bool) -> None:
        """Belong to a line."""
        self._line = line
        self._is_client = is_client

    @override
    def data_received(self, data: bytes) -> None:
        self._line.take(data, from_client=self._is_client)

    @override
    def eof_received(self) -> bool:
        self._line.take(None, from_client=self._is_client)
        return True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._line.lost(from_client=self._is_client)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._is_client and isinstance(transport, asyncio.Transport):
            self._line.opened(transport)


class Line:
    """A client's connection and the one to the service behind it."""

    def __init__(self, proxy: Proxy, number: int) -> None:
        """Be one of a proxy's lines."""
        self._proxy = proxy
        self._number = number
        self._client: asyncio.Transport | None = None
        self._service: asyncio.Transport | None = None
        self._waiting = list[bytes | None]()
        half = proxy.round_trip / 2
        self._up = Lane(half, self._to_service, self._end_service)
        self._down = Lane(half, self._to_client, self._end_client)
        # On this machine a connection is open at once. Over a network its client waits a round
        # trip before it may send: what it sends earlier sets off then.
        self._open_at = asyncio.get_running_loop().time() + proxy.round_trip

    def opened(self, client: asyncio.Transport) -> None:
        """Connect to the service as well."""
        self._client = client
        self._tell("open")
        self._proxy.start(self._connect())

    def take(self, data: bytes | None, *, from_client: bool) -> None:
        """Send on what came, or the end."""
        self._tell("up" if from_client else "down", data)
        if from_client:
            self._up.put(data, not_before=self._open_at)
        else:
            self._down.put(data)

    def lost(self, *, from_client: bool) -> None:
        """Let the other side know; a client that is gone gets nothing any more."""
        if from_client:
            self._down.close()
            self._up.put(None)
        else:
            self._down.put(None)

    def abort(self) -> None:
        """End it without waiting."""
        self._up.close()
        self._down.close()
        for side in (self._client, self._service):
            if side:
                side.abort()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            service, _ = await loop.create_connection(
                lambda: Side(self, is_client=False), LOOPBACK, self._proxy.target
            )
        except OSError:
            self.abort()
            return
        self._service = service
        for data in self._waiting:
            self._to_service(data) if data is not None else self._end_service()
        self._waiting.clear()

    def _to_service(self, data: bytes) -> None:
        if self._service:
            self._service.write(data)
        else:
            self._waiting.append(data)

    def _to_client(self, data: bytes) -> None:
        if self._client and not self._client.is_closing():
            self._client.write(data)
            self._tell("heard", data)

    def _end_service(self) -> None:
        if self._service is None:
            self._waiting.append(None)
        elif not self._service.is_closing():
            self._service.close()

    def _end_client(self) -> None:
        if self._client and not self._client.is_closing():
            self._client.close()

    def _tell(self, what: str, data: bytes | None = b"") -> None:
        size = 0 if data is None else len(data)
        self._proxy.tell(f"{self._number} {what} {time.monotonic():.6f} {size}")


class Proxy:
    """Leads connections to a port of this machine, and makes them longer."""

    def __init__(self, target: int, round_trip: float, tell: Tell = lambda _: None) -> None:
        """`round_trip`: seconds."""
        self.target = target
        self.round_trip = round_trip
        self.tell = tell
        self.port = 0
        self._lines = list[Line]()
        self._connecting = set[asyncio.Task[None]]()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections."""
        if self._server:
            self._server.close()
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        for line in self._lines:
            line.abort()

    def start(self, connecting: Coroutine[object, object, None]) -> None:
        """Own a task."""
        task = asyncio.ensure_future(connecting)
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _accept(self) -> Side:
        line = Line(self, len(self._lines))
        self._lines.append(line)
        return Side(line, is_client=True)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


async def _serve(target: int, milliseconds: float) -> None:
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    async with Proxy(target, milliseconds / 1000, _print) as proxy:
        _print(f"{READY} http://{LOOPBACK}:{proxy.port}")
        await end.wait()


def main() -> None:
    """Run until the process is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=int, required=True, help="the service's port")
    parser.add_argument("--milliseconds", type=float, default=40.0, help="the round trip")
    options = parser.parse_args()
    # epoll waits whole milliseconds; select does not.
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.run(_serve(options.target, options.milliseconds))


if __name__ == "__main__":
    main()
