"""Ways to have the speech room speak, for tests."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import aiohttp

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    ElevenLabsClient,
    Model,
    Timeouts,
)
from custom_components.elevenlabs_streaming.speech import (
    LONGEST_TEXT,
    Patience,
    Route,
    Speaker,
    TextSource,
    Utterance,
)
from simulator import Simulator
from tests.wires import FLASH, KEY, PCM, Heard, cut, listen, pieces, speech

SENTENCES = [
    "The laundry is done, please come down and fetch it. ",
    "It smells of lavender and of a warm summer day! ",
    "Would you like me to remind you again in an hour? ",
    "I will then also tell you whether it rains.",
]
TEXT = "".join(SENTENCES)
WHOLE = [TEXT]


def at(
    session: aiohttp.ClientSession,
    url: str,
    *,
    key: str = KEY,
    audio: float = 5.0,
    **patience: float,
) -> Speaker:
    """Return a speaker at some address."""
    client = ElevenLabsClient(
        session, Credentials(api_key=key), url, timeouts=Timeouts(audio=audio)
    )
    return Speaker(client, Patience(**patience))


def utterance(
    model: str = FLASH, route: Route = Route.AUTO, limit: int | None = None, **fields: Any
) -> Utterance:
    """Return an utterance in PCM, of which every byte counts."""
    request = speech(**{"model_id": model, "output_format": PCM, **fields})
    known = Model.known(model)
    if limit:
        known = Model.parse({"model_id": model, "maximum_text_length_per_request": limit})
    return Utterance(request=request, model=known, route=route)


async def say(
    speaker: Speaker,
    parts: list[str] | AsyncGenerator[str],
    wanted: Utterance | None = None,
    *,
    limit: int = LONGEST_TEXT,
) -> Heard:
    """Hear a text: whole where it is one part, growing otherwise."""
    text = TextSource(whole(parts) if isinstance(parts, list) else parts, limit=limit)
    try:
        return await listen(speaker.speak(wanted or utterance(), text))
    finally:
        await text.close()


async def whole(parts: Iterable[str]) -> AsyncGenerator[str]:
    """Yield a text that is there already."""
    for part in parts:
        yield part


async def stuck(*parts: str) -> AsyncGenerator[str]:
    """Yield some of a text and never its end."""
    for part in parts:
        yield part
    await asyncio.Event().wait()


def growing(text: str = TEXT, size: int = 5) -> AsyncGenerator[str]:
    """Return a text that is being written."""
    return pieces(cut(text, size))


def spoken(simulator: Simulator, route: str) -> list[str]:
    """Return the texts that were generated on a route."""
    return [item.text for item in simulator.journal.generations if item.route == route]


def squeezed(text: str) -> str:
    """Return a text with every run of blanks as one space."""
    return " ".join(text.split())
