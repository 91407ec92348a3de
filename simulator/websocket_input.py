"""Read the text of a WebSocket: the first message, and those after it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from . import api_errors, dictionaries
from .behaviour import Behaviour
from .parameters import parse_locators, parse_voice_settings
from .request_parser import WebSocketOptions
from .synthesis_request import SynthesisRequest
from .text_buffer import TextBuffer, parse_chunk_schedule
from .websocket_speech import WebSocketSpeech

LOCATORS = "pronunciation_dictionary_locators"

type ReceiveMessage = Callable[[float | None], Awaitable[dict[str, Any] | None]]
"""Receives a message within some seconds; None when the client has disconnected."""


class InitialMessage:
    """The first message, which sets up the connection."""

    def __init__(
        self, message: dict[str, Any], behaviour: Behaviour, options: WebSocketOptions
    ) -> None:
        self.message = message
        self._behaviour = behaviour
        if behaviour.ws_first_message == "strict" and message["text"] != " ":
            raise api_errors.invalid_input_message()
        self._voice_settings = _voice_settings(message)
        self._generation_config = _generation_config(message)
        self._aliases = dictionaries.find_aliases(parse_locators(message.get(LOCATORS)))
        clamp = behaviour.ws_schedule_range == "clamp"
        self.buffer = TextBuffer(
            parse_chunk_schedule(self._generation_config, clamp=clamp),
            auto_mode=options.auto_mode,
            trigger_minimum=behaviour.try_trigger_minimum,
        )

    def complete_request(self, synthesis: SynthesisRequest) -> SynthesisRequest:
        """Return the request of the query with the settings of the message."""
        return replace(synthesis, voice_settings=self._voice_settings, aliases=self._aliases)

    def check_unchanged(self, message: Mapping[str, Any]) -> None:
        """Raise an error if a later message changes the settings."""
        if self._behaviour.ws_settings_change == "ignore":
            return
        has_settings = message.get("voice_settings") is not None
        if has_settings and _voice_settings(message) != self._voice_settings:
            raise api_errors.voice_settings_changed()
        config = _generation_config(message)
        if config is not None and config != self._generation_config:
            raise api_errors.generation_config_changed()


class TextInput:
    """Passes the text of the messages to the generation."""

    def __init__(
        self,
        receive: ReceiveMessage,
        speech: WebSocketSpeech,
        initial: InitialMessage,
        options: WebSocketOptions,
    ) -> None:
        self._receive = receive
        self._speech = speech
        self._initial = initial
        self._inactivity_timeout = options.inactivity_timeout
        self._has_ended = False

    async def read_messages(self) -> None:
        """Read messages until the client disconnects."""
        self._process_text(self._initial.message)
        while (message := await self._receive(self._timeout())) is not None:
            self._process_message(message)

    def _timeout(self) -> float | None:
        has_timeout = not self._has_ended and not self._speech.behaviour.silent
        return self._inactivity_timeout if has_timeout else None

    def _process_message(self, message: dict[str, Any]) -> None:
        if not self._has_ended:
            self._initial.check_unchanged(message)
            self._process_text(message)
        elif self._speech.behaviour.ws_text_after_end == "error":
            raise api_errors.invalid_input_message()

    def _process_text(self, message: dict[str, Any]) -> None:
        buffer, text = self._initial.buffer, message["text"]
        if text == "":
            self._has_ended = True
            self._speech.queue_text(buffer.flush())
            self._speech.end_input()
            return
        trigger = bool(message.get("try_trigger_generation"))
        flush = bool(message.get("flush"))
        self._speech.queue_text(buffer.append_text(text, flush=flush, trigger=trigger))


def _voice_settings(message: Mapping[str, Any]) -> dict[str, Any]:
    return parse_voice_settings(message.get("voice_settings"), ("voice_settings",))


def _generation_config(message: Mapping[str, Any]) -> object:
    """Return the generation config, which has two names; docs/protocol.md, "WebSocket messages"."""
    config = message.get("generation_config")
    return message.get("generator_config") if config is None else config
