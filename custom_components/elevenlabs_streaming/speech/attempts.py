"""The attempts to speak one utterance: over which route, how often, and from where in the text."""

from collections.abc import Callable
from functools import partial
import logging

from ..api import ElevenLabsError, SpeechRequest, SpeechSocket
from ..api.errors import (
    BusyError,
    ConcurrencyLimitError,
    ConnectionFailedError,
    InputTimeoutError,
    InvalidRequestError,
    OutputFormatNotAllowedError,
    ProtocolError,
    StalledError,
    UnsupportedModelError,
)
from ..audio import FrameReader
from ..text import has_words
from .concurrency import Turn
from .hedging import Hedge, HedgedStream, SoundDeadline
from .http_route import HttpRoute
from .joiner import Joiner
from .refused_fields import left_out, without_refused
from .retry import Breaks, RetryPolicy
from .speech_account import SpeechAccount, on_schedule, schedule_of
from .text_position import TextPosition
from .text_reader import TextReader
from .text_source import TextSource
from .utterance import BreakOff, Outcome, Route, Sink, Utterance
from .websocket_route import speak_over_socket

_LOGGER = logging.getLogger(__name__)

# One broken WebSocket is chance; after two HTTP speaks the rest.
_MOST_BROKEN_SOCKETS = 2
# Seconds without a sound that is due after which a second route speaks too. The slowest model
# takes 1.5 s, and a socket that was open for long may have been forgotten on the way.
_MUTE_POOLED_S = 2.0
_MUTE_S = 4.0

type _Leave = Callable[[ElevenLabsError], None]


