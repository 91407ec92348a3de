"""Alignments of which some times make no sense: the rest of them is kept, and words follow."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.alignment import Word
from custom_components.elevenlabs_streaming.api import OutputFormat, SpeechChunk
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import Outcome, Route, Synthesizer, TextSource
from simulator import Simulator
from simulator.behaviour import Behaviour
from tests.helpers.simulated_timings import check
from tests.helpers.speaking import SENTENCES, at, growing, utterance, whole
from tests.helpers.wires import PCM

MP3 = OutputFormat.parse("mp3_44100_128")
WAYS = [(Route.HTTP, False, PCM), (Route.WEBSOCKET, False, PCM), (Route.WEBSOCKET, True, MP3)]
SAID = "".join(SENTENCES[:2]).strip()
FROM = 30
KINDS: list[dict[str, Any]] = [
    {"times": "moment", "times_count": 30},
    {"times": "moment"},
    {"times": "moment", "chunk_ms": 1000},
    {"times": "end_first", "times_count": 1},
    {"times": "end_first"},
    {"times": "end_beyond", "times_count": 1},
    {"times": "end_beyond"},
    {"times": "beyond", "times_count": 12},
    {"times": "beyond", "chunk_ms": 1000},
    {"times": "backwards", "times_count": 30, "chunk_ms": 1000},
    {"times": "backwards"},
    {"times": "negative", "times_count": 1},
    {"times": "null"},
    {"times": "nan", "times_count": 1},
    {"times": "text", "times_count": 40},
]
_truths: dict[Any, list[Word]] = {}
"""The words of the text where nothing is odd, by the way they came."""


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session for the simulator."""
    async with aiohttp.ClientSession() as session:
        yield session


async def captions(
    speaker: Synthesizer, route: Route, output: OutputFormat, *, grows: bool, text: str = SAID
) -> tuple[CaptionTrack, list[Word]]:
    """Return the finished captions of the text, and the words as they came on the way."""
    track, outcome, came = CaptionTrack("en", message=None if grows else text), Outcome(), []

    async def written() -> AsyncGenerator[str]:
        async for piece in growing(text) if grows else whole([text]):
            if grows:
                came.extend(track.write(piece))
            yield piece

    async def hand_on(chunk: SpeechChunk) -> None:
        came.extend(track.add(chunk))

    wanted = utterance(route=route, output_format=output)
    await speaker.speak(wanted, TextSource(written(), limit=10_000), hand_on, outcome)
    track.finish(outcome.seconds)
    return track, came


def lateness(words: Iterable[Word], truth: Iterable[Word]) -> list[float]:
    """Return how far words start from where they should."""
    return [abs(one.start - true.start) for one, true in zip(words, truth, strict=False)]


def assert_moves_on(words: Sequence[Word]) -> None:
    """Check that no two words in a row begin at one moment."""
    assert all(before.start < after.start for before, after in pairwise(words))


@pytest.mark.parametrize(("route", "grows", "output"), WAYS)
@pytest.mark.parametrize("odd", KINDS, ids=str)
async def test_what_makes_sense_is_kept_and_the_rest_follows_the_audio(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    odd: dict[str, Any],
    route: Route,
    grows: bool,  # of the table
    output: OutputFormat,
) -> None:
    speaker, size = at(session, simulator.url), odd.get("chunk_ms", 250)
    way = route, grows, size
    if way not in _truths:
        simulator.behave(Behaviour(chunk_ms=size))
        _truths[way] = [*(await captions(speaker, route, output, grows=grows))[0].words]
    truth = _truths[way]
    simulator.behave(Behaviour(times_from=FROM, **odd))
    track, came = await captions(speaker, route, output, grows=grows)
    assert track.text == SAID
    check(track.words, track.cues())
    late = lateness(track.words, truth)
    first = len(SAID[:FROM].split()) - 1
    after = len(SAID[: FROM + odd["times_count"]].split()) if "times_count" in odd else len(late)
    assert max(late[:first]) <= 0.005
    # After what is odd, bytes of MP3 tell the time to two frames.
    assert max(late[after:], default=0.0) <= (0.005 if output is PCM else 0.06)
    assert not any(word.estimated for word in (*track.words[:first], *track.words[after:]))
    is_exact = odd["times"] in ("end_first", "end_beyond")
    assert median(late[first:after]) <= (0.03 if is_exact else 0.15)
    assert max(late[first:after]) <= 0.35
    assert is_exact or any(word.estimated for word in track.words[first:after])
    assert all(word.end <= (track.duration or 0.0) for word in track.words)
    assert_moves_on(track.words)
    assert_moves_on(came)
    assert len(came) >= len(late) - 2
    assert max(lateness(came, truth)) <= 0.35
