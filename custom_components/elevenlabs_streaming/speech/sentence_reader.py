"""Sentences of a text that may still be growing."""

from collections.abc import AsyncGenerator

from ..text import SentenceFeeder
from .text_reader import TextReader
from .text_source import TextSource
from .utterance import TimeLimits


async def sentences_of(
    text: TextReader | TextSource, time_limits: TimeLimits
) -> AsyncGenerator[str]:
    """Yield a whole text at once, a growing one up to its last complete sentence."""
    feeder = SentenceFeeder()
    while True:
        try:
            piece = await text.next(min(time_limits.flush, time_limits.silence))
        except TimeoutError:
            yield feeder.settled()
            piece = await _next(text, time_limits)
        if piece is None:
            break
        yield feeder.add(piece) + (feeder.rest() if text.ended else "")
    yield feeder.rest()


async def _next(text: TextReader | TextSource, time_limits: TimeLimits) -> str | None:
    try:
        return await text.next(max(0.0, time_limits.silence - time_limits.flush))
    except TimeoutError:
        text.give_up()
        return None
