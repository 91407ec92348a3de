"""The dialogue of a WebSocket, or of one of its contexts."""

from collections.abc import Mapping, Sequence
from typing import Any

from . import api_errors
from .behaviour import Behaviour
from .dialogue_buffer import DialogueBuffer
from .dialogue_lines import DialogueLine, parse_lines
from .parameters import LOCATORS
from .speech_script import SpeechScript, SpokenInput
from .synthesis_request import SynthesisRequest
from .websocket_speech import WebSocketSpeech

_FIRST_ONLY = ("voices", "voice_settings", LOCATORS)


class DialogueContext:
    """The lines of some voices, which come in pieces."""

    def __init__(
        self, voices: Mapping[str, SynthesisRequest], behaviour: Behaviour, speech: WebSocketSpeech
    ) -> None:
        self._voices = voices
        self._buffer = DialogueBuffer(
            behaviour.dialogue_trigger_characters, behaviour.dialogue_trigger_words
        )
        self._discards_rest = behaviour.dialogue_close_context == "discard"
        self._has_started = False
        self.speech = speech

    def append_message(self, message: dict[str, Any]) -> None:
        """Buffer the lines of a message, and generate what is due."""
        self._check_first_only(message)
        for line in parse_lines(message.get("inputs") or [], ("inputs",)):
            self._append_line(line)
        flush = bool(message.get("flush"))
        self._queue_lines(self._buffer.flush() if flush else self._buffer.release_if_due())

    def is_end(self, message: dict[str, Any]) -> bool:
        """Return whether a message ends the dialogue."""
        return bool(message.get("close_socket"))

    def finish(self) -> None:
        """End the dialogue, and generate what is left of it."""
        self._queue_lines(self._buffer.flush())
        self.speech.end_input()

    def close(self) -> None:
        """End the dialogue; whether the rest is generated isn't confirmed."""
        if self._discards_rest:
            self.speech.end_input()
        else:
            self.finish()

    def _check_first_only(self, message: Mapping[str, Any]) -> None:
        late = [name for name in _FIRST_ONLY if message.get(name) is not None]
        if late and self._has_started:
            raise api_errors.set_after_first_message(late[0])
        self._has_started = True

    def _append_line(self, line: DialogueLine) -> None:
        if line.voice_id not in self._voices:
            message = f"The voice '{line.voice_id}' is not one of the voices of the first message."
            raise api_errors.ApiError(400, "invalid_voice_id", message, param="voice_id")
        if line.new_turn:
            self._queue_lines(self._buffer.flush())
        self._buffer.append_line(line)

    def _queue_lines(self, lines: Sequence[DialogueLine]) -> None:
        if lines:
            inputs = (SpokenInput(line.text, self._voices[line.voice_id]) for line in lines)
            self.speech.queue_script(SpeechScript(tuple(inputs)))
