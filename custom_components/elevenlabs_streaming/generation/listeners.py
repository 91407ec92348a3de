"""Whether anybody still hears a reply that is being written.

Home Assistant has audio made to its end whoever listens. That is right for a text that is cached,
but a reply that grows is heard once, and all that is made after its last listener left is paid for
nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from homeassistant.components.tts import ResultStream
from homeassistant.core import callback

from .ha_internals import count_listeners, is_growing

# Players fetch the beginning to see what it is, or come back after a moment without network.
_MAY_COME_BACK_S: Final = 10.0


class ListenerCount:
    """The listeners of one stream."""

    def __init__(self, stream: ResultStream) -> None:
        """Count from now on."""
        self._stream = stream
        self._present = 0
        self._timer: asyncio.TimerHandle | None = None
        self._on_empty: Callable[[], None] | None = None
        count_listeners(stream, self._came, self._left)

    @callback
    def watch(self, on_empty: Callable[[], None]) -> None:
        """Call `on_empty` once all have left a growing text for good."""
        self._on_empty = on_empty

    @callback
    def close(self) -> None:
        """Stop watching."""
        self._on_empty = None
        self._stop_waiting()

    def _came(self) -> None:
        self._present += 1
        self._stop_waiting()

    def _left(self) -> None:
        self._present -= 1
        if not self._present and self._on_empty:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_MAY_COME_BACK_S, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._on_empty and is_growing(self._stream):
            self._on_empty()

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
