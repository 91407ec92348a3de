"""Ways to have the speech room speak, for tests."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
import random
from typing import Any

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    ElevenLabsClient,
    Model,
    SpeechChunk,
    Timeouts,
)
from custom_components.elevenlabs_streaming.speech import (
    LONGEST_TEXT,
    Latency,
    Outcome,
    Route,
    Synthesizer,
    TextSource,
    TimeLimits,
    Utterance,
)
from custom_components.elevenlabs_streaming.speech.retry import Sleep
from simulator import Simulator
from tests.helpers.wires import FLASH, KEY, PCM, Heard, cut, listen, pieces, speech

SENTENCES = [
    "The laundry is done, please come down and fetch it. ",
    "It smells of lavender and of a warm summer day! ",
    "Would you like me to remind you again in an hour? ",
    "I will then also tell you whether it rains.",
]
TEXT = "".join(SENTENCES)
WHOLE = [TEXT]
_LONGEST_WAIT_S = 60.0


def at(
    session: aiohttp.ClientSession,
    url: str,
    *,
    key: str = KEY,
    audio: float = 5.0,
    timeouts: Timeouts | None = None,
    sleep: Sleep = asyncio.sleep,
    seed: int = 1,
    **time_limits: float,
) -> Synthesizer:
    """Return a speaker at some address."""
    client = ElevenLabsClient(
        session, Credentials(api_key=key), url, timeouts=timeouts or Timeouts(audio=audio)
    )
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    return Synthesizer(client, TimeLimits(**time_limits), rng=rng, sleep=sleep)


class Time:
    """The loop's clock, which goes on at once where somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the loop's own."""
        loop = asyncio.get_running_loop()
        self._real = loop.time
        self._ahead = 0.0
        self.slept: list[float] = []
        monkeypatch.setattr(loop, "time", self)

    def __call__(self) -> float:
        """Return the time."""
        return self._real() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Take no time, and show how long it would have been."""
        self.slept.append(seconds)
        await self.pass_(seconds)

    async def pass_(self, seconds: float) -> None:
        """Let time pass, and what was due happen."""
        for _ in range(5):
            await asyncio.sleep(0)
        self._ahead += seconds
        for _ in range(5):
            await asyncio.sleep(0)

    async def until(self, condition: Callable[[], Any], *, step: float = 0.0) -> None:
        """Wait for a condition; `step` seconds pass at each look."""
        deadline = self._real() + _LONGEST_WAIT_S
        while not condition():
            assert self._real() < deadline, "it did not come"
            await self.pass_(step)
            await asyncio.sleep(0.002)


def utterance(  # what differs from test to test
    model: str = FLASH,
    route: Route = Route.AUTO,
    limit: int | None = None,
    *,
    latency: Latency = Latency.BALANCED,
    fill_pauses: bool = False,
    **fields: Any,
) -> Utterance:
    """Return an utterance in PCM, of which every byte counts."""
    request = speech(**{"model_id": model, "output_format": PCM, **fields})
    known = Model.known(model)
    if limit:
        known = Model.parse({"model_id": model, "maximum_text_length_per_request": limit})
    return Utterance(
        request=request, model=known, route=route, latency=latency, fill_pauses=fill_pauses
    )


async def speech_of(
    synthesizer: Synthesizer,
    wanted: Utterance,
    text: TextSource,
    outcome: Outcome | None = None,
) -> AsyncGenerator[SpeechChunk]:
    """Yield what a synthesizer hands on, one chunk at a time. Closing it ends the speech."""
    chunks: asyncio.Queue[SpeechChunk | None] = asyncio.Queue()
    may_go_on = asyncio.Semaphore(0)

    async def hand_on(chunk: SpeechChunk) -> None:
        chunks.put_nowait(chunk)
        await may_go_on.acquire()

    spoken = synthesizer.speak(wanted, text, hand_on, outcome or Outcome())
    speaking = asyncio.create_task(spoken)
    speaking.add_done_callback(lambda _: chunks.put_nowait(None))
    try:
        while (chunk := await chunks.get()) is not None:
            yield chunk
            may_go_on.release()
        await speaking
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


async def say(
    speaker: Synthesizer,
    parts: list[str] | AsyncGenerator[str],
    wanted: Utterance | None = None,
    *,
    limit: int = LONGEST_TEXT,
    outcome: Outcome | None = None,
) -> Heard:
    """Hear a text: whole where it is one part, growing otherwise."""
    text = TextSource(whole(parts) if isinstance(parts, list) else parts, limit=limit)
    outcome = outcome or Outcome()
    try:
        heard = await listen(speech_of(speaker, wanted or utterance(), text, outcome))
        heard.outcome = outcome
        return heard
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
