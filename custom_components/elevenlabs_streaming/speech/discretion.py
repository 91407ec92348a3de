"""Zero retention where the plan has it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
import logging
from typing import override

from ..api import SpeechChunk
from ..api.errors import OutputFormatNotAllowedError, PlanError
from . import Speaker, TextSource, Utterance

_LOGGER = logging.getLogger(__name__)


class DiscreetSpeaker(Speaker):
    """Asks for zero retention as an utterance wants it, until the plan turns out not to have it.

    No field of the API says whether a plan has it, so the first refusal does, which costs
    nothing. It is remembered, so that no later utterance waits for another one.
    """

    _is_refused = False

    @override
    async def speak(self, utterance: Utterance, text: TextSource) -> AsyncGenerator[SpeechChunk]:
        """Speak; where zero retention is refused, in the ordinary way."""
        wants_none_kept, route = not utterance.request.enable_logging, utterance.route
        if wants_none_kept and self._is_refused:
            _allow_logging(utterance)
        try:
            async with aclosing(super().speak(utterance, text)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except OutputFormatNotAllowedError:
            raise
        except PlanError:
            if utterance.request.enable_logging or utterance.bytes_spoken:
                raise
        else:
            return
        _allow_logging(utterance)
        utterance.route = route
        text.rewind()
        async with aclosing(super().speak(utterance, text)) as chunks:
            async for chunk in chunks:
                self._remember()
                yield chunk

    def _remember(self) -> None:
        """Take it that the plan was the cause: without the wish the same text is spoken."""
        if not self._is_refused:
            self._is_refused = True
            _LOGGER.info("The plan does not include zero retention")


def _allow_logging(utterance: Utterance) -> None:
    utterance.request = replace(utterance.request, enable_logging=True)
