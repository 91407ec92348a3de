"""Watches what other integrations have our voices speak, and at which players.

Home Assistant does not tell a TTS entity who will hear it, nor that audio is played from the
cache. Both can be told from actions, conversations, and the streams that Home Assistant prepares.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components import tts
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.components.media_source import URI_SCHEME
from homeassistant.const import ATTR_ENTITY_ID, EVENT_CALL_SERVICE, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import chat_session
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..const import CONF_PRIVATE, SATELLITE
from ..generation import (
    digest_of,
    is_ours,
    newest_token,
    satellite_of,
    streams_between,
    when_spoken,
)

if TYPE_CHECKING:
    from .tracker import AnnouncementTracker

_TTS_SOURCE: Final = f"{URI_SCHEME}{tts.DOMAIN}/"
# The field of each action that is spoken.
_SPOKEN_FIELDS: Final = {
    "announce": "message",
    "start_conversation": "start_message",
    "ask_question": "question",
}
_MEDIA_FIELDS: Final = ("media_id", "start_media_id", "question_media_id")
_ANSWERING: Final = ("processing", "responding")
# Attributes of groups and of universal players.
_PASSES_ON: Final = frozenset((ATTR_ENTITY_ID, "active_child"))
_KEPT: Final = 50
# Seconds between an action and its speech; a media player may have to wake up first.
_LONGEST_WAIT_S: Final = 30.0
PREANNOUNCE_S: Final = 2.1
"""Seconds of the chime that satellites play before an announcement, unless told not to."""


@dataclass(slots=True, eq=False)
class OverheardRequest:
    """An action of another integration that has a text spoken."""

    digest: str
    """The digest of the text."""
    context: str
    """The ID that is shared by actions which follow from each other."""
    players: tuple[str, ...]
    at: float
    delay: float = 0.0
    """Seconds from the player's start to the first of the speech."""
    tracker: AnnouncementTracker | None = None
    """Tracks the announcement that it led to."""


@dataclass(frozen=True, slots=True)
class StreamPreparation:
    """A call that tells that Home Assistant prepares to speak, or begins to."""

    engine: str
    conversation: str | None
    on_reply: OnReply
    after: str | None
    """The token of the stream that was listed last before."""
    ours: bool
    """Whether the stream is one of our announcements."""


@dataclass(frozen=True, slots=True)
class OverheardSpeech:
    """A text that Home Assistant plays in a voice of ours, generated or from its cache."""

    stream: tts.ResultStream
    digest: str
    conversation: str | None


type OnSpoken = Callable[[OverheardSpeech], None]
type OnReply = Callable[[str, tts.ResultStream], None]


