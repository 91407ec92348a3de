"""The players of an announcement, and what becomes of each."""

from collections.abc import Callable, Iterable

from homeassistant.core import HomeAssistant, callback

from .announcement import Announcement
from .audio_progress import AudioProgress
from .delays import PlayerDelays
from .messages import AnnouncementMessages
from .part import Part
from .player_error import PlayerError
from .player_states import PlayerStates


class AnnouncementPlayers:
    """Adds, calls, and removes the players of one announcement."""

    def __init__(
        self,
        hass: HomeAssistant,
        announcement: Announcement,
        messages: AnnouncementMessages,
        audio: AudioProgress,
        *,
        delays: PlayerDelays,
        on_change: Callable[[], None],
    ) -> None:
        """Call `on_change` after each change; players are added as they become known."""
        self._loop = hass.loop
        self._announcement = announcement
        self._messages = messages
        self._audio = audio
        self._delays = delays
        self._on_change = on_change
        self._states = PlayerStates(hass, announcement, delays, on_change)

    @callback
    def add_player(self, player: str, delay: float = 0.0, *, queued: bool = False) -> Part:
        """Add a player, which speaks from now on unless `queued`.

        `delay`: seconds for which it plays something else first.
        """
        part = self._new_part(player, delay)
        self._states.watch(player)
        if not queued:
            self.expect_player(part)
        return part

    @callback
    def expect_player(self, part: Part) -> None:
        """Expect a player to speak from now on."""
        now, announcement = self._loop.time(), self._announcement
        if all(other.called_at is None for other in announcement.parts.values()):
            self._messages.called_at = now
        announcement.was_called = True
        part.call(self._delays.clock(part.player, part.delay), now)
        self._audio.start_clock(part)
        if announcement.overheard and self._states.is_responding(part.player):
            part.reports.sounded = True
            part.clock.playing(now)
        self._audio.show()

    @callback
    def requeue_player(self, part: Part) -> Part:
        """Return a new part for a player that was called and waits for its turn again."""
        fresh = self._new_part(part.player, part.delay, part.key)
        self._on_change()
        return fresh

    @callback
    def replace_part(self, part: Part, spoken: Iterable[Part]) -> None:
        """Show what became of a player earlier in place of a part that waits."""
        parts = self._announcement.parts
        del parts[part.player]
        parts.update({one.player: one for one in spoken})
        self._on_change()

    @callback
    def remove_player(self, player: str) -> Part | None:
        """Remove a player that only passed the announcement on."""
        self._states.unwatch(player)
        return self._announcement.parts.pop(player, None)

    @callback
    def end_player(self, part: Part) -> None:
        """Record that a player reported its end."""
        part.end(self._loop.time())
        self._on_change()

    @callback
    def fail_player(self, part: Part, error: PlayerError) -> None:
        """Record that a player did not speak."""
        part.fail(error)
        self._on_change()

    @callback
    def drop_player(self, part: Part, cause: str) -> None:
        """Record that a player will not be called, and why: a key of the translated exceptions."""
        part.drop(cause)
        self._audio.fail_if_unmade(cause)
        self._on_change()

    @callback
    def stop_player(self, part: Part, cause: str) -> None:
        """Record that a player that was called was stopped; `cause` as for `drop_player`."""
        part.stop(self._loop.time(), cause)
        self._audio.fail_if_unmade(cause)
        self._on_change()

    @callback
    def silence_player(self, part: Part) -> None:
        """Record that an announcement is only shown at a player."""
        part.silence()
        self._on_change()

    @callback
    def apply_delay(self, key: str, seconds: float) -> None:
        """Apply the delay that the user has just set for a player."""
        for part in self._announcement.parts.values():
            if part.key == key and not self._states.is_stopped:
                part.clock.held_back(self._loop.time(), seconds + part.delay)
                self._on_change()

    @callback
    def learn_delays(self) -> None:
        """Learn from how the players have started."""
        # The requests of overheard players are not seen, so nothing can be learned from them.
        if self._announcement.overheard:
            return
        for part in self._announcement.parts.values():
            if part.requests.served:
                self._delays.learn(part.player, part.clock)

    @callback
    def stop(self) -> None:
        """Stop following the players."""
        self._states.stop()

    def _new_part(self, player: str, delay: float, key: str | None = None) -> Part:
        """Return a part that waits for its turn, in place of any that the player has."""
        clock = self._delays.clock(player, delay)
        part = Part(player, clock, self._delays.key(player) if key is None else key, delay)
        self._announcement.parts[player] = part
        return part
