"""A timer for the next expected change."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.core import HomeAssistant, callback

_SOON_S: Final = 0.05


class Wakeup:
    """Calls back at the earliest of several moments, in seconds of the event loop's clock."""

    def __init__(
        self,
        hass: HomeAssistant,
        moments: Callable[[], Iterable[float | None]],
        on_time: Callable[[], None],
    ) -> None:
        """Call `on_time` at the earliest of `moments`; None stands for never."""
        self._loop = hass.loop
        self._moments = moments
        self._on_time = on_time
        self._timer: asyncio.TimerHandle | None = None

    @callback
    def schedule(self) -> None:
        """Wait for the earliest moment."""
        self.cancel()
        if moments := [moment for moment in self._moments() if moment is not None]:
            when = max(min(moments), self._loop.time())
            self._timer = self._loop.call_at(when, self._wake)

    @callback
    def schedule_soon(self) -> None:
        """Ask for the moments a little later: more changes are likely until then."""
        soon = self._loop.time() + _SOON_S
        if self._timer and self._timer.when() <= soon:
            return
        self.cancel()
        self._timer = self._loop.call_at(soon, self._look)

    @callback
    def cancel(self) -> None:
        """Cancel the timer."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    @callback
    def _look(self) -> None:
        self._timer = None
        self.schedule()

    @callback
    def _wake(self) -> None:
        self._timer = None
        self._on_time()
