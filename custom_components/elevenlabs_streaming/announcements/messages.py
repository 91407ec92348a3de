"""Who is being told what is spoken: one computation for any number of subscribers."""

from collections.abc import Callable
import logging
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback

_LOGGER = logging.getLogger(__name__)

type Listener = Callable[[dict[str, Any]], None]


class CaptionSubscribers:
    """Hands messages to subscribers."""

    def __init__(self) -> None:
        """Start with nobody to tell."""
        self._listeners: list[Listener] = []

    @property
    def is_heard(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._listeners)

    @callback
    def subscribe(self, listener: Listener) -> CALLBACK_TYPE:
        """Tell `listener` of all that follows, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to all; a listener that fails does not stop the speech."""
        for listener in tuple(self._listeners):
            try:
                listener(message)
            except Exception:
                _LOGGER.exception("A caption subscriber failed")
