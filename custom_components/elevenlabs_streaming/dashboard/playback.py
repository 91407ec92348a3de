"""One sound at all dashboards: its leader, its state, and its position."""

from collections.abc import Collection
from dataclasses import dataclass
import secrets
from typing import Any, Final, Literal

from .reports import LatestReports, PlaybackReport
from .shared_position import MediaPosition, SharedPosition

type WantedState = Literal["loading", "playing", "paused"]
type SoundState = Literal["buffering", "playing", "paused"]

READY_TOGETHER_S: Final = 0.3
"""Seconds that the first dashboard to be ready waits for the others."""
TAIL_S: Final = 0.5
"""Seconds by which the other dashboards may end later than the leader."""
DRIFT_S: Final = 0.08
"""Seconds by which a dashboard may differ from the leader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardMedia:
    """Media that was requested."""

    content_id: str
    url: str
    mime_type: str
    title: str | None = None
    volume: float | None = None
    """Its own volume, from 0 to 1; None for that of the player."""


class PlayingMedia:
    """One playback of one medium, at all dashboards together.

    The dashboard that starts first is the leader: its position is that of the sound. When it
    leaves, the one with the highest position becomes the leader, and the position waits for it
    instead of going back. Times are seconds of the event loop's clock, positions are seconds.
    """

    def __init__(self, media: DashboardMedia, now: float) -> None:
        """Wait for the dashboards to load the media."""
        self.media = media
        self.sound_id = secrets.token_urlsafe(9)
        self.paused = False
        self.seeks = 0
        """How often the position was changed, which dashboards must be told."""
        self.expects_reports_since = now
        """Since when the dashboards have been expected to report."""
        self._shared = SharedPosition(now)
        self._reports = LatestReports()
        self._leader: str | None = None
        self._first_ready: float | None = None
        self._has_started = False
        self._ended_at: float | None = None

    @property
    def duration(self) -> float | None:
        """The length of the sound in seconds, once it is known."""
        return self._shared.duration

    @property
    def media_position(self) -> MediaPosition:
        """The position from which the present one is calculated."""
        return self._shared.latest

    @property
    def wanted(self) -> WantedState:
        """What the dashboards should do."""
        if not self._has_started:
            return "loading"
        return "paused" if self.paused else "playing"

    @property
    def state(self) -> SoundState:
        """What is heard."""
        if self.paused:
            return "paused"
        return "playing" if self._shared.is_advancing else "buffering"

    @property
    def was_heard(self) -> bool:
        """Whether a dashboard has played any of it."""
        return self._leader is not None

    def as_message(self, now: float, *, hold: bool = False) -> dict[str, Any]:
        """Return what to play, as a message carries it; `hold`: it pauses for another sound."""
        return {
            "id": self.sound_id,
            "content_id": self.media.content_id,
            "url": self.media.url,
            "mime_type": self.media.mime_type,
            "title": self.media.title,
            "volume": self.media.volume,
            "state": "paused" if hold and self._has_started else self.wanted,
            "position": round(self._shared.at(now), 3),
            "rate": 1,
        }

    def expects_report(self, client_id: str) -> bool:
        """Return whether a dashboard must report regularly."""
        return not self.paused and not self._reports.is_over(client_id)

    def has_drifted(self, client_id: str, now: float) -> bool:
        """Return whether the position of a dashboard is too far from that of the leader."""
        if client_id == self._leader or not self._shared.is_advancing:
            return False
        if self._reports.state(client_id) != "playing":
            return False
        return abs(self._reports.position(client_id, now) - self._shared.at(now)) > DRIFT_S

    def record_report(
        self, client_id: str, report: PlaybackReport, able: Collection[str], now: float
    ) -> None:
        """Record the report of a dashboard, and follow it if it is the leader."""
        self._reports.record(client_id, report, now)
        if self._first_ready is None and report.state in ("ready", "playing"):
            self._first_ready = now
        self.choose_leader(able, now)
        if client_id == self._leader:
            self._follow(report, now)

    def remove_report(self, client_id: str) -> None:
        """Remove the report of a dashboard that has left."""
        self._reports.remove_client(client_id)

    def choose_leader(self, able: Collection[str], now: float) -> None:
        """Choose a leader if there is none, or if it has left or does not play."""
        leader = self._leader if self._leader in able else None
        if leader and self._reports.state(leader) in ("playing", "ended"):
            return
        found = self._reports.in_state(able, "playing")
        if not found and self._leader:
            found = self._reports.in_state(able, "ended")
        if found:
            if self._leader is not None:
                self._shared.wait_for_new_leader(now)
            self._leader = self._reports.farthest(found, now)
            self._follow(self._reports.report_of(self._leader), now)
        elif self._leader and not leader:
            self._shared.halt(now)

    def start_if_ready(self, able: Collection[str], now: float) -> None:
        """Start once all dashboards have reported, or were given enough time."""
        if self._has_started or self._first_ready is None:
            return
        waited = now >= self._first_ready + READY_TOGETHER_S
        if waited or all(self._reports.state(client_id) is not None for client_id in able):
            self._has_started = True
            self.expects_reports_since = now

    def pause(self, now: float) -> None:
        """Pause at all dashboards."""
        self._shared.halt(now)
        self.paused = True

    def resume(self) -> None:
        """Continue after a pause."""
        self.paused = False

    def seek(self, position: float, now: float) -> None:
        """Jump to a position in seconds at all dashboards."""
        self._shared.seek(position, now)
        self.seeks += 1

    def has_failed(self, able: Collection[str]) -> bool:
        """Return whether no dashboard could play it."""
        return len(self._reports.in_state(able, "error")) == len(able)

    def is_over(self, able: Collection[str], now: float) -> bool:
        """Return whether nothing more will be heard of it."""
        if self._ended_at is not None:
            return not self._reports.in_state(able, "playing") or now >= self._ended_at + TAIL_S
        return all(self._reports.is_over(client_id) for client_id in able)

    @property
    def next_change(self) -> float | None:
        """When something is due even if no dashboard reports anything."""
        if self._ended_at is not None:
            return self._ended_at + TAIL_S
        if self._first_ready is not None and not self._has_started:
            return self._first_ready + READY_TOGETHER_S
        return None

    def _follow(self, report: PlaybackReport, now: float) -> None:
        """Apply a report of the leader to the sound."""
        if report.duration is not None:
            self._shared.duration = report.duration
        if report.state == "ended":
            self._ended_at = self._ended_at or now
        elif report.state == "playing":
            if not self.paused:
                self._ended_at = None
                self._shared.start(report.position, now)
        else:
            self._shared.halt(now)
            if report.state == "paused":
                self._shared.update(report.position, now, is_start=not self.paused)
