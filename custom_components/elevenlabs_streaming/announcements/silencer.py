"""Shows what nobody wants to be disturbed by, in place of speaking it."""

from homeassistant.core import HomeAssistant, callback

from .announcement_audio import AnnouncementAudio
from .do_not_disturb import DoNotDisturb
from .presence import is_met
from .queue_entries import QueueEntries
from .queue_entry import QueueEntry


class Silencer:
    """Ends entries of the queue that are only shown."""

    def __init__(
        self,
        hass: HomeAssistant,
        entries: QueueEntries,
        audio: AnnouncementAudio,
        do_not_disturb: DoNotDisturb,
    ) -> None:
        """Use what the queue uses."""
        self._hass = hass
        self._entries = entries
        self._audio = audio
        self._do_not_disturb = do_not_disturb

    @callback
    def silence(self, entry: QueueEntry) -> bool:
        """Show an entry at once if it must not be heard; return whether that is so."""
        queued, part = entry.queued, entry.part
        engine = self._audio.engine(queued) or queued.request.engine
        is_spoken = is_met(self._hass, part.player, queued.request.only_if)
        if is_spoken and not self._do_not_disturb.silences(engine, part.player, queued.priority):
            return False
        if entry in self._entries:
            self._entries.remove(entry)
            others = (one for one in queued.tracker.announcement.parts.values() if one is not part)
            was_spoken = queued.tracker.announcement.repetition.was_spoken
            if not was_spoken and all(one.is_silenced or one.error for one in others):
                self._audio.show_text(queued)
            queued.tracker.players.silence_player(part)
        return True
