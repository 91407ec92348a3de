"""How long a listener is left without sound before the fallback goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from ..speech import Outcome, Route, TextSource

# Seconds. The fallback needs some too, and after a second and a half people think it is over.
_LONGEST_GAP_S: Final = 0.9
# The slowest model takes so long until it begins (docs/protocol.md, "Latency and concurrency").
_LONGEST_START_S: Final = 1.5
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
        self._is_whole: bool | None = None
        """Whether the text was complete at the first sound."""
        self._owed_since: float | None = None
        """Since when the silence is no pause of the text."""

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
        if self._is_whole is None:
            self._is_whole = self._text.ended
        self._silent_from = max(_now(), self._silent_from) + seconds
        if self._timer is None:
            self._look_at(self._silent_from)

    def _look_at(self, time: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(time, self._look)

    def _look(self) -> None:
        now = _now()
        is_silent = now >= self._silent_from
        if not (is_silent and self._is_owed):
            self._owed_since = None
            self._look_at(now + _LOOK_AGAIN_S if is_silent else self._silent_from)
        elif now < (due := self._due(now)):
            self._look_at(min(due, now + _LOOK_AGAIN_S))
        elif self._deadline and self._is_replaceable():
            self._deadline.reschedule(now)
        else:
            self._look_at(now + _LOOK_AGAIN_S)

    @property
    def _is_owed(self) -> bool:
        """Whether there is more to hear of what ElevenLabs was given."""
        if self._text.ended and self._is_one_stream:
            return True
        return self._outcome.owed.is_certain and self._outcome.is_missing()

    @property
    def _is_one_stream(self) -> bool:
        """Whether audio goes on without a pause; over HTTP each new sentence is a request."""
        return bool(self._is_whole) or self._outcome.route is not Route.HTTP

    def _due(self, now: float) -> float:
        """Return until when the next sound must have come."""
        if self._owed_since is None:
            self._owed_since = now
        asked_at = self._outcome.owed.asked_at
        start = asked_at + _LONGEST_START_S if asked_at else 0.0
        return max(self._silent_from, self._owed_since, start) + _LONGEST_GAP_S


def _now() -> float:
    return asyncio.get_running_loop().time()
