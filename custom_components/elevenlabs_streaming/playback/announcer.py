"""Speaks announcements at players and keeps what is known of them."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.components import tts
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.const import (
    ENTITY_MATCH_ALL,
    ENTITY_MATCH_NONE,
    EVENT_HOMEASSISTANT_STOP,
    STATE_UNAVAILABLE,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    Event,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..captions import CaptionTrack, PlaybackClock
from ..const import DOMAIN, SATELLITE
from .announcement import UNKNOWN_PLAYER, Announcement, Part, Recording
from .delays import Delays
from .delivery import FORMAT_OPTIONS
from .follower import LATEST_START_S, Follower
from .hub import CaptionHub, Listener
from .inside import async_erase, digest_of, of_sentence
from .library import Library
from .recorder import Recorder
from .stand_in import is_standing_in
from .witness import PREANNOUNCE_S, Hearsay, Spoken, Witness, is_private

LISTENER: Final = "listener"
"""Stands for somebody who hears an announcement again."""

_LOGGER = logging.getLogger(__name__)

# Announcements that a late subscriber, a caption link or a replay can still see.
_KEPT: Final = 50
# Some players answer a call only when they have finished.
_CALL_TIMEOUT_S: Final = 900.0
# Audio of announcements that are over is kept for so long after it was last asked for.
_AUDIO_LASTS_S: Final = 600.0
_TIDYING_S: Final = 60.0
# Home Assistant turns to the engine within a few turns of the loop, if it does at all.
_MOMENT_S: Final = 0.05

_BEING_SPOKEN: ContextVar[Follower | None] = ContextVar(f"{DOMAIN}_being_spoken", default=None)
_HEARD_AGAIN: ContextVar[bool] = ContextVar(f"{DOMAIN}_heard_again", default=False)
_ANNOUNCER: HassKey[Announcer] = HassKey(f"{DOMAIN}_announcer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to announce."""

    engine: str
    message: str
    language: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: bool = True
    private: bool = False
    preannounce: bool = False
    """Whether satellites play their sound before it."""


@callback
def announcer(hass: HomeAssistant) -> Announcer:
    """Return the one announcer of this Home Assistant; it outlives entries and their reloads."""
    return hass.data[_ANNOUNCER]


async def async_setup_announcer(hass: HomeAssistant) -> None:
    """Set up what all entries share."""
    hass.data[_ANNOUNCER] = Announcer(hass)
    await hass.data[_ANNOUNCER].async_load()


