"""What sets a WebSocket route apart from the others."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from .accounts import AccountState
from .api_errors import ApiError, RequestValidationError
from .behaviour import Behaviour
from .speech_models import SpeechModel
from .websocket_connection import WebSocketConnection
from .websocket_schema import MessageSchema


class SocketRoute(ABC):
    """A WebSocket route: its parameters, its messages, and how it converses."""

    parameters: ClassVar[frozenset[str]]
    credentials_parameter: ClassVar[str] = "authorization"
    schema: ClassVar[MessageSchema]
    is_dialogue: ClassVar[bool] = False

    def unknown_parameters(self, query: Mapping[str, str]) -> list[str]:
        """Return the query parameters that the route doesn't have."""
        return [name for name in query if name not in self.parameters]

    def error_frame(self, error: ApiError | RequestValidationError) -> dict[str, Any]:
        """Return the frame that is sent before the close."""
        return error.websocket_frame()

    @abstractmethod
    def parse_model(self, request: web.Request, caller: AccountState) -> SpeechModel:
        """Return the model of the query after checking all of the query."""

    @abstractmethod
    def refuses_model(self, model: SpeechModel, behaviour: Behaviour) -> bool:
        """Return whether a model isn't available on the route."""

    @abstractmethod
    async def converse(
        self, connection: WebSocketConnection, caller: AccountState, message: dict[str, Any]
    ) -> bool:
        """Answer the first message and those after it; return whether to close at the end."""
