"""The queues of media at the dashboards."""

from collections import deque
from collections.abc import Callable, Collection
from typing import Any, Literal

from .playback import DashboardMedia, PlayingMedia

type Enqueue = Literal["add", "next", "play", "replace"]


class MediaQueue:
    """The current sound and the media that follow it; times are seconds of the loop's clock."""

    def __init__(self, on_ended: Callable[[DashboardMedia, str | None], None]) -> None:
        """Call `on_ended` with the media and an error when a sound has ended or failed."""
        self.current: PlayingMedia | None = None
        self._on_ended = on_ended
        self._waiting: deque[DashboardMedia] = deque()

    def enqueue(self, media: DashboardMedia, enqueue: Enqueue) -> None:
        """Add media in one of the ways of Home Assistant's `play_media` action."""
        if enqueue == "replace":
            self._waiting.clear()
        if enqueue == "add":
            self._waiting.append(media)
        else:
            self._waiting.appendleft(media)
        if enqueue in ("replace", "play"):
            self.current = None

    def withdraw(self, is_withdrawn: Callable[[DashboardMedia], bool]) -> None:
        """Remove media that should not be heard, or not to their end."""
        if self.current and is_withdrawn(self.current.media):
            self.current = None
        self._waiting = deque(media for media in self._waiting if not is_withdrawn(media))

    def advance(self, able: Collection[str], now: float) -> None:
        """Start the next sound once the current one is over."""
        if self.current is not None and self._is_current_over(self.current, able, now):
            self.current = None
        if self.current is None and self._waiting:
            self.current = PlayingMedia(self._waiting.popleft(), now)

    def clear(self) -> list[DashboardMedia]:
        """Remove all media; return those of which nothing was heard."""
        unheard = list(self._waiting)
        if self.current and not self.current.was_heard:
            unheard.insert(0, self.current.media)
        self.current = None
        self._waiting.clear()
        return unheard

    def _is_current_over(self, sound: PlayingMedia, able: Collection[str], now: float) -> bool:
        """Return whether the current sound has ended or failed, after calling `on_ended`."""
        sound.choose_leader(able, now)
        sound.start_if_ready(able, now)
        if sound.has_failed(able):
            self._on_ended(sound.media, "dashboards_could_not_play")
        elif sound.is_over(able, now):
            self._on_ended(sound.media, None)
        else:
            return False
        return True


class DashboardQueues:
    """The announcements, and the media that they interrupt."""

    def __init__(self, on_ended: Callable[[DashboardMedia, str | None], None]) -> None:
        """Call `on_ended` with the media and an error when a sound has ended or failed."""
        self.announcements = MediaQueue(on_ended)
        self.media = MediaQueue(on_ended)

    @property
    def sounds(self) -> list[PlayingMedia]:
        """The current sounds, the one in the foreground first."""
        return [queue.current for queue in (self.announcements, self.media) if queue.current]

    @property
    def foreground(self) -> PlayingMedia | None:
        """The announcement, or else the media."""
        return self.announcements.current or self.media.current

    @property
    def is_held(self) -> bool:
        """Whether an announcement is paused, which holds the media as well."""
        return self.announcements.current is not None and self.announcements.current.paused

    def advance(self, able: Collection[str], now: float) -> None:
        """Start the next sound in each queue whose current one is over."""
        self.announcements.advance(able, now)
        self.media.advance(able, now)

    def clear(self) -> list[DashboardMedia]:
        """Remove everything; return the media of which nothing was heard."""
        return [*self.announcements.clear(), *self.media.clear()]

    def as_message(self, now: float) -> dict[str, Any]:
        """Return what the dashboards should play, as a message carries it."""
        media, announcement = self.media.current, self.announcements.current
        return {
            "media": media.as_message(now, hold=self.is_held) if media else None,
            "announcement": announcement.as_message(now) if announcement else None,
        }
