"""One `stream-input` WebSocket of either API: text in, chunks out, used for one utterance."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
import logging
from typing import Any

import aiohttp
import orjson

from .chunk import SpeechChunk
from .due_audio import DueAudio
from .errors import ConnectionFailedError, ElevenLabsError, error_from_close
from .message_receiver import MessageReceiver
from .request import SpeechRequest
from .speech_api import socket_api
from .timeouts import Timeouts
from .wire import ChunkReader, parse_object

_LOGGER = logging.getLogger(__name__)

_CLOSE_TIMEOUT_S = 2.0
_CLOSING = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED)


class SpeechSocket:
    """An open socket whose first message was sent."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, request: SpeechRequest, timeouts: Timeouts
    ) -> None:
        """`timeouts`: how long to wait for the next message once audio is due."""
        self._socket = socket
        self._receiver = MessageReceiver(socket)
        self._request = request
        self._api = socket_api(request)
        self._timeouts = timeouts
        self._reader = ChunkReader(
            request.output_format, restarts=True, doubled=request.changes_pronunciation
        )
        self._due_audio = DueAudio(request)
        self._unspoken = False
        self._sent_at = 0.0

    @property
    def request(self) -> SpeechRequest:
        """What it was opened for."""
        return self._request

    @property
    def keep_alive_after(self) -> float:
        """Seconds without text after which the server wants a sign of life."""
        return self._api.keep_alive_after

    @property
    def idle(self) -> float:
        """Seconds since the last message to the server."""
        return asyncio.get_running_loop().time() - self._sent_at

    @property
    def is_unused(self) -> bool:
        """Whether nothing came yet. To a socket without text a server speaks only to end it."""
        return self._receiver.is_unused

    @property
    def has_waited(self) -> bool:
        """Whether the last message was waited for: no other was there yet."""
        return self._receiver.has_waited

    def watch(self) -> asyncio.Future[aiohttp.WSMessage]:
        """Receive the first message in advance; returns what is done when the server leaves."""
        return self._receiver.watch()

    async def begin(self, credentials: Mapping[str, str]) -> None:
        """Send the first message."""
        await self._send(self._api.first_message(credentials))

    async def send_text(
        self, text: str, voice_id: str | None = None, *, flush: bool = False
    ) -> None:
        """Send a piece of text that ends in a space; `flush` has it generated at once.

        `voice_id`: one of the request's voices; None for its first.
        """
        self._unspoken = not flush
        self._due_audio.send(text)
        await self._send(self._api.text_message(text, voice_id, flush=flush))
        if self._due_audio.sent(flush=flush):
            self._expect_audio()

    async def flush(self) -> None:
        """Request generation of everything sent."""
        if not self._unspoken:
            await self.keep_alive()
            return
        self._unspoken = False
        await self._send(self._api.flush_message())
        if self._due_audio.sent(flush=True):
            self._expect_audio()

    async def keep_alive(self) -> None:
        """Restart the server's inactivity timer."""
        await self._send(self._api.keep_alive_message())

    async def finish(self) -> None:
        """Send the end of the text; the rest of the audio follows, then the final message."""
        self._due_audio.is_finished = True
        await self._send(self._api.end_message())
        self._expect_audio()

    async def chunks(self) -> AsyncGenerator[SpeechChunk]:
        """Yield the audio and its timings until the server says that it is all."""
        while (message := await self._next_object()) is not None:
            if message.get("error") and not message.get("audio"):
                raise error_from_close(_int(message.get("code")), "", message)
            if chunk := self._reader.read(message):
                self._due_audio.came(chunk)
                yield chunk
            if message.get("isFinal") is True or message.get("is_final") is True:
                self._check_complete()
                return

    async def close(self) -> None:
        """Close the socket, giving the server two seconds to take part."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._receiver.close()
        except TimeoutError:
            _LOGGER.debug("The server did not take part in closing the socket")

    async def _send(self, message: Mapping[str, Any]) -> None:
        """Send, and give up on a server that does not read."""
        try:
            async with asyncio.timeout(self._timeouts.audio):
                await self._socket.send_str(orjson.dumps(message).decode())
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            self._expect_audio()
            raise ConnectionFailedError(type(err).__name__) from err
        self._sent_at = asyncio.get_running_loop().time()

    async def _next_object(self) -> dict[str, Any] | None:
        """Return the next message that can be read, or None at the regular end."""
        while True:
            # Only audio that is due has a limit.
            limit = self._patience if self._due_audio.is_due else None
            message = await self._receiver.receive(limit)
            if message.type is aiohttp.WSMsgType.TEXT:
                if (parsed := parse_object(message.data)) is not None:
                    return parsed
            elif message.type in _CLOSING:
                self._check_end(message)
                return None
            elif message.type is aiohttp.WSMsgType.ERROR:
                raise ConnectionFailedError(str(message.data), status=self._socket.close_code)

    def _check_end(self, message: aiohttp.WSMessage) -> None:
        """Accept the end after a finished text; anything else is an error."""
        # A close frame without a code reads as 0.
        code = message.data or self._socket.close_code
        if code != aiohttp.WSCloseCode.OK:
            raise error_from_close(code, str(message.extra or ""), {})
        self._check_complete()

    def _check_complete(self) -> None:
        if not self._due_audio.is_finished:
            raise ConnectionFailedError("the server ended before the text was complete")

    @property
    def _patience(self) -> float:
        """Seconds until the next message must be there."""
        return self._timeouts.audio if self._reader.bytes_read else self._timeouts.beginning

    def _expect_audio(self) -> None:
        self._due_audio.is_due = True
        self._receiver.limit(self._patience)


def handshake_error(
    err: aiohttp.WSServerHandshakeError, *, names_voice: bool = True
) -> ElevenLabsError:
    """Return what a refused handshake means; its body cannot be read.

    `names_voice`: whether the address names a voice, which may be what was not found.
    """
    # A 403 here is how models without this socket are refused (livekit#4901), not a bad key.
    code = {403: "unsupported_model", 404: "voice_not_found", 429: "concurrent_limit_exceeded"}
    if not names_voice:
        code[404] = "unsupported_model"
    return error_from_close(err.status, "", {"error": code.get(err.status, ""), "message": ""})


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None
