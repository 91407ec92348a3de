"""Tracks one announcement from the first call of a player to the last sound."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..alignment import Word
from ..generation import Recording, bytes_per_second
from .announcement import Announcement, Part, PlayerError
from .delays import PlayerDelays
from .messages import AnnouncementMessages, CaptionSubscribers
from .outcome import AnnouncementOutcome
from .player_tracker import PlayerCalls, PlayerStates, PlayerTimeouts
from .wakeup import Wakeup


class AnnouncementTracker:
    """Tracks one announcement and reports every change."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        subscribers: CaptionSubscribers,
        delays: PlayerDelays,
        on_change: Callable[[], None],
    ) -> None:
        """Start without players; they are added as they become known."""
        self._loop = hass.loop
        self._delays = delays
        self._on_change = on_change
        self._seconds = 0.0
        self._is_made = False
        self._is_called = False
        self._changed = asyncio.Event()
        self._messages = AnnouncementMessages(announcement, subscribers)
        self._outcome = AnnouncementOutcome(hass, announcement)
        self._states = PlayerStates(hass, announcement, delays, self.changed)
        self._timeouts = PlayerTimeouts(hass, announcement)
        self._wakeup = Wakeup(hass, self._moments, self.changed)
        self.calls = PlayerCalls(announcement)
        self.announcement = announcement
        announcement.recording.listeners.append(self)
        self.done = asyncio.Event()
        self.used = hass.loop.time()
        """When its audio was last requested."""

    @property
    def is_shown(self) -> bool:
        """Whether subscribers know of it: not while it waits for others everywhere."""
        return self._messages.is_shown

    @property
    def is_answered(self) -> bool:
        """Whether no answer is waited for; a satellite answers only when it has finished."""
        return self.calls.all_answered(self._now)

    @property
    def is_idle(self) -> bool:
        """Whether no timer and no call is left."""
        return not self._wakeup.is_set and self.calls.all_done()

    @callback
    def add(self, player: str, delay: float = 0.0, *, queued: bool = False) -> Part:
        """Track a player; `delay`: seconds for which it plays something else first."""
        clock, key = self._delays.clock(player, delay), self._delays.key(player)
        part = Part(player, clock, key, delay, queued)
        self.announcement.parts[player] = part
        if not self.done.is_set():
            self._states.watch(player)
        if not queued:
            self.expect(part)
        return part

    @callback
    def expect(self, part: Part) -> None:
        """Expect a player to speak from now on."""
        if all(other.since is None for other in self.announcement.parts.values()):
            self._timeouts.begun = self._now
        part.queued, part.since = False, self._now
        part.clock = self._delays.clock(part.player, part.delay)
        part.clock.produced(self._now, self._seconds)
        self._share_length(part)
        if self.announcement.overheard and self._states.is_responding(part.player):
            part.clock.playing(self._now)
        self._show()

    @callback
    def requeue(self, part: Part) -> Part:
        """Return a new part for a player that was called and waits for its turn again."""
        clock = self._delays.clock(part.player, part.delay)
        fresh = Part(part.player, clock, part.key, part.delay, queued=True)
        self.announcement.parts[part.player] = fresh
        self.changed()
        return fresh

    @callback
    def use(self, recording: Recording) -> None:
        """Use another recording of the same text."""
        former = self.announcement.recording
        if self in former.listeners:
            former.listeners.remove(self)
        self.announcement.recording = recording
        recording.listeners.append(self)
        self._messages.restart()
        self._seconds = 0.0

    @callback
    def made(self) -> None:
        """Note that there is audio, or that some is coming."""
        self._is_made = True
        for part in self._called_parts():
            self._share_length(part)
        if self.is_shown:
            self.send_track()
        self._show()
        self.changed()

    @callback
    def calling(self, player: str, task: asyncio.Task[None]) -> None:
        """Note that a player is being called."""
        self.calls.add(player, task, self._now)
        task.add_done_callback(lambda _: self.changed())

    @callback
    def remove(self, player: str) -> Part | None:
        """Stop tracking a player that only passed the announcement on."""
        self._states.unwatch(player)
        return self.announcement.parts.pop(player, None)

    @callback
    def requested(self, part: Part) -> None:
        """Note that a player requested the audio."""
        self.used = self._now
        part.connections += 1

    @callback
    def serving(self, part: Part) -> None:
        """Note that a player is given the first of the audio."""
        if not part.served:
            part.served = True
            part.clock.requested(self._now)
            self.changed()

    @callback
    def left(self, part: Part, *, complete: bool) -> None:
        """Note the end of a request; not `complete`: the player or the audio broke it off."""
        self.used = self._now
        part.connections -= 1
        part.complete = part.complete or complete
        part.left = None if part.complete or not part.served else self._now
        self.changed()

    @callback
    def measured(self, size: int) -> None:
        """Note how many bytes the audio has, where its captions were lost."""
        recording, stream = self.announcement.recording, self.announcement.stream
        if recording.captions.finished or self.announcement.generated or stream is None:
            return
        if recording.state != "speaking" or recording.is_being_made:
            return
        rate = bytes_per_second(stream.options)
        recording.captions.finish(size / rate if rate else 0.0)
        recording.state = "finished"
        self.recorded()

    @callback
    def ended(self, part: Part) -> None:
        """Note that a player reported its end."""
        if part.served:
            part.clock.ended(self._now)
        elif not part.is_over(self._now):
            part.error = PlayerError("player_did_not_fetch")
        self.changed()

    @callback
    def failed(self, part: Part, error: PlayerError) -> None:
        """Note that a player did not speak."""
        part.error = error
        self.changed()

    @callback
    def dropped(self, part: Part, cause: str) -> None:
        """Note that a player will not be called; `cause` is a key of the translated exceptions."""
        part.error, part.dropped, part.queued = PlayerError(cause), cause, False
        announcement = self.announcement
        if not self._is_made and all(other.error for other in announcement.parts.values()):
            announcement.recording.state, announcement.recording.error = "failed", cause
        self.changed()

    @callback
    def held_back(self, key: str, seconds: float) -> None:
        """Note that a player is heard so much later than it reports, as the user set just now."""
        for part in self.announcement.parts.values():
            if part.key == key and not self.done.is_set():
                part.clock.held_back(self._now, seconds + part.delay)
                self.changed()

    @callback
    def called(self) -> None:
        """Note that all players were called."""
        self._is_called = True
        self.changed()

    @callback
    def told(self, words: list[Word], seconds: float) -> None:
        """Note new words, and how many seconds of audio there are."""
        now, self._seconds = self._now, seconds
        for part in self._called_parts():
            part.clock.produced(now, seconds)
            if self.announcement.overheard and seconds > 0:
                # Nobody is seen to fetch it, so its first audio is the only evidence.
                self.serving(part)
        self._messages.send_words(words)
        if not self.done.is_set():
            self._wakeup.schedule_soon()

    @callback
    def recorded(self) -> None:
        """Note that the audio is complete, or that it broke off."""
        for part in self._called_parts():
            self._share_length(part)
        if self.is_shown:
            self.send_track()
        self.changed()

    @callback
    def send_track(self) -> None:
        """Send all that is known to the subscribers."""
        self._messages.send_track(self._now, self._age)

    @callback
    def track(self) -> dict[str, Any]:
        """Return the message with all that is known."""
        return self._messages.track(self._now, self._age)

    @callback
    def changed(self) -> None:
        """Report players, cue, and state where they changed, and wait for the next change."""
        self._changed.set()
        self._timeouts.expire(self._now)
        self._messages.send_playback(self._now)
        self._outcome.update_cue(self._now)
        self._update_state()
        if self.done.is_set():
            self._wakeup.cancel()
        else:
            self._wakeup.schedule()
        self._on_change()

    @callback
    def stop(self) -> None:
        """Stop tracking."""
        self._wakeup.cancel()
        self._states.stop()
        self.done.set()
        self._changed.set()

    async def async_next_change(self) -> None:
        """Wait for the next change."""
        self._changed.clear()
        await self._changed.wait()

    @property
    def _now(self) -> float:
        return self._loop.time()

    @property
    def _age(self) -> float:
        return self._now - self._timeouts.begun

    def _called_parts(self) -> list[Part]:
        return [part for part in self.announcement.parts.values() if not part.queued]

    def _show(self) -> None:
        """Show it to subscribers as soon as a player is called and there is something to send."""
        if self._is_made and not self.is_shown and self._called_parts():
            self.send_track()

    def _share_length(self, part: Part) -> None:
        recording = self.announcement.recording
        if recording.state != "speaking":
            part.clock.lasts(self._now, recording.captions.duration or 0.0)
        if recording.state == "failed" and recording.error and not part.is_heard(self._now):
            part.error = part.error or PlayerError(recording.error)

    def _update_state(self) -> None:
        if self.done.is_set():
            return
        self._outcome.start_if_heard(self._now)
        if self._is_called and self.is_answered and self.announcement.is_over(self._now):
            self._learn()
            if not self.is_shown:
                self.send_track()
            self._outcome.end()
            self.stop()

    def _learn(self) -> None:
        for part in self.announcement.parts.values():
            # The requests of overheard players are not seen, so nothing is learned from them.
            if part.served and not self.announcement.overheard:
                self._delays.learn(part.player, part.clock)

    def _moments(self) -> Iterator[float | None]:
        yield from self.calls.moments(self._now)
        for part in self.announcement.parts.values():
            yield from self._timeouts.moments(part, self._now)
