"""Text in, speech out: chooses the route and feeds it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import StrEnum
import logging

from ..api import (
    ElevenLabsClient,
    ElevenLabsError,
    Model,
    Receipt,
    SpeechChunk,
    SpeechRequest,
    SpeechSocket,
)
from ..api.errors import NothingToSpeakError, TextTooLongError, UnsupportedModelError
from .source import TextSource
from .text import SentenceFeeder, WordFeeder, is_sayable, split_text

_LOGGER = logging.getLogger(__name__)

# One utterance of this length takes about two hours to hear; more is a mistake that costs.
LONGEST_TEXT = 100_000
# Growing text is generated from its first phrase on; later phrases get more context, which
# keeps their prosody. The service accepts 50 to 500 (facts §2.2).
_SCHEDULE = (50, 120, 160, 250)
_CONTEXT_CHARACTERS = 300
_ID3 = b"ID3"


class Route(StrEnum):
    """Which endpoint speaks."""

    AUTO = "auto"
    WEBSOCKET = "websocket"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a text that pauses, in seconds."""

    flush: float = 1.0
    """Then what was written so far is spoken."""
    silence: float = 60.0
    """Then the text is taken as complete."""


@dataclass(slots=True)
class Utterance:
    """What is known of one utterance while it is spoken."""

    request: SpeechRequest
    model: Model
    route: Route = Route.AUTO
    fill_pauses: bool = False
    """Whether silence is inserted where the text pauses and the listener has heard all so far."""
    seconds: float = 0.0
    """Audio so far."""
    bytes_spoken: int = 0
    characters: int = 0
    cut: bool = False
    """Whether the text was given up before its end."""
    receipt: Receipt = field(default_factory=Receipt)


