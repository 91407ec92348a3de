"""Dashboards for tests: they fetch and report like the card's speaker, or as badly as asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.players import House

PLAYER = "media_player.elevenlabs_streaming_dashboard"
LONG_AGO = 1.0


@dataclass(slots=True)
class Dashboard:
    """One page in a browser."""

    house: House
    socket: MockHAClientWebSocket
    client: str
    events: list[dict[str, Any]] = field(default_factory=list)
    """All it was told."""

    async def send(self, command: str, **data: Any) -> dict[str, Any]:
        """Send a command of the dashboards and return its answer."""
        await self.socket.send_json_auto_id({"type": f"{DOMAIN}/dashboard/{command}", **data})
        while (answer := await self.socket.receive_json())["type"] == "event":
            self.events.append(answer["event"])
        return dict(answer)

    async def connect(self, **data: Any) -> dict[str, Any]:
        """Say that there is a dashboard."""
        data = {"client": self.client, "can_play": True, **data}
        answer = await self.send("connect", **data)
        await self.listen()
        return answer

    async def update(self, *, can_play: bool) -> dict[str, Any]:
        """Say whether it can make sound."""
        return await self.send("update", entity_id=PLAYER, client=self.client, can_play=can_play)

    async def say(
        self, state: str, position: Any = 0.0, slot: str | None = None, **data: Any
    ) -> dict[str, Any]:
        """Report about a slot, by default the announcement's or else the medium's."""
        await self.listen()
        answer = await self.send(
            "report",
            entity_id=PLAYER,
            client=self.client,
            slot=slot or self.slot["id"],
            state=state,
            position=position,
            **data,
        )
        await self.listen()
        return answer

    async def listen(self) -> None:
        """Take all that has been sent up to now."""
        await self.socket.send_json_auto_id({"type": "ping"})
        while (message := await self.socket.receive_json())["type"] == "event":
            self.events.append(message["event"])

    async def load(self) -> None:
        """Fetch what is in the foreground, and say that it can begin."""
        await self.listen()
        answer = await self.house.http.get(self.slot["url"])
        assert answer.status == 200
        await answer.read()
        await self.say("ready")

    async def begin(self) -> None:
        """Fetch what is in the foreground and begin to play it."""
        await self.load()
        await self.house.clock.pass_(LONG_AGO)
        await self.listen()
        assert self.slot["state"] == "playing"
        await self.say("playing", 0.01)

    async def leave(self) -> None:
        """Close the page."""
        await self.socket.close()
        await self.house.clock.until(lambda: self.client not in known(self.house.hass))

    @property
    def wanted(self) -> dict[str, Any]:
        """The newest of what is wanted of it."""
        return next(event for event in reversed(self.events) if event["type"] == "wanted")

    @property
    def slot(self) -> dict[str, Any]:
        """What is in the foreground."""
        slot = self.wanted["announcement"] or self.wanted["media"]
        assert slot
        return dict(slot)


@dataclass(slots=True)
class Dashboards:
    """The dashboards of a home."""

    house: House
    sockets: WebSocketGenerator
    written: list[State] = field(default_factory=list)
    """The states of the player, in order."""

    def watch(self) -> None:
        """Write down what the player says from now on."""

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            new = event.data["new_state"]
            if new and event.data["entity_id"] == PLAYER:
                self.written.append(new)

        self.house.hass.bus.async_listen("state_changed", note)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let time pass only as the test says, however busy the machine is; nothing may sleep."""
        clock = self.house.clock
        real, now = clock._real, clock._real()
        clock._real = lambda: now
        try:
            yield
        finally:
            clock._real = real

    async def open(self, client: str = "hall", **data: Any) -> Dashboard:
        """Open one that can play."""
        dashboard = await self.page(client)
        answer = await dashboard.connect(**{"name": client, **data})
        assert answer["success"], answer
        return dashboard

    async def page(self, client: str = "hall") -> Dashboard:
        """Open one that has not connected yet."""
        return Dashboard(self.house, await self.sockets(), client)

    @property
    def state(self) -> State:
        """The state of the player."""
        state = self.house.hass.states.get(PLAYER)
        assert state
        return state

    async def given(self, dashboard: Dashboard, announcement_id: str) -> None:
        """Wait until a dashboard is to play an announcement."""

        async def listen() -> bool:
            await dashboard.listen()
            wanted = dashboard.wanted["announcement"]
            return wanted is not None and announcement_id in wanted["content_id"]

        while not await listen():
            await self.house.clock.pass_(0)

    async def play(self, url: str, **data: Any) -> None:
        """Play something with Home Assistant's own action."""
        await self.call("play_media", media_content_id=url, media_content_type="music", **data)

    async def call(self, action: str, **data: Any) -> None:
        """Call an action of media players."""
        await self.house.hass.services.async_call(
            "media_player", action, {"entity_id": PLAYER, **data}, blocking=True
        )

    async def heard(self, announcement_id: str) -> dict[str, Any]:
        """Return what the caption channel tells of the dashboards in an announcement now."""
        socket = await self.sockets()
        await socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe", "history": 20})
        assert (await socket.receive_json())["success"]
        track: dict[str, Any] = {}
        while track.get("id") != announcement_id:
            track = (await socket.receive_json())["event"]["track"]
        await socket.close()
        return dict(track["players"][PLAYER])


def known(hass: HomeAssistant) -> list[str]:
    """Return the dashboards that can play, by name."""
    state = hass.states.get(PLAYER)
    return list(state.attributes.get("dashboards", [])) if state else []
