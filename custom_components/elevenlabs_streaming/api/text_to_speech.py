"""The Text-to-Speech API: how a request is laid out for its HTTP route and its WebSocket.

Source: docs/protocol.md, "WebSocket messages" and "HTTP requests".
"""

from collections.abc import Mapping
from typing import Any, Final

from .request import SpeechRequest
from .request_fields import present, query, set_fields, valid

_KEEP_ALIVE_SHARE: Final = 0.4
_NO_TEXT: Final = " "


class TextToSpeech:
    """One request of the Text-to-Speech API."""

    names_voice = True

    def __init__(self, request: SpeechRequest) -> None:
        """`request`: what to speak, and how."""
        self._request = request

    @property
    def http_path(self) -> str:
        """The path of the HTTP route."""
        return f"v1/text-to-speech/{self._request.voice_id}/stream/with-timestamps"

    @property
    def socket_path(self) -> str:
        """The path of the WebSocket."""
        return f"v1/text-to-speech/{self._request.voice_id}/stream-input"

    @property
    def keep_alive_after(self) -> float:
        """Seconds without text after which the server wants a sign of life."""
        return max(1, self._request.inactivity_timeout) * _KEEP_ALIVE_SHARE

    def http_query(self) -> dict[str, str]:
        """Return the query of an HTTP request."""
        request = self._request
        return query(
            output_format=request.output_format.current_name,
            enable_logging=None if request.enable_logging else False,
            optimize_streaming_latency=request.optimize_streaming_latency,
        )

    def http_body(self, text: str) -> dict[str, Any]:
        """Return the JSON body of an HTTP request."""
        request = self._request
        return present(
            text=valid(text),
            model_id=request.model_id,
            language_code=request.language_code,
            voice_settings=set_fields(request.voice_settings),
            pronunciation_dictionary_locators=request.locators,
            seed=request.seed,
            previous_text=request.previous_text and valid(request.previous_text),
            next_text=request.next_text and valid(request.next_text),
            previous_request_ids=list(request.previous_request_ids),
            next_request_ids=list(request.next_request_ids),
            use_pvc_as_ivc=request.use_pvc_as_ivc,
            audio_effects=request.audio_effects,
            apply_text_normalization=request.apply_text_normalization,
            apply_language_text_normalization=request.apply_language_text_normalization,
        )

    def socket_query(self) -> dict[str, str]:
        """Return the query of a WebSocket."""
        request = self._request
        return query(
            model_id=request.model_id,
            language_code=request.language_code,
            output_format=request.output_format,
            inactivity_timeout=request.inactivity_timeout,
            sync_alignment=request.sync_alignment,
            auto_mode=request.auto_mode or None,
            enable_ssml_parsing=request.enable_ssml_parsing or None,
            enable_logging=None if request.enable_logging else False,
            apply_text_normalization=request.apply_text_normalization,
            apply_language_text_normalization=request.apply_language_text_normalization,
            seed=request.seed,
            optimize_streaming_latency=request.optimize_streaming_latency,
        )

    def first_message(self, credentials: Mapping[str, str]) -> dict[str, Any]:
        """Return the message that opens a socket; its text is one space."""
        schedule = list(self._request.chunk_length_schedule)
        return present(
            text=_NO_TEXT,
            voice_settings=set_fields(self._request.voice_settings),
            generation_config={"chunk_length_schedule": schedule} if schedule else None,
            pronunciation_dictionary_locators=self._request.locators,
            **credentials,
        )

    def text_message(
        self,
        text: str,
        voice_id: str | None = None,  # noqa: ARG002  # the socket has one voice
        *,
        flush: bool = False,
    ) -> dict[str, Any]:
        """Return a message with a piece of text; it must end in a space."""
        return present(
            text=valid(text),
            flush=flush or None,
            try_trigger_generation=self._request.try_trigger_generation,
        )

    def flush_message(self) -> dict[str, Any]:
        """Return the message that has everything generated. An empty text would end the stream."""
        return self.text_message(_NO_TEXT, flush=True)

    def keep_alive_message(self) -> dict[str, Any]:
        """Return the message that restarts the server's inactivity timer."""
        return {"text": _NO_TEXT}

    def end_message(self) -> dict[str, Any]:
        """Return the message that ends the text."""
        return {"text": ""}