class OverheardStreams:
    """Records who requests our voices, and for which texts."""

    def __init__(self, hass: HomeAssistant, on_spoken: OnSpoken) -> None:
        """Call `on_spoken` with each complete text that is requested."""
        self._hass = hass
        self._on_spoken = on_spoken
        self._actions: deque[OverheardRequest] = deque(maxlen=_KEPT)
        self._noted: deque[str] = deque(maxlen=_KEPT)
        """The tokens of the newest streams."""
        self._preparations: list[StreamPreparation] = []
        """Those of this turn of the loop."""

    @callback
    def async_setup(self) -> None:
        """Start to watch the actions."""
        self._hass.bus.async_listen(EVENT_CALL_SERVICE, self._on_call, _may_speak)

    @callback
    def preparing(self, engine: str, on_reply: OnReply) -> None:
        """Record that Home Assistant prepares to speak.

        In a pipeline, that is a reply: `on_reply` gets the conversation's ID and the stream.
        """
        # It lists the stream right after it has asked the entity for its features.
        if not self._preparations:
            self._hass.loop.call_soon(self._note_streams)
        conversation, after = _conversation(), newest_token(self._hass)
        self._preparations.append(
            StreamPreparation(engine, conversation, on_reply, after, ours=is_ours())
        )

    @callback
    def answering(self, conversation: str | None = None) -> str | None:
        """Return the satellite at which Assist answers, if only one is possible."""
        if (conversation := conversation or _conversation()) is None:
            return None
        if satellite := satellite_of(self._hass, conversation):
            return satellite
        states: list[State] = self._hass.states.async_all(SATELLITE)
        answering = [state.entity_id for state in states if state.state in _ANSWERING]
        return answering[0] if len(answering) == 1 else None

    @callback
    def who_asked(self, digest: str) -> OverheardRequest | None:
        """Return the first action that still waits for a text, or the last one that got it."""
        oldest = self._hass.loop.time() - _LONGEST_WAIT_S
        asked = [one for one in self._actions if one.digest == digest and one.at > oldest]
        waiting = [one for one in asked if one.tracker is None]
        return next(iter(waiting or asked[::-1]), None)

    @callback
    def _note_streams(self) -> None:
        """Record the streams that were listed in the last turn of the loop."""
        preparations, self._preparations = self._preparations, []
        # The entity is also asked when a known stream begins to speak; none is listed then.
        untils = [*(one.after for one in preparations[1:]), newest_token(self._hass)]
        for one, until in zip(preparations, untils, strict=True):
            for stream in streams_between(self._hass, one.after, until):
                is_new = stream.engine == one.engine and stream.token not in self._noted
                if is_new and not one.ours:
                    self._noted.append(stream.token)
                    self._note_stream(stream, one.conversation)
                    if one.conversation:
                        one.on_reply(one.conversation, stream)

    def _note_stream(self, stream: tts.ResultStream, conversation: str | None) -> None:
        """Keep a private reply off the disk, and record when its text is known."""
        if is_private(stream.options):
            stream.use_file_cache = False

        @callback
        def note(digest: str) -> None:
            self._on_spoken(OverheardSpeech(stream, digest, conversation))

        when_spoken(stream, note)

    @callback
    def _on_call(self, event: Event) -> None:
        """Record an action that has a text spoken."""
        data = event.data["service_data"]
        is_satellite = event.data["domain"] == SATELLITE
        message = _announced(event.data) if is_satellite else _played(data)
        players = self._targets(data, SATELLITE if is_satellite else MEDIA_PLAYER)
        if not message or not players:
            return
        delay = PREANNOUNCE_S if is_satellite and data.get("preannounce", True) else 0.0
        digest, context = digest_of(message), event.context.id
        earlier = [one for one in self._actions if (one.digest, one.context) == (digest, context)]
        for one in earlier:
            self._actions.remove(one)
            players = (*filter(self._is_leaf, one.players), *players)
        now = self._hass.loop.time()
        self._actions.append(OverheardRequest(digest, context, players, now, delay))

    def _targets(self, data: Mapping[str, Any], domain: str) -> tuple[str, ...]:
        """Return the available players that an action targets."""
        wanted = dict(data)
        if isinstance(entities := wanted.get(ATTR_ENTITY_ID), set | tuple):
            wanted[ATTR_ENTITY_ID] = list(entities)
        selected = async_extract_referenced_entity_ids(self._hass, TargetSelection(wanted))
        found = sorted(selected.referenced | selected.indirectly_referenced)
        return tuple(
            one for one in found if one.startswith(f"{domain}.") and self._is_available(one)
        )

    def _is_leaf(self, player: str) -> bool:
        """Whether a player sounds itself; groups and universal players pass on what they get."""
        state = self._hass.states.get(player)
        return state is not None and not state.attributes.keys() & _PASSES_ON

    def _is_available(self, player: str) -> bool:
        state = self._hass.states.get(player)
        return state is not None and state.state != STATE_UNAVAILABLE


def is_private(options: Mapping[str, Any]) -> bool:
    """Whether nothing spoken with these options may be kept."""
    return str(options.get(CONF_PRIVATE, False)).lower() == "true"


def _conversation() -> str | None:
    session = chat_session.current_session.get()
    return session.conversation_id if session else None


@callback
def _may_speak(data: Mapping[str, Any]) -> bool:
    domain, service = data.get("domain"), data.get("service")
    if domain == SATELLITE:
        return service in _SPOKEN_FIELDS
    return (domain, service) == (MEDIA_PLAYER, "play_media")


def _announced(action: Mapping[str, Any]) -> str | None:
    """Return what satellites are to say; next to media, a text is only shown."""
    data = action["service_data"]
    message = data.get(_SPOKEN_FIELDS[action["service"]])
    has_media = any(data.get(name) for name in _MEDIA_FIELDS)
    return message if isinstance(message, str) and not has_media else None


def _played(data: Mapping[str, Any]) -> str | None:
    """Return the text that media players are to play as text-to-speech."""
    media_id = data.get("media_content_id")
    if not isinstance(media_id, str) or not media_id.startswith(_TTS_SOURCE):
        return None
    try:
        parsed: Mapping[str, Any] = tts.parse_media_source_id(media_id.removeprefix(_TTS_SOURCE))
    except HomeAssistantError, ValueError:
        return None
    return parsed.get("message")
