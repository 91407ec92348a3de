"""Until when announcements may wait in the queue."""

from collections.abc import Iterator
from typing import Final

from homeassistant.components import tts
from homeassistant.core import HomeAssistant, callback

from .announcement_audio import AnnouncementAudio
from .queue_entry import QueuedAnnouncement

_LONGEST_ABSENCE_S: Final = 60.0


class QueueTimeouts:
    """Tells which announcements cannot wait any longer."""

    def __init__(self, hass: HomeAssistant, audio: AnnouncementAudio) -> None:
        """`audio` knows the voices."""
        self._hass = hass
        self._audio = audio

    @callback
    def refusal(self, queued: QueuedAnnouncement, moment: float) -> str | None:
        """Return why an announcement cannot wait any longer; a key of the exceptions."""
        if moment > queued.expires:
            return "expired"
        if queued.is_made:
            queued.absent = None
            return None
        if (engine := self._audio.engine(queued)) is None:
            return "voice_removed"
        if tts.async_resolve_engine(self._hass, engine):
            queued.absent = None
            return None
        queued.absent = moment if queued.absent is None else queued.absent
        return "voice_absent" if moment >= queued.absent + _LONGEST_ABSENCE_S else None

    def moments(self, queued: QueuedAnnouncement, now: float) -> Iterator[float]:
        """Yield when an announcement that waits may be refused, or its players are called."""
        yield queued.expires
        if queued.awaits_players_until > now:
            yield queued.awaits_players_until
        if queued.absent is not None:
            yield queued.absent + _LONGEST_ABSENCE_S
