"""Receiving the messages of a WebSocket, for as long as they may take."""

import asyncio
import math
from typing import Final

import aiohttp

from .errors import StalledError

# Receiving what is there already takes microseconds.
_AT_ONCE_S: Final = 0.0005


class MessageReceiver:
    """Receives messages, and closes the socket once a message that is due takes too long.

    One timer serves all messages: a timer for each took a tenth of a reply's processor time.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Start without a limit."""
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._first: asyncio.Future[aiohttp.WSMessage] | None = None
        self._is_waiting = False
        self._deadline = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[bool] | None = None
        self.has_waited = False
        """Whether the last message was waited for: no other was there yet."""

    @property
    def is_unused(self) -> bool:
        """Whether nothing came yet. To a socket without text a server speaks only to end it."""
        return self._first is None or not self._first.done()

    def watch(self) -> asyncio.Future[aiohttp.WSMessage]:
        """Receive the first message in advance; returns what is done when the server leaves."""
        if self._first is None:
            self._first = asyncio.ensure_future(self._socket.receive())
        return self._first

    async def receive(self, limit: float | None) -> aiohttp.WSMessage:
        """Return the next message. Raises `StalledError` after `limit` seconds without one."""
        self._is_waiting, began = True, self._loop.time()
        if limit is not None:
            self._wait_until(began + limit)
        try:
            first, self._first = self._first, None
            message = await (first or self._socket.receive())
        finally:
            self._is_waiting = False
            self._deadline = math.inf
        self.has_waited = self._loop.time() - began > _AT_ONCE_S
        if self._closing:
            raise StalledError("no audio came")
        return message

    def limit(self, seconds: float) -> None:
        """Limit the wait that goes on now, if it has no limit yet."""
        if self._is_waiting and self._deadline == math.inf:
            self._wait_until(self._loop.time() + seconds)

    async def close(self) -> None:
        """Close the socket."""
        if self._timer:
            self._timer.cancel()
        if self._first:
            self._first.cancel()
            await asyncio.gather(self._first, return_exceptions=True)
        await (self._closing or self._socket.close())

    def _wait_until(self, deadline: float) -> None:
        self._deadline = deadline
        if self._timer and self._timer.when() > deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        """Close the socket if the deadline has passed, which ends the wait."""
        self._timer = None
        if self._loop.time() >= self._deadline:
            self._closing = asyncio.create_task(self._socket.close())
        elif self._deadline < math.inf:
            self._wait_until(self._deadline)
