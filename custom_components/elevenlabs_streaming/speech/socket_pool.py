"""WebSockets that are open before there is anything to speak, so that no first word waits."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
import logging
from typing import Any, Final

from ..api import (
    ElevenLabsClient,
    ElevenLabsError,
    OutputFormat,
    SpeechRequest,
    SpeechSocket,
    model_facts,
)
from ..api.errors import ConnectionFailedError

_LOGGER = logging.getLogger(__name__)

_MOST: Final = 4
_MOST_ALIKE: Final = 2
_LIFE_S: Final = 90.0
"""How long a socket is kept after it was requested last: a long thought before an answer."""
_DIALOGUE_LIFE_S: Final = 20.0
"""The same for Text-to-Dialogue, where each open socket holds one of the plan's sessions."""
_LONGEST_LIFE_S: Final = 600.0
"""How long a socket is kept while speech is expected: an agent may use a tool for minutes."""
_INACTIVITY_S: Final = 180
"""The longest that the service allows, so that a socket needs next to no keep-alive messages."""
_BACK_OFF_S: Final = (5.0, 15.0, 60.0, 300.0)

type Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


@dataclass(slots=True, eq=False)
class _PooledSocket:
    """A socket that waits for its words, or is being opened."""

    request: SpeechRequest
    holder: str
    until: float
    latest: float
    """When it is closed although speech is still expected."""
    socket: SpeechSocket | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is known whether there is a socket."""
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _BackOff:
    """When sockets may be opened in advance again after failures."""

    until: float = 0.0
    failures: int = 0

    def extend(self, why: str) -> None:
        """Wait for longer with each failure."""
        wait = _BACK_OFF_S[min(self.failures, len(_BACK_OFF_S) - 1)]
        self.failures += 1
        self.until = _now() + wait
        _LOGGER.debug("No socket is opened in advance for %s s: %s", wait, why)


class SocketPool:
    """The open sockets of one account, each used once."""

    def __init__(self, client: ElevenLabsClient, start: Start = asyncio.create_task) -> None:
        """`start` begins a task that ends with the account."""
        self._client = client
        self._start = start
        self._sockets: list[_PooledSocket] = []
        self._back_offs: dict[OutputFormat, _BackOff] = {}
        """By format, since a service may lack one."""
        self.on_open: Callable[[], None] = _ignore
        """Called when a socket is open, which may have taken the place of an idle connection."""
        self.is_expected: Callable[[str], bool] = _never
        """Returns whether speech is still expected for a holder."""

    def __len__(self) -> int:
        """Return the number of sockets, with those that are being opened."""
        return len(self._sockets)

    def wish(self, request: SpeechRequest, holder: str) -> None:
        """Keep a socket open for a while; each holder, such as a satellite, has one at most."""
        request = _lasting(request)
        now = _now()
        own = next((pooled for pooled in self._sockets if pooled.holder == holder), None)
        if own and own.request == request:
            own.until, own.latest = now + _life_of(request), now + _LONGEST_LIFE_S
            return
        if now < self._back_off_of(request).until:
            return
        if own:
            self._dismiss(own)
        self._make_room(request)
        pooled = _PooledSocket(request, holder, now + _life_of(request), now + _LONGEST_LIFE_S)
        self._sockets.append(pooled)
        pooled.task = self._start(self._keep(pooled))
        pooled.task.add_done_callback(lambda _: self._forget(pooled))

    def has(self, request: SpeechRequest) -> bool:
        """Return whether there is a socket for this request."""
        wanted = _lasting(request)
        return any(pooled.request == wanted for pooled in self._sockets)

    async def open(self, request: SpeechRequest) -> SpeechSocket:
        """Open a socket that is used at once. Raises `ElevenLabsError`."""
        socket = await self._client.open_socket(request)
        self.on_open()
        return socket

    async def take(self, request: SpeechRequest) -> SpeechSocket | None:
        """Return a socket for a request, to be used and closed by the caller, or None."""
        wanted = _lasting(request)
        while pooled := self._best(wanted):
            # One that is being opened is further than a new one would be.
            await pooled.settled.wait()
            if pooled not in self._sockets:
                continue
            self._sockets.remove(pooled)
            socket, pooled.socket = pooled.socket, None
            self._end(pooled)
            if socket and socket.is_unused:
                self._back_offs.pop(request.output_format, None)
                return socket
            if socket:
                await socket.close()
        return None

    async def close(self) -> None:
        """Close all sockets and wait until they are closed."""
        tasks = [pooled.task for pooled in self._sockets if pooled.task]
        self.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def clear(self) -> None:
        """Close all sockets."""
        for pooled in [*self._sockets]:
            self._dismiss(pooled)

    def _best(self, wanted: SpeechRequest) -> _PooledSocket | None:
        """Return a socket that is open, or else one that is being opened."""
        alike = [pooled for pooled in self._sockets if pooled.request == wanted]
        return next((pooled for pooled in alike if pooled.socket), None) or next(iter(alike), None)

    def _make_room(self, request: SpeechRequest) -> None:
        """Close the sockets that were requested longest ago."""
        alike = [pooled for pooled in self._sockets if pooled.request == request]
        if len(alike) >= _MOST_ALIKE:
            self._dismiss(min(alike, key=lambda pooled: pooled.until))
        elif len(self._sockets) >= _MOST:
            self._dismiss(min(self._sockets, key=lambda pooled: pooled.until))

    def _dismiss(self, pooled: _PooledSocket) -> None:
        self._sockets.remove(pooled)
        self._end(pooled)

    @staticmethod
    def _end(pooled: _PooledSocket) -> None:
        if pooled.task:
            pooled.task.cancel()

    async def _keep(self, pooled: _PooledSocket) -> None:
        """Open a socket and keep it until it is taken, not needed any more, or closed."""
        try:
            pooled.socket = socket = await self.open(pooled.request)
            pooled.settled.set()
            await self._wait_for_words(pooled, socket)
        except ElevenLabsError as err:
            self._back_off_of(pooled.request).extend(err.cause)
        finally:
            if pooled.socket:
                await pooled.socket.close()

    async def _wait_for_words(self, pooled: _PooledSocket, socket: SpeechSocket) -> None:
        """Return when the socket is not needed any more; raises when the server closes it."""
        left = socket.watch()
        while (life := self._remaining_life(pooled)) > 0:
            until_due = max(0.0, socket.keep_alive_after - socket.idle)
            await asyncio.wait({left}, timeout=min(life, until_due))
            if left.done():
                raise ConnectionFailedError("the server closed a pooled socket")
            if socket.idle >= socket.keep_alive_after:
                await socket.keep_alive()

    def _remaining_life(self, pooled: _PooledSocket) -> float:
        """Return how many seconds a socket is kept; longer while speech is expected."""
        now = _now()
        if now >= pooled.until and self.is_expected(pooled.holder):
            pooled.until = min(now + _life_of(pooled.request), pooled.latest)
        return pooled.until - now

    def _forget(self, pooled: _PooledSocket) -> None:
        """Remove a socket whose task has ended, even before it started."""
        if pooled in self._sockets:
            self._sockets.remove(pooled)
        pooled.settled.set()

    def _back_off_of(self, request: SpeechRequest) -> _BackOff:
        return self._back_offs.setdefault(request.output_format, _BackOff())


def _ignore() -> None:
    """Do nothing."""


def _never(_holder: str) -> bool:
    """Expect no speech."""
    return False


def _life_of(request: SpeechRequest) -> float:
    return _DIALOGUE_LIFE_S if model_facts(request.model_id).dialogue else _LIFE_S


def _lasting(request: SpeechRequest) -> SpeechRequest:
    return replace(request, inactivity_timeout=_INACTIVITY_S)


def _now() -> float:
    return asyncio.get_running_loop().time()
