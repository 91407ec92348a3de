"""The dashboards that are open in browsers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

MOST_DASHBOARDS: Final = 50


@dataclass(slots=True, kw_only=True, eq=False)
class DashboardClient:
    """One page of one browser, for as long as its socket is open."""

    client_id: str
    name: str
    owner: object
    """The connection that speaks for it."""
    can_play: bool
    """Whether it says that it can make sound."""
    send: Callable[[dict[str, Any]], None]
    heard_at: float = 0.0
    """When it last said something, in seconds of the loop's clock."""
    is_frozen: bool = False
    """Whether it has been silent for so long that nothing is expected of it."""

    @property
    def is_able(self) -> bool:
        """Whether sound can be expected of it."""
        return self.can_play and not self.is_frozen


class ConnectedDashboards:
    """The dashboards that are connected, by their client IDs."""

    def __init__(self) -> None:
        """Start without a dashboard."""
        self._clients: dict[str, DashboardClient] = {}

    def __iter__(self) -> Iterator[DashboardClient]:
        """Iterate over all dashboards, able or not."""
        return iter(self._clients.values())

    @property
    def names(self) -> list[str]:
        """The names of the dashboards that can play."""
        return sorted(client.name for client in self if client.is_able)

    @property
    def able(self) -> list[str]:
        """The client IDs of the dashboards that can play."""
        return [client.client_id for client in self if client.is_able]

    def has_room_for(self, client: DashboardClient) -> bool:
        """Return whether a dashboard may connect, or connect again."""
        return client.client_id in self._clients or len(self._clients) < MOST_DASHBOARDS

    def add(self, client: DashboardClient) -> None:
        """Add a dashboard, in place of itself if it comes back."""
        self._clients[client.client_id] = client

    def remove(self, client: DashboardClient) -> bool:
        """Remove a dashboard; return False if it has come back on another connection."""
        if self._clients.get(client.client_id) is not client:
            return False
        del self._clients[client.client_id]
        return True

    def find(self, client_id: str, owner: object) -> DashboardClient | None:
        """Return the dashboard that a connection speaks for, if it is connected."""
        client = self._clients.get(client_id)
        return client if client and client.owner is owner else None

    def disconnect_all(self) -> None:
        """Tell all dashboards that the player was removed, and forget them."""
        for client in self:
            client.send({"type": "gone"})
        self._clients.clear()
