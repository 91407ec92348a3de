"""One sound at the dashboards: who plays it, and where it is."""

from collections.abc import Collection
from dataclasses import dataclass
import secrets
from typing import Any, Final, Literal

from .reports import LatestReports, PlaybackReport
from .shared_position import MediaPosition, SharedPosition

type WantedState = Literal["loading", "playing", "paused"]
type SoundState = Literal["buffering", "playing", "paused"]

READY_TOGETHER_S: Final = 0.3
"""Seconds that the first dashboard which is ready waits for the others."""
TAIL_S: Final = 0.5
"""Seconds in which the other dashboards may end after the leader."""
DRIFT_S: Final = 0.08
"""Seconds by which a dashboard may be apart from the leader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardMedia:
    """What was asked to be played."""

    content_id: str
    url: str
    mime_type: str
    title: str | None = None


class PlayingMedia:
    """One play of one thing, at all dashboards together.

    The dashboard that starts first leads: its position is the sound's. When it leaves, the one
    that is farthest on takes its place, and the position waits for it instead of going back.
    Times of the methods are the loop's, positions are seconds.
    """

    def __init__(self, media: DashboardMedia, now: float) -> None:
        """Wait until the dashboards have loaded the media."""
        self.media = media
        self.sound_id = secrets.token_urlsafe(9)
        self.paused = False
        self.seeks = 0
        """How often it was sent elsewhere, so that dashboards must be told."""
        self.expects_reports_since = now
        """Since when the dashboards have had something to say."""
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
        """The position from which the present one follows."""
        return self._shared.latest

    @property
    def wanted(self) -> WantedState:
        """What the dashboards are to do."""
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
        """Return what is wanted, as a message carries it; `hold`: it pauses for another sound."""
        return {
            "id": self.sound_id,
            "content_id": self.media.content_id,
            "url": self.media.url,
            "mime_type": self.media.mime_type,
            "title": self.media.title,
            "state": "paused" if hold and self._has_started else self.wanted,
            "position": round(self._shared.at(now), 3),
            "rate": 1,
        }

    def expects_report(self, client_id: str) -> bool:
        """Return whether a dashboard has to say something now and then."""
        return not self.paused and not self._reports.is_through(client_id)

    def has_drifted(self, client_id: str, now: float) -> bool:
        """Return whether a dashboard plays too far from where the leader is."""
        if client_id == self._leader or not self._shared.is_advancing:
            return False
        if self._reports.state(client_id) != "playing":
            return False
        return abs(self._reports.position(client_id, now) - self._shared.at(now)) > DRIFT_S

    def record_report(
        self, client_id: str, report: PlaybackReport, able: Collection[str], now: float
    ) -> None:
        """Record what a dashboard says, and follow it if it leads."""
        self._reports.record(client_id, report, now)
        if self._first_ready is None and report.state in ("ready", "playing"):
            self._first_ready = now
        self.choose_leader(able, now)
        if client_id == self._leader:
            self._follow(report, now)

    def forget(self, client_id: str) -> None:
        """Forget what a dashboard has said that has left."""
        self._reports.remove(client_id)

    def choose_leader(self, able: Collection[str], now: float) -> None:
        """Choose who leads, if the leader left, was held up, or there was none."""
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
        """Start once all that should be ready are, or were waited for long enough."""
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
        """Return whether no dashboard can play it."""
        return len(self._reports.in_state(able, "error")) == len(able)

    def is_over(self, able: Collection[str], now: float) -> bool:
        """Return whether nothing more will be heard of it."""
        if self._ended_at is not None:
            return not self._reports.in_state(able, "playing") or now >= self._ended_at + TAIL_S
        return all(self._reports.is_through(client_id) for client_id in able)

    @property
    def next_change(self) -> float | None:
        """When something is due even if no dashboard says anything."""
        if self._ended_at is not None:
            return self._ended_at + TAIL_S
        if self._first_ready is not None and not self._has_started:
            return self._first_ready + READY_TOGETHER_S
        return None

    def _follow(self, report: PlaybackReport, now: float) -> None:
        """Apply what the leader reports to the whole sound."""
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
