"""One sound at the dashboards: who plays it, and where it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
import math
import secrets
from typing import Any, Final, Literal, Self

from homeassistant.util import dt as dt_util

type ReportState = Literal["ready", "playing", "paused", "ended", "error"]
type WantedState = Literal["loading", "playing", "paused"]
type SoundState = Literal["buffering", "playing", "paused"]

READY_TOGETHER_S: Final = 0.3
"""Seconds that the first dashboard which is ready waits for the others."""
TAIL_S: Final = 0.5
"""Seconds in which the other dashboards may end after the leader."""
TOLERANCE_S: Final = 0.05
"""Seconds by which a position may be another one than expected."""
DRIFT_S: Final = 0.08
"""Seconds by which a dashboard may be apart from the leader."""
# Reports from before a seek may still arrive in this time, and are told by this distance.
_SEEK_SETTLES_S: Final = 1.0
_SEEK_REACH_S: Final = 1.5
_THROUGH: Final = ("ended", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardMedia:
    """What was asked to be played."""

    content_id: str
    url: str
    mime_type: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackReport:
    """What a dashboard said of a sound; `position` and `duration` in seconds."""

    state: ReportState
    position: float = 0.0
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class BrowserPosition:
    """A position in seconds and when the sound was there, by the loop's clock and by the wall's."""

    position: float
    at: float
    told_at: datetime

    @classmethod
    def here(cls, position: float, now: float) -> Self:
        """Return a place that is reached now."""
        return cls(round(position, 3), now, dt_util.utcnow())


class PlayingMedia:
    """One play of one thing, at all dashboards together.

    The dashboard that starts first leads: its position is the sound's. When it leaves, the one
    that is farthest on takes its place, and the position waits for it instead of going back.
    Times of the methods are the loop's, positions are seconds.
    """

    def __init__(self, media: DashboardMedia, now: float) -> None:
        """Be loaded by every dashboard first."""
        self.media = media
        self.sound_id = secrets.token_urlsafe(9)
        self.paused = False
        self.duration: float | None = None
        self.place = BrowserPosition.here(0.0, now)
        self.asked_at = now
        """Since when the dashboards have had something to say."""
        self.turns = 0
        """How often it was sent elsewhere, so that dashboards must be told."""
        self._begun = False
        self._sounding = False
        self._leader: str | None = None
        self._floor = 0.0
        self._first_ready: float | None = None
        self._ended_at: float | None = None
        self._sought_at = -math.inf
        self._reports: dict[str, tuple[PlaybackReport, float]] = {}

    @property
    def wanted(self) -> WantedState:
        """What the dashboards are to do."""
        if not self._begun:
            return "loading"
        return "paused" if self.paused else "playing"

    @property
    def state(self) -> SoundState:
        """What is heard."""
        if self.paused:
            return "paused"
        return "playing" if self._sounding else "buffering"

    @property
    def was_heard(self) -> bool:
        """Whether a dashboard has played any of it."""
        return self._leader is not None

    def position(self, now: float) -> float:
        """Return where the sound is."""
        if not self._sounding:
            return self.place.position
        position = self.place.position + now - self.place.at
        return position if self.duration is None else min(position, self.duration)

    def slot(self, now: float, *, hold: bool = False) -> dict[str, Any]:
        """Return what is wanted, as a message carries it; `hold`: it pauses for another sound."""
        wanted = "paused" if hold and self._begun else self.wanted
        return {
            "id": self.sound_id,
            "content_id": self.media.content_id,
            "url": self.media.url,
            "mime_type": self.media.mime_type,
            "title": self.media.title,
            "state": wanted,
            "position": round(self.position(now), 3),
            "rate": 1,
        }

    def awaits(self, client_id: str) -> bool:
        """Whether a dashboard has to say something now and then."""
        return not self.paused and self._state_of(client_id) not in _THROUGH

    def strays(self, client_id: str, now: float) -> bool:
        """Whether a dashboard plays too far from where the leader is."""
        if client_id == self._leader or not self._sounding:
            return False
        report, at = self._reports.get(client_id, (None, now))
        if report is None or report.state != "playing":
            return False
        return abs(report.position + now - at - self.position(now)) > DRIFT_S

    def take(
        self, client_id: str, report: PlaybackReport, able: Collection[str], now: float
    ) -> None:
        """Take what a dashboard says."""
        self._reports[client_id] = (report, now)
        if self._first_ready is None and report.state in ("ready", "playing"):
            self._first_ready = now
        self.lead(able, now)
        if client_id == self._leader:
            self._follow(report, now)

    def forget(self, client_id: str) -> None:
        """Take that a dashboard has left."""
        self._reports.pop(client_id, None)

    def lead(self, able: Collection[str], now: float) -> None:
        """Choose who leads, if the leader left, was held up, or there was none."""
        leader = self._leader if self._leader in able else None
        if leader and self._state_of(leader) in ("playing", "ended"):
            return
        playing = [one for one in able if self._state_of(one) == "playing"]
        ended = [one for one in able if self._leader and self._state_of(one) == "ended"]
        if found := playing or ended:
            self._hand_over(max(found, key=lambda one: self._place_of(one, now)), now)
        elif self._leader and not leader:
            self._halt(now)

    def begin(self, able: Collection[str], now: float) -> None:
        """Let all start, if those who should be ready are, or were waited for long enough."""
        if self._begun or self._first_ready is None:
            return
        waited = now >= self._first_ready + READY_TOGETHER_S
        if waited or all(self._state_of(one) is not None for one in able):
            self._begun = True
            self.asked_at = now

    def pause(self, now: float) -> None:
        """Stand still."""
        self._halt(now)
        self.paused = True

    def resume(self) -> None:
        """Go on."""
        self.paused = False

    def seek(self, position: float, now: float) -> None:
        """Go elsewhere."""
        position = position if self.duration is None else min(position, self.duration)
        self.place = BrowserPosition.here(position, now)
        self.turns += 1
        self._floor = 0.0
        self._sought_at = now

    def has_failed(self, able: Collection[str]) -> bool:
        """Whether nobody can play it."""
        return all(self._state_of(one) == "error" for one in able)

    def is_over(self, able: Collection[str], now: float) -> bool:
        """Whether nothing more is to be heard of it."""
        if self._ended_at is not None:
            left = any(self._state_of(one) == "playing" for one in able)
            return not left or now >= self._ended_at + TAIL_S
        return all(self._state_of(one) in _THROUGH for one in able)

    def moments(self) -> list[float]:
        """Return when something is due without anybody saying anything."""
        if self._ended_at is not None:
            return [self._ended_at + TAIL_S]
        if self._first_ready is not None and not self._begun:
            return [self._first_ready + READY_TOGETHER_S]
        return []

    def _state_of(self, client_id: str) -> ReportState | None:
        report = self._reports.get(client_id)
        return report[0].state if report else None

    def _place_of(self, client_id: str, now: float) -> float:
        report, at = self._reports[client_id]
        return report.position + now - at

    def _hand_over(self, client_id: str, now: float) -> None:
        """Let another one lead."""
        if self._leader is not None:
            self._floor = self.position(now)
        self._leader = client_id
        self._follow(self._reports[client_id][0], now)

    def _follow(self, report: PlaybackReport, now: float) -> None:
        """Take where the leader is."""
        if report.duration is not None:
            self.duration = report.duration
        if report.state == "ended":
            self._ended_at = self._ended_at or now
        elif report.state == "playing" and not self.paused:
            self._ended_at = None
            self._reach(report.position, now)
            self._sounding = True
        elif report.state == "paused":
            self._halt(now)
            self._reach(report.position, now)
        elif report.state != "playing":
            self._halt(now)

    def _reach(self, position: float, now: float) -> None:
        """Correct the position where it is another one than expected."""
        away = position - self.position(now)
        if now < self._sought_at + _SEEK_SETTLES_S and abs(away) > _SEEK_REACH_S:
            return
        position = max(position, self._floor)
        begins = self.state == "buffering"
        if begins or abs(position - self.position(now)) > TOLERANCE_S:
            self.place = BrowserPosition.here(position, now)

    def _halt(self, now: float) -> None:
        if self._sounding:
            self.place = BrowserPosition.here(self.position(now), now)
        self._sounding = False
