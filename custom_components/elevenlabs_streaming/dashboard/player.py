"""Plays media and announcements at the dashboards."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .client_timeouts import DashboardTimeouts, WakeUpTimer
from .clients import ConnectedDashboards, DashboardClient
from .media_queue import DashboardQueues, Enqueue
from .playback import DashboardMedia, PlayingMedia
from .reports import PlaybackReport
from .wanted_messages import DashboardVolume, WantedMessages


class DashboardPlayback:
    """Plays at all dashboards that can: media, and announcements over them, one at a time."""

    def __init__(
        self,
        hass: HomeAssistant,
        volume: DashboardVolume,
        on_change: Callable[[], None],
        on_over: Callable[[DashboardMedia, str | None], None],
    ) -> None:
        """Call `on_change` after each change, and `on_over` when a sound has ended or failed."""
        self.clients = ConnectedDashboards()
        self._hass = hass
        self._on_change = on_change
        self._on_over = on_over
        self._queues = DashboardQueues(on_over)
        self._messages = WantedMessages(self.clients, self._queues, volume)
        self._timeouts = DashboardTimeouts(self.clients, self._queues)
        self._timer = WakeUpTimer(hass, self._update)

    @property
    def is_available(self) -> bool:
        """Whether any dashboard can play, or is expected back in the middle of a sound."""
        return bool(self.clients.able) or self._timeouts.awaits_reconnect(self._now)

    @property
    def shown(self) -> PlayingMedia | None:
        """The sound in the foreground."""
        return self._queues.foreground

    @property
    def volume(self) -> DashboardVolume:
        """How loud the dashboards are."""
        return self._messages.volume

    @callback
    def connect(self, client: DashboardClient) -> CALLBACK_TYPE:
        """Add or replace a dashboard; return a function that disconnects it."""
        self.clients.add_client(client)
        self._timeouts.note_message(client, self._now)
        self._messages.send(client, self._now)
        self._update()
        return partial(self._disconnect, client)

    @callback
    def can_play(self, client_id: str, owner: object, *, can_play: bool) -> bool:
        """Set whether a dashboard can play; return False if there is no such dashboard."""
        if (client := self.clients.find_client(client_id, owner)) is None:
            return False
        client.can_play = can_play
        self._timeouts.note_message(client, self._now)
        self._update()
        return True

    @callback
    def report(self, client_id: str, owner: object, sound_id: str, report: PlaybackReport) -> bool:
        """Record a dashboard's report; return False if there is no such dashboard."""
        if (client := self.clients.find_client(client_id, owner)) is None:
            return False
        now = self._now
        self._timeouts.note_message(client, now)
        sound = next((one for one in self._queues.sounds if one.sound_id == sound_id), None)
        if sound:
            sound.record_report(client_id, report, self.clients.able, now)
        self._update()
        if sound and sound.has_drifted(client_id, now):
            self._messages.send(client, now)
        return True

    @callback
    def announce(self, media: DashboardMedia) -> None:
        """Play over the media, after the announcements that came before."""
        self._queues.announcements.enqueue(media, "add")
        self._update()

    @callback
    def withdraw(self, is_withdrawn: Callable[[DashboardMedia], bool]) -> None:
        """Remove announcements that should not be heard, or not to their end."""
        self._queues.announcements.withdraw(is_withdrawn)
        self._update()

    @callback
    def play(self, media: DashboardMedia, enqueue: Enqueue) -> None:
        """Play now or later."""
        self._queues.media.enqueue(media, enqueue)
        self._update()

    @callback
    def pause(self) -> None:
        """Pause the sound in the foreground."""
        if self.shown and not self.shown.paused:
            self.shown.pause(self._now)
            self._update()

    @callback
    def resume(self) -> None:
        """Resume the sound in the foreground, and the media that it interrupts."""
        if self.shown and self.shown.paused:
            self.shown.resume()
            for sound in self._queues.sounds:
                sound.expects_reports_since = self._now
            self._update()

    @callback
    def seek(self, position: float) -> None:
        """Jump to a position in seconds."""
        if self.shown:
            self.shown.seek(position, self._now)
            self._update()

    @callback
    def stop(self) -> None:
        """Stop all sounds, and clear the queues."""
        self._remove_all("player_stopped")
        self._update()

    @callback
    def set_volume(self, level: float | None = None, *, muted: bool | None = None) -> None:
        """Set the volume, from 0 to 1, or mute and unmute."""
        volume = self._messages.volume
        if level is not None:
            volume = replace(volume, level=level)
        if muted is not None:
            volume = replace(volume, muted=muted)
        self._messages.volume = volume
        self._update()

    @callback
    def close(self) -> None:
        """Disconnect all dashboards; they reconnect when there is a player again."""
        self._remove_all("player_removed")
        self._timer.schedule([])
        for client in self.clients:
            self._messages.send(client, self._now)
        self.clients.disconnect_all()

    @property
    def _now(self) -> float:
        return self._hass.loop.time()

    @callback
    def _disconnect(self, client: DashboardClient) -> None:
        """Remove a dashboard whose connection has closed."""
        if not self.clients.remove_client(client):
            return
        for sound in self._queues.sounds:
            sound.remove_report(client.client_id)
        self._timeouts.note_departure(client, self._now)
        self._update()

    @callback
    def _update(self) -> None:
        """Apply the consequences of a change, and report them."""
        now = self._now
        self._timeouts.freeze_silent(now)
        if able := self.clients.able:
            self._queues.advance(able, now)
        elif not self._timeouts.awaits_reconnect(now):
            self._remove_all("player_became_unavailable")
        self._messages.send_changes(now)
        self._on_change()
        changes = [sound.next_change for sound in self._queues.sounds]
        due = [moment for moment in changes if moment is not None]
        self._timer.schedule(due + self._timeouts.deadlines(now))

    def _remove_all(self, reason: str) -> None:
        """Remove all sounds, and report the reason for those that were not heard."""
        for media in self._queues.clear():
            self._on_over(media, reason)
