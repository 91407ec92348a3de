"""Trying again, in time and not too often."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import random

type Sleep = Callable[[float], Awaitable[object]]

_FIRST_PAUSE_S = 0.25
_SHORTEST_PAUSE_S = 0.1


@dataclass(slots=True)
class Breaks:
    """Where the speech of one utterance broke off last, and how many WebSockets broke."""

    offset: int = -1
    sockets: int = 0

    def progress(self, offset: int) -> int | None:
        """Record a break; return the characters since the last one, None if there are none."""
        progress = offset - max(0, self.offset) if offset > self.offset else None
        self.offset = max(self.offset, offset)
        return progress


class RetryPolicy:
    """Spaces the attempts of one utterance: longer each time, and never twice the same."""

    def __init__(self, bound: float, rng: random.Random, sleep: Sleep) -> None:
        """`bound`: seconds from the first failure to the beginning of the last attempt."""
        self._bound = bound
        self._rng = rng
        self._sleep = sleep
        self._since: float | None = None
        self._failures = 0

    def succeeded(self) -> None:
        """Begin anew: what fails from now on is another failure."""
        self._since = None
        self._failures = 0

    def failed(self) -> None:
        """Record the time of the first failure."""
        if self._since is None:
            self._since = asyncio.get_running_loop().time()

    async def pause(self, *, at_once: bool = False) -> bool:
        """Wait until it is time for another attempt; False if it would be too late.

        `at_once`: do not wait this time, as a listener hears the gap.
        """
        self.failed()
        if at_once:
            return True
        pause = self._next_pause()
        if pause < _SHORTEST_PAUSE_S:
            return False
        await self._sleep(pause)
        return True

    def _next_pause(self) -> float:
        """Return twice the last pause or most of what is left, somewhat more or less."""
        assert self._since is not None  # noqa: S101  # something has failed
        left = self._since + self._bound - asyncio.get_running_loop().time()
        usual = _FIRST_PAUSE_S * 2.0**self._failures
        self._failures += 1
        return min(usual * self._rng.uniform(0.5, 1.5), left * self._rng.uniform(0.5, 1.0))
