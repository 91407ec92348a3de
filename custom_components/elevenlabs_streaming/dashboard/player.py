"""What the dashboards are to play, and what became of it."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
import math
from typing import Any, Final, Literal

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .clients import DashboardClient
from .playback import DashboardMedia, PlaybackReport, PlayingMedia

MOST_DASHBOARDS: Final = 50
# A page that a browser has put to sleep keeps its socket, but says nothing.
_LONGEST_SILENCE_S: Final = 30.0
# A page that is loaded again, or has lost its network for a moment, is back by then.
_COMES_BACK_S: Final = 10.0

type Enqueue = Literal["add", "next", "play", "replace"]


class DashboardPlayback:
    """Plays at all dashboards that can: one medium, and announcements over it one after another."""

    def __init__(
        self,
        hass: HomeAssistant,
        changed: Callable[[], None],
        over: Callable[[DashboardMedia, str | None], None],
    ) -> None:
        """Call `changed` when it may look different, `over` when something has ended or failed."""
        self._hass = hass
        self._changed = changed
        self._over = over
        self._clients: dict[str, DashboardClient] = {}
        self._media: PlayingMedia | None = None
        self._announcement: PlayingMedia | None = None
        self._queue: deque[DashboardMedia] = deque()
        self._announcements: deque[DashboardMedia] = deque()
        self._told: Any = None
        self._timer: CALLBACK_TYPE | None = None
        self._awaited_until = -math.inf
        self.volume = 1.0
        """0 to 1."""
        self.muted = False

    @property
    def is_available(self) -> bool:
        """Whether any dashboard can play, or is expected back in the middle of a sound."""
        return bool(self._able()) or self._is_awaited

    @property
    def dashboards(self) -> list[str]:
        """The names of the dashboards that can play."""
        return sorted(client.name for client in self._clients.values() if client.is_able)

    @property
    def shown(self) -> PlayingMedia | None:
        """What is in the foreground."""
        return self._announcement or self._media

    def has_room_for(self, client: DashboardClient) -> bool:
        """Whether a dashboard may come in, or come back."""
        return client.client_id in self._clients or len(self._clients) < MOST_DASHBOARDS

    @callback
    def connect(self, client: DashboardClient) -> CALLBACK_TYPE:
        """Let a dashboard in, in place of itself if it comes back; returns how to leave."""
        self._clients[client.client_id] = client
        self._hear(client)
        self._tell(client)
        self._update()
        return lambda: self._leave(client)

    @callback
    def can_play(self, client_id: str, owner: object, *, can_play: bool) -> bool:
        """Take whether a dashboard can play; False if there is no such dashboard."""
        if (client := self._find(client_id, owner)) is None:
            return False
        client.can_play = can_play
        self._hear(client)
        self._update()
        return True

    @callback
    def report(self, client_id: str, owner: object, sound_id: str, report: PlaybackReport) -> bool:
        """Take what a dashboard says of a sound; False if there is no such dashboard."""
        if (client := self._find(client_id, owner)) is None:
            return False
        self._hear(client)
        sound = next((one for one in self._sounds() if one.sound_id == sound_id), None)
        if sound:
            sound.take(client_id, report, self._able(), self._now)
        self._update()
        if sound and sound.strays(client_id, self._now):
            self._tell(client)
        return True

    @callback
    def announce(self, media: DashboardMedia) -> None:
        """Play over what plays, after the announcements that came before."""
        self._announcements.append(media)
        self._update()

    @callback
    def withdraw(self, is_withdrawn: Callable[[DashboardMedia], bool]) -> None:
        """Take back announcements that are not to be heard to their end, or at all."""
        if self._announcement and is_withdrawn(self._announcement.media):
            self._announcement = None
        left = [media for media in self._announcements if not is_withdrawn(media)]
        self._announcements = deque(left)

    @callback
    def play(self, media: DashboardMedia, enqueue: Enqueue) -> None:
        """Play now or later."""
        if enqueue == "replace":
            self._queue.clear()
        if enqueue == "add":
            self._queue.append(media)
        else:
            self._queue.appendleft(media)
        if enqueue in ("replace", "play"):
            self._media = None
        self._update()

    @callback
    def pause(self) -> None:
        """Stand still."""
        if self.shown and not self.shown.paused:
            self.shown.pause(self._now)
            self._update()

    @callback
    def resume(self) -> None:
        """Go on."""
        if self.shown and self.shown.paused:
            self.shown.resume()
            # What it plays over held its breath, too.
            for sound in self._sounds():
                sound.asked_at = self._now
            self._update()

    @callback
    def seek(self, position: float) -> None:
        """Go to a position in seconds."""
        if self.shown:
            self.shown.seek(position, self._now)
            self._update()

    @callback
    def stop(self) -> None:
        """Be silent, and forget what was to come."""
        self._drop_all("player_stopped")
        self._update()

    @callback
    def set_volume(self, volume: float) -> None:
        """Change the volume, 0 to 1."""
        self.volume = volume
        self._update()

    @callback
    def mute(self, *, muted: bool) -> None:
        """Change whether anything is heard."""
        self.muted = muted
        self._update()

    @callback
    def close(self) -> None:
        """Send all dashboards away; they come back when there is somebody again."""
        self._drop_all("player_removed")
        self._schedule([])
        for client in self._clients.values():
            self._tell(client)
            client.send({"type": "gone"})
        self._clients.clear()

    @property
    def _now(self) -> float:
        return self._hass.loop.time()

    @property
    def _is_awaited(self) -> bool:
        """Whether a dashboard is expected back, to go on with what it played."""
        return self._now < self._awaited_until and bool(self._sounds())

    def _find(self, client_id: str, owner: object) -> DashboardClient | None:
        client = self._clients.get(client_id)
        return client if client and client.owner is owner else None

    def _hear(self, client: DashboardClient) -> None:
        client.heard_at = self._now
        client.is_frozen = False

    def _able(self) -> list[str]:
        return [client.client_id for client in self._clients.values() if client.is_able]

    def _sounds(self) -> list[PlayingMedia]:
        return [sound for sound in (self._announcement, self._media) if sound]

    @callback
    def _leave(self, client: DashboardClient) -> None:
        """Take that a socket has closed, unless its dashboard has come back on another one."""
        if self._clients.get(client.client_id) is not client:
            return
        del self._clients[client.client_id]
        for sound in self._sounds():
            sound.forget(client.client_id)
        if client.is_able and not self._able():
            self._awaited_until = self._now + _COMES_BACK_S
        self._update()

    @callback
    def _update(self) -> None:
        """Draw the consequences of any change, and tell of them."""
        self._freeze()
        if able := self._able():
            self._announcement = self._settled(self._announcement, self._announcements, able)
            self._media = self._settled(self._media, self._queue, able)
        elif not self._is_awaited:
            self._drop_all("player_became_unavailable")
        self._tell_all()
        self._changed()
        self._schedule(self._moments())

    def _freeze(self) -> None:
        """Expect nothing more of dashboards that have been silent for long."""
        for client in self._clients.values():
            if any(moment <= self._now for moment in self._patience(client)):
                client.is_frozen = True

    def _patience(self, client: DashboardClient) -> list[float]:
        """Return until when something must be heard of a dashboard."""
        if not client.is_able or (self._announcement and self._announcement.paused):
            return []
        return [
            max(client.heard_at, sound.asked_at) + _LONGEST_SILENCE_S
            for sound in self._sounds()
            if sound.awaits(client.client_id)
        ]

    def _settled(
        self, sound: PlayingMedia | None, waiting: deque[DashboardMedia], able: list[str]
    ) -> PlayingMedia | None:
        """Return what is to be heard: the sound as long as it lasts, and then the next one."""
        if sound is not None:
            sound.lead(able, self._now)
            sound.begin(able, self._now)
            if sound.has_failed(able):
                self._over(sound.media, "dashboards_could_not_play")
            elif sound.is_over(able, self._now):
                self._over(sound.media, None)
            else:
                return sound
        return PlayingMedia(waiting.popleft(), self._now) if waiting else None

    def _drop_all(self, reason: str) -> None:
        unheard = [sound.media for sound in self._sounds() if not sound.was_heard]
        unheard += [*self._announcements, *self._queue]
        self._announcement = self._media = None
        self._announcements.clear()
        self._queue.clear()
        for media in unheard:
            self._over(media, reason)

    def _tell_all(self) -> None:
        """Tell the dashboards what is wanted, if that is something else now."""
        wanted = [(sound.sound_id, sound.wanted, sound.turns) for sound in self._sounds()]
        told = (self.volume, self.muted, wanted)
        if told != self._told:
            self._told = told
            for client in self._clients.values():
                self._tell(client)

    def _tell(self, client: DashboardClient) -> None:
        now, media, announcement = self._now, self._media, self._announcement
        hold = announcement is not None and announcement.paused
        client.send(
            {
                "type": "wanted",
                "volume": self.volume,
                "muted": self.muted,
                "media": media.slot(now, hold=hold) if media else None,
                "announcement": announcement.slot(now) if announcement else None,
            }
        )

    def _moments(self) -> list[float]:
        moments = [moment for sound in self._sounds() for moment in sound.moments()]
        for client in self._clients.values():
            moments += self._patience(client)
        return [*moments, self._awaited_until] if self._is_awaited and not self._able() else moments

    def _schedule(self, moments: list[float]) -> None:
        """Wake up when something is due; nothing is while nothing plays."""
        if self._timer:
            self._timer()
            self._timer = None
        if moments:
            job = HassJob(self._wake, "dashboards are waited for", cancel_on_shutdown=True)
            delay = max(min(moments) - self._now, 0.0)
            self._timer = async_call_later(self._hass, delay, job)

    @callback
    def _wake(self, _: datetime) -> None:
        self._timer = None
        self._update()
