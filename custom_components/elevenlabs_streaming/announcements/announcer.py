"""Speaks announcements at players and keeps what is known of them."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from contextvars import Context as TaskContext, ContextVar
from datetime import datetime
from itertools import count
from typing import Any, Final, TypeIs, override

from homeassistant.components import tts
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
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
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..captions import CaptionTrack
from ..const import DOMAIN
from ..generation import (
    FORMAT_OPTIONS,
    CaptionCache,
    Generation,
    Recording,
    Transcriber,
    async_erase,
    digest_of,
    is_fallback_speaking,
    of_sentence,
)
from .announcement import UNKNOWN_PLAYER, Announcement, Part
from .delays import PlayerDelays
from .messages import CaptionSubscribers, Listener
from .order import AnnouncementRequest
from .overheard import (
    PREANNOUNCE_S,
    OverheardRequest,
    OverheardSpeech,
    OverheardStreams,
    is_private,
)
from .playback_clock import PlaybackClock
from .players import async_call_player, is_satellite
from .queue import Queue, QueuedAnnouncement, QueueEntry, QueueHandler
from .tracker import LATEST_START_S, AnnouncementTracker

LISTENER: Final = "listener"
"""Stands for somebody who hears an announcement again."""

# Announcements that a late subscriber, a caption link or a replay can still see.
_KEPT: Final = 50
# Announcements that others had made and that are followed at once, at most.
_MOST_OVERHEARD: Final = 200
# Audio of announcements that are over is kept for so long after it was last asked for.
_AUDIO_LASTS_S: Final = 600.0
_TIDYING_S: Final = 60.0
# A player whose call was withdrawn may still be at it for a moment.
_QUIET_WITHIN_S: Final = 1.0
# Home Assistant turns to the engine within a few turns of the loop, if it does at all.
_MOMENT_S: Final = 0.05

_BEING_SPOKEN: ContextVar[AnnouncementTracker | None] = ContextVar(
    f"{DOMAIN}_being_spoken", default=None
)
_HEARD_AGAIN: ContextVar[bool] = ContextVar(f"{DOMAIN}_heard_again", default=False)
_ANNOUNCER: HassKey[Announcer] = HassKey(f"{DOMAIN}_announcer")


@callback
def announcer(hass: HomeAssistant) -> Announcer:
    """Return the one announcer of this Home Assistant; it outlives entries and their reloads."""
    return hass.data[_ANNOUNCER]


async def async_setup_announcer(hass: HomeAssistant) -> None:
    """Set up what all entries share."""
    hass.data[_ANNOUNCER] = Announcer(hass)
    await hass.data[_ANNOUNCER].async_load()


class Announcer(QueueHandler):
    """Brings utterances to players and tells subscribers of them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with no announcements."""
        self._hass = hass
        self._trackers: OrderedDict[str, AnnouncementTracker] = OrderedDict()
        self._tokens: dict[str, tuple[AnnouncementTracker, Part]] = {}
        self._hub = CaptionSubscribers()
        self._made: deque[str] = deque(maxlen=_KEPT)
        """The keys of whole texts that our entities were asked for, until Home Assistant's stream
        is seen that had them made."""
        self._tidying: CALLBACK_TYPE | None = None
        self._queue = Queue(hass, self)
        self._numbers = count()
        self._withdrawn: set[asyncio.Task[None]] = set()
        self.caption_cache = CaptionCache(hass)
        self.delays = PlayerDelays(hass, self._on_delay)
        self.overheard_streams = OverheardStreams(hass, self._on_spoken)

    async def async_load(self) -> None:
        """Read what was kept over a restart."""
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry)
        await self.caption_cache.async_load()
        await self.delays.async_load()
        self.overheard_streams.async_setup()

    @callback
    def subscribe(self, listener: Listener, history: int = 0) -> CALLBACK_TYPE:
        """Tell `listener` of the last announcements, of those heard now and of all to come."""
        over = [one for one in self._trackers.values() if one.done.is_set()]
        now = [one for one in self._trackers.values() if one.is_shown and not one.done.is_set()]
        for tracker in (*over[max(0, len(over) - history) :], *now):
            listener(tracker.track())
        return self._hub.subscribe(listener)

    @callback
    def find(self, announcement_id: str) -> Announcement | None:
        """Return an announcement that is not long ago."""
        tracker = self._trackers.get(announcement_id)
        return tracker.announcement if tracker else None

    async def async_announce(
        self,
        order: AnnouncementRequest,
        players: Sequence[str] | str,
        context: Context | None,
    ) -> AnnouncementTracker:
        """Speak at players; returns when each was told or waits for its turn.

        What went wrong until then is in the parts.
        """
        wanted = self._each(players)
        request = self._queue.find(order, wanted) or self._request(order, context)
        request.urge(order, now := self._hass.loop.time())
        for player in wanted:
            self._line_up(request, player)
        request.tracker.called()
        self._queue.look(now)
        self._put_off(request)
        await _async_answered(request.tracker)
        return request.tracker

    @callback
    def clear_queue(self, players: Collection[str] | None = None) -> int:
        """Drop the announcements that wait, everywhere or at some players; returns how many."""
        return self._queue.clear(players)

    @callback
    def record(self, engine: str, request: TTSAudioRequest, *, private: bool) -> Transcriber:
        """Take down a generation: of our own announcement, or of one that others asked for."""
        if _HEARD_AGAIN.get() or is_fallback_speaking():
            return Transcriber(self.caption_cache, _nobodys(engine, request.language), {})
        tracker = _BEING_SPOKEN.get()
        if tracker is None or tracker.announcement.generated:
            tracker = self._overheard(request, engine, private=private)
        tracker.announcement.generated = True
        return Transcriber(self.caption_cache, tracker.announcement, dict(request.options))

    async def listen_in(
        self, transcriber: Transcriber, text: AsyncGenerator[str]
    ) -> AsyncGenerator[str]:
        """Hand a text on; what others have spoken tells on its way who is to hear it."""
        announcement, pieces = transcriber.announcement, 0
        async with aclosing(text):
            async for piece in text:
                if not pieces and _is_overheard(announcement):
                    self._on_first_words(announcement, piece)
                announcement.growing = pieces > 0
                pieces += 1
                yield piece

    @callback
    def listen(self, announcement_id: str) -> Part | None:
        """Let somebody hear an announcement again, who counts as none of its players."""
        tracker = self._trackers.get(announcement_id)
        if tracker is None or not (tracker.is_shown and self._has_audio(tracker.announcement)):
            return None
        tracker.used = self._hass.loop.time()
        self._tidy_later()
        part = Part(LISTENER, PlaybackClock())
        self._tokens[part.token] = (tracker, part)
        return part

    @callback
    def resolve(self, announcement_id: str, asked: str, player: str | None) -> Part | None:
        """Return the part of the player that will fetch the audio.

        `asked` was called; a group or universal player passes it on to `player`.
        """
        if (tracker := self._trackers.get(announcement_id)) is None:
            return None
        leaf = player or asked
        part = tracker.announcement.parts.get(leaf)
        if not self._queue.is_called(tracker, asked):
            return None if part is None or part.queued else part
        if leaf != asked and (passed := tracker.drop(asked)):
            self._tokens.pop(passed.token, None)
        if part is None:
            part = self._follow(tracker, leaf)
        elif part.queued:
            tracker.begin(part)
        if leaf != asked:
            self._queue.handed_on(tracker, asked, part)
            tracker.changed()
        return part

    @callback
    def fetching(self, token: str) -> tuple[AnnouncementTracker, Part] | None:
        """Return whose URL this is, while it is valid."""
        return self._tokens.get(token)

    @override
    @callback
    def prepare(self, request: QueuedAnnouncement) -> None:
        """Have the text spoken for a turn that comes next."""
        if request.making is None:
            request.making = self._start(self._async_make(request), "makes an announcement")

    @override
    @callback
    def begin(self, turn: QueueEntry) -> None:
        """Call the player."""
        request, tracker, part = turn.request, turn.request.tracker, turn.part
        if error := self._unreachable(part.player):
            part.queued, part.reachable = False, False
            tracker.failed(part, error)
            return
        if tracker.announcement.recording.state == "failed":
            tracker.announcement.stream = None
            tracker.take(Recording(CaptionTrack(tracker.announcement.language)))
        tracker.begin(part)
        turn.call = self._start(self._async_call(turn), f"calls {part.player}")
        tracker.calling(part.player, turn.call)
        self.prepare(request)

    @override
    @callback
    def again(self, request: QueuedAnnouncement, part: Part) -> Part:
        """Withdraw what a player was given; returns what stands for it while it waits again."""
        self._tokens.pop(part.token, None)
        fresh = request.tracker.again(part)
        self._tokens[fresh.token] = (request.tracker, fresh)
        return fresh

    @override
    @callback
    def drop(self, turn: QueueEntry, cause: str) -> None:
        """Give up a turn that was never called; `cause` is a key of the translated exceptions."""
        turn.request.tracker.dropped(turn.part, cause)

    @override
    @callback
    def leave(self, turn: QueueEntry) -> None:
        """Expect nothing more of a player's call."""
        if turn.call and not turn.call.done():
            turn.call.cancel()
            self._withdrawn.add(turn.call)
            turn.call.add_done_callback(self._withdrawn.discard)

    @override
    def engine(self, request: QueuedAnnouncement) -> str | None:
        """Return what its voice is called now, or None if it was removed."""
        announcement = request.tracker.announcement
        if announcement.voice is None:
            return announcement.engine
        registry = er.async_get(self._hass)
        return registry.async_get_entity_id(tts.DOMAIN, DOMAIN, announcement.voice)

    @override
    def heard_elsewhere(self, now: float) -> Iterator[str]:
        """Yield players that speak what others asked for."""
        for tracker in self._trackers.values():
            if not tracker.announcement.overheard or tracker.done.is_set():
                continue
            for part in tracker.announcement.parts.values():
                if part.served and not part.is_over(now):
                    yield part.player

    def _request(self, order: AnnouncementRequest, context: Context | None) -> QueuedAnnouncement:
        """Take an order; raises HomeAssistantError for what the voice cannot say."""
        stream = self._stream(order, order.engine)
        language = stream.language or order.language or ""
        tracker = self._new(
            Announcement(
                engine=order.engine,
                language=language,
                recording=Recording(CaptionTrack(language)),
                message=None if order.private else order.message,
                private=order.private,
                voice=self._voice(order.engine),
                options=order.options,
            )
        )
        return QueuedAnnouncement(next(self._numbers), order, context, tracker, stream)

    def _stream(self, order: AnnouncementRequest, engine: str) -> tts.ResultStream:
        """Return audio that is made as soon as it is given its text."""
        stream = tts.async_create_stream(
            self._hass, engine, language=order.language, options=dict(order.options)
        )
        stream.use_file_cache = order.cache and not order.private
        return stream

    def _line_up(self, request: QueuedAnnouncement, player: str) -> None:
        """Let a request wait for a player, if it does not do so already."""
        tracker = request.tracker
        part = tracker.announcement.parts.get(player)
        if part and not part.error:
            return
        is_late = request.order.preannounce and is_satellite(player)
        part = self._follow(tracker, player, PREANNOUNCE_S if is_late else 0.0, queued=True)
        self._queue.add(QueueEntry(request, part))

    def _put_off(self, request: QueuedAnnouncement) -> None:
        """Let go of audio that is not made now: the voice may have changed by then."""
        if request.stream and request.making is None:
            request.stream.delete()
        request.stream = None

    def _start[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Work in the background, as nobody's: whoever is speaking now has no part in it."""
        create = self._hass.async_create_background_task
        return TaskContext().run(create, work, f"{DOMAIN} {name}")

    async def _async_call(self, turn: QueueEntry) -> None:
        """Have a player speak; its failure, whatever it is, is its own."""
        request, tracker = turn.request, turn.request.tracker
        if self._withdrawn:
            await asyncio.wait(tuple(self._withdrawn), timeout=_QUIET_WITHIN_S)
        error = await self._async_made(request) or await async_call_player(
            self._hass,
            turn.asked,
            tracker.announcement.announcement_id,
            request.order,
            request.context,
        )
        if not self._queue.has(turn):
            return
        part = tracker.announcement.parts.get(turn.asked)
        if error:
            tracker.failed(part or self._follow(tracker, turn.asked), error)
        elif part and is_satellite(turn.asked):
            tracker.ended(part)

    async def _async_made(self, request: QueuedAnnouncement) -> str | None:
        """Wait until there is audio, or some is coming; returns what that failed in."""
        if request.making and request.making.done() and not request.is_made:
            request.making = None
        self.prepare(request)
        return await asyncio.shield(request.making) if request.making else None

    async def _async_make(self, request: QueuedAnnouncement) -> str | None:
        """Have the text spoken, or find it in Home Assistant's cache; returns what went wrong."""
        tracker, order = request.tracker, request.order
        announcement = tracker.announcement
        try:
            engine = self.engine(request) or order.engine
            stream, request.stream = request.stream or self._stream(order, engine), None
            announcement.engine, announcement.stream = engine, stream
            announcement.language = stream.language or announcement.language
            self._speak(tracker, stream, order.message)
        except HomeAssistantError as err:
            announcement.stream = None
            return str(err) or type(err).__name__
        key = self.caption_cache.key(order.message, announcement.language, stream.options, engine)
        if announcement.generated:
            self.caption_cache.remember(key, announcement.recording)
        else:
            await self._async_recall(tracker, key, order.message)
        tracker.made()
        return None

    @callback
    def _speak(self, tracker: AnnouncementTracker, stream: tts.ResultStream, message: str) -> None:
        """Start the stream so that our entity knows for whom it speaks."""
        tracker.announcement.generated = False
        token = _BEING_SPOKEN.set(tracker)
        try:
            stream.async_set_message(message)
        finally:
            _BEING_SPOKEN.reset(token)

    async def _async_recall(self, tracker: AnnouncementTracker, key: str, message: str) -> None:
        """Use the captions of the audio that the cache plays."""
        announcement = tracker.announcement
        if recording := await self.caption_cache.async_find(key):
            tracker.take(recording)
        else:
            announcement.recording.captions.write(message)

    def _follow(
        self,
        tracker: AnnouncementTracker,
        player: str,
        delay: float = 0.0,
        *,
        queued: bool = False,
    ) -> Part:
        part = tracker.add(player, delay, queued=queued)
        self._tokens[part.token] = (tracker, part)
        return part

    def _overheard(
        self, request: TTSAudioRequest, engine: str, *, private: bool
    ) -> AnnouncementTracker:
        """Begin an announcement that somebody else asked our entity for."""
        recording = Recording(CaptionTrack(request.language))
        tracker = self._overhear(engine, request, recording, private=private)
        tracker.add(self.overheard_streams.answering() or UNKNOWN_PLAYER)
        tracker.tell_track()
        tracker.called()
        return tracker

    def _overhear(
        self,
        engine: str,
        asked: TTSAudioRequest | tts.ResultStream,
        recording: Recording,
        *,
        private: bool,
    ) -> AnnouncementTracker:
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
        key = self.caption_cache.key_of_digest(
            digest, announcement.language, announcement.options, engine
        )
        self._made.append(key)
        tracker = self._trackers.get(announcement.announcement_id)
        asked = self.overheard_streams.who_asked(digest)
        if tracker and asked and asked.tracker is None:
            asked.tracker = tracker
            tracker.drop(UNKNOWN_PLAYER)
            for player in asked.players:
                tracker.add(player, asked.delay)
            tracker.changed()
        if announcement.private:
            self._erase(engine, digest)

    def _erase(self, engine: str, digest: str) -> None:
        self._hass.async_create_background_task(
            async_erase(self._hass, of_sentence(engine, digest)),
            f"{DOMAIN} keeps a private text off the disk",
        )

    @callback
    def _on_spoken(self, spoken: OverheardSpeech) -> None:
        """Find out whether our entity was asked for a text, or Home Assistant has it already."""
        if any(one.announcement.stream is spoken.stream for one in self._trackers.values()):
            return
        self._hass.async_create_background_task(
            self._async_recall_spoken(spoken), f"{DOMAIN} finds captions"
        )

    async def _async_recall_spoken(self, spoken: OverheardSpeech) -> None:
        """Follow a sentence that Home Assistant plays without asking our entity."""
        stream = spoken.stream
        key = self.caption_cache.key_of_digest(
            spoken.digest, stream.language, _without_format(stream.options), stream.engine
        )
        await asyncio.sleep(_MOMENT_S)
        if key in self._made:
            self._made.remove(key)
            return
        asked = self.overheard_streams.who_asked(spoken.digest)
        if asked and asked.tracker and not asked.tracker.done.is_set():
            return
        if recording := await self.caption_cache.async_find(key):
            self._play_again(spoken, recording, asked)

    def _play_again(
        self, spoken: OverheardSpeech, recording: Recording, asked: OverheardRequest | None
    ) -> None:
        stream = spoken.stream
        private = is_private(stream.options)
        tracker = self._overhear(stream.engine, stream, recording, private=private)
        if not private:
            tracker.announcement.message = recording.captions.text
        answering = (
            self.overheard_streams.answering(spoken.conversation) if spoken.conversation else None
        )
        players = asked.players if asked else (answering or UNKNOWN_PLAYER,)
        for player in players:
            tracker.serving(tracker.add(player, asked.delay if asked else 0.0))
        if asked:
            asked.tracker = tracker
        tracker.tell_track()
        tracker.called()

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
        if players == ENTITY_MATCH_NONE:
            return []
        if players == ENTITY_MATCH_ALL:
            known = self._hass.states.async_entity_ids(MEDIA_PLAYER)
            wanted = [one for one in known if self._is_there(one)]
        else:
            wanted = list(dict.fromkeys([players] if isinstance(players, str) else players))
        return [one for one in wanted if not self._is_handed_on(one, wanted)]

    def _is_handed_on(self, player: str, wanted: list[str]) -> bool:
        """Whether a group that is called, too, passes it on to the player."""
        return self._is_there(player) and self._queue.is_handed_on(player, wanted)

    def _is_there(self, player: str) -> bool:
        return self._unreachable(player) is None

    def _unreachable(self, player: str) -> str | None:
        """Return why a player cannot be spoken at."""
        if (state := self._hass.states.get(player)) is None:
            return "There is no such player."
        return "The player is unavailable." if state.state == STATE_UNAVAILABLE else None

    @callback
    def _on_delay(self, key: str, seconds: float) -> None:
        for tracker in self._trackers.values():
            tracker.held_back(key, seconds)

    @callback
    def _on_entry(self, *_: Any) -> None:
        self._queue.look_soon()

    @callback
    def _stop(self, _: Event) -> None:
        self._queue.stop()
        if self._tidying:
            self._tidying()
        for tracker in self._trackers.values():
            tracker.stop()

    def _new(self, announcement: Announcement) -> AnnouncementTracker:
        tracker = AnnouncementTracker(
            self._hass, announcement, self._hub, self.delays, self._queue.look_soon
        )
        self._trackers[announcement.announcement_id] = tracker
        self._make_room()
        self._tidy_later()
        return tracker

    def _make_room(self) -> None:
        """Forget the oldest that are over; of what others have spoken also what seems endless."""
        over = [one for one in self._trackers.values() if one.done.is_set()]
        for one in over[: max(0, len(self._trackers) - _KEPT)]:
            self._forget(one)
        heard = [one for one in self._trackers.values() if one.announcement.overheard]
        for one in heard[: max(0, len(heard) - _MOST_OVERHEARD)]:
            for part in list(one.announcement.parts.values()):
                one.ended(part)
            self._forget(one)

    def _tidy_later(self) -> None:
        if self._tidying is None:
            job = HassJob(self._tidy, "captions tidy up", cancel_on_shutdown=True)
            self._tidying = async_call_later(self._hass, _TIDYING_S, job)

    @callback
    def _tidy(self, _: datetime) -> None:
        """Let go of audio that nobody asked for in a while."""
        self._tidying = None
        oldest = self._hass.loop.time() - _AUDIO_LASTS_S
        for tracker in self._trackers.values():
            if tracker.done.is_set() and tracker.used < oldest:
                self._let_go(tracker)
        if any(tracker.announcement.stream for tracker in self._trackers.values()):
            self._tidy_later()

    def _forget(self, tracker: AnnouncementTracker) -> None:
        del self._trackers[tracker.announcement.announcement_id]
        tracker.stop()
        self._let_go(tracker)

    def _let_go(self, tracker: AnnouncementTracker) -> None:
        """Drop the audio and the URLs of an announcement."""
        tracker.announcement.stream = None
        for token in [token for token, (one, _) in self._tokens.items() if one is tracker]:
            del self._tokens[token]


def _nobodys(engine: str, language: str) -> Announcement:
    """Return what takes down speech that is known already and only heard again."""
    return Announcement(engine, language, Recording(CaptionTrack(language)), private=True)


def _without_format(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in FORMAT_OPTIONS}


async def _async_answered(tracker: AnnouncementTracker) -> None:
    """Wait for the answers of the players that were called."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LATEST_START_S):
            while not tracker.done.is_set() and not tracker.is_answered:
                await tracker.news()


def _is_overheard(generation: Generation) -> TypeIs[Announcement]:
    """Whether another integration requested it."""
    return isinstance(generation, Announcement) and generation.overheard
