"""When audio and captions are passed on: at once, or several chunks together."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..speech import AMPLE_LEAD_S

# Seconds. Each delivery wakes several tasks of Home Assistant and the dashboards.
_TOGETHER_S: Final = 0.15
# Chunks. A delivery of more would hold the event loop for milliseconds.
_MOST_TOGETHER: Final = 16


class Batcher:
    """Delivers each chunk at once while a listener may be close behind, and else some together."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        """`deliver` passes on all that was added since the last time."""
        self._deliver = deliver
        self._began: float | None = None
        self._seconds = 0.0
        self._seconds_delivered = 0.0
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, seconds: float) -> None:
        """Note a chunk, with which there are so many seconds of audio."""
        self._seconds = seconds
        self._count += 1
        if self._timer:
            if self._count >= _MOST_TOGETHER:
                self.close()
            return
        loop = asyncio.get_running_loop()
        if self._began is None:
            self._began = loop.time()
        if self._seconds_delivered - (loop.time() - self._began) < AMPLE_LEAD_S:
            self._flush()
        else:
            self._timer = loop.call_later(_TOGETHER_S, self._flush)

    def close(self) -> None:
        """Deliver what waits still."""
        if self._timer:
            self._timer.cancel()
            self._flush()

    def _flush(self) -> None:
        self._timer = None
        self._count = 0
        self._seconds_delivered = self._seconds
        self._deliver()
