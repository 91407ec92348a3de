"""Follows the players of one announcement from the call to the last sound."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_state_change_event

from ..alignment import Word
from ..const import DOMAIN
from ..generation import Recording, bytes_per_second
from .announcement import UNKNOWN_PLAYER, Announcement, Part
from .delays import PlayerDelays
from .media_state import SOUNDING, follow, is_busy
from .messages import CaptionSubscribers
from .players import is_satellite

LATEST_START_S: Final = 30.0
"""Seconds in which a player must have begun."""
# Seconds after which a player that closed its connection too early and is silent has given up.
_LATEST_RETURN_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 600.0
# However long a player seems to be at it, nobody waits for longer if the end is not known by then.
_LONGEST_TURN_S: Final = 900.0
_MOMENT_S: Final = 0.05

SIGNAL_CUE: Final = f"{DOMAIN}_cue"
"""Carries a voice, an announcement and the text that it speaks now."""
SIGNAL_ANNOUNCEMENT: Final = f"{DOMAIN}_announcement"
"""Carries what became of an announcement, and the announcement."""


@dataclass(frozen=True, slots=True)
class Call:
    """A player that was called."""

    player: str
    task: asyncio.Task[None]
    since: float


class AnnouncementTracker:
    """Follows one announcement and tells of every change."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        hub: CaptionSubscribers,
        delays: PlayerDelays,
        on_change: Callable[[], None],
    ) -> None:
        """Follow nobody yet; players are added as they are known."""
        self._hass = hass
        self._hub = hub
        self._delays = delays
        self._on_change = on_change
        self._unsubscribe: dict[str, CALLBACK_TYPE] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._begun = hass.loop.time()
        self._final_cues = 0
        self._seconds = 0.0
        self._calls: list[Call] = []
        self._is_made = False
        self._news = asyncio.Event()
        self._cue = ""
        self._called = False
        self.announcement = announcement
        announcement.recording.listeners.append(self)
        self.is_shown = False
        """Whether subscribers know of it: not while it waits for others everywhere."""
        self.done = asyncio.Event()
        self.used = hass.loop.time()
        """When its audio was last asked for."""

    @callback
    def add(self, player: str, delay: float = 0.0, *, queued: bool = False) -> Part:
        """Follow a player; `delay`: seconds for which it plays something else first."""
        clock, key = self._delays.clock(player, delay), self._delays.key(player)
        part = Part(player, clock, key, delay, queued)
        self.announcement.parts[player] = part
        self._watch(player)
        if not queued:
            self.begin(part)
        return part

    @callback
    def begin(self, part: Part) -> None:
        """Expect a player to speak from now on."""
        if all(one.since is None for one in self.announcement.parts.values()):
            self._begun = self._now
        part.queued, part.since = False, self._now
        part.clock = self._delays.clock(part.player, part.delay)
        part.clock.produced(self._now, self._seconds)
        self._share_length(part)
        if self.announcement.overheard and self._responds(part.player):
            part.clock.playing(self._now)
        self._show()

    @callback
    def again(self, part: Part) -> Part:
        """Let a player that was called wait for its turn again."""
        clock = self._delays.clock(part.player, part.delay)
        fresh = Part(part.player, clock, part.key, part.delay, queued=True)
        self.announcement.parts[part.player] = fresh
        self.changed()
        return fresh

    @callback
    def take(self, recording: Recording) -> None:
        """Follow another recording of the same text."""
        former = self.announcement.recording
        if self in former.listeners:
            former.listeners.remove(self)
        self.announcement.recording = recording
        recording.listeners.append(self)
        self._final_cues, self._seconds = 0, 0.0

    @callback
    def made(self) -> None:
        """Note that there is audio, or that some is coming."""
        self._is_made = True
        for part in self._called_parts():
            self._share_length(part)
        if self.is_shown:
            self.tell_track()
        self._show()
        self.changed()

    @callback
    def calling(self, player: str, task: asyncio.Task[None]) -> None:
        """Note that a player is being called."""
        self._calls.append(Call(player, task, self._now))
        task.add_done_callback(lambda _: self.changed())

    @property
    def is_answered(self) -> bool:
        """Whether no answer is waited for; a satellite answers only when it has finished."""
        return all(map(self._has_answered, self._calls))

    @callback
    def drop(self, player: str) -> Part | None:
        """Stop following a player that only passed the announcement on."""
        if unsubscribe := self._unsubscribe.pop(player, None):
            unsubscribe()
        return self.announcement.parts.pop(player, None)

    @callback
    def requested(self, part: Part) -> None:
        """Note that a player asked for the audio."""
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
        if recording.state != "speaking" or self._is_being_made():
            return
        rate = bytes_per_second(stream.options)
        recording.captions.finish(size / rate if rate else 0.0)
        recording.state = "finished"
        self.recorded()

    @callback
    def ended(self, part: Part) -> None:
        """Note that a player said it is through."""
        if part.served:
            part.clock.ended(self._now)
        elif not part.is_over(self._now):
            part.error = "The player did not fetch the audio."
        self.changed()

    @callback
    def failed(self, part: Part, error: str) -> None:
        """Note that a player did not speak."""
        part.error = error
        self.changed()

    @callback
    def dropped(self, part: Part, cause: str) -> None:
        """Note that a player is not called any more; `cause` is a key of the translations."""
        part.error, part.dropped, part.queued = _in_words(cause), cause, False
        announcement = self.announcement
        if not self._is_made and all(one.error for one in announcement.parts.values()):
            announcement.recording.state, announcement.recording.error = "failed", cause
        self.changed()

    @callback
    def held_back(self, key: str, seconds: float) -> None:
        """Note that a player is heard so much later than it says, as the user found just now."""
        for part in self.announcement.parts.values():
            if part.key == key and not self.done.is_set():
                part.clock.held_back(self._now, seconds + part.delay)
                self.changed()

    @callback
    def called(self) -> None:
        """Note that all players were called."""
        self._called = True
        self.changed()

    @callback
    def told(self, words: list[Word], seconds: float) -> None:
        """Note new words, and how many seconds of audio there are."""
        now, self._seconds = self._now, seconds
        for part in self._called_parts():
            part.clock.produced(now, seconds)
            if self.announcement.overheard and seconds > 0:
                # Nobody is seen to fetch it, so its first audio is all there is to go by.
                self.serving(part)
        if words and self.is_shown and self._hub.is_heard:
            self._tell_words(words)
        self._schedule_soon()

    @callback
    def recorded(self) -> None:
        """Note that the audio is complete, or that it broke off."""
        for part in self._called_parts():
            self._share_length(part)
        if self.is_shown:
            self.tell_track()
        self.changed()

    @callback
    def tell_track(self) -> None:
        """Tell subscribers all that is known."""
        self.is_shown = True
        if self._hub.is_heard:
            self._hub.tell(self.track())

    @callback
    def track(self) -> dict[str, Any]:
        """Return the message that carries all that is known."""
        track = self.announcement.track(self._now)
        return {"type": "track", "track": {**track, "age": round(self._now - self._begun, 3)}}

    @callback
    def changed(self) -> None:
        """Tell of players, cue and outcome where they changed, and wait for the next change."""
        self._news.set()
        self._give_up()
        if self.is_shown:
            self._tell_playback()
        self._update_cue()
        self._update_state()
        self._schedule()
        self._on_change()

    @callback
    def stop(self) -> None:
        """Follow nobody any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for unsubscribe in self._unsubscribe.values():
            unsubscribe()
        self._unsubscribe.clear()
        self.done.set()
        self._news.set()

    async def news(self) -> None:
        """Wait for the next change."""
        self._news.clear()
        await self._news.wait()

    @property
    def _now(self) -> float:
        return self._hass.loop.time()

    def _called_parts(self) -> list[Part]:
        return [part for part in self.announcement.parts.values() if not part.queued]

    def _has_answered(self, call: Call) -> bool:
        part = self.announcement.parts.get(call.player)
        is_heard = part is not None and part.served and is_satellite(call.player)
        return call.task.done() or is_heard or self._now >= call.since + LATEST_START_S

    def _show(self) -> None:
        """Let subscribers know as soon as a player is called and there is something to tell."""
        if self._is_made and not self.is_shown and self._called_parts():
            self.tell_track()

    def _tell_playback(self) -> None:
        announcement = self.announcement
        players = announcement.players(self._now)
        self._hub.tell({"type": "playback", "id": announcement.announcement_id, "players": players})

    def _tell_words(self, words: list[Word]) -> None:
        cues, self._final_cues = self.announcement.recording.captions.layouts(self._final_cues)
        self._hub.tell(
            {
                "type": "words",
                "id": self.announcement.announcement_id,
                "words": [word.as_dict() for word in words],
                "cues": cues,
            }
        )

    def _watch(self, player: str) -> None:
        is_known = player == UNKNOWN_PLAYER or player in self._unsubscribe
        if not is_known and not self.done.is_set():
            self._unsubscribe[player] = async_track_state_change_event(
                self._hass, [player], self._on_state
            )

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        part = self.announcement.parts.get(event.data["entity_id"])
        if part is None or part.is_over(self._now):
            return
        if event.data["new_state"] is None and (name := self._delays.name(part.key, part.player)):
            self._rename(part, name)
        elif not part.queued:
            follow(part, event.data["old_state"], event.data["new_state"], self._now)
        self.changed()

    def _rename(self, part: Part, player: str) -> None:
        """Go on following a player that has a new name."""
        parts = self.announcement.parts
        self.drop(part.player)
        part.player = player
        parts[player] = part
        self._watch(player)

    def _responds(self, player: str) -> bool:
        """Whether a satellite has begun its answer already."""
        state = self._hass.states.get(player) if is_satellite(player) else None
        return state is not None and state.state in SOUNDING

    def _share_length(self, part: Part) -> None:
        recording = self.announcement.recording
        if recording.state != "speaking":
            part.clock.lasts(self._now, recording.captions.duration or 0.0)
        if recording.state == "failed" and not part.is_heard(self._now):
            part.error = part.error or _in_words(recording.error)

    def _is_being_made(self) -> bool:
        """Whether another announcement has the audio made that this one shares."""
        listeners = self.announcement.recording.listeners
        return any(listener.announcement.generated for listener in listeners)

    def _give_up(self) -> None:
        """Players that did not begin, come back or go on in time have failed."""
        for part in self.announcement.parts.values():
            moment, error = self._patience(part)
            if moment is not None and self._now >= moment and not part.is_over(self._now):
                part.error = error

    def _patience(self, part: Part) -> tuple[float | None, str]:
        """Return until when a player is waited for, and what it failed in after that."""
        if part.queued:
            return None, ""
        if not part.served:
            return self._latest_start(part), "The player did not start."
        if part.paused is not None:
            return part.paused + _LONGEST_PAUSE_S, "The player stayed paused."
        state = self._hass.states.get(part.player)
        if part.left is None or part.connections or (state and state.state in SOUNDING):
            return self._latest_end(part), "The player never finished."
        return part.left + _LATEST_RETURN_S, "The player stopped fetching the audio."

    def _latest_start(self, part: Part) -> float | None:
        """Return until when a player must begin; one that is at another of ours comes later."""
        state, since = self._hass.states.get(part.player), part.since or self._begun
        is_coming = self.announcement.overheard and part.clock.duration is None
        if is_coming or (state and is_busy(part, state)):
            return since + _LONGEST_TURN_S
        return max(since, part.busy or since) + LATEST_START_S

    def _latest_end(self, part: Part) -> float | None:
        """Return until when a player must be through; its clock knows once all is made."""
        is_known = part.clock.duration is not None
        return None if is_known else (part.since or self._begun) + _LONGEST_TURN_S

    def _heard(self) -> list[Part]:
        parts = self.announcement.parts.values()
        return [part for part in parts if part.is_heard(self._now)]

    def _update_cue(self) -> None:
        """Tell what is read now: at the first player that is being heard."""
        playing = [part for part in self._heard() if not part.is_over(self._now)]
        cue = None
        if playing and not self.announcement.private:
            position = playing[0].clock.position(self._now) or 0.0
            cue = self.announcement.recording.captions.cue_at(position)
        text = cue.text if cue else ""
        if text != self._cue:
            self._cue = text
            announcement = self.announcement
            async_dispatcher_send(
                self._hass, SIGNAL_CUE, announcement.voice, announcement.announcement_id, text
            )

    def _update_state(self) -> None:
        announcement = self.announcement
        if self.done.is_set():
            return
        if announcement.state == "waiting" and self._was_heard():
            self._become("started")
        if self._called and self.is_answered and announcement.is_over(self._now):
            self._learn()
            if not self.is_shown:
                self.tell_track()
            self._become("finished" if self._is_success() else "failed")
            self.stop()

    def _is_success(self) -> bool:
        """Whether it was heard, and neither broke off nor was given up after it was broken off."""
        announcement = self.announcement
        if announcement.state != "started" or announcement.recording.state == "failed":
            return False
        return not all(part.dropped for part in announcement.parts.values())

    def _was_heard(self) -> bool:
        """Whether a player sounds, or was through before its sound was expected."""
        parts = self.announcement.parts.values()
        return any(
            part.is_heard(self._now) or (part.is_over(self._now) and not part.error)
            for part in parts
        )

    def _become(self, state: Any) -> None:
        self.announcement.state = state
        async_dispatcher_send(self._hass, SIGNAL_ANNOUNCEMENT, state, self.announcement)

    def _learn(self) -> None:
        for part in self.announcement.parts.values():
            # Of what others asked for the request is not seen, so nothing is learned.
            if part.served and not self.announcement.overheard:
                self._delays.learn(part.player, part.clock)

    def _schedule(self) -> None:
        """Wake up when a cue, a player or the patience ends."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self.done.is_set():
            return
        if moments := [moment for moment in self._moments() if moment is not None]:
            when = max(min(moments), self._now)
            self._timer = self._hass.loop.call_at(when, self._wake)

    def _schedule_soon(self) -> None:
        """Look for the next change a little later: more words are likely to come meanwhile."""
        soon = self._now + _MOMENT_S
        if self.done.is_set() or (self._timer and self._timer.when() <= soon):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._hass.loop.call_at(soon, self._look_ahead)

    @callback
    def _look_ahead(self) -> None:
        self._timer = None
        self._schedule()

    def _moments(self) -> list[float | None]:
        now = self._now
        moments: list[float | None] = [
            call.since + LATEST_START_S for call in self._calls if not self._has_answered(call)
        ]
        for part in self.announcement.parts.values():
            if part.is_over(now):
                continue
            moments.append(self._patience(part)[0])
            if part.served:
                moments += [self._begins(part, now), part.clock.finishes(now)]
                moments.append(self._next_cue(part, now))
        return moments

    def _begins(self, part: Part, now: float) -> float | None:
        """Return when the sound is expected to begin."""
        return None if part.is_heard(now) else part.clock.next_change(now, [0.0])

    def _next_cue(self, part: Part, now: float) -> float | None:
        """Return when the cue at a player ends, or the next one begins."""
        captions = self.announcement.recording.captions
        position = part.clock.position(now) or 0.0
        if end := captions.cue_end_at(position):
            return part.clock.next_change(now, [end])
        index = bisect_right(captions.words, position, key=lambda word: word.start)
        starts = [word.start for word in captions.words[index : index + 1]]
        return part.clock.next_change(now, starts)

    @callback
    def _wake(self) -> None:
        self._timer = None
        self.changed()


def _in_words(cause: str | None) -> str | None:
    """Return the cause of a failure for a person."""
    return cause and str(HomeAssistantError(translation_domain=DOMAIN, translation_key=cause))
