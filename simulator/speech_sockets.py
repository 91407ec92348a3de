"""The WebSocket routes of text to speech: one text, and several at a time."""

from typing import Any, override

from aiohttp import web

from .accounts import AccountState
from .behaviour import Behaviour
from .parameters import LOCATORS
from .request_context import SIMULATOR
from .request_parser import (
    WEBSOCKET_QUERY,
    WebSocketOptions,
    parse_websocket_options,
)
from .socket_route import SocketRoute
from .speech_models import SpeechModel
from .synthesis_request import SynthesisRequest
from .text_context import InitialMessage, TextContext, check_first_text
from .websocket_connection import WebSocketConnection
from .websocket_contexts import MultiInput
from .websocket_input import SingleInput
from .websocket_messages import AlignmentClock, SpeechMessages
from .websocket_schema import MessageSchema
from .websocket_speech import WebSocketSpeech

_FIELDS = frozenset(
    {
        "text",
        "voice_settings",
        "generation_config",
        "pronunciation_dictionary_locators",
        "xi_api_key",
        "xi-api-key",
        "authorization",
        "flush",
    }
)


class SpeechRoute(SocketRoute):
    """`stream-input`: the text of one voice."""

    parameters = WEBSOCKET_QUERY
    schema = MessageSchema(
        fields=_FIELDS | {"generator_config", "try_trigger_generation"},
        flags=("flush", "try_trigger_generation"),
        first_only=(LOCATORS,),
        requires_text=True,
    )

    @override
    def parse_model(self, request: web.Request, caller: AccountState) -> SpeechModel:
        synthesis, _ = _parse_query(request, caller)
        return synthesis.model

    @override
    def refuses_model(self, model: SpeechModel, behaviour: Behaviour) -> bool:
        return model.is_dialogue_only

    @override
    async def converse(
        self, connection: WebSocketConnection, caller: AccountState, message: dict[str, Any]
    ) -> bool:
        contexts = _TextContexts(connection, caller)
        check_first_text(message, caller.behaviour)
        context = contexts.create_single(message)
        timeout = contexts.options.inactivity_timeout
        return await SingleInput(connection, context, timeout).converse(message)


class MultiSpeechRoute(SpeechRoute):
    """`multi-stream-input`: several texts of one voice."""

    schema = MessageSchema(
        fields=_FIELDS | {"context_id", "contextId", "close_context", "close_socket"},
        flags=("flush", "close_context", "close_socket"),
    )

    @override
    async def converse(
        self, connection: WebSocketConnection, caller: AccountState, message: dict[str, Any]
    ) -> bool:
        contexts = _TextContexts(connection, caller)
        if message.get("text"):
            check_first_text(message, caller.behaviour)
        timeout = contexts.options.inactivity_timeout
        reader = MultiInput(connection, caller.behaviour, contexts, timeout)
        return await reader.converse(message)


class _TextContexts:
    """Creates the contexts of a WebSocket."""

    def __init__(self, connection: WebSocketConnection, caller: AccountState) -> None:
        self._connection = connection
        self._caller = caller
        self._synthesis, self.options = _parse_query(connection.request, caller)

    def context_id(self, message: dict[str, Any]) -> str:
        """Return the context that a message is about; without an ID, it is the default one."""
        found = message.get("context_id") or message.get("contextId")
        return found if isinstance(found, str) else ""

    def check_reuse(self, context_id: str) -> None:
        """Accept an ID again: the new context has nothing to do with the old one."""

    def create_single(self, message: dict[str, Any]) -> TextContext:
        """Return the only context of a WebSocket."""
        return self._create(message, None)

    def create_context(self, context_id: str, message: dict[str, Any]) -> TextContext:
        """Return a new context for its first message."""
        return self._create(message, context_id)

    def _create(self, message: dict[str, Any], context_id: str | None) -> TextContext:
        caller = self._caller
        initial = InitialMessage(message, caller.behaviour, self.options)
        synthesis = initial.complete_request(self._synthesis)
        behaviour = caller.next_stream_behaviour("websocket")
        speech = WebSocketSpeech(
            connection=self._connection,
            caller=caller,
            behaviour=behaviour,
            synthesis=synthesis,
            messages=self._messages(behaviour, synthesis, context_id),
            route="websocket",
            context=context_id,
        )
        return TextContext(initial, synthesis, speech)

    def _messages(
        self, behaviour: Behaviour, synthesis: SynthesisRequest, context_id: str | None
    ) -> SpeechMessages:
        clock = AlignmentClock(
            behaviour,
            sync_alignment=self.options.sync_alignment,
            repeats_alignment=synthesis.repeats_alignment(behaviour),
        )
        key = "context_id" if behaviour.ws_keys == "snake" else "contextId"
        context = None if context_id is None else {key: context_id or None}
        return SpeechMessages(behaviour, clock, context)


def _parse_query(
    request: web.Request, caller: AccountState
) -> tuple[SynthesisRequest, WebSocketOptions]:
    """Return the checked request and the options of the query."""
    parser, query = request.app[SIMULATOR].request_parser, request.query
    synthesis = parser.parse_websocket_query(caller, request.match_info["voice_id"], query)
    return synthesis, parse_websocket_options(query)
