"""The text of a text-to-speech WebSocket: the first message, and those after it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import api_errors, dictionaries
from .behaviour import Behaviour
from .parameters import LOCATORS, parse_locators, parse_voice_settings
from .request_parser import WebSocketOptions
from .speech_script import SpeechScript
from .synthesis_request import SynthesisRequest
from .text_buffer import TextBuffer, parse_chunk_schedule
from .websocket_speech import WebSocketSpeech


class InitialMessage:
    """The first message, which sets up the connection or a context of it."""

    def __init__(
        self, message: dict[str, Any], behaviour: Behaviour, options: WebSocketOptions
    ) -> None:
        self._behaviour = behaviour
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


class TextContext:
    """A text of one voice that comes in pieces."""

    def __init__(
        self, initial: InitialMessage, synthesis: SynthesisRequest, speech: WebSocketSpeech
    ) -> None:
        self._initial = initial
        self._synthesis = synthesis
        self.speech = speech

    def append_message(self, message: dict[str, Any]) -> None:
        """Buffer the text of a message, and generate what is due."""
        self._initial.check_unchanged(message)
        text, flush = message.get("text") or "", bool(message.get("flush"))
        if message.get("close_context") or not (text or flush):
            return
        trigger = bool(message.get("try_trigger_generation"))
        self._queue_text(self._initial.buffer.append_text(text, flush=flush, trigger=trigger))

    def is_end(self, message: dict[str, Any]) -> bool:
        """Return whether a message ends the text: an empty one does."""
        return not message["text"]

    def finish(self) -> None:
        """End the text, and generate what is left of it."""
        self._queue_text(self._initial.buffer.flush())
        self.speech.end_input()

    def close(self) -> None:
        """End the text without what isn't being generated yet."""
        self.speech.end_input()

    def _queue_text(self, text: str) -> None:
        if text:
            self.speech.queue_script(SpeechScript.for_text(text, self._synthesis))


def check_first_text(message: Mapping[str, Any], behaviour: Behaviour) -> None:
    """Raise an error if the first text isn't one space."""
    if behaviour.ws_first_message == "strict" and message["text"] != " ":
        raise api_errors.invalid_input_message()


def _voice_settings(message: Mapping[str, Any]) -> dict[str, Any]:
    return parse_voice_settings(message.get("voice_settings"), ("voice_settings",))


def _generation_config(message: Mapping[str, Any]) -> object:
    """Return the generation config, which has two names; docs/protocol.md, "WebSocket messages"."""
    config = message.get("generation_config")
    return message.get("generator_config") if config is None else config
