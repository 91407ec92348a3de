"""The service's multi-context WebSocket in front of the simulator, which has one text a socket.

`python -m benchmarks.first_sound.contexts`: LiveKit's plugin speaks only this dialect.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
import signal
import sys
from typing import Any

import aiohttp
from aiohttp import web
import orjson

from benchmarks.first_sound.round_trip import LOOPBACK, READY

SERVICE = web.AppKey("service", str)
SESSION = web.AppKey("session", aiohttp.ClientSession)


class Contexts:
    """The contexts of one client, each on a socket of its own to the simulator."""

    def __init__(self, request: web.Request, client: web.WebSocketResponse) -> None:
        """Answer one client."""
        self._request = request
        self._client = client
        self._sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}
        self._answering = set[asyncio.Task[None]]()

    async def take(self, message: dict[str, Any]) -> None:
        """Hand a message on to its context's socket; the first one opens it."""
        number = message.pop("context_id")
        if number not in self._sockets:
            await self._open(number)
        if message.pop("close_context", False):
            await self._sockets[number].send_json({"text": ""})
        elif message.get("text"):
            await self._sockets[number].send_json(message)

    async def close(self) -> None:
        """End everything."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        for socket in self._sockets.values():
            await socket.close()

    async def _open(self, number: str) -> None:
        app, request = self._request.app, self._request
        url = f"{app[SERVICE]}/v1/text-to-speech/{request.match_info['voice']}/stream-input"
        headers = {"xi-api-key": request.headers.get("xi-api-key", "")}
        socket = await app[SESSION].ws_connect(
            url, params=request.query, headers=headers, max_msg_size=0
        )
        self._sockets[number] = socket
        task = asyncio.create_task(self._answer(number, socket))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, number: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                message = orjson.loads(frame.data) | {"contextId": number}
                await self._client.send_str(orjson.dumps(message).decode())


async def _serve_client(request: web.Request) -> web.WebSocketResponse:
    client = web.WebSocketResponse(max_msg_size=0)
    await client.prepare(request)
    contexts = Contexts(request, client)
    try:
        async for frame in client:
            if frame.type is aiohttp.WSMsgType.TEXT:
                await contexts.take(orjson.loads(frame.data))
    finally:
        await contexts.close()
    return client


async def _session(app: web.Application) -> AsyncGenerator[None]:
    async with aiohttp.ClientSession() as session:
        app[SESSION] = session
        yield


async def _serve(service: str) -> None:
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    app = web.Application()
    app[SERVICE] = service
    app.cleanup_ctx.append(_session)
    app.router.add_get("/v1/text-to-speech/{voice}/multi-stream-input", _serve_client)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    sys.stdout.write(f"{READY} http://{LOOPBACK}:{runner.addresses[0][1]}\n")
    await end.wait()
    await runner.cleanup()


def main() -> None:
    """Run until the process is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", required=True, help="the simulator's address")
    asyncio.run(_serve(parser.parse_args().service))


if __name__ == "__main__":
    main()
