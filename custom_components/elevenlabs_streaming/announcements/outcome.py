"""Tells the entities and triggers what an announcement shows now, and how it ends."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import DOMAIN
from .announcement import Announcement

SIGNAL_CUE: Final = f"{DOMAIN}_cue"
"""Carries a voice, the ID of an announcement, and the text that is spoken now."""
SIGNAL_ANNOUNCEMENT: Final = f"{DOMAIN}_announcement"
"""Carries the new state of an announcement, and the announcement."""


class AnnouncementOutcome:
    """Sends an announcement's cue and state to the entities when they change."""

    def __init__(self, hass: HomeAssistant, announcement: Announcement) -> None:
        """Start without a cue."""
        self._hass = hass
        self._announcement = announcement
        self._cue = ""

    @callback
    def update_cue(self, now: float) -> None:
        """Send the cue that sounds now at the first player that is heard."""
        announcement = self._announcement
        parts = announcement.parts.values()
        playing = [part for part in parts if part.is_heard(now) and not part.is_over(now)]
        cue = None
        if playing and not announcement.private:
            position = playing[0].position(now) or 0.0
            cue = announcement.recording.captions.cue_at(position)
        text = cue.text if cue else ""
        if text != self._cue:
            self._cue = text
            async_dispatcher_send(
                self._hass, SIGNAL_CUE, announcement.voice, announcement.announcement_id, text
            )

    @callback
    def start_if_heard(self, now: float) -> None:
        """Send that it has started once a player sounds, or has finished sooner than expected."""
        if self._announcement.state == "waiting" and any(
            part.is_heard(now) or (part.is_over(now) and not (part.error or part.is_silenced))
            for part in self._announcement.parts.values()
        ):
            self._set("started")

    @callback
    def send_end(self) -> None:
        """Send how it ended."""
        if self._announcement.is_silenced and self._announcement.state == "waiting":
            self._set("silenced")
        else:
            self._set("finished" if self._is_success() else "failed")

    def _is_success(self) -> bool:
        """Whether it was heard to its end at any player."""
        announcement = self._announcement
        if announcement.repetition.was_spoken:
            return True
        if announcement.state != "started" or announcement.recording.state == "failed":
            return False
        return any(not (part.error or part.is_silenced) for part in announcement.called_parts)

    def _set(self, state: Any) -> None:
        self._announcement.state = state
        async_dispatcher_send(self._hass, SIGNAL_ANNOUNCEMENT, state, self._announcement)
