"""Who speaks through an account, and who waits until one of them has ended."""

import asyncio
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

# Others may use the account too, and a socket takes none of its places while its text pauses:
# places become free without one of ours ending.
_LOOK_AGAIN_S = 3.0


@dataclass(frozen=True, slots=True, order=True)
class _Waiting:
    """One that waits; those of the lowest number came first."""

    number: int
    group: str = field(compare=False)
    called: asyncio.Event = field(compare=False, default_factory=asyncio.Event)


class ConcurrencyLimiter:
    """The queue of one account. Plans limit groups of models, so each group has its own line."""

    def __init__(self) -> None:
        """Start with nobody speaking."""
        self._speaking = 0
        self._waiting: list[_Waiting] = []
        self._numbers = count()

    def next_number(self) -> int:
        """Return the place in the queue of one more utterance."""
        return next(self._numbers)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Count as one that speaks; its end calls the first in each line."""
        self._speaking += 1
        try:
            yield
        finally:
            self._speaking -= 1
            for waiting in self._waiting:
                if self._is_first(waiting):
                    waiting.called.set()

    def is_waited_for(self, group: str) -> bool:
        """Whether somebody waits in a group's line."""
        return any(waiting.group == group for waiting in self._waiting)

    async def wait(self, number: int, group: str, seconds: float) -> bool:
        """Wait to be called; False if nobody speaks who could make room, or it takes too long."""
        if not self._speaking or seconds <= 0:
            return False
        waiting = _Waiting(number, group)
        insort(self._waiting, waiting)
        try:
            async with asyncio.timeout(seconds):
                await self._called(waiting)
        except TimeoutError:
            return False
        finally:
            self._waiting.remove(waiting)
        return True

    async def _called(self, waiting: _Waiting) -> None:
        """Return when it is worth another try."""
        while not waiting.called.is_set():
            try:
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await waiting.called.wait()
            except TimeoutError:
                if self._is_first(waiting):
                    return

    def _is_first(self, waiting: _Waiting) -> bool:
        line = (other for other in self._waiting if other.group == waiting.group)
        return next(line) is waiting


class Turn:
    """One utterance's place in the queue of its account."""

    def __init__(self, limiter: ConcurrencyLimiter, group: str, timeout: float) -> None:
        """`timeout`: seconds that it waits at most, all times together."""
        self._limiter = limiter
        self._group = group
        self._timeout = timeout
        self._number = limiter.next_number()
        self._until: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether others wait already, so that it is their turn first."""
        return self._limiter.is_waited_for(self._group)

    async def wait(self) -> bool:
        """Wait until one of the others has ended; False if there is none, or it takes too long."""
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + self._timeout
        return await self._limiter.wait(self._number, self._group, self._until - now)

    def restart(self) -> None:
        """Wait as long again."""
        self._until = None