class Announcer:
    """Brings utterances to players and tells subscribers of them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with no announcements."""
        self._hass = hass
        self._followers: OrderedDict[str, Follower] = OrderedDict()
        self._tokens: dict[str, tuple[Follower, Part]] = {}
        self._hub = CaptionHub()
        self._made: deque[str] = deque(maxlen=_KEPT)
        """The keys of whole texts that our entities were asked for, until Home Assistant's stream
        is seen that had them made."""
        self._tidying: CALLBACK_TYPE | None = None
        self.library = Library(hass)
        self.delays = Delays(hass, self._on_delay)
        self.witness = Witness(hass, self._on_spoken)

    async def async_load(self) -> None:
        """Read what was kept over a restart."""
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        await self.library.async_load()
        await self.delays.async_load()
        self.witness.async_setup()

    @callback
    def subscribe(self, listener: Listener, history: int = 0) -> CALLBACK_TYPE:
        """Tell `listener` of the last announcements, of those heard now and of all to come."""
        over = [one for one in self._followers.values() if one.done.is_set()]
        now = [one for one in self._followers.values() if not one.done.is_set()]
        for follower in (*over[max(0, len(over) - history) :], *now):
            listener(follower.track())
        return self._hub.subscribe(listener)

    @callback
    def find(self, announcement_id: str) -> Announcement | None:
        """Return an announcement that is not long ago."""
        follower = self._followers.get(announcement_id)
        return follower.announcement if follower else None

    async def async_announce(
        self,
        order: Order,
        players: Sequence[str] | str,
        context: Context | None,
    ) -> Follower:
        """Speak at players; returns when each was told, with what went wrong in its part."""
        follower = await self._async_begin(order)
        reached = []
        for player in self._each(players):
            is_late = order.preannounce and player.startswith(f"{SATELLITE}.")
            part = self._follow(follower, player, PREANNOUNCE_S if is_late else 0.0)
            if error := self._unreachable(player):
                part.error, part.reachable = error, False
            else:
                reached.append(player)
        calls = {player: self._call(follower, player, order, context) for player in reached}
        try:
            await _async_reached(follower, calls)
        finally:
            follower.called()
        return follower

    @callback
    def record(self, engine: str, request: TTSAudioRequest, *, private: bool) -> Recorder:
        """Take down a generation: of our own announcement, or of one that others asked for."""
        if _HEARD_AGAIN.get() or is_standing_in():
            return Recorder(self.library, _nobodys(engine, request.language), {})
        follower = _BEING_SPOKEN.get()
        if follower is None or follower.announcement.generated:
            follower = self._overheard(request, engine, private=private)
        follower.announcement.generated = True
        return Recorder(self.library, follower.announcement, dict(request.options))

    async def listen_in(self, recorder: Recorder, text: AsyncGenerator[str]) -> AsyncGenerator[str]:
        """Hand a text on; what others have spoken tells on its way who is to hear it."""
        announcement, pieces = recorder.announcement, 0
        async with aclosing(text):
            async for piece in text:
                if announcement.overheard and not pieces:
                    self._on_first_words(announcement, piece)
                announcement.growing = pieces > 0
                pieces += 1
                yield piece

    @callback
    def listen(self, announcement_id: str) -> Part | None:
        """Let somebody hear an announcement again, who counts as none of its players."""
        follower = self._followers.get(announcement_id)
        if follower is None or not self._has_audio(follower.announcement):
            return None
        follower.used = self._hass.loop.time()
        self._tidy_later()
        part = Part(LISTENER, PlaybackClock())
        self._tokens[part.token] = (follower, part)
        return part

    @callback
    def resolve(self, announcement_id: str, asked: str, player: str | None) -> Part | None:
        """Return the part of the player that will fetch the audio.

        `asked` was called; a group or universal player passes it on to `player`.
        """
        if (follower := self._followers.get(announcement_id)) is None:
            return None
        leaf = player or asked
        if leaf != asked and (passed := follower.drop(asked)):
            self._tokens.pop(passed.token, None)
        if part := follower.announcement.parts.get(leaf):
            return part
        part = self._follow(follower, leaf)
        follower.changed()
        return part

    @callback
    def fetching(self, token: str) -> tuple[Follower, Part] | None:
        """Return whose URL this is, while it is valid."""
        return self._tokens.get(token)

    async def _async_begin(self, order: Order) -> Follower:
        """Have the text spoken, or find it in Home Assistant's cache."""
        stream = tts.async_create_stream(
            self._hass, order.engine, language=order.language, options=dict(order.options)
        )
        stream.use_file_cache = order.cache and not order.private
        language = stream.language or order.language or ""
        recording = Recording(CaptionTrack(language))
        follower = self._new(
            Announcement(
                engine=order.engine,
                language=language,
                recording=recording,
                message=None if order.private else order.message,
                private=order.private,
                voice=self._voice(order.engine),
                options=order.options,
                stream=stream,
            )
        )
        key = self.library.key(order.message, language, stream.options, order.engine)
        self._speak(follower, stream, order.message)
        if follower.announcement.generated:
            self.library.remember(key, recording)
        else:
            await self._async_recall(follower, key, order.message)
        follower.tell_track()
        return follower

    @callback
    def _speak(self, follower: Follower, stream: tts.ResultStream, message: str) -> None:
        """Start the stream so that our entity knows for whom it speaks."""
        token = _BEING_SPOKEN.set(follower)
        try:
            stream.async_set_message(message)
        finally:
            _BEING_SPOKEN.reset(token)

    async def _async_recall(self, follower: Follower, key: str, message: str) -> None:
        """Use the captions of the audio that the cache plays."""
        announcement = follower.announcement
        if recording := await self.library.async_find(key):
            announcement.recording = recording
            recording.listeners.append(follower)
        else:
            announcement.recording.captions.write(message)

    def _follow(self, follower: Follower, player: str, delay: float = 0.0) -> Part:
        part = follower.add(player, delay)
        self._tokens[part.token] = (follower, part)
        return part

    def _overheard(self, request: TTSAudioRequest, engine: str, *, private: bool) -> Follower:
        """Begin an announcement that somebody else asked our entity for."""
        recording = Recording(CaptionTrack(request.language))
        follower = self._overhear(engine, request, recording, private=private)
        follower.add(self.witness.answering() or UNKNOWN_PLAYER)
        follower.tell_track()
        follower.called()
        return follower

    def _overhear(
        self,
        engine: str,
        asked: TTSAudioRequest | tts.ResultStream,
        recording: Recording,
        *,
        private: bool,
    ) -> Follower:
        announcement = Announcement(
            engine,
            asked.language,
            recording,
            private=private,
            overheard=True,
            options=_without_format(asked.options),
            voice=self._voice(engine),
        )
        return self._new(announcement)

    @callback
    def _on_first_words(self, announcement: Announcement, words: str) -> None:
        """Note who is to hear what somebody else asked for, now that its text is known."""
        engine, digest = announcement.engine, digest_of(words)
        key = self.library.key_of_digest(
            digest, announcement.language, announcement.options, engine
        )
        self._made.append(key)
        follower = self._followers.get(announcement.announcement_id)
        asked = self.witness.who_asked(digest)
        if follower and asked and asked.follower is None:
            asked.follower = follower
            follower.drop(UNKNOWN_PLAYER)
            for player in asked.players:
                follower.add(player, asked.delay)
            follower.changed()
        if announcement.private:
            self._erase(engine, digest)

    def _erase(self, engine: str, digest: str) -> None:
        self._hass.async_create_background_task(
            async_erase(self._hass, of_sentence(engine, digest)),
            f"{DOMAIN} keeps a private text off the disk",
        )

    @callback
    def _on_spoken(self, spoken: Spoken) -> None:
        """Find out whether our entity was asked for a text, or Home Assistant has it already."""
        if any(one.announcement.stream is spoken.stream for one in self._followers.values()):
            return
        self._hass.async_create_background_task(
            self._async_recall_spoken(spoken), f"{DOMAIN} finds captions"
        )

    async def _async_recall_spoken(self, spoken: Spoken) -> None:
        """Follow a sentence that Home Assistant plays without asking our entity."""
        stream = spoken.stream
        key = self.library.key_of_digest(
            spoken.digest, stream.language, _without_format(stream.options), stream.engine
        )
        await asyncio.sleep(_MOMENT_S)
        if key in self._made:
            self._made.remove(key)
            return
        asked = self.witness.who_asked(spoken.digest)
        if asked and asked.follower and not asked.follower.done.is_set():
            return
        if recording := await self.library.async_find(key):
            self._play_again(spoken, recording, asked)

    def _play_again(self, spoken: Spoken, recording: Recording, asked: Hearsay | None) -> None:
        stream = spoken.stream
        private = is_private(stream.options)
        follower = self._overhear(stream.engine, stream, recording, private=private)
        if not private:
            follower.announcement.message = recording.captions.text
        answering = self.witness.answering(spoken.conversation) if spoken.conversation else None
        players = asked.players if asked else (answering or UNKNOWN_PLAYER,)
        for player in players:
            follower.serving(follower.add(player, asked.delay if asked else 0.0))
        if asked:
            asked.follower = follower
        follower.tell_track()
        follower.called()

    def _has_audio(self, announcement: Announcement) -> bool:
        """Whether there is audio; where it was let go Home Assistant's cache is asked again."""
        if announcement.stream or not announcement.message:
            return announcement.stream is not None
        with suppress(HomeAssistantError):
            announcement.stream = tts.async_create_stream(
                self._hass,
                announcement.engine,
                language=announcement.language,
                options=dict(announcement.options),
            )
            token = _HEARD_AGAIN.set(True)
            announcement.stream.async_set_message(announcement.message)
            _HEARD_AGAIN.reset(token)
        return announcement.stream is not None

    def _voice(self, engine: str) -> str | None:
        """Return what a TTS entity keeps when it is renamed."""
        entry = er.async_get(self._hass).async_get(engine)
        return entry.unique_id if entry else None

    def _each(self, players: Sequence[str] | str) -> list[str]:
        """Return the players that an action's `entity_id` means, each once."""
        if players == ENTITY_MATCH_ALL:
            return [
                one
                for one in self._hass.states.async_entity_ids(MEDIA_PLAYER)
                if self._is_there(one)
            ]
        if players == ENTITY_MATCH_NONE:
            return []
        return list(dict.fromkeys([players] if isinstance(players, str) else players))

    def _is_there(self, player: str) -> bool:
        return self._unreachable(player) is None

    def _unreachable(self, player: str) -> str | None:
        """Return why a player cannot be spoken at."""
        if (state := self._hass.states.get(player)) is None:
            return "There is no such player."
        return "The player is unavailable." if state.state == STATE_UNAVAILABLE else None

    @callback
    def _on_delay(self, key: str, seconds: float) -> None:
        for follower in self._followers.values():
            follower.held_back(key, seconds)

    @callback
    def _stop(self, _: Event) -> None:
        if self._tidying:
            self._tidying()
        for follower in self._followers.values():
            follower.stop()

    def _new(self, announcement: Announcement) -> Follower:
        follower = Follower(self._hass, announcement, self._hub, self.delays)
        announcement.recording.listeners.append(follower)
        self._followers[announcement.announcement_id] = follower
        while len(self._followers) > _KEPT:
            self._forget(self._followers.popitem(last=False)[1])
        self._tidy_later()
        return follower

    def _tidy_later(self) -> None:
        if self._tidying is None:
            job = HassJob(self._tidy, "captions tidy up", cancel_on_shutdown=True)
            self._tidying = async_call_later(self._hass, _TIDYING_S, job)

    @callback
    def _tidy(self, _: datetime) -> None:
        """Let go of audio that nobody asked for in a while."""
        self._tidying = None
        oldest = self._hass.loop.time() - _AUDIO_LASTS_S
        for follower in self._followers.values():
            if follower.done.is_set() and follower.used < oldest:
                self._let_go(follower)
        if any(follower.announcement.stream for follower in self._followers.values()):
            self._tidy_later()

    def _forget(self, follower: Follower) -> None:
        follower.stop()
        self._let_go(follower)

    def _let_go(self, follower: Follower) -> None:
        """Drop the audio and the URLs of an announcement."""
        follower.announcement.stream = None
        for token in [token for token, (one, _) in self._tokens.items() if one is follower]:
            del self._tokens[token]

    async def _async_call(
        self, follower: Follower, player: str, order: Order, context: Context | None
    ) -> None:
        """Call one player; its failure, whatever it is, is its own."""
        try:
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                await self._async_send(follower, player, order, context)
        except TimeoutError:
            self._fail(follower, player, "The player did not answer.")
        except HomeAssistantError as err:
            self._fail(follower, player, str(err) or type(err).__name__)
        except Exception as err:  # noqa: BLE001  # a player's integration may raise anything
            _LOGGER.warning("%s failed to play: %s", player, type(err).__name__)
            self._fail(follower, player, f"The player failed: {type(err).__name__}.")

    def _call(
        self, follower: Follower, player: str, order: Order, context: Context | None
    ) -> asyncio.Task[None]:
        """Call one player in a task that lasts as long as the player likes."""
        call = self._hass.async_create_background_task(
            self._async_call(follower, player, order, context), f"{DOMAIN} calls {player}"
        )
        call.add_done_callback(lambda _: follower.changed())
        return call

    async def _async_send(
        self, follower: Follower, player: str, order: Order, context: Context | None
    ) -> None:
        media_id = f"media-source://{DOMAIN}/{follower.announcement.announcement_id}/{player}"
        if player.startswith(f"{SATELLITE}."):
            data = {"entity_id": player, "media_id": media_id, "preannounce": order.preannounce}
            await self._hass.services.async_call(
                SATELLITE, "announce", data, blocking=True, context=context
            )
            if part := follower.announcement.parts.get(player):
                follower.ended(part)
            return
        data = {
            "entity_id": player,
            "media_content_id": media_id,
            "media_content_type": "music",
            "announce": True,
        }
        await self._hass.services.async_call(
            MEDIA_PLAYER, "play_media", data, blocking=True, context=context
        )

    def _fail(self, follower: Follower, player: str, error: str) -> None:
        part = follower.announcement.parts.get(player) or self._follow(follower, player)
        follower.failed(part, error)


def _nobodys(engine: str, language: str) -> Announcement:
    """Return what takes down speech that is known already and only heard again."""
    return Announcement(engine, language, Recording(CaptionTrack(language)), private=True)


def _without_format(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in FORMAT_OPTIONS}


async def _async_reached(follower: Follower, calls: Mapping[str, asyncio.Task[None]]) -> None:
    """Wait for the players' answers; a satellite answers only when it has finished."""

    def is_open(player: str, call: asyncio.Task[None]) -> bool:
        part = follower.announcement.parts.get(player)
        is_heard = part and part.served and player.startswith(f"{SATELLITE}.")
        return not call.done() and not is_heard

    with suppress(TimeoutError):
        async with asyncio.timeout(LATEST_START_S):
            while not follower.done.is_set() and any(is_open(*item) for item in calls.items()):
                await follower.news()
