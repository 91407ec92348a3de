"""Who is being told what is spoken: one computation for any number of subscribers."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
import logging
from typing import Any, Literal

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.ulid import ulid_now

from ..api import SpeechChunk
from ..captions import Word, WordReader
from ..const import DOMAIN

_LOGGER = logging.getLogger(__name__)

# Tracks that a late subscriber can still see.
_KEPT_TRACKS = 20

type Listener = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Track:
    """The captions of one utterance."""

    engine: str
    language: str
    message: str | None = None
    """The whole text, or None while it grows."""
    route: str = "auto"
    state: Literal["speaking", "finished", "failed"] = "speaking"
    duration: float | None = None
    """Seconds of audio, once all of it was made."""
    words: list[Word] = field(default_factory=list)
    track_id: str = field(default_factory=ulid_now)

    def as_dict(self) -> dict[str, Any]:
        """Return the track with all its words, as a `track` message carries it."""
        return {
            "id": self.track_id,
            "engine": self.engine,
            "language": self.language,
            "message": self.message,
            "route": self.route,
            "state": self.state,
            "duration": self.duration,
            "words": [word.as_dict() for word in self.words],
        }


class CaptionHub:
    """Tells subscribers of tracks and of their words as they come."""

    def __init__(self) -> None:
        """Start with no tracks and nobody to tell."""
        self._listeners: list[Listener] = []
        self._tracks: OrderedDict[str, Track] = OrderedDict()

    @callback
    def subscribe(self, listener: Listener) -> CALLBACK_TYPE:
        """Tell `listener` of what is being spoken now and of all that follows."""
        self._listeners.append(listener)
        for track in self._tracks.values():
            if track.state == "speaking":
                listener(_track_message(track))
        return lambda: self._listeners.remove(listener)

    @callback
    def begin(self, track: Track) -> TrackWriter:
        """Announce a track and return what its speech is written to."""
        self._tracks[track.track_id] = track
        while len(self._tracks) > _KEPT_TRACKS:
            self._tracks.popitem(last=False)
        self.tell(_track_message(track))
        return TrackWriter(self, track)

    @callback
    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to all; a listener that fails does not stop the speech."""
        for listener in tuple(self._listeners):
            try:
                listener(message)
            except Exception:
                _LOGGER.exception("A caption subscriber failed")


_HUB: HassKey[CaptionHub] = HassKey(f"{DOMAIN}_captions")


@callback
def caption_hub(hass: HomeAssistant) -> CaptionHub:
    """Return the one hub of this Home Assistant; it outlives entries and their reloads."""
    return hass.data.setdefault(_HUB, CaptionHub())


class TrackWriter:
    """Writes one utterance's speech into its track."""

    def __init__(self, hub: CaptionHub, track: Track) -> None:
        """`hub` is told of every word."""
        self._hub = hub
        self._reader = WordReader()
        self.track = track

    @callback
    def add(self, chunk: SpeechChunk) -> None:
        """Take the words of a chunk."""
        self._tell_words(self._reader.add(chunk))

    @callback
    def end(self, *, failed: bool, duration: float, route: str, message: str) -> None:
        """Complete the track."""
        self._tell_words(self._reader.rest())
        self.track.state = "failed" if failed else "finished"
        self.track.duration = round(duration, 3)
        self.track.route = route
        self.track.message = message
        self._hub.tell(_track_message(self.track))

    def _tell_words(self, words: list[Word]) -> None:
        if not words:
            return
        self.track.words += words
        self._hub.tell(
            {
                "type": "words",
                "id": self.track.track_id,
                "words": [word.as_dict() for word in words],
            }
        )


def _track_message(track: Track) -> dict[str, Any]:
    return {"type": "track", "track": track.as_dict()}
