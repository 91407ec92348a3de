"""The journal of requests, WebSockets, and generations, for tests to check."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

_MAX_ENTRIES = 5000


@dataclass(slots=True)
class RequestEntry:
    """An HTTP request, or the handshake of a WebSocket."""

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
    connection: int = 0
    """The number of the TCP connection, counted from 1."""
    aborted: bool = False


@dataclass(slots=True)
class MessageEntry:
    """A message that was received on a WebSocket."""

    at: float
    data: Any
    unknown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SocketEntry:
    """A WebSocket."""

    at: float
    voice: str
    query: dict[str, str]
    path: str = ""
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
        """Return the texts that were received, in order."""
        parts = [part for m in self.messages for part in _parts_with_text(m.data)]
        texts = [part.get("text") for part in parts]
        return [text for text in texts if isinstance(text, str)]

    @property
    def is_dialogue(self) -> bool:
        """Return whether it belongs to a text-to-dialogue route."""
        return self.path.startswith("/v1/text-to-dialogue")


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A text that was generated, and its voice."""

    voice: str
    text: str


@dataclass(slots=True)
class GenerationEntry:
    """A generation: that of an HTTP request, or one of those of a WebSocket."""

    at: float
    account: str
    route: str
    inputs: list[SpokenText]
    model: str
    output_format: str
    language: str | None = None
    context: str | None = None
    """The context of a multi-context WebSocket."""
    settings: dict[str, Any] = field(default_factory=dict)
    state: Literal["running", "finished", "aborted", "failed"] = "running"
    credits: int = 0
    chunks: int = 0
    audio_seconds: float = 0.0

    @property
    def text(self) -> str:
        """Return the whole text."""
        return "".join(item.text for item in self.inputs)

    @property
    def voice(self) -> str:
        """Return the first voice."""
        return self.inputs[0].voice

    @property
    def voices(self) -> list[str]:
        """Return the voice of each input."""
        return [item.voice for item in self.inputs]

    def to_json(self) -> dict[str, Any]:
        """Return the entry as JSON, with the whole text."""
        return {**asdict(self), "text": self.text, "voice": self.voice}


class Journal:
    """The requests, WebSockets, and generations, the latest last."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.requests: deque[RequestEntry] = deque(maxlen=_MAX_ENTRIES)
        self.sockets: deque[SocketEntry] = deque(maxlen=_MAX_ENTRIES)
        self.generations: deque[GenerationEntry] = deque(maxlen=_MAX_ENTRIES)

    def clear(self) -> None:
        """Remove all entries."""
        self.requests.clear()
        self.sockets.clear()
        self.generations.clear()

    def notify_change(self) -> None:
        """Wake up those that wait for a change."""
        self._changed.set()

    @property
    def open_sockets(self) -> int:
        """Return how many WebSockets are open."""
        return sum(socket.open for socket in self.sockets)

    @property
    def dialogue_sessions(self) -> int:
        """Return how many WebSockets of text to dialogue are open."""
        return sum(socket.open and socket.is_dialogue for socket in self.sockets)

    @property
    def running(self) -> int:
        """Return how many generations are running."""
        return sum(item.state == "running" for item in self.generations)

    @property
    def aborted(self) -> int:
        """Return how many generations ended early because the client disconnected."""
        return sum(item.state == "aborted" for item in self.generations)

    @property
    def credits(self) -> int:
        """Return the credits of all generations."""
        return sum(item.credits for item in self.generations)

    @property
    def characters(self) -> int:
        """Return the characters of all generations."""
        return sum(len(item.text) for item in self.generations)

    def last_request(self, path: str = "") -> RequestEntry:
        """Return the latest request whose path contains a text."""
        return next(r for r in reversed(self.requests) if path in r.path)

    async def until(self, condition: Callable[[Journal], bool], timeout: float = 10.0) -> None:
        """Wait until the journal meets a condition, or raise TimeoutError."""
        async with asyncio.timeout(timeout):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    def to_json(self) -> dict[str, Any]:
        """Return all entries as JSON."""
        return {
            "requests": [asdict(item) for item in self.requests],
            "sockets": [asdict(item) for item in self.sockets],
            "generations": [item.to_json() for item in self.generations],
            "open_sockets": self.open_sockets,
            "dialogue_sessions": self.dialogue_sessions,
            "running": self.running,
            "credits": self.credits,
            "characters": self.characters,
        }


def _parts_with_text(message: Any) -> list[dict[str, Any]]:
    """Return the message, or the inputs of a dialogue in it."""
    if not isinstance(message, dict):
        return []
    inputs = message.get("inputs")
    parts = inputs if isinstance(inputs, list) else [message]
    return [part for part in parts if isinstance(part, dict)]
