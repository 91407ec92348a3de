"""A subscriber of the caption channel for tests."""

from dataclasses import dataclass, field
from typing import Any, Self

from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.elevenlabs_streaming.const import DOMAIN


@dataclass(slots=True)
class CaptionsReader:
    """Reads what the caption channel tells."""

    socket: MockHAClientWebSocket
    told: list[dict[str, Any]] = field(default_factory=list)
    """All messages up to now."""

    @classmethod
    async def subscribe(cls, socket: MockHAClientWebSocket, history: int = 0) -> Self:
        """Subscribe over a socket that does nothing else, and read what is told at once."""
        reader = cls(socket)
        command = {"type": f"{DOMAIN}/captions/subscribe", "history": history}
        await socket.send_json_auto_id(command)
        assert (await socket.receive_json())["success"]
        await reader.news()
        return reader

    async def news(self) -> list[dict[str, Any]]:
        """Return what was told since the last time."""
        news: list[dict[str, Any]] = []
        await self.socket.send_json_auto_id({"type": "ping"})
        while (message := await self.socket.receive_json())["type"] != "pong":
            news.append(message["event"])
        self.told += news
        return news

    async def tracks(self) -> list[dict[str, Any]]:
        """Return the tracks that were told since the last time."""
        return [one["track"] for one in await self.news() if one["type"] == "track"]

    def of(self, announcement_id: str) -> list[dict[str, Any]]:
        """Return the messages about one announcement that were read, tracks as themselves."""
        told = (one.get("track", one) for one in self.told)
        return [one for one in told if one["id"] == announcement_id]

    def players(self, announcement_id: str) -> dict[str, dict[str, Any]]:
        """Return what was told last of the players of an announcement."""
        told = [one["players"] for one in self.of(announcement_id) if "players" in one]
        return dict(told[-1])
