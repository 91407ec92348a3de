"""Events of a subscription, in order, with the moment of each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import HarnessError
from harness.home_api import Json


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event and when it came (the seconds of this machine's stopwatch)."""

    moment: float
    event: Json


class CapturedEvents:
    """Collects the events of a subscription and lets others wait for them."""

    def __init__(self) -> None:
        """Start without any."""
        self.arrivals: list[Arrival] = []
        self._news = asyncio.Event()

    def __call__(self, moment: float, event: Json) -> None:
        """Take one event."""
        self.arrivals.append(Arrival(moment, event))
        self._news.set()

    def find(self, matches: Callable[[Json], bool], after: int = 0) -> Arrival | None:
        """Find the first event that matches, leaving out the first `after` events."""
        later = self.arrivals[after:]
        return next((found for found in later if matches(found.event)), None)

    async def first(
        self,
        what: str,
        matches: Callable[[Json], bool],
        *,
        seconds: float,
        after: int = 0,
    ) -> Arrival:
        """Wait for the first event that matches."""
        try:
            async with asyncio.timeout(seconds):
                while (found := self.find(matches, after)) is None:
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError as error:
            message = f"{what} did not come within {seconds:.0f} seconds."
            raise HarnessError(message) from error