class Attempts:
    """Speaks one utterance, and goes on where it broke off, as long as that makes sense."""

    def __init__(
        self,
        account: SpeechAccount,
        utterance: Utterance,
        text: TextSource,
        outcome: Outcome,
        retry: RetryPolicy,
        *,
        deadline: SoundDeadline,
        by_socket: bool,
        frames: FrameReader,
        sink: Sink,
    ) -> None:
        """`by_socket`: whether the WebSocket is the first choice."""
        self._account = account
        self._utterance = utterance
        self._request = account.refused_fields.adapt(utterance.request)
        outcome.left_out = left_out(utterance.request, self._request)
        self._text = text
        self._outcome = outcome
        self._retry = retry
        self._prefers_socket = self._by_socket = by_socket
        self._joiner = Joiner(self._request, frames, text, outcome, sink)
        outcome.is_missing = self._joiner.is_missing
        self._http = HttpRoute(
            account.client, account.time_limits, utterance.model, outcome, account.over_dialogue
        )
        self._deadline = deadline
        group = utterance.model.concurrency_group
        self._turn = Turn(account.concurrency, group, account.time_limits.turn)
        self._position = TextPosition(text, utterance.turns)
        self._breaks = Breaks()

    async def run(self) -> None:
        """Speak the text to its end. Raises `ElevenLabsError`."""
        outcome = self._outcome
        self._position.skip_empty_turns()
        if self._turn.is_taken:
            await self._turn.wait()
        while True:
            before = outcome.bytes_spoken
            try:
                with self._account.concurrency.speaking():
                    await self._attempt()
            except ElevenLabsError as err:
                outcome.failure = err
                if not await self._goes_on(err, heard=outcome.bytes_spoken > before):
                    raise
            else:
                is_all_said = self._utterance.is_dialogue and outcome.route is Route.WEBSOCKET
                if is_all_said or not self._position.start_next_turn():
                    return
            if not await self._is_more_to_say():
                return

    def break_off(self) -> BreakOff | None:
        """Return where the speech has broken off for good; None if nothing was heard."""
        return self._joiner.break_off() if self._outcome.bytes_spoken else None

    async def _attempt(self) -> None:
        """Speak over a pooled WebSocket, or a new one; where that cannot be, over HTTP."""
        for open_socket, may_pass, leave, mute in (
            (self._pooled_socket, _may_be_stale, self._leave_pool, _MUTE_POOLED_S),
            (self._open_socket, _may_be_the_sockets, self._leave_socket, _MUTE_S),
        ):
            if not (self._by_socket and (socket := await open_socket())):
                continue
            before = self._outcome.bytes_spoken
            hedge = Hedge(self._joiner, self._deadline)
            speak = partial(self._speak_over, socket)
            try:
                await hedge.run(speak, partial(self._speak_instead, leave), after=mute)
            except ElevenLabsError as err:
                is_heard = self._outcome.bytes_spoken > before
                if is_heard or hedge.is_hedged or not may_pass(err):
                    raise
                leave(err)
            else:
                return
            finally:
                # Nobody else does if this is cancelled before the socket is used.
                await socket.close()
        hedge = Hedge(self._joiner, self._deadline)
        await hedge.run(self._speak_over_http, self._speak_over_http, after=_MUTE_S)

    async def _speak_over(self, socket: SpeechSocket, stream: HedgedStream) -> None:
        reused = self._outcome.receipt.reused
        text = self._reader(stream, Route.WEBSOCKET)
        stream.on_heard.append(lambda: setattr(self._outcome.receipt, "reused", reused))
        stream.start_stream(self._position.offset)
        schedule = schedule_of(self._utterance)
        try:
            await speak_over_socket(socket, text, stream, self._account.time_limits, schedule)
        finally:
            if stream.is_heard:
                self._account.websocket.worked(self._request)
        stream.end_stream(text.end)

    async def _speak_instead(self, leave: _Leave, stream: HedgedStream) -> None:
        """Speak over HTTP beside a mute socket, and leave that once HTTP is heard."""

        def leave_mute() -> None:
            leave(StalledError("the socket stayed mute"))
            self._by_socket = False

        stream.on_heard.append(leave_mute)
        await self._speak_over_http(stream)

    async def _speak_over_http(self, stream: HedgedStream) -> None:
        self._outcome.attempts += 1
        text = self._reader(stream, Route.HTTP)
        await self._http.speak(
            self._position.voiced(self._request), text, self._position.offset, stream
        )

    def _reader(self, stream: HedgedStream, route: Route) -> TextReader:
        """Return a reader of the text for a stream; both count once the stream is heard."""
        text = self._position.reader()
        stream.on_heard += [
            text.activate,
            lambda: setattr(self._outcome, "route", route),
            lambda: setattr(self._outcome, "owed", stream.owed),
        ]
        self._outcome.route = route
        return text

    async def _pooled_socket(self) -> SpeechSocket | None:
        """Return a WebSocket that is open already, if there is one."""
        if socket := await self._account.socket_pool.take(self._socket_request()):
            self._count_socket(reused=True)
        return socket

    async def _open_socket(self) -> SpeechSocket | None:
        """Open a WebSocket; None if HTTP is to speak.

        The answer to a refused handshake cannot be read. HTTP tells what is really wrong, if
        anything is: proxies refuse WebSockets too.
        """
        self._count_socket(reused=False)
        self._deadline.start()
        try:
            socket = await self._account.socket_pool.open(self._socket_request())
        except ElevenLabsError as err:
            self._leave_socket(err)
            return None
        # No sound is due before the socket has words to speak.
        self._deadline.reset()
        return socket

    def _count_socket(self, *, reused: bool) -> None:
        self._outcome.route = Route.WEBSOCKET
        self._outcome.attempts += 1
        self._outcome.receipt.reused = reused

    def _socket_request(self) -> SpeechRequest:
        request = (
            self._request if self._utterance.is_dialogue else self._position.voiced(self._request)
        )
        return on_schedule(request, schedule_of(self._utterance))

    def _leave_pool(self, err: ElevenLabsError) -> None:
        """Close the pool: the sockets beside a dead one are hardly better."""
        _LOGGER.debug("A pooled WebSocket was of no use: %s", err.cause)
        self._account.socket_pool.clear()

    def _leave_socket(self, err: ElevenLabsError) -> None:
        """Let HTTP speak; if it can, the WebSocket is what did not work."""
        _LOGGER.debug("No speech over the WebSocket: %s", err.cause)
        self._refused_by_socket(err)
        self._by_socket = False
        self._retry.failed()

    def _refused_by_socket(self, err: ElevenLabsError) -> None:
        """Remember a failure of the WebSocket if HTTP then speaks."""
        request, model = self._request, self._utterance.model
        self._joiner.on_next_chunk.append(
            lambda: self._account.websocket.refused(request, model, err)
        )

    async def _goes_on(self, failure: ElevenLabsError, *, heard: bool) -> bool:
        """Return whether another attempt is to follow, when it is time for it."""
        if self._is_without_refused(failure):
            return True
        leaves_socket = self._by_socket and self._is_for_http(failure, heard=heard)
        if self._deadline.is_over or not (failure.retryable or leaves_socket):
            return False
        if self._outcome.bytes_spoken:
            self._position.offset = self._joiner.resume()
        if heard and not self._may_continue(anyway=leaves_socket):
            return False
        if leaves_socket:
            self._by_socket = False
            if not heard:
                self._refused_by_socket(failure)
        _LOGGER.debug("Trying again after %s", failure.cause)
        if isinstance(failure, ConcurrencyLimitError) and not leaves_socket:
            is_next = await self._turn.wait()
            # No sound was due while others spoke.
            self._deadline.reset()
            if is_next:
                return True
        at_once = leaves_socket or (heard and self._outcome.continued == 1)
        return await self._retry.pause(at_once=at_once)

    def _is_for_http(self, failure: ElevenLabsError, *, heard: bool) -> bool:
        """Count a WebSocket that failed; return whether HTTP is to speak from now on."""
        if not failure.retryable:
            return heard and _may_be_the_sockets(failure)
        if isinstance(failure, BusyError):
            # A plan's sessions of Text-to-Dialogue limit its sockets only.
            return self._utterance.model.facts.dialogue
        if heard and isinstance(failure, InputTimeoutError):
            return False
        self._breaks.sockets += 1
        return self._breaks.sockets >= _MOST_BROKEN_SOCKETS

    def _is_without_refused(self, failure: ElevenLabsError) -> bool:
        """Start again without what seems to be refused."""
        lesser = without_refused(self._request, failure)
        if self._outcome.bytes_spoken or lesser is None:
            return False
        wanted, self._request = self._utterance.request, lesser
        self._outcome.left_out = left_out(wanted, lesser)
        self._by_socket = self._prefers_socket
        self._joiner.on_next_chunk = [lambda: self._account.refused_fields.learn(wanted, lesser)]
        self._retry.succeeded()
        return True

    def _may_continue(self, *, anyway: bool) -> bool:
        """Count a continuation; it has to get further than the one before, or `anyway`."""
        progress = self._breaks.progress(self._position.offset)
        if progress is None and not anyway:
            return False
        if self._outcome.continued and not self._by_socket:
            self._http.shorten_parts(progress or 0)
        self._turn.restart()
        self._outcome.continued += 1
        self._retry.succeeded()
        return True

    async def _is_more_to_say(self) -> bool:
        """Rewind the text to where it broke off; return whether there is more to say.

        Waits for a text that has only paused.
        """
        text, position = self._text, self._position.offset
        text.rewind(position)
        if not self._outcome.bytes_spoken:
            return True
        while not has_words(text.so_far()[position:]):
            if text.ended:
                return False
            try:
                await text.next(self._account.time_limits.silence)
            except TimeoutError:
                text.give_up()
        text.rewind(position)
        self._position.skip_empty_turns()
        return True


def _may_be_stale(err: ElevenLabsError) -> bool:
    """Return whether a new socket is worth a try: the service may have left the pooled one."""
    return isinstance(err, InputTimeoutError) or _may_be_the_sockets(err)


def _may_be_the_sockets(err: ElevenLabsError) -> bool:
    """Return whether HTTP is worth a try: a socket's end often does not tell what is wrong."""
    of_socket = (
        ConnectionFailedError,
        OutputFormatNotAllowedError,
        ProtocolError,
        UnsupportedModelError,
    )
    return isinstance(err, of_socket) or type(err) is InvalidRequestError
