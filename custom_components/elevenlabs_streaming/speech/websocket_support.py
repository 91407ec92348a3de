"""Where the WebSocket is of no use: models and formats that it lacks, networks that block it."""

import asyncio
import logging

from ..api import ElevenLabsError, Model, OutputFormat, SpeechRequest, model_facts
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

type _Kind = tuple[bool, OutputFormat]
"""Whether it is a WebSocket of Text-to-Dialogue, and its format."""


class WebSocketSupport:
    """Remembers for an account which utterances need not try the WebSocket.

    What fails is remembered for its API and format only, since a handshake that is refused does not
    tell whether the network, the plan, or the format is meant.
    """

    def __init__(self) -> None:
        """Start with nothing that fails."""
        self._models: set[str] = set()
        self._formats: set[_Kind] = set()
        self._failed_at: dict[_Kind, float] = {}
        """When a kind failed first, without having worked since."""
        self._blocked_until: dict[_Kind, float] = {}

    def is_open(self, request: SpeechRequest) -> bool:
        """Return whether the WebSocket is worth a try."""
        kind = _kind_of(request)
        if request.model_id in self._models or kind in self._formats:
            return False
        return _now() >= self._blocked_until.get(kind, 0.0)

    def worked(self, request: SpeechRequest) -> None:
        """Record that a socket spoke."""
        self._failed_at.pop(_kind_of(request), None)

    def refused(self, request: SpeechRequest, model: Model, err: ElevenLabsError) -> None:
        """Remember a refusal, now that HTTP has spoken in its place."""
        if _is_about_model(model, err):
            _LOGGER.info("%s does not speak on the WebSocket", request.model_id)
            self._models.add(request.model_id)
        elif _is_about_request(err):
            _LOGGER.info("The WebSocket does not speak in %s", request.output_format)
            self._formats.add(_kind_of(request))
        elif not isinstance(err, BusyError):
            self._failed(_kind_of(request), err)

    def _failed(self, kind: _Kind, err: ElevenLabsError) -> None:
        """Leave the WebSocket out for a while if it failed at two different moments."""
        now = _now()
        if now - self._failed_at.setdefault(kind, now) < _MOMENT_S:
            return
        _LOGGER.info("The WebSocket cannot be used for now: %s", err.cause)
        self._blocked_until[kind] = now + _BLOCKED_S


def _kind_of(request: SpeechRequest) -> _Kind:
    return model_facts(request.model_id).dialogue, request.output_format


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
