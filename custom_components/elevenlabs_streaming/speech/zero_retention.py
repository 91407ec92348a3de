"""Zero retention where the plan has it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
import logging
from typing import override

from ..api import SpeechChunk
from ..api.errors import OutputFormatNotAllowedError, PlanError
from .synthesizer import Synthesizer
from .text_source import TextSource
from .utterance import Utterance

_LOGGER = logging.getLogger(__name__)


class ZeroRetentionSynthesizer(Synthesizer):
    """Asks for zero retention as an utterance wants it, until the plan turns out not to have it.

    No field of the API says whether a plan has it, so the first refusal does, which costs
    nothing. It is remembered, so that no later utterance waits for another one.
    """

    _is_refused = False

    @override
    def warm(self, utterance: Utterance, holder: str) -> None:
        """Open a socket, an ordinary one where zero retention was refused."""
        self._adapt(utterance)
        super().warm(utterance, holder)

    @override
    def is_warm(self, utterance: Utterance) -> bool:
        """Whether a socket is open for an utterance like this, as it would be spoken."""
        self._adapt(utterance)
        return super().is_warm(utterance)

    @override
    async def speak(self, utterance: Utterance, text: TextSource) -> AsyncGenerator[SpeechChunk]:
        """Speak; where zero retention is refused, in the ordinary way."""
        route = utterance.route
        self._adapt(utterance)
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

    def _adapt(self, utterance: Utterance) -> None:
        """Do not wish for what was refused."""
        if self._is_refused:
            _allow_logging(utterance)

    def _remember(self) -> None:
        """Record that the plan does not allow zero retention: without it the text is spoken."""
        if not self._is_refused:
            self._is_refused = True
            _LOGGER.info("The plan does not include zero retention")


def _allow_logging(utterance: Utterance) -> None:
    utterance.request = replace(utterance.request, enable_logging=True)
