"""Players for tests: they fetch like devices, tell what they are told to, and fail as asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, override

from aiohttp.test_utils import TestClient
from homeassistant.components import media_player, media_source
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)
from homeassistant.components.assist_satellite.const import DATA_COMPONENT as SATELLITES
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.components.universal.media_player import UniversalMediaPlayer
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.elevenlabs_streaming.announcements import async_setup_announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from custom_components.elevenlabs_streaming.speech import Synthesizer
from simulator import Simulator
from tests.helpers.home import ENGINE

CAPTION = "sensor.elevenlabs_george_caption"
EVENT = "event.elevenlabs_george_announcement"
_LONGEST_WAIT_S = 60.0
_LONGEST_JOB_S = 1.0


class Stopwatch:
    """The loop's clock, which a test moves on instead of waiting."""

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the loop's own."""
        self._real = hass.loop.time
        self._ahead = 0.0
        self._run_in_executor = hass.loop.run_in_executor
        self._threads: set[asyncio.Future[Any]] = set()
        monkeypatch.setattr(hass.loop, "time", self)
        monkeypatch.setattr(hass.loop, "run_in_executor", self._note_thread)

    def __call__(self) -> float:
        """Return the time."""
        return self._real() + self._ahead

    async def pass_(self, seconds: float) -> None:
        """Let time pass, and what was due happen."""
        await _give_way()
        self._ahead += seconds
        await _give_way()

    async def until(self, condition: Callable[[], Any], *, step: float = 0.0) -> None:
        """Wait for a condition; `step` seconds pass at each look."""
        deadline = self._real() + _LONGEST_WAIT_S
        while not condition():
            assert self._real() < deadline, "it did not come"
            if step and self._threads:
                # On a busy machine time would run ahead of them.
                await asyncio.wait(self._threads, timeout=_LONGEST_JOB_S)
            await self.pass_(step)
            await asyncio.sleep(0.002)

    def _note_thread(self, *job: Any) -> Any:
        thread = self._run_in_executor(*job)
        self._threads.add(thread)
        thread.add_done_callback(self._threads.discard)
        return thread


def retry_at_once(monkeypatch: pytest.MonkeyPatch, clock: Stopwatch) -> None:
    """Let the pauses between attempts pass on the clock alone, for homes set up from now on."""
    quick = partial(Synthesizer, sleep=clock.pass_)
    monkeypatch.setattr(f"custom_components.{DOMAIN}.Synthesizer", quick)


async def _give_way() -> None:
    """Let happen what is due now."""
    for _ in range(5):
        await asyncio.sleep(0)


class Device:
    """What fetches audio over HTTP."""

    def __init__(self, http: TestClient[Any, Any], **ways: Any) -> None:
        """`ways` are what is unusual about it."""
        self._http = http
        self.urls: list[str] = []
        self.audio: list[bytes] = []
        self.statuses: list[int] = []
        self.busy = False
        self.head_first: bool = ways.get("head_first", False)
        self.gets: int = ways.get("gets", 1)
        self.leaves_early: bool = ways.get("leaves_early", False)

    async def fetch(self, url: str) -> None:
        """Fetch one URL."""
        self.urls.append(url)
        self.busy = True
        try:
            await self._fetch(url)
        finally:
            self.busy = False

    async def _fetch(self, url: str) -> None:
        if self.head_first:
            answer = await self._http.head(url)
            self.statuses.append(answer.status)
        for _ in range(self.gets):
            await self._get(url)

    async def _get(self, url: str) -> None:
        answer = await self._http.get(url)
        self.statuses.append(answer.status)
        if self.leaves_early:
            await answer.content.readany()
            answer.close()
        else:
            self.audio.append(await answer.read())


class Player(MediaPlayerEntity):
    """A media player that fetches what it is told to play."""

    _attr_should_poll = False
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.PAUSE
    )

    def __init__(self, name: str, device: Device, **ways: Any) -> None:
        """`ways` are what is unusual about it."""
        self._attr_name = name
        self._attr_unique_id = name
        self._attr_state = MediaPlayerState.IDLE
        self._attr_available = ways.get("available", True)
        self.device = device
        self.failure: Exception | None = ways.get("failure")
        self.hangs: bool = ways.get("hangs", False)
        self.fetches: bool = ways.get("fetches", True)
        self.tells: bool = ways.get("tells", True)

    @override
    async def async_play_media(self, media_type: Any, media_id: str, **kwargs: Any) -> None:
        """Fetch in the background, as a device does."""
        if self.failure:
            raise self.failure
        if self.hangs:
            await asyncio.Event().wait()
        item = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
        if self.fetches:
            self.hass.async_create_background_task(self._async_play(item.url), "a device fetches")

    async def _async_play(self, url: str) -> None:
        await self.device.fetch(url)
        if self.tells and 200 in self.device.statuses:
            self.tell(MediaPlayerState.PLAYING)

    @callback
    def tell(
        self,
        state: MediaPlayerState,
        position: float | None = None,
        content: str | None = None,
    ) -> None:
        """Report a state, and perhaps a position."""
        self._attr_state = state
        self._attr_media_position = position  # type: ignore[assignment]  # some give fractions
        self._attr_media_position_updated_at = None if position is None else dt_util.utcnow()
        self._attr_media_content_id = content
        self.async_write_ha_state()


