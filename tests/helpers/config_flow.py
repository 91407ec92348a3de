"""What the tests of the forms share: a server that is not ElevenLabs, and short ways to fill in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import json
from typing import Any, Self

from aiohttp import web
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType

from custom_components.elevenlabs_streaming.const import (
    DOMAIN,
    SUBENTRY_NOTIFIER,
    SUBENTRY_VOICE,
)

type Result = Any
"""The result of a flow: Home Assistant's type of it has keys that may all be missing."""


@dataclass(slots=True)
class Stranger:
    """A server on the local machine that answers every request alike."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    before_answer: Callable[[web.Request], Any] | None = None
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Answers that differ, by the end of the path."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of every answer."""
    paths: list[str] = field(default_factory=list)
    """What was asked for."""
    url: str = ""
    _runner: web.AppRunner | None = None

    def answer(self, status: int, body: object) -> None:
        """Set the answer to everything."""
        self.status, self.body = status, _encoded(body)

    def answer_at(self, path: str, status: int, body: object) -> None:
        """Set the answer at one path."""
        self.answers[path] = (status, _encoded(body))

    def refuse(self, status: int, code: str) -> None:
        """Answer everything with an error as ElevenLabs writes it."""
        self.answer(status, error_body(code))

    async def __aenter__(self) -> Self:
        """Start."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        if self._runner:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        if self.before_answer:
            await self.before_answer(request)
        found = (self.answers[path] for path in self.answers if request.path.endswith(path))
        status, body = next(found, (self.status, self.body))
        return web.Response(
            status=status, body=body, content_type=self.content_type, headers=self.headers
        )


def _encoded(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def error_body(code: str) -> dict[str, Any]:
    """Return an error as ElevenLabs writes it."""
    return {"detail": {"status": code, "message": "Simulated."}}


def suggested(result: Result) -> dict[str, Any]:
    """Return what a form suggests."""
    return {
        str(marker): marker.description["suggested_value"]
        for marker in result["data_schema"].schema
        if marker.description and "suggested_value" in marker.description
    }


def field_of(result: Result, name: str) -> Any:
    """Return the selector of a form's field."""
    return result["data_schema"].schema[name]


def options_of(result: Result, name: str) -> dict[str, str]:
    """Return the choices of a form's field with their labels."""
    return {option["value"]: option["label"] for option in field_of(result, name).config["options"]}


def has_default(result: Result, name: str) -> bool:
    """Whether a form would fill in a field by itself."""
    marker = next(marker for marker in result["data_schema"].schema if marker == name)
    return callable(marker.default)


async def open_form(hass: HomeAssistant) -> Result:
    """Begin to add an account."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.FORM
    return result


async def fill_in(hass: HomeAssistant, result: Result, data: Mapping[str, Any]) -> Result:
    """Submit a form about an account."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], dict(data))


async def open_access(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Begin to change the key or the endpoint."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


async def open_voice_form(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Begin to add a voice."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_VOICE), context={"source": SOURCE_USER}
    )


async def open_voice(hass: HomeAssistant, entry: ConfigEntry, title: str) -> Result:
    """Begin to change the voice of a title."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_VOICE),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": voices_of(entry)[title].subentry_id},
    )


async def open_notifier_form(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Begin to add an announcement target."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_NOTIFIER), context={"source": SOURCE_USER}
    )


async def open_notifier(hass: HomeAssistant, entry: ConfigEntry, title: str) -> Result:
    """Begin to change the announcement target of a title."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_NOTIFIER),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": voices_of(entry)[title].subentry_id},
    )


async def fill_in_voice(hass: HomeAssistant, result: Result, data: Mapping[str, Any]) -> Result:
    """Submit a form about a voice or an announcement target."""
    done = await hass.config_entries.subentries.async_configure(result["flow_id"], dict(data))
    await hass.async_block_till_done(wait_background_tasks=True)
    return done


def voices_of(entry: ConfigEntry) -> dict[str, Any]:
    """Return the voices and announcement targets of an entry by title."""
    return {subentry.title: subentry for subentry in entry.subentries.values()}


def count_loads(entry: ConfigEntry) -> list[None]:
    """Return a list that grows each time the entry is loaded."""
    loads: list[None] = []

    @callback
    def note() -> None:
        if entry.state is ConfigEntryState.LOADED:
            loads.append(None)

    entry.async_on_state_change(note)
    return loads
