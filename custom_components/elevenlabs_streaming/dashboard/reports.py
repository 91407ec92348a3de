"""The reports of the dashboards about one sound."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

type ReportState = Literal["ready", "playing", "paused", "ended", "error"]

_OVER: Final = ("ended", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackReport:
    """A report of one dashboard about a sound; `position` and `duration` are seconds."""

    state: ReportState
    position: float = 0.0
    duration: float | None = None


class LatestReports:
    """The latest report of each dashboard; times are seconds of the event loop's clock."""

    def __init__(self) -> None:
        """Start without a report."""
        self._reports: dict[str, tuple[PlaybackReport, float]] = {}

    def report_of(self, client_id: str) -> PlaybackReport:
        """Return the latest report of a dashboard that has reported."""
        return self._reports[client_id][0]

    def record(self, client_id: str, report: PlaybackReport, now: float) -> None:
        """Replace the report of a dashboard."""
        self._reports[client_id] = (report, now)

    def remove_client(self, client_id: str) -> None:
        """Remove the report of a dashboard that has left."""
        self._reports.pop(client_id, None)

    def state(self, client_id: str) -> ReportState | None:
        """Return the state that a dashboard reported."""
        report = self._reports.get(client_id)
        return report[0].state if report else None

    def position(self, client_id: str, now: float) -> float:
        """Return the position in seconds of a dashboard that has played since its report."""
        report, at = self._reports[client_id]
        return report.position + now - at

    def in_state(self, clients: Collection[str], state: ReportState) -> list[str]:
        """Return the dashboards that reported a state."""
        return [client_id for client_id in clients if self.state(client_id) == state]

    def is_over(self, client_id: str) -> bool:
        """Return whether a dashboard has ended or failed."""
        return self.state(client_id) in _OVER

    def farthest(self, clients: Collection[str], now: float) -> str:
        """Return the dashboard with the highest position."""
        return max(clients, key=lambda client_id: self.position(client_id, now))
