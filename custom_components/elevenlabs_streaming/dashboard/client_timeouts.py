"""The timeouts of dashboards that are silent or have left; times are the event loop's."""

from collections.abc import Callable
from datetime import datetime
import math
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .clients import ConnectedDashboards, DashboardClient
from .media_queue import DashboardQueues

# A page that a browser has put to sleep keeps its socket, but sends nothing.
_LONGEST_SILENCE_S: Final = 30.0
# A page that is reloaded, or loses its network for a moment, is back within this time.
_RECONNECT_S: Final = 10.0


class DashboardTimeouts:
    """Tells which dashboards are still expected to play the current sounds."""

    def __init__(self, clients: ConnectedDashboards, queues: DashboardQueues) -> None:
        """Watch the dashboards while sounds play."""
        self._clients = clients
        self._queues = queues
        self._reconnect_until = -math.inf

    def note_message(self, client: DashboardClient, now: float) -> None:
        """Record that a dashboard has sent something."""
        client.heard_at = now
        client.is_frozen = False

    def note_departure(self, client: DashboardClient, now: float) -> None:
        """Record that a dashboard has left; the last one that could play may come back."""
        if client.is_able and not self._clients.able:
            self._reconnect_until = now + _RECONNECT_S

    def awaits_reconnect(self, now: float) -> bool:
        """Return whether a dashboard is expected back to continue what it played."""
        return now < self._reconnect_until and bool(self._queues.sounds)

    def freeze_silent(self, now: float) -> None:
        """Expect nothing more from dashboards that have been silent for too long."""
        for client in self._clients:
            if any(deadline <= now for deadline in self._report_deadlines(client)):
                client.is_frozen = True

    def deadlines(self, now: float) -> list[float]:
        """Return when the wait for each dashboard ends."""
        found = [moment for client in self._clients for moment in self._report_deadlines(client)]
        if self.awaits_reconnect(now) and not self._clients.able:
            found.append(self._reconnect_until)
        return found

    def _report_deadlines(self, client: DashboardClient) -> list[float]:
        """Return until when a dashboard must report each sound."""
        if not client.is_able or self._queues.is_held:
            return []
        return [
            max(client.heard_at, sound.expects_reports_since) + _LONGEST_SILENCE_S
            for sound in self._queues.sounds
            if sound.expects_report(client.client_id)
        ]


class WakeUpTimer:
    """Calls back at the earliest of several moments."""

    def __init__(self, hass: HomeAssistant, on_due: Callable[[], None]) -> None:
        """Call `on_due` when something is due."""
        self._hass = hass
        self._on_due = on_due
        self._cancel: CALLBACK_TYPE | None = None

    def schedule(self, moments: list[float]) -> None:
        """Schedule the earliest moment, if any, in place of the one before."""
        if self._cancel:
            self._cancel()
            self._cancel = None
        if moments:
            job = HassJob(self._wake, "dashboards are waited for", cancel_on_shutdown=True)
            delay = max(min(moments) - self._hass.loop.time(), 0.0)
            self._cancel = async_call_later(self._hass, delay, job)

    @callback
    def _wake(self, _: datetime) -> None:
        self._cancel = None
        self._on_due()
