"""How long a listener is left without sound before the fallback goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from ..speech import Outcome, Route, TextSource

# Seconds. The fallback needs some too, and after a second and a half people think it is over.
_LONGEST_GAP_S: Final = 0.9
_LOOK_AGAIN_S: Final = 0.25


class GapLimit:
    """Ends speech that owes its listener sound, where somebody else could go on."""

    def __init__(
        self, outcome: Outcome, text: TextSource, is_replaceable: Callable[[], bool]
    ) -> None:
        """`is_replaceable`: returns whether somebody else could go on now."""
        self._outcome = outcome
        self._text = text
        self._is_replaceable = is_replaceable
        self._deadline: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._silent_from = 0.0
        """When the listener has heard all that came."""
        self._is_one_stream: bool | None = None
        self._owed_since: float | None = None
        """Since when the text is complete, so that silence is no pause of the text."""

    @asynccontextmanager
    async def applied(self) -> AsyncIterator[None]:
        """Raise TimeoutError in this context when the gap becomes too long."""
        try:
            async with asyncio.timeout(None) as self._deadline:
                yield
        finally:
            if self._timer:
                self._timer.cancel()

    def audio_came(self, seconds: float) -> None:
        """Note more audio, of so many seconds."""
        if self._is_one_stream is None:
            # Over HTTP each sentence of a growing text is a request, which takes its time.
            self._is_one_stream = self._text.ended or self._outcome.route is not Route.HTTP
        if not self._is_one_stream:
            return
        now = asyncio.get_running_loop().time()
        self._silent_from = max(now, self._silent_from) + seconds
        self._note_end(now)
        if self._timer is None:
            self._look_at(self._silent_from + _LONGEST_GAP_S)

    def _note_end(self, now: float) -> None:
        if self._owed_since is None and self._text.ended:
            self._owed_since = now

    def _look_at(self, time: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(time, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        self._note_end(now)
        due = max(self._silent_from, self._owed_since or now) + _LONGEST_GAP_S
        if now < due:
            self._look_at(due if self._owed_since else min(due, now + _LOOK_AGAIN_S))
        elif self._deadline and self._is_replaceable():
            self._deadline.reschedule(now)
        else:
            self._look_at(now + _LOOK_AGAIN_S)
