"""What happened, for tests to ask."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

_KEPT = 5000


@dataclass(slots=True)
class RequestEntry:
    """One HTTP request, or the handshake of a WebSocket."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None
    account: str | None = None
    key_in: str | None = None
    status: int | None = None
    unknown: list[str] = field(default_factory=list)
    request_id: str = ""
    aborted: bool = False


@dataclass(slots=True)
class MessageEntry:
    """One message received on a WebSocket."""

    at: float
    data: Any
    unknown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SocketEntry:
    """One WebSocket."""

    at: float
    voice: str
    query: dict[str, str]
    account: str | None = None
    key_in: str | None = None
    messages: list[MessageEntry] = field(default_factory=list)
    sent: int = 0
    open: bool = True
    closed_by: Literal["client", "server"] | None = None
    close_code: int | None = None
    error: str | None = None

    @property
    def texts(self) -> list[str]:
        """The texts received, in order."""
        found = [m.data.get("text") for m in self.messages if isinstance(m.data, dict)]
        return [text for text in found if isinstance(text, str)]


@dataclass(slots=True)
class GenerationEntry:
    """One generation: a HTTP request's, or one of a WebSocket's several."""

    at: float
    account: str
    route: str
    text: str
    voice: str
    model: str
    output_format: str
    language: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    state: Literal["running", "finished", "aborted", "failed"] = "running"
    credits: int = 0
    chunks: int = 0
    audio_seconds: float = 0.0


class Journal:
    """Requests, sockets and generations, newest last."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.requests: deque[RequestEntry] = deque(maxlen=_KEPT)
        self.sockets: deque[SocketEntry] = deque(maxlen=_KEPT)
        self.generations: deque[GenerationEntry] = deque(maxlen=_KEPT)

    def clear(self) -> None:
        """Forget everything."""
        self.requests.clear()
        self.sockets.clear()
        self.generations.clear()

    def touch(self) -> None:
        """Wake those who wait for a change."""
        self._changed.set()

    @property
    def open_sockets(self) -> int:
        """How many WebSockets are open."""
        return sum(socket.open for socket in self.sockets)

    @property
    def running(self) -> int:
        """How many generations are running."""
        return sum(item.state == "running" for item in self.generations)

    @property
    def aborted(self) -> int:
        """How many generations ended early because the client left."""
        return sum(item.state == "aborted" for item in self.generations)

    @property
    def credits(self) -> int:
        """All credits taken."""
        return sum(item.credits for item in self.generations)

    @property
    def characters(self) -> int:
        """All characters spoken."""
        return sum(len(item.text) for item in self.generations)

    def last_request(self, path: str = "") -> RequestEntry:
        """Give the newest request whose path contains something."""
        return next(r for r in reversed(self.requests) if path in r.path)

    async def until(self, condition: Callable[[Journal], bool], timeout: float = 10.0) -> None:
        """Wait until the journal fulfils a condition; TimeoutError if it never does."""
        async with asyncio.timeout(timeout):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    def to_json(self) -> dict[str, Any]:
        """Write everything as plain data."""
        return {
            "requests": [asdict(item) for item in self.requests],
            "sockets": [asdict(item) for item in self.sockets],
            "generations": [asdict(item) for item in self.generations],
            "open_sockets": self.open_sockets,
            "running": self.running,
            "credits": self.credits,
            "characters": self.characters,
        }
