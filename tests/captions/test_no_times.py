"""Speech without times: words are estimated while it is made, and listened for in its pauses."""

import numpy as np
import pytest

from benchmarks.untimed_speech import Played, TimedSpeech, speak
from custom_components.elevenlabs_streaming.api import OutputFormat, SpeechChunk
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import Route
from harness.sentences import SENTENCES
from simulator import Simulator
from tests.helpers.simulated_timings import check, texts

MEDIAN_MS = 120
P95_MS = 350
SENTENCES_OF_A_LANGUAGE = 3
ROUTES = (Route.HTTP, Route.WEBSOCKET)
FORMATS = ("pcm_16000", "mp3_44100_128")
PCM = OutputFormat.parse("pcm_16000")
LONG = (
    "The laundry is done, please come down. It smells of lavender and of a warm summer day. "
    "Would you like me to remind you again in an hour? I will then also tell you whether it rains."
)


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


def late(speech: TimedSpeech, played: Played) -> list[float]:
    """Return by how many milliseconds the words were shown late."""
    pairs = zip(played.shown, speech.starts(), strict=True)
    return [(shown - start) * 1000 for shown, start in pairs]


@pytest.mark.parametrize("name", FORMATS)
async def test_words_are_shown_near_their_sound(simulator: Simulator, name: str) -> None:
    output_format = OutputFormat.parse(name)
    spoken = [
        await speak(simulator.url, language, text, route, output_format)
        for language, some in SENTENCES.items()
        for text in some[:SENTENCES_OF_A_LANGUAGE]
        for route in ROUTES
    ]
    for speed in (1.0, 10.0):
        sizes = np.abs([ms for one in spoken for ms in late(one, one.play(speed))])
        assert np.median(sizes) <= MEDIAN_MS
        assert np.percentile(sizes, 95) <= P95_MS


@pytest.mark.parametrize("route", ROUTES)
async def test_words_come_with_the_audio(simulator: Simulator, route: Route) -> None:
    speech = await speak(simulator.url, "en", LONG, route, PCM)
    track, made = CaptionTrack("en", message=LONG), 0.0
    track.listen_as(PCM)
    for chunk in speech.chunks:
        made += len(chunk.audio) / 32_000
        words = track.add(SpeechChunk(chunk.audio), seconds=made)
        assert all(word.estimated and word.start <= made for word in words)
        due = sum(start < made - 1.0 for start in speech.starts())
        assert len(track.words) >= due
    track.finish(made)
    assert texts(track.words) == LONG.split()
    check(track.words, track.cues())
