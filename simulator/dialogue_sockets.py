"""The WebSocket routes of text to dialogue: one dialogue, and several at a time."""

from typing import Any, override

from aiohttp import web

from . import api_errors
from .accounts import AccountState
from .api_errors import ApiError, RequestValidationError
from .behaviour import Behaviour
from .dialogue_context import DialogueContext
from .dialogue_parser import DIALOGUE_SETTINGS, DialogueOptions, refuses_dialogue
from .request_context import SIMULATOR
from .socket_route import SocketRoute
from .speech_models import SpeechModel
from .websocket_connection import WebSocketConnection
from .websocket_contexts import MultiInput
from .websocket_input import SingleInput
from .websocket_messages import AlignmentClock, DialogueMessages
from .websocket_schema import MessageSchema
from .websocket_speech import WebSocketSpeech

_INACTIVITY_TIMEOUT = 20.0
_FIELDS = frozenset(
    {
        "inputs",
        "flush",
        "close_socket",
        "keep_alive",
        "xi_api_key",
        "authorization",
        "single_use_token",
        "voices",
        "voice_settings",
        "pronunciation_dictionary_locators",
    }
)
_FLAGS = ("flush", "close_socket", "keep_alive")


class DialogueRoute(SocketRoute):
    """`stream-input` of text to dialogue: the lines of some voices."""

    parameters = frozenset(
        {
            "model_id",
            "output_format",
            "language_code",
            "enable_logging",
            "seed",
            "apply_text_normalization",
            "sync_alignment",
            "single_use_token",
        }
    )
    credentials_parameter = "single_use_token"
    schema = MessageSchema(fields=_FIELDS, flags=_FLAGS, voice_settings=DIALOGUE_SETTINGS)
    is_dialogue = True

    @override
    def parse_model(self, request: web.Request, caller: AccountState) -> SpeechModel:
        return _parse_query(request, caller).model

    @override
    def refuses_model(self, model: SpeechModel, behaviour: Behaviour) -> bool:
        return refuses_dialogue(model, behaviour)

    @override
    def error_frame(self, error: ApiError | RequestValidationError) -> dict[str, Any]:
        frame = error.websocket_frame()
        return {**frame, "param": error.param} if error.param else frame

    @override
    async def converse(
        self, connection: WebSocketConnection, caller: AccountState, message: dict[str, Any]
    ) -> bool:
        context = _DialogueContexts(connection, caller).create(message)
        return await SingleInput(connection, context, _INACTIVITY_TIMEOUT).converse(message)


class MultiDialogueRoute(DialogueRoute):
    """`multi-stream-input` of text to dialogue: several dialogues."""

    schema = MessageSchema(
        fields=_FIELDS | {"context_id", "close_context"},
        flags=(*_FLAGS, "close_context"),
        voice_settings=DIALOGUE_SETTINGS,
    )

    @override
    async def converse(
        self, connection: WebSocketConnection, caller: AccountState, message: dict[str, Any]
    ) -> bool:
        contexts = _DialogueContexts(connection, caller)
        reader = MultiInput(connection, caller.behaviour, contexts, _INACTIVITY_TIMEOUT)
        return await reader.converse(message)


class _DialogueContexts:
    """Creates the contexts of a WebSocket."""

    def __init__(self, connection: WebSocketConnection, caller: AccountState) -> None:
        self._connection = connection
        self._caller = caller
        self._options = _parse_query(connection.request, caller)

    def context_id(self, message: dict[str, Any]) -> str:
        """Return the context that a message is about."""
        found = message.get("context_id")
        if not isinstance(found, str) or not found:
            raise RequestValidationError(("context_id",), "Field required", "missing")
        return found

    def check_reuse(self, context_id: str) -> None:
        """Refuse an ID again before the final message of the old context (Pipecat)."""
        text = f"The context '{context_id}' is still closing."
        raise api_errors.ApiError(400, "context_closing", text, param="context_id")

    def create_context(self, context_id: str, message: dict[str, Any]) -> DialogueContext:
        """Return a new context for its first message, which must name its voices."""
        if message.get("keep_alive"):
            text = f"The context '{context_id}' is not registered."
            raise api_errors.ApiError(400, "context_not_found", text, param="context_id")
        return self.create(message, context_id)

    def create(self, message: dict[str, Any], context_id: str | None = None) -> DialogueContext:
        """Return the context of a first message."""
        caller, entry = self._caller, self._connection.entry
        parser = self._connection.simulator.dialogue_parser
        voices = parser.parse_voices(caller, self._options, message)
        entry.voice = entry.voice or next(iter(voices))
        behaviour = caller.next_stream_behaviour("websocket")
        speech = WebSocketSpeech(
            connection=self._connection,
            caller=caller,
            behaviour=behaviour,
            synthesis=next(iter(voices.values())),
            messages=self._messages(behaviour, context_id),
            route="dialogue_websocket",
            context=context_id,
        )
        return DialogueContext(voices, behaviour, speech)

    def _messages(self, behaviour: Behaviour, context_id: str | None) -> DialogueMessages:
        """Return the messages; that an alignment comes twice isn't known of dialogue."""
        clock, when = None, behaviour.double_pass
        if self._options.sync_alignment:
            clock = AlignmentClock(
                behaviour, sync_alignment=True, repeats_alignment=when == "always"
            )
        return DialogueMessages(clock, None if context_id is None else {"context_id": context_id})


def _parse_query(request: web.Request, caller: AccountState) -> DialogueOptions:
    return request.app[SIMULATOR].dialogue_parser.parse_query(caller, request.query)
