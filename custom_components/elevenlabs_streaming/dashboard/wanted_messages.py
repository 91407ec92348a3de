"""The message that tells the dashboards what to play."""

from dataclasses import dataclass
from typing import Any

from .clients import ConnectedDashboards, DashboardClient
from .media_queue import DashboardQueues


@dataclass(frozen=True, slots=True)
class DashboardVolume:
    """How loud the dashboards are."""

    level: float
    """From 0 to 1."""
    muted: bool


class WantedMessages:
    """Sends what to play: to one dashboard, or to all when it has changed."""

    def __init__(
        self, clients: ConnectedDashboards, queues: DashboardQueues, volume: DashboardVolume
    ) -> None:
        """Start without a message."""
        self.volume = volume
        self._clients = clients
        self._queues = queues
        self._sent: Any = None

    def send(self, client: DashboardClient, now: float) -> None:
        """Send what to play to one dashboard; `now` is in seconds of the event loop's clock."""
        client.send(
            {
                "type": "wanted",
                "volume": self.volume.level,
                "muted": self.volume.muted,
                **self._queues.as_message(now),
            }
        )

    def send_changes(self, now: float) -> None:
        """Send what to play to all dashboards, if it has changed since the last message."""
        sounds = [(sound.sound_id, sound.wanted, sound.seeks) for sound in self._queues.sounds]
        wanted = (self.volume, sounds)
        if wanted != self._sent:
            self._sent = wanted
            for client in self._clients:
                self.send(client, now)
