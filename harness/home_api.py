"""Talking to Home Assistant the way its own frontend does: REST and WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import itertools
import json
import time
from typing import Any

import aiohttp

from harness.errors import HarnessError

type Json = Any
type OnEvent = Callable[[float, Json], None]

PATIENCE = aiohttp.ClientTimeout(total=120)
LONGEST_MESSAGE = 16 * 1024 * 1024


@dataclass(slots=True)
class HomeApi:
    """Home Assistant's REST API, as one user."""

    session: aiohttp.ClientSession
    url: str
    tokens: dict[str, Json] = field(default_factory=dict)

    async def get(self, path: str) -> Json:
        """Ask for something."""
        return await self._request("GET", path)

    async def post(self, path: str, body: Json = None) -> Json:
        """Send something and return the answer."""
        return await self._request("POST", path, json={} if body is None else body)

    async def post_form(self, path: str, fields: dict[str, str] | aiohttp.FormData) -> Json:
        """Send a form, as a log-in or an upload does."""
        return await self._request("POST", path, data=fields)

    async def _request(self, method: str, path: str, **content: Json) -> Json:
        async with self.session.request(
            method,
            f"{self.url}{path}",
            headers=self._headers(),
            timeout=PATIENCE,
            **content,
        ) as response:
            text = await response.text()
            if not response.ok:
                message = f"Home Assistant answered {response.status} to {path}: {text}"
                raise HarnessError(message)
            return json.loads(text)

    def _headers(self) -> dict[str, str]:
        token = self.tokens.get("access_token")
        return {"Authorization": f"Bearer {token}"} if token else {}


class HomeSocket:
    """Home Assistant's WebSocket API: commands with answers, and subscriptions."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Use an authenticated socket."""
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._subscribers: dict[int, OnEvent] = {}

    async def call(self, command: str, **fields: Json) -> Json:
        """Send a command and return its result."""
        return await self._send(next(self._ids), command, fields)

    async def call_action(
        self, action: str, target: str | list[str], *, response: bool = False, **data: Json
    ) -> Json:
        """Call an action of a domain for entities; return its response if it is asked for."""
        domain, _, service = action.partition(".")
        answer = await self.call(
            "call_service",
            domain=domain,
            service=service,
            target={"entity_id": target},
            service_data=data,
            return_response=response,
        )
        return answer["response"] if response else None

    async def subscribe(self, on_event: OnEvent, command: str, **fields: Json) -> None:
        """Call `on_event` with the moment and the content of each event from now on."""
        number = next(self._ids)
        self._subscribers[number] = on_event
        await self._send(number, command, fields)

    async def _send(self, number: int, command: str, fields: dict[str, Json]) -> Json:
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_json({"id": number, "type": command, **fields})
        try:
            async with asyncio.timeout(PATIENCE.total):
                return await answer
        except _RefusedError as error:
            message = f"Home Assistant refused {command}: {error}"
            raise HarnessError(message) from error
        finally:
            del self._answers[number]

    async def listen(self) -> None:
        """Hand out what arrives until the connection ends."""
        try:
            async for message in self._socket:
                self._take(time.monotonic(), message.json())
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(_RefusedError("the connection ended"))

    def _take(self, moment: float, message: Json) -> None:
        match message:
            case {"type": "event", "id": number, "event": event}:
                self._subscribers[number](moment, event)
            case {"type": "result", "id": number} if number in self._answers:
                self._settle(self._answers[number], message)

    @staticmethod
    def _settle(answer: asyncio.Future[Json], message: Json) -> None:
        if answer.done():
            return
        if message["success"]:
            answer.set_result(message["result"])
        else:
            answer.set_exception(_RefusedError(message["error"]["message"]))


class _RefusedError(Exception):
    """Home Assistant did not do what a command asked."""


@asynccontextmanager
async def open_socket(api: HomeApi) -> AsyncIterator[HomeSocket]:
    """Connect as the user of the API, and listen while the block lasts."""
    async with api.session.ws_connect(
        f"{api.url}/api/websocket", max_msg_size=LONGEST_MESSAGE
    ) as raw:
        await raw.receive_json()
        token = api.tokens["access_token"]
        await raw.send_json({"type": "auth", "access_token": token})
        welcome = await raw.receive_json()
        if welcome["type"] != "auth_ok":
            message = f"Home Assistant did not let us in: {welcome}"
            raise HarnessError(message)
        socket = HomeSocket(raw)
        listening = asyncio.create_task(socket.listen())
        try:
            yield socket
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
