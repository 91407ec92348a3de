"""The dashboards that are open in browsers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

MOST_DASHBOARDS: Final = 50


@dataclass(slots=True, kw_only=True, eq=False)
class DashboardClient:
    """One page in one browser, while its socket is open."""

    client_id: str
    name: str
    owner: object
    """Its connection."""
    can_play: bool
    """Whether it reports that it can play sound."""
    send: Callable[[dict[str, Any]], None]
    heard_at: float = 0.0
    """When it last sent something, in seconds of the event loop's clock."""
    is_frozen: bool = False
    """Whether it has been silent for too long to expect anything from it."""

    @property
    def is_able(self) -> bool:
        """Whether sound can be expected from it."""
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

    def add_client(self, client: DashboardClient) -> None:
        """Add a dashboard, or replace it if it comes back."""
        self._clients[client.client_id] = client

    def remove_client(self, client: DashboardClient) -> bool:
        """Remove a dashboard; return False if it has come back on another connection."""
        if self._clients.get(client.client_id) is not client:
            return False
        del self._clients[client.client_id]
        return True

    def find_client(self, client_id: str, owner: object) -> DashboardClient | None:
        """Return a dashboard if it is connected over this connection."""
        client = self._clients.get(client_id)
        return client if client and client.owner is owner else None

    def disconnect_all(self) -> None:
        """Tell all dashboards that the player was removed, and remove them."""
        for client in self:
            client.send({"type": "gone"})
        self._clients.clear()
