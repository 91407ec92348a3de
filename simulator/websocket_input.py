"""Read the messages of a WebSocket with a single context."""

import asyncio
from typing import Any, Protocol

from . import api_errors
from .websocket_connection import WebSocketConnection
from .websocket_speech import WebSocketSpeech


class InputContext(Protocol):
    """What the messages of a client are about: a text, or a dialogue."""

    @property
    def speech(self) -> WebSocketSpeech:
        """Return what speaks the text."""

    def append_message(self, message: dict[str, Any]) -> None:
        """Buffer what a message adds, and generate what is due."""

    def is_end(self, message: dict[str, Any]) -> bool:
        """Return whether a message ends the input of a WebSocket with one context."""

    def finish(self) -> None:
        """End the input, and generate what is left of it."""

    def close(self) -> None:
        """End the input as a message that closes the context does."""


class SingleInput:
    """Passes the messages of a WebSocket to its only context."""

    def __init__(
        self, connection: WebSocketConnection, context: InputContext, timeout: float
    ) -> None:
        self._connection = connection
        self._context = context
        self._inactivity_timeout = timeout
        self._has_ended = False

    async def converse(self, message: dict[str, Any]) -> bool:
        """Read and speak at the same time; return whether the speech ended first."""
        speaking = asyncio.ensure_future(self._context.speech.generate())
        reading = asyncio.ensure_future(self._read_messages(message))
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
        return speaking in done

    async def _read_messages(self, first: dict[str, Any]) -> None:
        """Read messages until the client disconnects."""
        self._process_message(first)
        while (message := await self._connection.receive(self._timeout())) is not None:
            self._process_message(message)

    def _timeout(self) -> float | None:
        has_timeout = not self._has_ended and not self._context.speech.behaviour.silent
        return self._inactivity_timeout if has_timeout else None

    def _process_message(self, message: dict[str, Any]) -> None:
        if not self._has_ended:
            self._context.append_message(message)
            self._has_ended = self._context.is_end(message)
            if self._has_ended:
                self._context.finish()
        elif self._context.speech.behaviour.ws_text_after_end == "error":
            raise api_errors.invalid_input_message()
