"""Tracks one announcement from the first call of a player to the last sound."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from homeassistant.core import HomeAssistant, callback

from .announcement import Announcement
from .announcement_players import AnnouncementPlayers
from .audio_fetches import AudioFetches
from .audio_progress import AudioProgress
from .delays import PlayerDelays
from .messages import AnnouncementMessages, CaptionSubscribers
from .outcome import AnnouncementOutcome
from .player_calls import PlayerCalls
from .player_timeouts import PlayerTimeouts
from .wakeup import Wakeup


class AnnouncementTracker:
    """Tracks one announcement, and reports what its parts have changed."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        subscribers: CaptionSubscribers,
        delays: PlayerDelays,
        on_change: Callable[[], None],
    ) -> None:
        """Call `on_change` after each change of the announcement."""
        self._loop = hass.loop
        self._on_change = on_change
        self._changed = asyncio.Event()
        self._messages = AnnouncementMessages(announcement, subscribers, hass.loop.time())
        self._outcome = AnnouncementOutcome(hass, announcement)
        self._timeouts = PlayerTimeouts(hass, announcement)
        self._wakeup = Wakeup(hass, self._moments, self.update)
        self.announcement = announcement
        self.audio = AudioProgress(
            hass, announcement, self._messages, on_words=self._look_soon, on_change=self.update
        )
        self.players = AnnouncementPlayers(
            hass,
            announcement,
            self._messages,
            self.audio,
            delays=delays,
            on_change=self.update,
        )
        self.fetches = AudioFetches(hass, self.update)
        self.calls = PlayerCalls(hass, announcement, self.update)
        self.done = asyncio.Event()

    @property
    def is_shown(self) -> bool:
        """Whether subscribers are told of its words; not while it waits for its first turn."""
        return self._messages.is_shown

    @property
    def is_told(self) -> bool:
        """Whether subscribers know of it."""
        return self._messages.is_told

    def track(self) -> dict[str, Any]:
        """Return the message with all that is known."""
        return self._messages.track(self._loop.time())

    @callback
    def send_track(self) -> None:
        """Send all that is known to the subscribers."""
        self._messages.send_track(self._loop.time())

    @callback
    def tell_places(self, places: Mapping[str, int]) -> None:
        """Take the places in the queues of players, and tell the subscribers what has changed."""
        self._messages.tell_places(places, self._loop.time())
        self.audio.show()

    @callback
    def update(self) -> None:
        """Report players, cue, and state where they changed, and wait for the next change."""
        now = self._loop.time()
        self._changed.set()
        self._timeouts.expire(now)
        self.audio.fail_broken_off(now)
        self._messages.send_playback(now)
        self._outcome.update_cue(now)
        if not self.done.is_set():
            self._outcome.start_if_heard(now)
            self._end_if_over(now)
        if self.done.is_set():
            self._wakeup.cancel()
        else:
            self._wakeup.schedule()
        self._on_change()

    @callback
    def abort(self, cause: str, kept: frozenset[str]) -> None:
        """End the announcement at all players but those at which it waits over a restart.

        `cause` is a key of the translated exceptions.
        """
        if self.done.is_set():
            return
        now = self._loop.time()
        for part in self.announcement.parts.values():
            is_kept = part.is_queued and part.player in kept
            if not part.is_over(now) and not is_kept:
                part.drop(cause)
        self.audio.fail_if_unmade(cause)
        self._messages.send_playback(now)
        self._outcome.update_cue(now)
        if self.announcement.state == "started" or not kept:
            self._outcome.send_end()
        self.stop()

    @callback
    def stop(self) -> None:
        """Stop tracking."""
        self._wakeup.cancel()
        self.players.stop()
        self.done.set()
        self._changed.set()

    @callback
    def is_spoken(self, now: float) -> bool:
        """Whether nothing more is expected of any player, unless it is repeated."""
        calls = self.calls
        return calls.are_complete and calls.are_answered and self.announcement.is_over(now)

    async def async_next_change(self) -> None:
        """Wait for the next change."""
        self._changed.clear()
        await self._changed.wait()

    def _end_if_over(self, now: float) -> None:
        """End the tracking once nothing more is expected of any player."""
        if self._is_over(now):
            self.players.learn_delays()
            if not self.is_shown:
                self.send_track()
            self._outcome.send_end()
            self.stop()

    def _is_over(self, now: float) -> bool:
        repetition, parts = self.announcement.repetition, self.announcement.parts.values()
        return self.is_spoken(now) and not repetition.continues(parts, now)

    @callback
    def _look_soon(self) -> None:
        """Look for the next change soon if new words may bring one."""
        if self._timeouts.awaits_words and not self.done.is_set():
            self._wakeup.schedule_soon()

    def _moments(self) -> Iterator[float]:
        now = self._loop.time()
        # The last sound may have ended since the last look, and nothing else would wake us then.
        end = [now] if self._is_over(now) else []
        return chain(end, self.calls.moments(), self._timeouts.moments(now))
