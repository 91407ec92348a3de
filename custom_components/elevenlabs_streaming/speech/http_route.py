"""The route over HTTP: a whole text in as few requests as its model allows."""

from contextlib import aclosing
from dataclasses import replace
import logging

from ..api import ElevenLabsClient, Model, SpeechRequest
from ..api.errors import UnsupportedModelError
from ..text import is_sayable, split_text
from .hedging import HedgedStream
from .sentence_reader import sentences_of
from .text_reader import TextReader
from .utterance import Outcome, TimeLimits

_LOGGER = logging.getLogger(__name__)

_CONTEXT_CHARACTERS = 300
# Each request is paid for to its end, however early it breaks off.
_SHORTEST_PART = 80
_PROGRESS_OF_PART = 3
# Times of Text-to-Dialogue were reported to collapse after 30 s (docs/protocol.md, "Alignment").
_LONGEST_DIALOGUE = 400


class HttpRoute:
    """Speaks one utterance part by part."""

    def __init__(
        self,
        client: ElevenLabsClient,
        time_limits: TimeLimits,
        model: Model,
        outcome: Outcome,
        over_dialogue: set[str],
    ) -> None:
        """`outcome`: that of the utterance.

        `over_dialogue`: the account's models that speak over Text-to-Dialogue only.
        """
        self._client = client
        self._time_limits = time_limits
        self._model = model
        self._outcome = outcome
        self._over_dialogue = over_dialogue
        self._takes_context = model.facts.stitching
        self._longest_part = model.text_limit

    def shorten_parts(self, characters: int) -> None:
        """Send the rest in short parts, since answers break off after so many characters."""
        part = max(_SHORTEST_PART, _PROGRESS_OF_PART * characters)
        self._longest_part = min(self._longest_part, part)

    async def speak(
        self, request: SpeechRequest, text: TextReader, position: int, stream: HedgedStream
    ) -> None:
        """Speak a text, at whose `position` it is to be read on. Raises `ElevenLabsError`."""
        context = text.so_far()[:position]
        async with aclosing(sentences_of(text, self._time_limits)) as sentences:
            async for sentence in sentences:
                parts = split_text(sentence, self._limit)
                for number, part in enumerate(parts, 1):
                    if is_sayable(part):
                        is_last = text.ended and number == len(parts)
                        before = context[-_CONTEXT_CHARACTERS:]
                        asked = self._in_context(request, before, last=is_last)
                        await self._part(asked, part, position, stream)
                        context = part
                    position += len(part)

    @property
    def _limit(self) -> int:
        """Characters that one request may have."""
        limit = self._longest_part
        return min(limit, _LONGEST_DIALOGUE) if self._is_dialogue else limit

    @property
    def _is_dialogue(self) -> bool:
        return self._model.model_id in self._over_dialogue

    def _in_context(self, request: SpeechRequest, context: str, *, last: bool) -> SpeechRequest:
        """Return the request for a part after `context`; `next_text` follows the last part only."""
        if not self._takes_context:
            return _without_context(request)
        return replace(
            request,
            previous_text=context or request.previous_text,
            next_text=request.next_text if last else None,
        )

    async def _part(
        self, request: SpeechRequest, part: str, position: int, stream: HedgedStream
    ) -> None:
        """Speak one part, without its context or over the other API if the model refuses it."""
        if len(part) > self._limit:
            for piece in split_text(part, self._limit):
                await self._part(request, piece, position, stream)
                position += len(piece)
            return
        before = self._outcome.bytes_spoken
        try:
            await self._request(request, part, position, stream)
        except UnsupportedModelError:
            bare = _without_context(request)
            if self._outcome.bytes_spoken != before or not self._adapt(is_bare=request == bare):
                raise
            await self._part(bare, part, position, stream)

    def _adapt(self, *, is_bare: bool) -> bool:
        """Learn from a refusal; return whether another request may be accepted."""
        if not is_bare:
            _LOGGER.info("%s takes no context", self._model.model_id)
            self._takes_context = False
            return True
        facts = self._model.facts
        if self._is_dialogue:
            # Neither API takes the model, or not any more.
            self._over_dialogue.discard(self._model.model_id)
            return False
        if facts.confirmed and not facts.dialogue:
            return False
        _LOGGER.info("%s speaks over Text-to-Dialogue only", self._model.model_id)
        self._over_dialogue.add(self._model.model_id)
        return True

    async def _request(
        self, request: SpeechRequest, part: str, position: int, stream: HedgedStream
    ) -> None:
        stream.start_stream(position)
        stream.request(part)
        chunks = self._client.stream(
            request, part, self._outcome.receipt, dialogue=self._is_dialogue
        )
        async with aclosing(chunks):
            async for chunk in chunks:
                await stream.add(chunk)
        stream.end_stream(position + len(part))


def _without_context(request: SpeechRequest) -> SpeechRequest:
    return replace(request, previous_text=None, next_text=None)