class Satellite(AssistSatelliteEntity):
    """A satellite that fetches what it announces and says when it has finished."""

    _attr_supported_features = AssistSatelliteEntityFeature.ANNOUNCE

    def __init__(self, name: str, device: Device, **ways: Any) -> None:
        """`ways` are what is unusual about it."""
        self._attr_name = name
        self._attr_unique_id = name
        self.device = device
        self.fetches: bool = ways.get("fetches", True)
        self.failure: Exception | None = ways.get("failure")
        self.finished = asyncio.Event()
        if ways.get("quick", True):
            self.finished.set()

    @callback
    @override
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """Return nothing of interest."""
        return AssistSatelliteConfiguration([], [], 0)

    @override
    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """Take nothing."""

    @override
    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        """Fetch, and return when the sound is over."""
        if self.failure:
            raise self.failure
        if self.fetches:
            url = announcement.media_id
            await self.device.fetch(url[url.index("/api/") :])
        await self.finished.wait()

    @override
    def on_pipeline_event(self, event: Any) -> None:
        """Take nothing."""


@dataclass(slots=True)
class House:
    """A home with a voice and players."""

    hass: HomeAssistant
    http: TestClient[Any, Any]
    socket: MockHAClientWebSocket
    simulator: Simulator
    clock: Stopwatch
    devices: list[Device] = field(default_factory=list)
    happened: list[dict[str, Any]] = field(default_factory=list)
    """The states of the event entity, in order."""
    shown: list[str] = field(default_factory=list)
    """The states of the caption sensor, in order."""

    def watch(self) -> None:
        """Write down what the entities tell from now on."""

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            new = event.data["new_state"]
            if new and event.data["entity_id"] == CAPTION:
                self.shown.append(new.state)
            elif new and event.data["entity_id"] == EVENT and "id" in new.attributes:
                told = {"at": new.state, **new.attributes}
                if told not in self.happened:  # a reload restores the last
                    self.happened.append(told)

        self.hass.bus.async_listen("state_changed", note)

    async def player(self, name: str = "Kitchen", **ways: Any) -> Player:
        """Put a media player into the home."""
        player = Player(name, self.device(ways), **ways)
        await self.hass.data[media_player.DATA_COMPONENT].async_add_entities([player])
        return player

    async def satellite(self, name: str = "Hall", **ways: Any) -> Satellite:
        """Put a satellite into the home."""
        satellite = Satellite(name, self.device(ways), **ways)
        await self.add_satellite(satellite)
        return satellite

    async def add_satellite(self, satellite: Satellite) -> None:
        """Put a satellite of any kind into the home."""
        await self.hass.data[SATELLITES].async_add_entities([satellite])

    async def announce(self, message: str, *players: str, **data: Any) -> dict[str, Any]:
        """Announce, and return the response."""
        if players:
            data["entity_id"] = list(players)
        response = await self.hass.services.async_call(
            DOMAIN, "announce", {"message": message, **data}, blocking=True, return_response=True
        )
        assert response
        return dict(response)

    async def speak(self, message: str, *players: str, **data: Any) -> None:
        """Speak with Home Assistant's own action."""
        data |= {"entity_id": ENGINE, "media_player_entity_id": list(players), "message": message}
        await self.hass.services.async_call("tts", "speak", data, blocking=True)

    async def over(self, count: int = 1, *, step: float = 0.2) -> dict[str, Any]:
        """Wait until so many announcements are over; returns what was told of the last."""
        await self.settled()
        await self.clock.until(lambda: len(self.outcomes) >= count, step=step)
        return self.outcomes[-1]

    async def settled(self) -> None:
        """Wait until all is made and fetched."""
        await self.clock.until(lambda: not self._is_busy())

    async def settled_but(self, slow: Satellite) -> None:
        """Wait until all is made and a satellite that does not finish has it all."""
        await self.clock.until(lambda: slow.device.audio and not self._is_busy())

    async def add_universal(self, name: str, child: str) -> None:
        """Put core's universal player on top of a player."""
        player = UniversalMediaPlayer(  # type: ignore[no-untyped-call]
            self.hass,
            {
                "name": name,
                "children": [child],
                "commands": {},
                "attributes": {},
                "unique_id": name,
            },
        )
        component = self.hass.data[media_player.DATA_COMPONENT]
        await component.async_add_entities([player], update_before_add=True)

    def _is_busy(self) -> bool:
        entries = self.hass.config_entries.async_loaded_entries(DOMAIN)
        speaking = any(entry.runtime_data.active for entry in entries)
        return speaking or any(device.busy for device in self.devices)

    def device(self, ways: dict[str, Any]) -> Device:
        """Make what fetches audio for a player."""
        device = Device(self.http, **ways)
        self.devices.append(device)
        return device

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """The ends told by the event entity."""
        return [item for item in self.happened if item["event_type"] != "started"]

    @property
    def kinds(self) -> list[str]:
        """What the event entity told, in order."""
        return [item["event_type"] for item in self.happened]

    async def play(self, player: Player, message: str, **data: Any) -> dict[str, Any]:
        """Announce at one player and wait until it plays."""
        response = await self.announce(message, player.entity_id, **data)
        await self.settled()
        await self.clock.until(lambda: "started" in self.kinds)
        return response


async def restart(house: House, *players: Player, available: bool = True) -> None:
    """Stop the announcements with Home Assistant, and start them as the next process does."""
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await house.clock.pass_(1.1)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    for player in players:
        player._attr_available = available
        player.tell(MediaPlayerState.IDLE)
    await async_setup_announcer(house.hass)
