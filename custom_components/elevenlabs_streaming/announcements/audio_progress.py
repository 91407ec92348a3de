"""How much of an announcement's audio exists, for the clocks of its players."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback

from ..alignment import Word
from ..generation import Recording, bytes_per_second
from .announcement import Announcement
from .messages import AnnouncementMessages
from .part import Part
from .player_error import PlayerError


class AudioProgress:
    """Listens to the recording of one announcement, and passes on how it grows."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        messages: AnnouncementMessages,
        *,
        on_words: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        """Call `on_words` after each chunk, and `on_change` when something else has changed."""
        self._loop = hass.loop
        self._announcement = announcement
        self._messages = messages
        self._on_words = on_words
        self._on_change = on_change
        self._seconds = 0.0
        self._is_made = False
        announcement.recording.listeners.append(self)

    @property
    def announcement(self) -> Announcement:
        """Return the announcement."""
        return self._announcement

    @callback
    def replace_recording(self, recording: Recording) -> None:
        """Use another recording of the same text."""
        self.stop()
        self._announcement.recording = recording
        recording.listeners.append(self)
        self._messages.restart_cues()
        self._seconds = 0.0

    @callback
    def stop(self) -> None:
        """Stop listening; a sentence that is often said has one recording for all its times."""
        listeners = self._announcement.recording.listeners
        if self in listeners:
            listeners.remove(self)

    @callback
    def note_made(self) -> None:
        """Record that there is audio, or that some is coming."""
        self._is_made = True
        self._share_end()
        self.show()
        self._on_change()

    @callback
    def told(self, words: list[Word], seconds: float) -> None:
        """Handle new words, and how many seconds of audio there are."""
        now, self._seconds = self._loop.time(), seconds
        for part in self._announcement.called_parts:
            part.produced(now, seconds)
            # Nobody sees an overheard player request it, so the first audio is the only evidence.
            if self._announcement.overheard and seconds > 0 and part.serve(now):
                self._on_change()
        self._messages.send_words(words)
        self._on_words()

    @callback
    def recorded(self) -> None:
        """Handle the end of the audio, or that it broke off."""
        self._share_end()
        self._on_change()

    @callback
    def note_size(self, size: int) -> None:
        """Record how many bytes of audio there are, if the captions of cached audio were lost."""
        recording, stream = self._announcement.recording, self._announcement.stream
        if recording.captions.finished or self._announcement.generated or stream is None:
            return
        if recording.state != "speaking" or recording.is_being_made:
            return
        rate = bytes_per_second(stream.options)
        recording.captions.finish(size / rate if rate else 0.0)
        recording.state = "finished"
        self.recorded()

    @callback
    def start_clock(self, part: Part) -> None:
        """Tell the clock of a player that was just called how much audio there is."""
        part.produced(self._loop.time(), self._seconds)
        self._share_end_with(part)

    @callback
    def surround(self, part: Part, intro: float, outro: float) -> None:
        """Record how many seconds of a player's audio are before the speech and after it."""
        part.intro, part.outro = intro, outro
        self.start_clock(part)

    @callback
    def show(self) -> None:
        """Show the announcement to subscribers once a player is called and there is audio.

        Of one that had to wait, the queue tells that its turn has come. Where it waits beside, its
        place is found first.
        """
        announcement = self._announcement
        if not self._is_made or self._messages.is_told or announcement.awaits_places:
            return
        if announcement.called_parts:
            self._messages.send_track(self._loop.time())

    @callback
    def fail_broken_off(self, now: float) -> None:
        """Fail the players that were given all there is of audio that broke off."""
        recording = self._announcement.recording
        if recording.state != "failed" or not recording.error:
            return
        for part in self._announcement.parts.values():
            if part.is_over(now) and not part.error:
                part.fail(PlayerError.of_speech(recording.error))

    @callback
    def fail_if_unmade(self, cause: str) -> None:
        """Let the recording fail if no audio was made, and no player is left to speak it."""
        announcement = self._announcement
        if not self._is_made and all(part.error for part in announcement.parts.values()):
            announcement.recording.state, announcement.recording.error = "failed", cause

    def _share_end(self) -> None:
        """Tell all clocks that the audio is complete, and the subscribers as well."""
        for part in self._announcement.called_parts:
            self._share_end_with(part)
        if self._messages.is_shown:
            self._messages.send_track(self._loop.time())

    def _share_end_with(self, part: Part) -> None:
        now, recording = self._loop.time(), self._announcement.recording
        if recording.state != "speaking":
            part.lasts(now, recording.captions.duration or 0.0)
        is_lost = recording.state == "failed" and not part.is_heard(now)
        if is_lost and recording.error and not part.error:
            part.fail(PlayerError.of_speech(recording.error))
