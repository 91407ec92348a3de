"""Where the WebSocket is of no use: models that do not speak on it, networks that block it."""

import asyncio
import logging

from ..api import ElevenLabsError, Model
from ..api.errors import BusyError, UnsupportedModelError

_LOGGER = logging.getLogger(__name__)

# Proxies that block WebSockets mostly stay, but a network may have had a bad moment.
_BLOCKED_S = 300.0
_FORBIDDEN = 403


class WebSocketSupport:
    """Remembers for an account which utterances need not try the WebSocket."""

    def __init__(self) -> None:
        """Start with all that is known of the models."""
        self._models: set[str] = set()
        self._blocked_until = 0.0

    def is_open(self, model_id: str, model: Model) -> bool:
        """Whether the WebSocket is worth a try."""
        if not model.facts.websocket or model_id in self._models:
            return False
        return asyncio.get_running_loop().time() >= self._blocked_until

    def refused(self, model_id: str, model: Model, err: ElevenLabsError) -> None:
        """Remember a refusal, now that HTTP has spoken in its place.

        A model known to speak there is not what a bare 403 is about, but the network.
        """
        is_about_model = err.status != _FORBIDDEN or not model.facts.confirmed
        if isinstance(err, UnsupportedModelError) and is_about_model:
            _LOGGER.info("%s does not speak on the WebSocket", model_id)
            self._models.add(model_id)
        elif not isinstance(err, BusyError):
            _LOGGER.info("The WebSocket cannot be used for now: %s", err.cause)
            self._blocked_until = asyncio.get_running_loop().time() + _BLOCKED_S