class Speaker:
    """Speaks texts through one account."""

    def __init__(self, client: ElevenLabsClient, patience: Patience | None = None) -> None:
        """`patience` concerns texts that are still being written."""
        self._client = client
        self._patience = patience or Patience()

    async def speak(self, utterance: Utterance, text: TextSource) -> AsyncGenerator[SpeechChunk]:
        """Yield the utterance's audio with timings on its own continuous clock.

        Raises `ElevenLabsError`. Closing the generator closes its connection.
        """
        whole = await self._is_whole(text)
        by_http = utterance.route is Route.HTTP or (whole and utterance.route is Route.AUTO)
        if by_http or not utterance.model.facts.websocket:
            chunks = self._by_http(utterance, text)
        else:
            chunks = self._by_socket(utterance, text)
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

    async def _by_http(self, utterance: Utterance, text: TextSource) -> AsyncGenerator[SpeechChunk]:
        """Speak part by part: a whole text in as few requests as its model allows."""
        utterance.route = Route.HTTP
        context = ""
        async with aclosing(self._sentences(text)) as sentences:
            async for sentence in sentences:
                for part in filter(is_sayable, split_text(sentence, utterance.model.text_limit)):
                    async with aclosing(self._part(utterance, part, context)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                    context = part[-_CONTEXT_CHARACTERS:]

    async def _sentences(self, text: TextSource) -> AsyncGenerator[str]:
        """Yield a whole text at once, a growing one up to its last complete sentence."""
        feeder = SentenceFeeder()
        while True:
            try:
                piece = await text.next(min(self._patience.flush, self._patience.silence))
            except TimeoutError:
                if is_sayable(sentences := feeder.settled()):
                    yield sentences
                piece = await self._next(text)
            if piece is None:
                break
            sentences = feeder.add(piece)
            if text.ended:
                sentences += feeder.rest()
            if is_sayable(sentences):
                yield sentences
        if is_sayable(rest := feeder.rest()):
            yield rest

    async def _next(self, text: TextSource) -> str | None:
        try:
            return await text.next(max(0.0, self._patience.silence - self._patience.flush))
        except TimeoutError:
            _give_up(text)
            return None

    async def _part(
        self, utterance: Utterance, part: str, context: str
    ) -> AsyncGenerator[SpeechChunk]:
        """Speak one part with what came before it, for models that want to know."""
        request, spoken = utterance.request, utterance.bytes_spoken
        if context and utterance.model.facts.stitching:
            try:
                with_context = replace(request, previous_text=context)
                async with aclosing(self._request(utterance, with_context, part)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            except UnsupportedModelError:
                if utterance.bytes_spoken != spoken:
                    raise
                _LOGGER.info("%s takes no context", request.model_id)
                facts = replace(utterance.model.facts, stitching=False)
                utterance.model = replace(utterance.model, facts=facts)
            else:
                return
        async with aclosing(self._request(utterance, request, part)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _request(
        self, utterance: Utterance, request: SpeechRequest, part: str
    ) -> AsyncGenerator[SpeechChunk]:
        """Speak one request; its times continue after the audio that was already spoken."""
        started, goes_on = utterance.seconds, bool(utterance.bytes_spoken)
        async with aclosing(self._client.stream(request, part, utterance.receipt)) as chunks:
            async for chunk in chunks:
                joined = _without_id3(chunk) if goes_on else chunk
                goes_on = goes_on and not chunk.audio
                yield joined.shifted(started)

    async def _by_socket(
        self, utterance: Utterance, text: TextSource
    ) -> AsyncGenerator[SpeechChunk]:
        """Speak over a WebSocket; models that refuse it speak over HTTP."""
        utterance.route = Route.WEBSOCKET
        try:
            async with aclosing(self._converse(utterance.request, text)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except UnsupportedModelError:
            if utterance.bytes_spoken:
                raise
            _LOGGER.info("%s does not speak on the WebSocket", utterance.model.model_id)
        else:
            return
        text.rewind()
        async with aclosing(self._by_http(utterance, text)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _converse(
        self, request: SpeechRequest, text: TextSource
    ) -> AsyncGenerator[SpeechChunk]:
        """Send and receive at once, and end both together."""
        schedule = request.chunk_length_schedule or _SCHEDULE
        socket = await self._client.open_socket(replace(request, chunk_length_schedule=schedule))
        feeding = asyncio.create_task(self._feed(socket, text))
        try:
            async with aclosing(socket.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await socket.close()

    async def _feed(self, socket: SpeechSocket, text: TextSource) -> None:
        """Send words as they come; a failure to send shows at the receiving end."""
        feeder = WordFeeder()
        try:
            while (piece := await self._next_alive(socket, text, feeder)) is not None:
                if words := feeder.add(piece):
                    await socket.send_text(words)
                elif socket.idle > socket.keep_alive_after:
                    await socket.keep_alive()
            if rest := feeder.rest():
                await socket.send_text(rest)
            await socket.finish()
        except ElevenLabsError as err:
            _LOGGER.debug("Could not send on: %s", err.cause)
        except Exception:
            _LOGGER.exception("Feeding the text failed")
            await socket.close()

    async def _next_alive(
        self, socket: SpeechSocket, text: TextSource, feeder: WordFeeder
    ) -> str | None:
        """Wait for the next piece and keep the socket open and the listener supplied."""
        waited, flush = 0.0, self._patience.flush
        while (left := self._patience.silence - waited) > 0:
            next_step = flush - waited if waited < flush else left
            wait = min(left, next_step, socket.keep_alive_after)
            try:
                return await text.next(wait)
            except TimeoutError:
                waited += wait
            if waited >= flush:
                await _speak_so_far(socket, feeder)
            else:
                await socket.keep_alive()
        _give_up(text)
        return None


async def _speak_so_far(socket: SpeechSocket, feeder: WordFeeder) -> None:
    """Have everything generated that is known to be complete."""
    if words := feeder.settled():
        await socket.send_text(words)
    await socket.flush()


def _give_up(text: TextSource) -> None:
    _LOGGER.warning("The text stopped coming; what came is spoken")
    text.give_up()


def _count(utterance: Utterance, chunk: SpeechChunk) -> SpeechChunk:
    """Keep the utterance's length up to date."""
    utterance.bytes_spoken += len(chunk.audio)
    if rate := utterance.request.output_format.bytes_per_second:
        utterance.seconds += len(chunk.audio) / rate
    elif times := chunk.timings or chunk.spoken:
        utterance.seconds = max(utterance.seconds, times.ends[-1])
    return chunk


def _without_id3(chunk: SpeechChunk) -> SpeechChunk:
    """Drop the tag of a second MP3: some players stop at it (openai_tts, streaming.py)."""
    audio = chunk.audio
    if not audio.startswith(_ID3) or len(audio) < 10:  # noqa: PLR2004  # an ID3v2 header
        return chunk
    size = (audio[6] << 21) | (audio[7] << 14) | (audio[8] << 7) | audio[9]
    return SpeechChunk(audio[10 + size :], chunk.timings, chunk.spoken)
