"""Notices that somebody is about to hear a voice, and has its connections open by then.

A reply is in sight when a satellite listens or an agent is at work. Which voice, language and
format it will have is known since its pipeline began: Home Assistant prepared the audio then.
Announcements are never in sight, so while somebody is at home a connection is kept for them.
"""

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
    STATE_HOME,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..api import ElevenLabsClient, ElevenLabsError
from ..const import CONF_VOICE, DOMAIN, SATELLITE
from ..generation import satellite_of
from ..speech import Synthesizer, Utterance

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline


_LOGGER = logging.getLogger(__name__)

_PIPELINES: Final = "assist_pipeline"
_AGENT: Final = "conversation"
_EARS: Final = "stt"
_HOME: Final = "zone.home"
_PERSON: Final = "person"
_TELLING: Final = (f"{SATELLITE}.", f"{_AGENT}.", f"{_EARS}.", _HOME)
_ATTENTIVE: Final = ("listening", "processing")
_NOBODY: Final = (None, STATE_UNAVAILABLE, STATE_UNKNOWN)
# Many persons have no device that tells where they are.
_MAYBE_HOME: Final = (STATE_HOME, STATE_UNAVAILABLE, STATE_UNKNOWN)
# Shorter than any of the usual limits for idle connections; some routers have five minutes.
_REFRESH: Final = timedelta(minutes=4)
_AT_MOST_EVERY_S: Final = 30.0
# A home that does not use its voices does not keep connections for them.
_IN_USE_S: Final = 24 * 3600.0
_KEPT: Final = 50

type Expect = Callable[[str | None, Mapping[str, Any]], Utterance | None]


@dataclass(frozen=True, slots=True)
class _ExpectedRequest:
    """What Home Assistant is going to ask a voice for."""

    engine: str
    language: str | None
    options: Mapping[str, Any]


class Prewarmer:
    """The connections of one account, opened in advance."""

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
        """What each voice was asked for last in a conversation."""
        self._awaited: dict[str, _ExpectedRequest] = {}
        """What each satellite is going to ask for."""
        self._prepared: deque[str] = deque(maxlen=_KEPT)
        self._used = hass.loop.time()
        self._refreshed: float | None = None

    @callback
    def async_setup(self) -> None:
        """Watch the home until the entry is unloaded."""
        watch = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._on_state, _is_telling)
        self._entry.async_on_unload(watch)
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
        """Add a voice; `expect` returns its request for a language and options."""
        self._voices[engine] = expect
        return lambda: self._voices.pop(engine, None) and None

    @callback
    def used(self) -> None:
        """Note that a voice of this account speaks."""
        self._used = self._hass.loop.time()

    @callback
    def prepared(self, engine: str, stream: ResultStream, conversation: str) -> bool:
        """Note that Home Assistant prepared the audio of a reply; False if that is known."""
        if stream.token in self._prepared:
            return False
        self._prepared.append(stream.token)
        wish = self._learned[engine] = _ExpectedRequest(
            engine, stream.language, dict(stream.options)
        )
        self._expect(wish, satellite_of(self._hass, conversation))
        return True

    def _expect(self, wish: _ExpectedRequest, satellite: str | None) -> None:
        """Be ready for a reply, at a satellite as soon as that listens."""
        if satellite is None:
            self._warm(wish, wish.engine)
            return
        # Its pipeline may wait for a wake word for hours.
        self._awaited[satellite] = wish
        if (state := self._hass.states.get(satellite)) and state.state in _ATTENTIVE:
            self._warm(wish, satellite)

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if state is None or state.state in _NOBODY:
            return
        if entity_id == _HOME:
            self._on_home(event.data)
            return
        # What is prepared for a reply is told in the loop's next turn, and this may be sooner.
        if not entity_id.startswith(f"{SATELLITE}."):
            self._hass.loop.call_soon(self._on_work, entity_id)
        elif state.state in _ATTENTIVE:
            self._hass.loop.call_soon(self._on_attention, entity_id)

    @callback
    def _on_attention(self, satellite: str) -> None:
        """Be ready for a satellite that listens, or has heard somebody."""
        if wish := self._awaited.get(satellite):
            if wish.engine in self._voices:
                self._warm(wish, satellite)
            return
        for pipeline in self._pipelines():
            self._warm_unless_warm(pipeline)

    @callback
    def _on_work(self, entity_id: str) -> None:
        """Be ready for the pipelines whose agent or speech recognition is at work."""
        for pipeline in self._pipelines():
            if entity_id in (pipeline.conversation_engine, pipeline.stt_engine):
                self._warm_unless_warm(pipeline)

    def _on_home(self, change: EventStateChangedData) -> None:
        """Open a connection when the first person comes home."""
        old, new = change["old_state"], change["new_state"]
        if new and old and old.state == "0" and new.state != "0" and self._may_speak():
            self._refresh()

    def _pipelines(self) -> list[Pipeline]:
        """Return the assistants that speak with a voice of this account."""
        if _PIPELINES not in self._hass.config.components:
            return []
        # Not imported above: that would load all of Assist into homes that have none.
        from homeassistant.components.assist_pipeline import (  # noqa: PLC0415
            async_get_pipelines,
        )

        return [one for one in async_get_pipelines(self._hass) if one.tts_engine in self._voices]

    def _warm_unless_warm(self, pipeline: Pipeline) -> None:
        """Open a socket for a pipeline unless its satellite has one already."""
        engine = str(pipeline.tts_engine)
        voice = {CONF_VOICE: pipeline.tts_voice} if pipeline.tts_voice else {}
        wish = self._learned.get(engine) or _ExpectedRequest(engine, pipeline.tts_language, voice)
        self._warm(wish, engine, once=True)

    def _warm(self, wish: _ExpectedRequest, holder: str, *, once: bool = False) -> None:
        """Open connections for an expected request; with `once` only if there is none yet."""
        if not self._may_speak():
            return
        if utterance := self._voices[wish.engine](wish.language, wish.options):
            if not (once and self._synthesizer.is_warm(utterance)):
                self._synthesizer.warm(utterance, holder)
            self._refresh()

    @callback
    def _on_time(self, _: datetime) -> None:
        is_used = self._hass.loop.time() - self._used < _IN_USE_S
        if is_used and self._voices and self._may_speak() and self._is_somebody_home():
            self._refresh()

    def _is_somebody_home(self) -> bool:
        """Whether somebody may be at home: not all persons are known to be elsewhere."""
        persons = self._hass.states.async_all(_PERSON)
        return not persons or any(one.state in _MAYBE_HOME for one in persons)

    def _refresh(self) -> None:
        """Keep a connection for what goes over HTTP."""
        now = self._hass.loop.time()
        if self._refreshed is not None and now - self._refreshed < _AT_MOST_EVERY_S:
            return
        self._refreshed = now
        self._entry.async_create_background_task(
            self._hass, self._async_refresh(), f"{DOMAIN} keeps a connection"
        )

    async def _async_refresh(self) -> None:
        try:
            await self._client.keep_connected()
        except ElevenLabsError as err:
            _LOGGER.debug("No connection was kept: %s", err.cause)


@callback
def _is_telling(data: EventStateChangedData) -> bool:
    return data["entity_id"].startswith(_TELLING)
