"""Opens connections before a voice is about to speak.

A reply is expected when a satellite listens or an agent works. Its voice, language, and format are
known since its pipeline started, when Home Assistant prepared the audio. Announcements cannot be
expected, so a connection is kept for them while somebody is home.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.tts import ResultStream
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..announcements import is_anybody_home
from ..api import ElevenLabsClient, ElevenLabsError
from ..const import CONF_VOICE, DOMAIN, SATELLITE
from ..generation import satellite_of
from ..speech import Synthesizer, Utterance
from .assistants import async_assistants

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline


_LOGGER = logging.getLogger(__name__)

_AGENT: Final = "conversation"
_SPEECH_TO_TEXT: Final = "stt"
_HOME: Final = "zone.home"
_WATCHED: Final = (f"{SATELLITE}.", f"{_AGENT}.", f"{_SPEECH_TO_TEXT}.", _HOME)
_ATTENTIVE: Final = ("listening", "processing")
_NO_STATE: Final = (None, STATE_UNAVAILABLE, STATE_UNKNOWN)
# Shorter than the usual limits for idle connections; some routers have five minutes.
_REFRESH: Final = timedelta(minutes=4)
_MIN_INTERVAL_S: Final = 30.0
# No connection is kept for voices that are not used.
_IN_USE_S: Final = 24 * 3600.0
_MAX_PREPARED: Final = 50

type Expect = Callable[[str | None, Mapping[str, Any]], Utterance | None]


@dataclass(frozen=True, slots=True)
class _ExpectedRequest:
    """What Home Assistant will request of a voice."""

    engine: str
    language: str | None
    options: Mapping[str, Any]


class Prewarmer:
    """Opens the connections of one account in advance."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: ElevenLabsClient,
        synthesizer: Synthesizer,
        may_speak: Callable[[], bool],
    ) -> None:
        """Start without voices."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._synthesizer = synthesizer
        self._may_speak = may_speak
        self._voices: dict[str, Expect] = {}
        self._learned: dict[str, _ExpectedRequest] = {}
        """The last request of a conversation to each voice."""
        self._awaited: dict[str, _ExpectedRequest] = {}
        """The request that each satellite will cause."""
        self._prepared: deque[str] = deque(maxlen=_MAX_PREPARED)
        self._used = hass.loop.time()
        self._refreshed: float | None = None
        self._refreshing: asyncio.Task[None] | None = None

    @callback
    def async_setup(self) -> None:
        """Watch for expected speech until the entry is unloaded."""
        watch = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._on_state, _is_watched)
        self._entry.async_on_unload(watch)
        self._synthesizer.socket_pool.on_open = self._replace_connection
        self._synthesizer.socket_pool.is_expected = self._is_expected
        self._entry.async_on_unload(
            async_track_time_interval(
                self._hass,
                self._on_time,
                _REFRESH,
                name=f"{DOMAIN} keeps a connection",
                cancel_on_shutdown=True,
            )
        )

    @callback
    def add_voice(self, engine: str, expect: Expect) -> Callable[[], None]:
        """Add a voice; `expect` returns its utterance for a language and options."""
        self._voices[engine] = expect
        return lambda: self._voices.pop(engine, None) and None

    @callback
    def used(self) -> None:
        """Record that a voice of this account speaks."""
        self._used = self._hass.loop.time()

    @callback
    def prepared(self, engine: str, stream: ResultStream, conversation: str) -> bool:
        """Record that the audio of a reply was prepared; return False if already done."""
        if stream.token in self._prepared:
            return False
        self._prepared.append(stream.token)
        request = self._learned[engine] = _ExpectedRequest(
            engine, stream.language, dict(stream.options)
        )
        self._expect(request, satellite_of(self._hass, conversation))
        return True

    def _expect(self, request: _ExpectedRequest, satellite: str | None) -> None:
        """Prepare for a reply; on a satellite, as soon as it listens."""
        if satellite is None:
            self._warm(request, request.engine)
            return
        # Its pipeline may wait for a wake word for hours.
        self._awaited[satellite] = request
        if self._is_expected(satellite):
            self._warm(request, satellite)

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if state is None or state.state in _NO_STATE:
            return
        if entity_id == _HOME:
            self._on_home(event.data)
            return
        # A prepared reply is recorded in the loop's next iteration, which may be later than this.
        if not entity_id.startswith(f"{SATELLITE}."):
            self._hass.loop.call_soon(self._on_work, entity_id)
        elif state.state in _ATTENTIVE:
            self._hass.loop.call_soon(self._on_attention, entity_id)

    @callback
    def _on_attention(self, satellite: str) -> None:
        """Prepare for a satellite that listens or processes a command."""
        if request := self._awaited.get(satellite):
            if request.engine in self._voices:
                self._warm(request, satellite)
            return
        for pipeline in self._pipelines():
            self._warm_unless_warm(pipeline)

    @callback
    def _on_work(self, entity_id: str) -> None:
        """Prepare for the pipelines whose agent or speech-to-text engine works."""
        for pipeline in self._pipelines():
            if entity_id in (pipeline.conversation_engine, pipeline.stt_engine):
                self._warm_unless_warm(pipeline)

    @callback
    def _is_expected(self, holder: str) -> bool:
        """Return whether a satellite listens or waits for its reply."""
        state = self._hass.states.get(holder)
        return bool(state and state.state in _ATTENTIVE)

    def _on_home(self, change: EventStateChangedData) -> None:
        """Open a connection when the first person comes home."""
        old, new = change["old_state"], change["new_state"]
        if new and old and old.state == "0" and new.state != "0" and self._may_speak():
            self._refresh()

    def _pipelines(self) -> list[Pipeline]:
        """Return the pipelines that use a voice of this account."""
        return async_assistants(self._hass, self._voices)

    def _warm_unless_warm(self, pipeline: Pipeline) -> None:
        """Open a socket for a pipeline, unless its satellite already has one."""
        engine = str(pipeline.tts_engine)
        voice = {CONF_VOICE: pipeline.tts_voice} if pipeline.tts_voice else {}
        request = self._learned.get(engine) or _ExpectedRequest(
            engine, pipeline.tts_language, voice
        )
        self._warm(request, engine, once=True)

    def _warm(self, request: _ExpectedRequest, holder: str, *, once: bool = False) -> None:
        """Open connections for an expected request; with `once`, only if there is none."""
        if not self._may_speak():
            return
        if utterance := self._voices[request.engine](request.language, request.options):
            if not (once and self._synthesizer.is_warm(utterance)):
                self._synthesizer.warm(utterance, holder)
            self._refresh()

    @callback
    def _on_time(self, _: datetime) -> None:
        is_used = self._hass.loop.time() - self._used < _IN_USE_S
        if is_used and self._voices and self._may_speak() and is_anybody_home(self._hass):
            self._refresh()

    def _refresh(self) -> None:
        """Keep an HTTP connection open."""
        now = self._hass.loop.time()
        if self._refreshed is None or now - self._refreshed >= _MIN_INTERVAL_S:
            self._replace_connection()

    @callback
    def _replace_connection(self) -> None:
        """Open an HTTP connection unless one is open; a WebSocket takes an idle one."""
        if self._refreshing and not self._refreshing.done():
            return
        self._refreshed = self._hass.loop.time()
        self._refreshing = self._entry.async_create_background_task(
            self._hass, self._async_refresh(), f"{DOMAIN} keeps a connection"
        )

    async def _async_refresh(self) -> None:
        try:
            await self._client.keep_connected()
        except ElevenLabsError as err:
            _LOGGER.debug("No connection was kept: %s", err.cause)


@callback
def _is_watched(data: EventStateChangedData) -> bool:
    return data["entity_id"].startswith(_WATCHED)
