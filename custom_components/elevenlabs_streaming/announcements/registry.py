"""The announcements that are kept while they are spoken and afterward, and their URLs."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .announcement import Announcement
from .delays import PlayerDelays
from .messages import CaptionSubscribers, Listener
from .part import Part
from .playback_clock import PlaybackClock
from .replays import Replays
from .tracker import AnnouncementTracker
from .voice_names import voice_name

LISTENER: Final = "listener"
"""Stands for somebody who plays an announcement again."""

# Announcements that late subscribers, caption links, and replays can still reach.
_KEPT: Final = 50
# Announcements of other integrations that are tracked at once.
_MOST_OVERHEARD: Final = 200
# Seconds for which audio is kept after it was last requested.
_AUDIO_LASTS_S: Final = 600.0
_TIDYING_S: Final = 60.0


class AnnouncementRegistry:
    """Keeps the trackers of announcements and the tokens of their audio's URLs."""

    def __init__(
        self, hass: HomeAssistant, delays: PlayerDelays, on_change: Callable[[], None]
    ) -> None:
        """Call `on_change` after each change of an announcement."""
        self._hass = hass
        self._delays = delays
        self._on_change = on_change
        self._replays = Replays(hass)
        self._trackers: OrderedDict[str, AnnouncementTracker] = OrderedDict()
        self._tokens: dict[str, tuple[AnnouncementTracker, Part]] = {}
        self._subscribers = CaptionSubscribers()
        self._tidying: CALLBACK_TYPE | None = None

    def __iter__(self) -> Iterator[AnnouncementTracker]:
        """Yield the trackers, the oldest first."""
        return iter(self._trackers.values())

    @callback
    def subscribe(self, listener: Listener, history: int = 0) -> CALLBACK_TYPE:
        """Send the last `history` announcements, those heard now, those that wait, and all changes.

        The oldest are sent first, and those that wait in the order in which they will be heard.
        """
        over = [tracker for tracker in self if tracker.done.is_set()]
        now = [tracker for tracker in self if tracker.is_told and not tracker.done.is_set()]
        now.sort(key=partial(_turn, now=self._hass.loop.time()))
        for tracker in (*over[max(0, len(over) - history) :], *now):
            listener(tracker.track())
        return self._subscribers.subscribe(listener)

    @callback
    def tracker(self, announcement_id: str) -> AnnouncementTracker | None:
        """Return the tracker of an announcement that is kept."""
        return self._trackers.get(announcement_id)

    @callback
    def find(self, announcement_id: str) -> Announcement | None:
        """Return an announcement that is kept."""
        tracker = self._trackers.get(announcement_id)
        return tracker.announcement if tracker else None

    @callback
    def fetching(self, token: str) -> tuple[AnnouncementTracker, Part] | None:
        """Return the announcement and the part whose URL has a token, while it is valid.

        A player that begins too late is refused: the next one may be speaking there by then.
        """
        found = self._tokens.get(token)
        if found and found[1].player == LISTENER:
            self._replays.speak(found[0].announcement)
        return None if found and found[1].is_withdrawn else found

    @callback
    def track(self, announcement: Announcement) -> AnnouncementTracker:
        """Start to track an announcement."""
        announcement.voice_name = voice_name(self._hass, announcement.engine, announcement.options)
        tracker = AnnouncementTracker(
            self._hass, announcement, self._subscribers, self._delays, self._on_change
        )
        self._trackers[announcement.announcement_id] = tracker
        self._make_room()
        self._tidy_later()
        return tracker

    @callback
    def add_player(
        self,
        tracker: AnnouncementTracker,
        player: str,
        delay: float = 0.0,
        *,
        queued: bool = False,
    ) -> Part:
        """Add a player and give its audio a URL; `delay` as for `AnnouncementPlayers`."""
        part = tracker.players.add_player(player, delay, queued=queued)
        self._tokens[part.token] = (tracker, part)
        return part

    @callback
    def remove_player(self, tracker: AnnouncementTracker, player: str) -> None:
        """Remove a player that only passed the announcement on, and its URL."""
        if part := tracker.players.remove_player(player):
            self._tokens.pop(part.token, None)

    @callback
    def requeue_player(self, tracker: AnnouncementTracker, part: Part) -> Part:
        """Invalidate a player's URL; return its new part, which waits for its turn."""
        self._tokens.pop(part.token, None)
        fresh = tracker.players.requeue_player(part)
        self._tokens[fresh.token] = (tracker, fresh)
        return fresh

    @callback
    def queue_player(self, tracker: AnnouncementTracker, player: str) -> Part:
        """Return a part that waits for its turn, a new one if the player was called before."""
        if part := tracker.announcement.parts.get(player):
            return self.requeue_player(tracker, part)
        return self.add_player(tracker, player, queued=True)

    @callback
    def listen(self, announcement_id: str) -> Part | None:
        """Return a part for somebody other than the players who plays an announcement again."""
        tracker = self._trackers.get(announcement_id)
        if tracker is None or not (tracker.is_shown and self._replays.prepare(tracker)):
            return None
        tracker.fetches.expect_request()
        self._tidy_later()
        part = Part(LISTENER, clock := PlaybackClock())
        part.call(clock, self._hass.loop.time())
        self._tokens[part.token] = (tracker, part)
        return part

    @callback
    def is_free(self, announcement_id: str) -> bool:
        """Whether to hear an announcement again costs no credits."""
        tracker = self._trackers.get(announcement_id)
        return tracker is not None and self._replays.is_free(tracker.announcement)

    @callback
    def overheard_players(self, now: float) -> Iterator[str]:
        """Yield the players that speak what other integrations requested."""
        for tracker in self:
            if not tracker.announcement.overheard or tracker.done.is_set():
                continue
            for part in tracker.announcement.parts.values():
                if part.requests.served and not part.is_over(now):
                    yield part.player

    @callback
    def stop(self, cause: str, kept: Mapping[str, frozenset[str]]) -> None:
        """End all announcements; `cause` is a key of the translated exceptions.

        `kept` are the players at which announcements wait over a restart, by ID.
        """
        if self._tidying:
            self._tidying()
        for tracker in self:
            tracker.abort(cause, kept.get(tracker.announcement.announcement_id, frozenset()))

    def _make_room(self) -> None:
        """Remove the oldest that are over, and overheard ones that never seem to end."""
        over = [tracker for tracker in self if tracker.done.is_set()]
        for tracker in over[: max(0, len(self._trackers) - _KEPT)]:
            self._remove(tracker)
        overheard = [tracker for tracker in self if tracker.announcement.overheard]
        for tracker in overheard[: max(0, len(overheard) - _MOST_OVERHEARD)]:
            for part in list(tracker.announcement.parts.values()):
                tracker.players.end_player(part)
            self._remove(tracker)

    def _tidy_later(self) -> None:
        if self._tidying is None:
            job = HassJob(self._tidy, "captions tidy up", cancel_on_shutdown=True)
            self._tidying = async_call_later(self._hass, _TIDYING_S, job)

    @callback
    def _tidy(self, _: datetime) -> None:
        """Release audio that nobody has requested for a while."""
        self._tidying = None
        oldest = self._hass.loop.time() - _AUDIO_LASTS_S
        for tracker in self:
            if tracker.done.is_set() and tracker.fetches.latest_at < oldest:
                self._release(tracker)
        if any(tracker.announcement.stream for tracker in self):
            self._tidy_later()

    def _remove(self, tracker: AnnouncementTracker) -> None:
        del self._trackers[tracker.announcement.announcement_id]
        tracker.stop()
        tracker.audio.stop()
        self._release(tracker)

    def _release(self, tracker: AnnouncementTracker) -> None:
        """Release the audio of an announcement, and invalidate its URLs."""
        self._replays.release(tracker.announcement)
        for token in [token for token, (owner, _) in self._tokens.items() if owner is tracker]:
            del self._tokens[token]


def _turn(tracker: AnnouncementTracker, now: float) -> tuple[int, int]:
    """Return the key that sorts announcements: those that are heard, and then those that wait."""
    announcement = tracker.announcement
    if any(not (part.is_queued or part.is_over(now)) for part in announcement.parts.values()):
        return (0, 0)
    return (min(announcement.places.values(), default=0), -announcement.priority)
