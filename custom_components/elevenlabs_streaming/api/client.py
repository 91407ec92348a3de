"""The client of the ElevenLabs API, on aiohttp alone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
import re
from typing import Any

import aiohttp
import orjson
from yarl import URL

from .chunk import SpeechChunk
from .credentials import Credentials
from .dictionaries import PronunciationDictionary
from .endpoints import endpoint_url, socket_url
from .errors import (
    ConnectionFailedError,
    ProtocolError,
    StalledError,
    VoiceNotFoundError,
    error_from_response,
)
from .models import Model
from .receipt import Receipt
from .request import SpeechRequest
from .socket import SpeechSocket, handshake_error
from .speech_api import socket_api
from .text_to_dialogue import TextToDialogue
from .text_to_speech import TextToSpeech
from .timeouts import Timeouts
from .voices import Subscription, Voice
from .wire import MAX_MESSAGE_BYTES, ChunkReader, iter_lines, parse_object, read_any

_PAGE_SIZE = 100
_MOST_PAGES = 50
_VOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_ERROR = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


class ElevenLabsClient:
    """Speaks to one endpoint with one key. Raises `ElevenLabsError` and nothing else."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        credentials: Credentials,
        endpoint: str,
        *,
        timeouts: Timeouts | None = None,
    ) -> None:
        """`endpoint`: a region's name or an address, see `endpoint_url`."""
        self._session = session
        self._credentials = credentials
        self._base = endpoint_url(endpoint)
        self._timeouts = timeouts or Timeouts()

    async def models(self) -> list[Model]:
        """Return the account's models; needs the permission `models_read`."""
        raw = await self._get("v1/models")
        return [
            Model.parse(item) for item in _objects(raw) if isinstance(item.get("model_id"), str)
        ]

    async def voices(self, search: str | None = None) -> list[Voice]:
        """Return the account's voices, all pages; needs the permission `voices_read`."""
        query = {"page_size": str(_PAGE_SIZE), "include_total_count": "false"}
        if search:
            query["search"] = search
        pages = await self._pages("v2/voices", query, "next_page_token", "next_page_token")
        return [
            Voice.parse(item)
            for page in pages
            for item in _objects(page.get("voices"))
            if isinstance(item.get("voice_id"), str)
        ]

    async def voice(self, voice_id: str) -> Voice:
        """Return one voice; needs the permission `voices_read`."""
        _check(voice_id)
        raw = await self._get_object(f"v1/voices/{voice_id}")
        return Voice.parse(raw | {"voice_id": voice_id})

    async def pronunciation_dictionaries(self) -> list[PronunciationDictionary]:
        """Return what is not archived; needs `pronunciation_dictionaries_read`."""
        query = {"page_size": str(_PAGE_SIZE)}
        path = "v1/pronunciation-dictionaries"
        pages = await self._pages(path, query, "next_cursor", "cursor")
        listed = [
            PronunciationDictionary.parse(item)
            for page in pages
            for item in _objects(page.get("pronunciation_dictionaries"))
            if isinstance(item.get("id"), str)
        ]
        return [one for one in listed if not one.is_archived]

    async def account_id(self) -> str | None:
        """Return the id of the workspace or user; needs the permission `user_read`."""
        user = await self._get_object("v1/user")
        found = user.get("workspace_id") or user.get("user_id")
        return found if isinstance(found, str) else None

    async def subscription(self) -> Subscription:
        """Return the credits; needs the permission `user_read`."""
        return Subscription.parse(await self._get_object("v1/user/subscription"))

    async def keep_connected(self) -> None:
        """Open a connection in advance, by a request that costs nothing and needs no key."""
        timeout = aiohttp.ClientTimeout(total=self._timeouts.connect)
        try:
            async with self._session.head(self._base, timeout=timeout, allow_redirects=False):
                pass
        except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError) as err:
            # A session that is closed says so with a RuntimeError.
            raise ConnectionFailedError(type(err).__name__) from err

    async def stream(
        self,
        request: SpeechRequest,
        text: str,
        receipt: Receipt | None = None,
        *,
        dialogue: bool = False,
    ) -> AsyncGenerator[SpeechChunk]:
        """Speak a whole text over HTTP, chunk by chunk with timings.

        `dialogue`: whether over the Text-to-Dialogue API.
        """
        _check(request.voice_id)
        api = TextToDialogue(request) if dialogue else TextToSpeech(request)
        reader = ChunkReader(
            request.output_format, restarts=False, doubled=request.changes_pronunciation
        )
        deadline: float | None = asyncio.get_running_loop().time() + self._timeouts.beginning
        async with (
            self._post(api, text, deadline, receipt) as response,
            aclosing(iter_lines(response.content, self._timeouts.audio)) as lines,
        ):
            if receipt:
                receipt.read_headers(response.headers)
            ended = False
            while (line := await _next_line(lines, deadline)) is not None:
                ended = not line.strip()
                if (message := parse_object(line) if line.strip() else None) is None:
                    continue
                ended = True
                if "detail" in message and "audio_base64" not in message:
                    raise error_from_response(response.status, line)
                if chunk := reader.read(message):
                    deadline = None if reader.bytes_read else deadline
                    yield chunk
            if not ended:
                raise ConnectionFailedError("the answer ended in the middle of a line")

    async def open_socket(self, request: SpeechRequest) -> SpeechSocket:
        """Open a WebSocket for one utterance and send its first message."""
        in_message = self._credentials.in_message
        socket = await self._connect(request, None if in_message else self._credentials.headers())
        speech = SpeechSocket(socket, request, self._timeouts)
        try:
            await speech.begin(self._credentials.message() if in_message else {})
        except BaseException:
            await speech.close()
            raise
        return speech

    async def _connect(
        self, request: SpeechRequest, headers: Mapping[str, str] | None
    ) -> aiohttp.ClientWebSocketResponse:
        _check(request.voice_id)
        api = socket_api(request)
        try:
            async with (
                asyncio.timeout(self._timeouts.opening),
                self._staying_here() as session,
            ):
                return await session.ws_connect(
                    socket_url(self._url(api.socket_path)).with_query(api.socket_query()),
                    headers=headers,
                    max_msg_size=MAX_MESSAGE_BYTES,
                )
        except aiohttp.WSServerHandshakeError as err:
            raise handshake_error(err, names_voice=api.names_voice) from err
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            raise ConnectionFailedError(type(err).__name__) from err

    def _staying_here(self) -> aiohttp.ClientSession:
        """Return a session on the same connections that follows no redirect.

        A WebSocket's handshake cannot be told not to, and would take the key along.
        """
        if self._session.closed:
            raise ConnectionFailedError("the session is closed")
        return aiohttp.ClientSession(
            connector=self._session.connector,
            connector_owner=False,
            headers=self._session.headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=self._session.trust_env,
            middlewares=(_refuse_redirect,),
        )

    def _url(self, path: str) -> URL:
        return self._base.joinpath(path)

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        timeout = aiohttp.ClientTimeout(total=self._timeouts.answer)
        url = self._url(path).with_query(query)
        async with self._request("GET", url, timeout=timeout) as response:
            body = await _read_all(response)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as err:
            raise ProtocolError("the answer is not JSON") from err

    async def _pages(
        self, path: str, query: Mapping[str, str], following: str, parameter: str
    ) -> list[dict[str, Any]]:
        """Return the pages of a list.

        `following`: the field that leads to the next page; `parameter`: where it is sent.
        """
        asked, pages = dict(query), list[dict[str, Any]]()
        while len(pages) < _MOST_PAGES:
            pages.append(page := await self._get_object(path, asked))
            if not page.get("has_more") or not (token := page.get(following)):
                break
            asked[parameter] = str(token)
        return pages

    async def _get_object(
        self, path: str, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        parsed = await self._get(path, query)
        if not isinstance(parsed, dict):
            raise ProtocolError("the answer is not a JSON object")
        return parsed

    @asynccontextmanager
    async def _post(
        self,
        api: TextToSpeech | TextToDialogue,
        text: str,
        deadline: float | None,
        receipt: Receipt | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(
            connect=self._timeouts.connect, sock_read=self._timeouts.audio
        )
        url = self._url(api.http_path).with_query(api.http_query())
        body = orjson.dumps(api.http_body(text))
        async with self._request(
            "POST", url, timeout=timeout, data=body, deadline=deadline, receipt=receipt
        ) as response:
            yield response

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: URL,
        *,
        timeout: aiohttp.ClientTimeout,
        data: bytes | None = None,
        deadline: float | None = None,
        receipt: Receipt | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; its failures, also those while the body is read, in our own tree.

        `deadline`: the loop's time at which the answer must have begun.
        """
        headers = self._credentials.headers() | {"Content-Type": "application/json"}
        if self._session.closed:
            raise ConnectionFailedError("the session is closed")
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=data,
                    timeout=timeout,
                    allow_redirects=False,
                    trace_request_ctx=receipt,
                )
            async with response:
                async with asyncio.timeout_at(deadline):
                    await _raise_for_error(response)
                yield response
        except TimeoutError as err:
            raise StalledError("no answer in time") from err
        except (aiohttp.ClientError, OSError) as err:
            raise ConnectionFailedError(type(err).__name__) from err


async def _refuse_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise for a redirect, which is the refusal of a handshake."""
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise aiohttp.WSServerHandshakeError(
            response.request_info, response.history, status=response.status
        )
    return response


async def _next_line(lines: AsyncGenerator[bytes], deadline: float | None) -> bytes | None:
    """Return the next line, or None after the last; TimeoutError once it is too late."""
    async with asyncio.timeout_at(deadline):
        return await anext(lines, None)


async def _read_all(response: aiohttp.ClientResponse) -> bytes:
    """Return the body of an answer."""
    body = bytearray()
    while piece := await read_any(response.content):
        body += piece
        if len(body) > MAX_MESSAGE_BYTES:
            raise ProtocolError("the answer is longer than 16 MiB")
    return bytes(body)


async def _raise_for_error(response: aiohttp.ClientResponse) -> None:
    if response.status != 200:  # noqa: PLR2004  # every good answer of this API is 200
        body = b""
        while len(body) < _LONGEST_ERROR and (piece := await read_any(response.content)):
            body += piece
        trace_id = response.headers.get("x-trace-id", "")
        raise error_from_response(response.status, body, trace_id)


def _check(voice_id: str) -> None:
    """Raise VoiceNotFoundError for anything that is not the ID of a voice."""
    if not _VOICE_ID.fullmatch(voice_id):
        raise VoiceNotFoundError("not a voice id")


def _objects(raw: object) -> list[dict[str, Any]]:
    if not isinstance(raw, list):
        raise ProtocolError("the answer is not a list")
    return [item for item in raw if isinstance(item, dict)]
