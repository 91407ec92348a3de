"""A player that decodes what it fetches as it comes, and knows when each sample of it sounds."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, override

from aiohttp.test_utils import TestClient
import av
from homeassistant.components import media_source
from homeassistant.components.media_player import DATA_COMPONENT, MediaPlayerState
import numpy as np
from numpy.typing import NDArray

from tests.helpers.players import Device, House, Player

RATE = 44100
_REPORTS_S = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a device starts and what it tells of it; times in seconds."""

    fill: float
    """Audio it wants to have before it sounds."""
    latency: float
    """From having that much to the sound."""
    tells: float | None = 0.0
    """From its sound to the state `playing`; None: it says so as soon as it gets any audio."""
    digits: int | None = None
    """How exactly it tells its position, which it does again and again; None: not at all."""


class _Decoder:
    """Turns pieces of MP3 into samples."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("mp3", "r")
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)

    def read(self, data: bytes) -> Iterator[NDArray[np.float64]]:
        """Yield the samples that another piece completes; no data is the end."""
        packets = [*self._codec.parse(data), *([] if data else [None])]
        for packet in packets:
            for frame in self._codec.decode(packet):
                for part in self._resampler.resample(frame):
                    yield part.to_ndarray()[0].astype(np.float64) / 32768


@dataclass(slots=True)
class Sounded:
    """One audio as it sounded."""

    parts: list[NDArray[np.float64]] = field(default_factory=list)
    started: float | None = None
    """When its first sample sounded, on the loop's clock."""
    whole: bool = False
    ran_dry: bool = False
    """Whether a sample came after it should have sounded."""

    @property
    def seconds(self) -> float:
        """How much of it there is."""
        return sum(map(len, self.parts)) / RATE

    @property
    def samples(self) -> NDArray[np.float64]:
        """All of it."""
        return np.concatenate(self.parts)


class ListeningPlayer(Player):
    """A media player whose sound is a straight line through the loop's time."""

    def __init__(self, name: str, device: Device, http: TestClient[Any, Any], habit: Habit) -> None:
        """`habit`: how it starts and what it tells."""
        super().__init__(name, device)
        self._http = http
        self.habit = habit
        self.sounded = Sounded()
        self._due: asyncio.TimerHandle | None = None

    @property
    def is_over(self) -> bool:
        """Whether all of it was fetched and sounded."""
        return self.sounded.whole and self._attr_state == MediaPlayerState.IDLE

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        item = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
        self.sounded = Sounded()
        self.hass.async_create_background_task(self._async_hear(item.url), "a device listens")

    @override
    async def async_will_remove_from_hass(self) -> None:
        self._stop_telling()

    async def _async_hear(self, url: str) -> None:
        self.device.busy = True
        decoder, sounded = _Decoder(), self.sounded
        try:
            answer = await self._http.get(url)
            answer.raise_for_status()
            async for data in answer.content.iter_any():
                self._take(sounded, decoder.read(data))
                if self.habit.tells is None and self._attr_state == MediaPlayerState.IDLE:
                    self.tell(MediaPlayerState.PLAYING)
            self._take(sounded, decoder.read(b""))
        finally:
            self.device.busy = False
        sounded.whole = True
        self._begin(sounded)

    def _take(self, sounded: Sounded, parts: Iterator[NDArray[np.float64]]) -> None:
        for part in parts:
            if sounded.started is not None:
                due = sounded.started + sounded.seconds
                sounded.ran_dry = sounded.ran_dry or self.hass.loop.time() > due
            sounded.parts.append(part)
            if sounded.seconds >= self.habit.fill:
                self._begin(sounded)

    def _begin(self, sounded: Sounded) -> None:
        """Sound from now on, but for the latency."""
        if sounded.started is None:
            sounded.started = self.hass.loop.time() + self.habit.latency
            self._due = self.hass.loop.call_at(
                sounded.started + (self.habit.tells or 0.0), self._report
            )

    def _report(self) -> None:
        """Tell what this device tells, until the sound is over."""
        now, started = self.hass.loop.time(), self.sounded.started or 0.0
        if self.sounded.whole and now >= started + self.sounded.seconds:
            self._due = None
            self.tell(MediaPlayerState.IDLE)
            return
        digits = self.habit.digits
        scale = 10 ** (digits or 0)
        position = None if digits is None else int((now - started) * scale) / scale
        if digits is not None or self._attr_state != MediaPlayerState.PLAYING:
            self.tell(MediaPlayerState.PLAYING, position)
        following = now + _REPORTS_S
        if self.sounded.whole:
            following = min(following, started + self.sounded.seconds)
        self._due = self.hass.loop.call_at(following, self._report)

    def _stop_telling(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None


async def listening_player(house: House, name: str, habit: Habit) -> ListeningPlayer:
    """Put such a player into a home."""
    device = Device(house.http)
    house.devices.append(device)
    player = ListeningPlayer(name, device, house.http, habit)
    await house.hass.data[DATA_COMPONENT].async_add_entities([player])
    return player
