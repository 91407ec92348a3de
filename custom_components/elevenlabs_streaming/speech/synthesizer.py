"""Text in, speech out: chooses the route, and does not give up easily."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
import logging
import random

from ..api import (
    ElevenLabsClient,
    ElevenLabsError,
    OutputFormat,
    SpeechChunk,
    SpeechRequest,
    SpeechSocket,
)
from ..api.errors import (
    ConcurrencyLimitError,
    ConnectionFailedError,
    InputTimeoutError,
    InvalidRequestError,
    NothingToSpeakError,
    ProtocolError,
    TextTooLongError,
    UnsupportedModelError,
)
from ..text import has_words, is_sayable
from .chunking import ChunkSchedule, chunk_schedule
from .concurrency import ConcurrencyLimiter
from .http_route import HttpRoute
from .joiner import Joiner
from .pauses import PauseFiller
from .retry import RetryPolicy, Sleep
from .socket_pool import SocketPool
from .text_source import TextSource
from .utterance import Route, TimeLimits, Utterance
from .websocket_route import converse
from .websocket_support import WebSocketSupport

_LOGGER = logging.getLogger(__name__)

# One utterance of this length takes about two hours to hear; more is a mistake that costs.
LONGEST_TEXT = 100_000
# Over HTTP each continuation pays for all the rest of the text.
_MOST_CONTINUATIONS = 4


@dataclass(slots=True)
class _Run:
    """One utterance on its way."""

    utterance: Utterance
    text: TextSource
    voice: Joiner
    persistence: RetryPolicy
    number: int
    """Its place among those that wait for each other."""
    by_socket: bool
    position: int = 0
    """From where the text is to be spoken now."""
    broke_off_at: int = -1
    """From where it was continued last."""
    turn_until: float | None = None
    """Until when it waits for others."""
    refusal: ElevenLabsError | None = None
    """Why HTTP speaks in the WebSocket's place."""

    @property
    def model_id(self) -> str:
        """The model that speaks."""
        return self.utterance.request.model_id


