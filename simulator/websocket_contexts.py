"""Read the messages of a WebSocket with several contexts, each of which speaks on its own."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from . import api_errors
from .behaviour import Behaviour
from .websocket_connection import WebSocketConnection
from .websocket_input import InputContext

_MAX_CONTEXTS = 5


class ContextFactory(Protocol):
    """Tells the contexts of a route apart and creates them."""

    def context_id(self, message: dict[str, Any]) -> str:
        """Return the context that a message is about."""

    def check_reuse(self, context_id: str) -> None:
        """Raise an error if the ID of a context that still speaks can't be used again."""

    def create_context(self, context_id: str, message: dict[str, Any]) -> InputContext:
        """Return a new context for its first message."""


@dataclass(slots=True)
class _OpenContext:
    """A context that takes messages, and the time until which it waits for the next one."""

    context: InputContext
    deadline: float


class MultiInput:
    """Passes each message to its context, until the client closes the socket."""

    def __init__(
        self,
        connection: WebSocketConnection,
        behaviour: Behaviour,
        contexts: ContextFactory,
        timeout: float,
    ) -> None:
        self._connection = connection
        self._behaviour = behaviour
        self._contexts = contexts
        self._inactivity_timeout = timeout
        self._open: dict[str, _OpenContext] = {}
        self._speaking: dict[asyncio.Task[None], str] = {}
        self._has_ended = False
        self._tasks: asyncio.TaskGroup
        self._reading: asyncio.Task[bool]

    async def converse(self, message: dict[str, Any]) -> bool:
        """Read and speak at the same time; return whether the speech ended first."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._reading = self._tasks.create_task(self._read_messages(message))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        return self._reading.cancelled() or self._reading.result()

    async def _read_messages(self, first: dict[str, Any]) -> bool:
        """Read messages; return False when the client disconnects."""
        self._process_message(first)
        while True:
            if self._has_ended and not self._speaking:
                return True
            try:
                message = await self._connection.receive_within(self._seconds_left())
            except TimeoutError:
                self._end_idle_contexts()
                continue
            if message is None:
                break
            self._process_message(message)
        for task in self._speaking:
            task.cancel()
        return False

    def _process_message(self, message: dict[str, Any]) -> None:
        if self._has_ended:
            return
        if message.get("close_socket"):
            self._end()
            return
        context_id = self._contexts.context_id(message)
        is_closing = bool(message.get("close_context"))
        if context_id not in self._open:
            if is_closing:
                return
            self._open_context(context_id, message)
        found = self._open[context_id]
        found.context.append_message(message)
        found.deadline = self._deadline()
        if is_closing:
            self._open.pop(context_id).context.close()

    def _open_context(self, context_id: str, message: dict[str, Any]) -> None:
        if len(self._speaking) >= _MAX_CONTEXTS:
            raise api_errors.contexts_exceeded(_MAX_CONTEXTS)
        if context_id in self._speaking.values():
            self._contexts.check_reuse(context_id)
        context = self._contexts.create_context(context_id, message)
        self._open[context_id] = _OpenContext(context, self._deadline())
        task = self._tasks.create_task(context.speech.generate())
        self._speaking[task] = context_id
        task.add_done_callback(self._forget_task)

    def _forget_task(self, task: asyncio.Task[None]) -> None:
        """Stop reading after the last context of a socket that is closed."""
        self._speaking.pop(task, None)
        if self._has_ended and not self._speaking:
            self._reading.cancel()

    def _end(self) -> None:
        """Generate what is left of all contexts."""
        self._has_ended = True
        for found in self._open.values():
            found.context.finish()
        self._open.clear()

    def _deadline(self) -> float:
        seconds = self._inactivity_timeout * self._connection.time_scale
        return asyncio.get_running_loop().time() + seconds

    def _seconds_left(self) -> float | None:
        """Return how long no context, or the socket without one, waits for a message."""
        if self._has_ended or self._behaviour.silent:
            return None
        now = asyncio.get_running_loop().time()
        deadlines = [found.deadline for found in self._open.values()] or [self._deadline()]
        return max(0.0, min(deadlines) - now)

    def _end_idle_contexts(self) -> None:
        """Close the contexts that waited too long, or fail if there is none."""
        now = asyncio.get_running_loop().time()
        idle = [name for name, found in self._open.items() if found.deadline <= now]
        if not self._open or (idle and self._behaviour.idle_context == "error"):
            raise api_errors.input_timeout_exceeded(self._inactivity_timeout)
        for name in idle:
            self._open.pop(name).context.close()
