"""Sockets that are open before there is anything to say, so that the first words wait for none."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
import logging
from typing import Any, Final

from ..api import ElevenLabsClient, ElevenLabsError, SpeechRequest, SpeechSocket
from ..api.errors import ConnectionFailedError

_LOGGER = logging.getLogger(__name__)

_MOST: Final = 4
_MOST_ALIKE: Final = 2
_LIFE_S: Final = 90.0
"""How long a spare is kept after it was wished for last: a long thought before an answer."""
_INACTIVITY_S: Final = 180
"""The longest that the service allows, so that a spare needs next to no signs of life."""
_BACK_OFF_S: Final = (5.0, 15.0, 60.0, 300.0)

type Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


@dataclass(slots=True, eq=False)
class _PooledSocket:
    """A socket that waits for its words, or is being opened."""

    request: SpeechRequest
    holder: str
    until: float
    socket: SpeechSocket | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is known whether there is a socket."""
    task: asyncio.Task[None] | None = None


class SocketPool:
    """The spare sockets of one account, each used once. Failures stay here."""

    def __init__(self, client: ElevenLabsClient, start: Start = asyncio.create_task) -> None:
        """`start` begins a task that ends with the account."""
        self._client = client
        self._start = start
        self._sockets: list[_PooledSocket] = []
        self._failures = 0
        self._not_before = 0.0

    def __len__(self) -> int:
        """Return how many there are, with those that are being opened."""
        return len(self._sockets)

    def wish(self, request: SpeechRequest, holder: str) -> None:
        """Keep a spare open for a while; each holder, such as a satellite, has one at most."""
        request = _lasting(request)
        now = _now()
        own = next((spare for spare in self._sockets if spare.holder == holder), None)
        if own and own.request == request:
            own.until = now + _LIFE_S
            return
        if now < self._not_before:
            return
        if own:
            self._dismiss(own)
        self._make_room(request)
        spare = _PooledSocket(request, holder, now + _LIFE_S)
        self._sockets.append(spare)
        spare.task = self._start(self._keep(spare))
        spare.task.add_done_callback(lambda _: self._forget(spare))

    def has(self, request: SpeechRequest) -> bool:
        """Whether there is a spare of this kind."""
        wanted = _lasting(request)
        return any(spare.request == wanted for spare in self._sockets)

    async def take(self, request: SpeechRequest) -> SpeechSocket | None:
        """Return a spare that fits, to be used and closed by the caller; None if there is none."""
        wanted = _lasting(request)
        while spare := self._best(wanted):
            # One that is being opened is further than a new one would be.
            await spare.settled.wait()
            if spare not in self._sockets:
                continue
            self._sockets.remove(spare)
            socket, spare.socket = spare.socket, None
            self._end(spare)
            if socket and socket.is_unused:
                self._failures = 0
                return socket
            if socket:
                await socket.close()
        return None

    async def close(self) -> None:
        """Close all of them."""
        tasks = [spare.task for spare in self._sockets if spare.task]
        self.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def clear(self) -> None:
        """Close all spares."""
        for spare in [*self._sockets]:
            self._dismiss(spare)

    def _best(self, wanted: SpeechRequest) -> _PooledSocket | None:
        """Return the spare that is furthest."""
        alike = [spare for spare in self._sockets if spare.request == wanted]
        return next((spare for spare in alike if spare.socket), None) or next(iter(alike), None)

    def _make_room(self, request: SpeechRequest) -> None:
        """Close the spares that were asked for longest ago."""
        alike = [spare for spare in self._sockets if spare.request == request]
        if len(alike) >= _MOST_ALIKE:
            self._dismiss(min(alike, key=lambda spare: spare.until))
        elif len(self._sockets) >= _MOST:
            self._dismiss(min(self._sockets, key=lambda spare: spare.until))

    def _dismiss(self, spare: _PooledSocket) -> None:
        self._sockets.remove(spare)
        self._end(spare)

    @staticmethod
    def _end(spare: _PooledSocket) -> None:
        if spare.task:
            spare.task.cancel()

    async def _keep(self, spare: _PooledSocket) -> None:
        """Open a socket and keep it until it is taken, not wished for any more, or gone."""
        try:
            spare.socket = socket = await self._client.open_socket(spare.request)
            spare.settled.set()
            await _wait_for_words(spare, socket)
        except ElevenLabsError as err:
            self._back_off(err.cause)
        finally:
            if spare.socket:
                await spare.socket.close()

    def _forget(self, spare: _PooledSocket) -> None:
        """Remove a spare whose task is over, even before it started."""
        if spare in self._sockets:
            self._sockets.remove(spare)
        spare.settled.set()

    def _back_off(self, why: str) -> None:
        wait = _BACK_OFF_S[min(self._failures, len(_BACK_OFF_S) - 1)]
        self._failures += 1
        self._not_before = _now() + wait
        _LOGGER.debug("No spare socket for %s s: %s", wait, why)


async def _wait_for_words(spare: _PooledSocket, socket: SpeechSocket) -> None:
    """Return when nobody wishes for the spare any more; raises when the server leaves."""
    left = socket.watch()
    while (life := spare.until - _now()) > 0:
        await asyncio.wait({left}, timeout=min(life, socket.keep_alive_after))
        if left.done():
            raise ConnectionFailedError("the server closed a spare socket")
        if socket.idle >= socket.keep_alive_after:
            await socket.keep_alive()


def _lasting(request: SpeechRequest) -> SpeechRequest:
    return replace(request, inactivity_timeout=_INACTIVITY_S)


def _now() -> float:
    return asyncio.get_running_loop().time()