class Synthesizer:
    """Speaks texts through one account."""

    def __init__(
        self,
        client: ElevenLabsClient,
        patience: TimeLimits | None = None,
        *,
        socket_pool: SocketPool | None = None,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`spares` are its own; `rng` and `sleep` space the attempts where the service fails."""
        self._client = client
        self._patience = patience or TimeLimits()
        self.socket_pool = socket_pool or SocketPool(client)
        self.lacks: set[OutputFormat] = set()
        """Formats that the plan turned out not to include."""
        self._rng = rng or random.Random()  # noqa: S311  # spreads load, protects nothing
        self._sleep = sleep
        self._access = WebSocketSupport()
        self._concurrency = ConcurrencyLimiter()

    def warm(self, utterance: Utterance, holder: str) -> None:
        """Open a socket for an utterance like this; `holder` has one at most."""
        if utterance.route is not Route.HTTP and self._has_socket(utterance):
            self.socket_pool.wish(_for_socket(utterance), holder)

    def is_warm(self, utterance: Utterance) -> bool:
        """Whether a socket is open for an utterance like this, or being opened."""
        return self.socket_pool.has(_for_socket(utterance))

    async def speak(self, utterance: Utterance, text: TextSource) -> AsyncGenerator[SpeechChunk]:
        """Yield the utterance's audio with timings on its own continuous clock.

        Raises `ElevenLabsError`. Closing the generator closes its connection.
        """
        run = self._run(utterance, text, whole=await self._is_whole(text))
        chunks = self._persistently(run)
        if utterance.fill_pauses:
            chunks = PauseFiller(chunks, run.voice, text).filled()
        try:
            async with aclosing(chunks):
                async for chunk in chunks:
                    yield _count(utterance, chunk)
        finally:
            utterance.cut = text.cut
            utterance.characters = text.length
        if not utterance.bytes_spoken:
            raise NothingToSpeakError("no audio came for this text")

    async def _is_whole(self, text: TextSource) -> bool:
        """Wait for the first words; refuse a whole text that cannot be spoken."""
        try:
            whole = await text.take_ready(self._patience.silence)
        except TimeoutError:
            raise NothingToSpeakError("no text came") from None
        if text.too_long:
            raise TextTooLongError(f"the text has more than {LONGEST_TEXT} characters")
        if text.ended and not is_sayable(text.so_far()):
            raise NothingToSpeakError("the text is empty")
        return whole

    def _run(self, utterance: Utterance, text: TextSource, *, whole: bool) -> _Run:
        by_http = utterance.route is Route.HTTP or (whole and utterance.route is Route.AUTO)
        return _Run(
            utterance,
            text,
            Joiner(utterance, text),
            RetryPolicy(self._patience.retry, self._rng, self._sleep),
            self._concurrency.number(),
            not by_http and self._has_socket(utterance),
        )

    def _has_socket(self, utterance: Utterance) -> bool:
        return self._access.is_open(utterance.request.model_id, utterance.model)

    async def _persistently(self, run: _Run) -> AsyncGenerator[SpeechChunk]:
        """Speak, and go on where it broke off, as long as that makes sense."""
        if self._concurrency.is_waited_for(run.model_id):
            await self._turn(run)
        is_more = True
        while is_more:
            before, failure = run.voice.bytes_spoken, None
            try:
                with self._concurrency.speaking():
                    async with aclosing(self._attempt(run)) as chunks:
                        async for chunk in chunks:
                            yield chunk
            except ElevenLabsError as err:
                failure = err
            heard = run.voice.bytes_spoken > before
            if failure and not await self._goes_on(run, failure, heard=heard):
                raise failure
            is_more = failure is not None and await self._is_more_to_say(run)

    async def _attempt(self, run: _Run) -> AsyncGenerator[SpeechChunk]:
        """Speak over a spare WebSocket, or a new one; where that cannot be, over HTTP."""
        for open_socket, may_pass, leave in (
            (self._pooled_socket, _may_be_stale, self._leave_pool),
            (self._open_socket, _may_be_the_sockets, self._leave_socket),
        ):
            if not (socket := await open_socket(run)):
                continue
            before = run.voice.bytes_spoken
            try:
                speech = converse(socket, run.text, self._patience, _schedule_of(run.utterance))
                async with aclosing(run.voice.join(speech, run.position)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            except ElevenLabsError as err:
                if run.voice.bytes_spoken > before or not may_pass(err):
                    raise
                leave(run, err)
            else:
                return
        async with aclosing(self._by_http(run)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _pooled_socket(self, run: _Run) -> SpeechSocket | None:
        """Return a WebSocket that is open already, if there is one."""
        if not run.by_socket or not (
            socket := await self.socket_pool.take(_for_socket(run.utterance))
        ):
            return None
        run.utterance.route = Route.WEBSOCKET
        run.utterance.attempts += 1
        run.utterance.receipt.reused = True
        return socket

    def _leave_pool(self, run: _Run, err: ElevenLabsError) -> None:
        """Rewind the text and close the pool: the sockets beside a dead one are hardly better."""
        _LOGGER.debug("A spare WebSocket was of no use: %s", err.cause)
        self.socket_pool.clear()
        run.text.rewind(run.position)

    async def _open_socket(self, run: _Run) -> SpeechSocket | None:
        """Open a WebSocket; None if HTTP is to speak.

        The answer to a refused handshake cannot be read. HTTP tells what is really wrong, if
        anything is: proxies refuse WebSockets too.
        """
        if not run.by_socket:
            return None
        run.utterance.route = Route.WEBSOCKET
        run.utterance.attempts += 1
        run.utterance.receipt.reused = False
        try:
            return await self._client.open_socket(_for_socket(run.utterance))
        except ElevenLabsError as err:
            self._leave_socket(run, err)
            return None

    def _leave_socket(self, run: _Run, err: ElevenLabsError) -> None:
        _LOGGER.debug("No speech over the WebSocket: %s", err.cause)
        run.by_socket, run.refusal = False, err
        run.persistence.failed()
        run.text.rewind(run.position)

    async def _by_http(self, run: _Run) -> AsyncGenerator[SpeechChunk]:
        run.utterance.attempts += 1
        route = HttpRoute(self._client, self._patience, run.utterance, run.voice)
        async with aclosing(route.speak(run.text, run.position)) as chunks:
            async for chunk in chunks:
                if run.refusal:
                    self._access.refused(run.model_id, run.utterance.model, run.refusal)
                    run.refusal = None
                yield chunk

    async def _goes_on(self, run: _Run, failure: ElevenLabsError, *, heard: bool) -> bool:
        """Whether another attempt is to follow; returns when it is time for it."""
        if not failure.retryable:
            if not (heard and run.by_socket and _may_be_the_sockets(failure)):
                return False
            run.by_socket = False
        if run.voice.bytes_spoken:
            run.position = run.voice.resume()
        if heard and not self._may_continue(run):
            return False
        _LOGGER.debug("Trying again after %s", failure.cause)
        if isinstance(failure, ConcurrencyLimitError) and await self._turn(run):
            return True
        return await run.persistence.pause(at_once=heard)

    def _may_continue(self, run: _Run) -> bool:
        """Count a continuation; each has to bring more of the text than the one before."""
        utterance = run.utterance
        if run.position <= run.broke_off_at or utterance.continued == _MOST_CONTINUATIONS:
            return False
        run.broke_off_at = run.position
        run.turn_until = None
        utterance.continued += 1
        run.persistence.succeeded()
        return True

    async def _turn(self, run: _Run) -> bool:
        """Wait until one of the others has ended; False if there is none, or it takes too long."""
        now = asyncio.get_running_loop().time()
        run.turn_until = run.turn_until or now + self._patience.turn
        return await self._concurrency.wait(run.number, run.model_id, run.turn_until - now)

    async def _is_more_to_say(self, run: _Run) -> bool:
        """Rewind the text to where it broke off; return whether there is more to say.

        Waits for a text that has only paused.
        """
        run.text.rewind(run.position)
        if not run.voice.bytes_spoken:
            return True
        while not has_words(run.text.so_far()[run.position :]):
            if run.text.ended:
                return False
            try:
                await run.text.next(self._patience.silence)
            except TimeoutError:
                run.text.give_up()
        run.text.rewind(run.position)
        return True


def _for_socket(utterance: Utterance) -> SpeechRequest:
    """Return the request with the schedule of the utterance's latency."""
    return replace(utterance.request, chunk_length_schedule=_schedule_of(utterance).schedule)


def _schedule_of(utterance: Utterance) -> ChunkSchedule:
    return chunk_schedule(utterance.latency, utterance.request.chunk_length_schedule)


def _may_be_stale(err: ElevenLabsError) -> bool:
    """Whether a new socket is worth a try: the service may have left the spare alone."""
    return isinstance(err, InputTimeoutError) or _may_be_the_sockets(err)


def _may_be_the_sockets(err: ElevenLabsError) -> bool:
    """Whether HTTP is worth a try: a socket's end often does not tell what is wrong."""
    of_socket = (ConnectionFailedError, ProtocolError, UnsupportedModelError)
    return isinstance(err, of_socket) or type(err) is InvalidRequestError


def _count(utterance: Utterance, chunk: SpeechChunk) -> SpeechChunk:
    """Add the chunk to the utterance's length and return it."""
    utterance.bytes_spoken += len(chunk.audio)
    if rate := utterance.request.output_format.bytes_per_second:
        utterance.seconds += len(chunk.audio) / rate
    elif times := chunk.timings or chunk.spoken:
        utterance.seconds = max(utterance.seconds, times.ends[-1])
    return chunk
