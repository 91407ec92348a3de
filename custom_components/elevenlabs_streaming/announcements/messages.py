"""The messages about an announcement, and who receives them."""

from collections.abc import Callable, Mapping
import logging
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback

from ..alignment import Word
from .announcement import Announcement

_LOGGER = logging.getLogger(__name__)

type Listener = Callable[[dict[str, Any]], None]


class CaptionSubscribers:
    """Sends each message to all subscribers."""

    def __init__(self) -> None:
        """Start without subscribers."""
        self._listeners: list[Listener] = []

    @property
    def is_empty(self) -> bool:
        """Whether there are no subscribers."""
        return not self._listeners

    @callback
    def subscribe(self, listener: Listener) -> CALLBACK_TYPE:
        """Send all further messages to `listener`, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def send(self, message: dict[str, Any]) -> None:
        """Send a message to all; a listener that fails does not stop the speech."""
        for listener in tuple(self._listeners):
            try:
                listener(message)
            except Exception:
                _LOGGER.exception("A caption subscriber failed")


class AnnouncementMessages:
    """Builds and sends the messages about one announcement."""

    def __init__(
        self, announcement: Announcement, subscribers: CaptionSubscribers, now: float
    ) -> None:
        """Send nothing until the announcement is shown."""
        self._announcement = announcement
        self._subscribers = subscribers
        self._final_cues = 0
        self._playback: dict[str, Any] | None = None
        """What was told of the players last; None if some subscribers may know otherwise."""
        self._priority = announcement.priority
        self.called_at = now
        """When the first player was called; until then, when the announcement was requested."""
        self.is_told = False
        """Whether subscribers know of it."""
        self.is_shown = False
        """Whether they are told of its words; they are not while it waits for its first turn."""

    def track(self, now: float) -> dict[str, Any]:
        """Return the message with all that is known."""
        self._playback = None
        track, age = self._announcement.track(now), now - self.called_at
        return {"type": "track", "track": {**track, "age": round(age, 3)}}

    @callback
    def send_track(self, now: float) -> None:
        """Send all that is known; from now on subscribers are told of changes."""
        announcement = self._announcement
        self.is_told, self.is_shown = True, not announcement.is_waiting
        self._priority = announcement.priority
        if not self._subscribers.is_empty:
            self._subscribers.send(self.track(now))

    @callback
    def send_playback(self, now: float) -> None:
        """Send what the players do, if it has changed.

        A player that waits is told of with its place, which the queue finds at the end.
        """
        if self.is_shown and not self._announcement.awaits_places:
            self._send_playback(now)

    @callback
    def tell_places(self, places: Mapping[str, int], now: float) -> None:
        """Take its places in the queue, and tell what the queue has changed in one message."""
        announcement = self._announcement
        is_moved, announcement.places = places != announcement.places, places
        is_waiting = announcement.is_waiting
        if self.is_told:
            is_urged = self._priority is not announcement.priority
            is_told_anew = is_urged or not (self.is_shown or is_waiting)
        else:
            # What is called at once is told of as soon as there is audio.
            is_told_anew = is_waiting
        if is_told_anew:
            self.send_track(now)
        elif is_moved and self.is_told:
            self._send_playback(now)

    def _send_playback(self, now: float) -> None:
        if self._subscribers.is_empty:
            self._playback = None
            return
        announcement = self._announcement
        playback = announcement.playback(now)
        if playback != self._playback:
            self._playback = playback
            message = {"type": "playback", "id": announcement.announcement_id}
            self._subscribers.send({**message, **playback})

    @callback
    def send_words(self, words: list[Word]) -> None:
        """Send new words, and the cues that they changed."""
        if not words or not self.is_shown or self._subscribers.is_empty:
            return
        captions = self._announcement.recording.captions
        cues, self._final_cues = captions.layouts(self._final_cues)
        self._subscribers.send(
            {
                "type": "words",
                "id": self._announcement.announcement_id,
                "words": [word.as_dict() for word in words],
                "cues": cues,
            }
        )

    @callback
    def restart_cues(self) -> None:
        """Start again with the cues of another recording."""
        self._final_cues = 0
