"""The announcements that wait and have a time to live, over a restart of Home Assistant."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
import logging
import math
from typing import Any, Final, Self

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.storage import Store
import voluptuous as vol

from ..const import DOMAIN
from ..media_players import Volume
from .announcement import AnnouncementRequest, Priority
from .presence import OnlyIf
from .queue_entries import QueueEntries
from .queue_entry import QueuedAnnouncement
from .repetition import Repeat

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
_SAVE_DELAY_S: Final = 1.0
_STORED_AS_THEY_ARE: Final = (
    "engine",
    "message",
    "language",
    "cache",
    "preannounce",
    "chime",
    "chime_after",
    "only_if",
)

type StoredQueue = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnnouncement:
    """An announcement that waits for its turn at some players."""

    announcement_id: str
    request: AnnouncementRequest
    context: Context | None
    language: str
    voice: str | None
    """The unique ID of the engine's entity."""
    players: tuple[str, ...]
    expires_at: float
    """Until when it must begin, as a timestamp."""

    @classmethod
    def of(cls, queued: QueuedAnnouncement, players: tuple[str, ...]) -> Self:
        """Return an announcement that waits at some players."""
        announcement = queued.tracker.announcement
        return cls(
            announcement_id=announcement.announcement_id,
            request=replace(
                queued.request,
                priority=queued.priority,
                time_to_live=None,
                repeat=announcement.repetition.remaining,
            ),
            context=queued.context,
            language=announcement.language,
            voice=announcement.voice,
            players=players,
            expires_at=queued.expires_at,
        )

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return a stored announcement; raise what damaged ones raise."""
        request = dict(stored["request"])
        request["priority"] = Priority(request["priority"])
        if (volume := request.get("volume")) is not None:
            request["volume"] = Volume.parse(volume)
        if (condition := request.get("only_if")) is not None:
            request["only_if"] = OnlyIf(condition)
        if (repeat := request.get("repeat")) is not None:
            request["repeat"] = Repeat(**repeat)
        context = stored["context"]
        return cls(
            announcement_id=str(stored["id"]),
            request=AnnouncementRequest(**request),
            context=Context(**context) if context else None,
            language=str(stored["language"]),
            voice=stored["voice"],
            players=tuple(map(str, stored["players"])),
            expires_at=float(stored["expires_at"]),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the announcement as it is stored."""
        context = self.context
        return {
            "id": self.announcement_id,
            "request": {
                **{name: getattr(self.request, name) for name in _STORED_AS_THEY_ARE},
                "options": dict(self.request.options),
                "priority": int(self.request.priority),
                "volume": self.request.volume and str(self.request.volume),
                "repeat": self.request.repeat and asdict(self.request.repeat),
            },
            "context": context
            and {"id": context.id, "user_id": context.user_id, "parent_id": context.parent_id},
            "language": self.language,
            "voice": self.voice,
            "players": list(self.players),
            "expires_at": self.expires_at,
        }


class QueueStore:
    """Stores what waits in the queue, and never what was called."""

    def __init__(self, hass: HomeAssistant, entries: QueueEntries) -> None:
        """Start with nothing stored; nothing is read before `async_load`."""
        self._entries = entries
        self._store: Store[StoredQueue] = Store(hass, _VERSION, f"{DOMAIN}.queue", private=True)
        self._unrestored: list[StoredAnnouncement] = []
        self._waiting: list[dict[str, Any]] = []
        self._on_disk: list[dict[str, Any]] = []
        self._is_closed = False

    async def async_load(self) -> None:
        """Read what waited before a restart."""
        stored = await self._store.async_load()
        found = stored.get("announcements") if isinstance(stored, dict) else None
        self._unrestored = list(_read(found if isinstance(found, list) else []))
        self._waiting = self._on_disk = [one.as_dict() for one in self._unrestored]

    @callback
    def restore(self) -> list[StoredAnnouncement]:
        """Return what waited before a restart, once."""
        unrestored, self._unrestored = self._unrestored, []
        return unrestored

    @callback
    def update(self) -> None:
        """Store what waits now, a little later."""
        if self._is_closed:
            return
        waiting = [one.as_dict() for one in (*self._unrestored, *self._storable())]
        if waiting != self._waiting:
            self._waiting = waiting
            self._store.async_delay_save(self._to_write, _SAVE_DELAY_S)

    async def async_settle(self) -> None:
        """Return once nothing is on the disk that no longer waits.

        Otherwise it would be spoken again after a crash.
        """
        self.update()
        if not _places(self._on_disk) <= _places(self._waiting):
            await self._store.async_save(self._to_write())

    @callback
    def close(self) -> Mapping[str, frozenset[str]]:
        """Change nothing more; return at which players each announcement is stored, by its ID."""
        self.update()
        self._is_closed = True
        return {stored["id"]: frozenset(stored["players"]) for stored in self._waiting}

    async def async_remove(self) -> None:
        """Remove the file."""
        self._waiting = self._on_disk = []
        await self._store.async_remove()

    def _to_write(self) -> StoredQueue:
        self._on_disk = self._waiting
        return {"announcements": self._waiting}

    def _storable(self) -> Iterator[StoredAnnouncement]:
        """Yield what waits and has a time to live; a private text is not written to the disk."""
        players: dict[QueuedAnnouncement, list[str]] = {}
        for entry in self._entries.waiting():
            if entry.queued.expires < math.inf and not entry.queued.request.private:
                players.setdefault(entry.queued, []).append(entry.part.player)
        for queued, names in players.items():
            yield StoredAnnouncement.of(queued, tuple(names))


def _read(found: list[Any]) -> Iterator[StoredAnnouncement]:
    for stored in found:
        try:
            yield StoredAnnouncement.from_dict(stored)
        except KeyError, TypeError, ValueError, vol.Invalid:
            _LOGGER.warning("A stored announcement is damaged")


def _places(stored: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return which announcement waits at which player."""
    return {(one["id"], player) for one in stored for player in one["players"]}
