"""Where the WebSocket is of no use: models and formats that it lacks, networks that block it."""

import asyncio
import logging

from ..api import ElevenLabsError, Model, OutputFormat, SpeechRequest
from ..api.errors import (
    BusyError,
    InvalidRequestError,
    OutputFormatNotAllowedError,
    UnsupportedModelError,
)

_LOGGER = logging.getLogger(__name__)

# Proxies that block WebSockets mostly stay, but a network may have had a bad moment.
_BLOCKED_S = 300.0
_MOMENT_S = 10.0
_FORBIDDEN = 403
_FIRST_CLOSE_CODE = 1000


class WebSocketSupport:
    """Remembers for an account which utterances need not try the WebSocket.

    What fails is remembered for its format only, since a handshake that is refused does not tell
    whether the network or the format is meant.
    """

    def __init__(self) -> None:
        """Start with nothing that fails."""
        self._models: set[str] = set()
        self._formats: set[OutputFormat] = set()
        self._failed_at: dict[OutputFormat, float] = {}
        """When a format failed first, without having worked since."""
        self._blocked_until: dict[OutputFormat, float] = {}

    def is_open(self, request: SpeechRequest) -> bool:
        """Return whether the WebSocket is worth a try."""
        output_format = request.output_format
        if request.model_id in self._models or output_format in self._formats:
            return False
        return _now() >= self._blocked_until.get(output_format, 0.0)

    def worked(self, request: SpeechRequest) -> None:
        """Record that a socket spoke."""
        self._failed_at.pop(request.output_format, None)

    def refused(self, request: SpeechRequest, model: Model, err: ElevenLabsError) -> None:
        """Remember a refusal, now that HTTP has spoken in its place."""
        if _is_about_model(model, err):
            _LOGGER.info("%s does not speak on the WebSocket", request.model_id)
            self._models.add(request.model_id)
        elif _is_about_request(err):
            _LOGGER.info("The WebSocket does not speak in %s", request.output_format)
            self._formats.add(request.output_format)
        elif not isinstance(err, BusyError):
            self._failed(request.output_format, err)

    def _failed(self, output_format: OutputFormat, err: ElevenLabsError) -> None:
        """Leave the WebSocket out for a while if it failed at two different moments."""
        now = _now()
        if now - self._failed_at.setdefault(output_format, now) < _MOMENT_S:
            return
        _LOGGER.info("The WebSocket cannot be used for now: %s", err.cause)
        self._blocked_until[output_format] = now + _BLOCKED_S


def _is_about_model(model: Model, err: ElevenLabsError) -> bool:
    """Return whether a model is refused.

    A model known to speak there is not what a bare 403 is about, but the network.
    """
    is_model_s = err.status != _FORBIDDEN or not model.facts.confirmed
    return isinstance(err, UnsupportedModelError) and is_model_s


def _is_about_request(err: ElevenLabsError) -> bool:
    """Return whether an open socket refused what HTTP accepts."""
    if isinstance(err, OutputFormatNotAllowedError):
        return True
    return type(err) is InvalidRequestError and (err.status or 0) >= _FIRST_CLOSE_CODE


def _now() -> float:
    return asyncio.get_running_loop().time()
