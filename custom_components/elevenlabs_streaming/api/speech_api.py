"""The APIs that speak, and which of them a model has."""

from collections.abc import Mapping
from typing import Any, Protocol

from .models import model_facts
from .request import SpeechRequest
from .text_to_dialogue import TextToDialogue
from .text_to_speech import TextToSpeech


class SpeechApi(Protocol):
    """How one API wants a request."""

    @property
    def socket_path(self) -> str:
        """The path of the WebSocket."""

    @property
    def names_voice(self) -> bool:
        """Whether the path names the voice."""

    @property
    def keep_alive_after(self) -> float:
        """Seconds without text after which the server wants a sign of life."""

    def socket_query(self) -> dict[str, str]:
        """Return the query of a WebSocket."""

    def first_message(self, credentials: Mapping[str, str]) -> dict[str, Any]:
        """Return the message that opens a socket."""

    def text_message(
        self, text: str, voice_id: str | None = None, *, flush: bool = False
    ) -> dict[str, Any]:
        """Return a message with a piece of text."""

    def flush_message(self) -> dict[str, Any]:
        """Return the message that has everything generated."""

    def keep_alive_message(self) -> dict[str, Any]:
        """Return the message that restarts the server's inactivity timer."""

    def end_message(self) -> dict[str, Any]:
        """Return the message that ends the text."""


def socket_api(request: SpeechRequest) -> SpeechApi:
    """Return the API over whose WebSocket a request's model speaks."""
    has_dialogue = model_facts(request.model_id).dialogue
    return TextToDialogue(request) if has_dialogue else TextToSpeech(request)
