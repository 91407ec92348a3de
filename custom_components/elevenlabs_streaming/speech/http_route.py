"""The route over HTTP: a whole text in as few requests as its model allows."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
import logging

from ..api import ElevenLabsClient, SpeechChunk, SpeechRequest
from ..api.errors import UnsupportedModelError
from ..text import SentenceFeeder, is_sayable, split_text
from .joiner import Joiner
from .text_source import TextSource
from .utterance import Route, TimeLimits, Utterance

_LOGGER = logging.getLogger(__name__)

_CONTEXT_CHARACTERS = 300


class HttpRoute:
    """Speaks an utterance part by part."""

    def __init__(
        self, client: ElevenLabsClient, patience: TimeLimits, utterance: Utterance, voice: Joiner
    ) -> None:
        """`voice`: what joins the parts."""
        self._client = client
        self._patience = patience
        self._utterance = utterance
        self._voice = voice

    async def speak(self, text: TextSource, position: int) -> AsyncGenerator[SpeechChunk]:
        """Speak a text, at whose `position` it is to be read on."""
        self._utterance.route = Route.HTTP
        context = text.so_far()[:position]
        async with aclosing(self._sentences(text)) as sentences:
            async for sentence in sentences:
                parts = split_text(sentence, self._utterance.model.text_limit)
                for number, part in enumerate(parts, 1):
                    if is_sayable(part):
                        is_last = text.ended and number == len(parts)
                        request = self._in_context(context[-_CONTEXT_CHARACTERS:], last=is_last)
                        spoken = self._part(request, part, position)
                        async with aclosing(spoken) as chunks:
                            async for chunk in chunks:
                                yield chunk
                        context = part
                    position += len(part)

    async def _sentences(self, text: TextSource) -> AsyncGenerator[str]:
        """Yield a whole text at once, a growing one up to its last complete sentence."""
        feeder = SentenceFeeder()
        while True:
            try:
                piece = await text.next(min(self._patience.flush, self._patience.silence))
            except TimeoutError:
                yield feeder.settled()
                piece = await self._next(text)
            if piece is None:
                break
            yield feeder.add(piece) + (feeder.rest() if text.ended else "")
        yield feeder.rest()

    async def _next(self, text: TextSource) -> str | None:
        try:
            return await text.next(max(0.0, self._patience.silence - self._patience.flush))
        except TimeoutError:
            text.give_up()
            return None

    def _in_context(self, context: str, *, last: bool) -> SpeechRequest:
        """Return the request for a part after `context`; `next_text` follows the last part only."""
        request = self._utterance.request
        if not self._utterance.model.facts.stitching:
            return _without_context(request)
        return replace(
            request,
            previous_text=context or request.previous_text,
            next_text=request.next_text if last else None,
        )

    async def _part(
        self, request: SpeechRequest, part: str, position: int
    ) -> AsyncGenerator[SpeechChunk]:
        """Speak one part, without its context if the model turns out to refuse it."""
        spoken = self._voice.bytes_spoken
        try:
            async with aclosing(self._request(request, part, position)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except UnsupportedModelError:
            bare = _without_context(request)
            if request == bare or self._voice.bytes_spoken != spoken:
                raise
        else:
            return
        self._forget_context()
        async with aclosing(self._request(bare, part, position)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _forget_context(self) -> None:
        model = self._utterance.model
        _LOGGER.info("%s takes no context", model.model_id)
        self._utterance.model = replace(model, facts=replace(model.facts, stitching=False))

    def _request(
        self, request: SpeechRequest, part: str, position: int
    ) -> AsyncGenerator[SpeechChunk]:
        chunks = self._client.stream(request, part, self._utterance.receipt)
        return self._voice.join(chunks, position, position + len(part))


def _without_context(request: SpeechRequest) -> SpeechRequest:
    return replace(request, previous_text=None, next_text=None)
