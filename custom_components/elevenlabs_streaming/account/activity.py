"""Recent failures and announcements for diagnostics, without any text that was spoken."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from ..announcements import SIGNAL_ANNOUNCEMENT, Announcement

_MAX_ANNOUNCEMENTS: Final = 20


@dataclass(slots=True)
class Failure:
    """How often and when an error last occurred."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenAnnouncement:
    """The figures of one announcement that has ended."""

    ended: datetime
    outcome: str
    voice: str
    """The ID of its subentry."""
    route: str
    seconds: float | None
    credits: int | None
    cached: bool
    players: int
    failed_players: int
    cause: str | None
    """Why it failed, a key of the translated exceptions."""


@dataclass(slots=True)
class Activity:
    """The failures by cause and the last announcements of one account."""

    failures: dict[str, Failure] = field(default_factory=dict)
    spoken: deque[SpokenAnnouncement] = field(
        default_factory=lambda: deque(maxlen=_MAX_ANNOUNCEMENTS)
    )

    @callback
    def follow(self, hass: HomeAssistant, entry: ConfigEntry) -> Callable[[], None]:
        """Record how the announcements of an entry's voices end; return how to stop."""

        @callback
        def record(event_type: str, announcement: Announcement) -> None:
            if event_type != "started" and announcement.voice in entry.subentries:
                self._record(event_type, announcement)

        return async_dispatcher_connect(hass, SIGNAL_ANNOUNCEMENT, record)

    @callback
    def failed(self, cause: str) -> None:
        """Count a failure under its cause."""
        failure = self.failures.setdefault(cause, Failure())
        failure.count += 1
        failure.last = dt_util.utcnow()

    def as_dict(self) -> Mapping[str, Any]:
        """Return the activity for diagnostics."""
        return {
            "failures": {cause: asdict(failure) for cause, failure in self.failures.items()},
            "announcements": [asdict(spoken) for spoken in self.spoken],
        }

    def _record(self, outcome: str, announcement: Announcement) -> None:
        recording, parts = announcement.recording, announcement.parts.values()
        if recording.error:
            self.failed(recording.error)
        self.spoken.append(
            SpokenAnnouncement(
                ended=dt_util.utcnow(),
                outcome=outcome,
                voice=announcement.voice or "",
                route=recording.route,
                seconds=recording.duration,
                credits=announcement.credits,
                cached=not announcement.generated,
                players=len(parts),
                failed_players=sum(part.error is not None for part in parts),
                cause=recording.error,
            )
        )
