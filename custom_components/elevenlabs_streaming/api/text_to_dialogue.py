"""The Text-to-Dialogue API: how a request is laid out for its HTTP route and its WebSocket.

Eleven v3 and v4 stream over it alone. Source: docs/protocol.md, "Text-to-Dialogue".
"""

from collections.abc import Mapping
from typing import Any, Final

from .request import SpeechRequest
from .request_fields import present, query, set_fields, valid

_PATH: Final = "v1/text-to-dialogue"
# The server's timer of 20 s cannot be changed.
_KEEP_ALIVE_AFTER_S: Final = 15.0


class TextToDialogue:
    """One request of the Text-to-Dialogue API."""

    http_path = f"{_PATH}/stream/with-timestamps"
    socket_path = f"{_PATH}/stream-input"
    keep_alive_after = _KEEP_ALIVE_AFTER_S
    names_voice = False

    def __init__(self, request: SpeechRequest) -> None:
        """`request`: what to speak, and how."""
        self._request = request
        self._last_voice: str | None = None
        """The voice of the last piece of text, if the request has several."""

    def http_query(self) -> dict[str, str]:
        """Return the query of an HTTP request."""
        return query(
            output_format=self._request.output_format.current_name,
            enable_logging=None if self._request.enable_logging else False,
        )

    def http_body(self, text: str) -> dict[str, Any]:
        """Return the JSON body of an HTTP request; a text has at most 2,000 characters."""
        request = self._request
        return present(
            inputs=self._inputs(text),
            model_id=request.model_id,
            language_code=request.language_code,
            settings=self._settings(),
            pronunciation_dictionary_locators=request.locators,
            seed=request.seed,
            apply_text_normalization=request.apply_text_normalization,
        )

    def socket_query(self) -> dict[str, str]:
        """Return the query of a WebSocket."""
        request = self._request
        return query(
            model_id=request.model_id,
            language_code=request.language_code,
            output_format=request.output_format,
            sync_alignment=request.sync_alignment,
            enable_logging=None if request.enable_logging else False,
            apply_text_normalization=request.apply_text_normalization,
            seed=request.seed,
        )

    def first_message(self, credentials: Mapping[str, str]) -> dict[str, Any]:
        """Return the message that opens a socket. Its fields are refused in any later one."""
        return present(
            voices=list(self._request.dialogue_voices) or [self._request.voice_id],
            voice_settings=self._settings(),
            pronunciation_dictionary_locators=self._request.locators,
            **credentials,
        )

    def text_message(
        self, text: str, voice_id: str | None = None, *, flush: bool = False
    ) -> dict[str, Any]:
        """Return a message with a piece of text for one of the voices; it must end in a space."""
        return present(inputs=self._inputs(text, voice_id), flush=flush or None)

    def flush_message(self) -> dict[str, Any]:
        """Return the message that has everything generated."""
        return {"flush": True}

    def keep_alive_message(self) -> dict[str, Any]:
        """Return the message that restarts the server's inactivity timer."""
        return {"keep_alive": True}

    def end_message(self) -> dict[str, Any]:
        """Return the message that ends the text."""
        return {"close_socket": True}

    def _inputs(self, text: str, voice_id: str | None = None) -> list[dict[str, Any]]:
        voice_id = voice_id or self._request.voice_id
        is_new_turn = self._last_voice not in (None, voice_id)
        self._last_voice = voice_id
        return [present(text=valid(text), voice_id=voice_id, new_turn=is_new_turn or None)]

    def _settings(self) -> dict[str, Any]:
        """Return the settings that the API has."""
        known = ("stability", "clone_strength")
        settings = set_fields(self._request.voice_settings)
        return {name: settings[name] for name in known if name in settings}
