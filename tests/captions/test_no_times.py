"""Speech without times: words are estimated while it is made, and listened for in its pauses."""

import numpy as np
import pytest

from benchmarks.untimed_speech import speak
from custom_components.elevenlabs_streaming.api import OutputFormat, SpeechChunk
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import Route
from harness.sentences import SENTENCES
from simulator import Simulator
from tests.helpers.simulated_timings import check, texts

MEDIAN_MS = 100
P95_MS = 350
SENTENCES_OF_A_LANGUAGE = 3
ROUTES = (Route.HTTP, Route.WEBSOCKET)
FORMATS = ("pcm_16000", "mp3_44100_128", "mp3_22050_32")
PCM = OutputFormat.parse("pcm_16000")
LONG = (
    "The laundry is done, please come down. It smells of lavender and of a warm summer day. "
    "Would you like me to remind you again in an hour? I will then also tell you whether it rains."
)


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


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
        sizes = np.abs([late * 1000 for one in spoken for late in one.lateness(speed)])
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


async def test_times_that_come_after_all_win(simulator: Simulator) -> None:
    speech = await speak(simulator.url, "en", LONG, Route.HTTP, PCM)
    track, made = CaptionTrack("en", message=LONG), 0.0
    track.listen_as(PCM)
    half = len(speech.chunks) // 2
    for chunk in speech.chunks[:half]:
        made += len(chunk.audio) / 32_000
        track.add(SpeechChunk(chunk.audio), seconds=made)
    assert track.words
    assert track.estimated
    for chunk in speech.chunks:
        track.add(chunk._replace(audio=b""), seconds=made)
    track.finish(speech.seconds)
    assert texts(track.words) == LONG.split()
    assert [word.start for word in track.words] == speech.starts()
    assert not track.estimated


async def test_times_that_are_ahead_of_the_audio_are_not_estimated(simulator: Simulator) -> None:
    speech = await speak(simulator.url, "en", LONG, Route.HTTP, PCM)
    track, made = CaptionTrack("en", message=LONG), 0.0
    track.listen_as(PCM)
    for chunk in speech.chunks:
        track.add(chunk._replace(audio=b""))
    for chunk in speech.chunks:
        made += len(chunk.audio) / 32_000
        track.add(SpeechChunk(chunk.audio), seconds=made)
    track.finish(made)
    assert not track.estimated
    assert [word.start for word in track.words] == speech.starts()


async def test_text_that_is_known_only_after_its_audio_is_estimated(simulator: Simulator) -> None:
    speech = await speak(simulator.url, "en", LONG, Route.WEBSOCKET, PCM)
    track, made = CaptionTrack("en"), 0.0
    track.listen_as(PCM)
    for chunk in speech.chunks:
        made += len(chunk.audio) / 32_000
        assert not track.add(SpeechChunk(chunk.audio), seconds=made)
    track.write(LONG)
    track.end_text()
    found = track.add(SpeechChunk(b""), SpeechChunk(bytes(2)), seconds=made)
    assert len(found) > len(LONG.split()) * 3 // 4
    track.finish(made)
    pairs = zip(track.words, speech.starts(), strict=True)
    assert np.percentile([abs(word.start - start) for word, start in pairs], 95) < 0.2


async def test_times_that_stop_are_followed_by_estimates(simulator: Simulator) -> None:
    speech = await speak(simulator.url, "en", LONG, Route.HTTP, PCM)
    track, made = CaptionTrack("en", message=LONG), 0.0
    track.listen_as(PCM)
    third = len(speech.chunks) // 3
    for number, chunk in enumerate(speech.chunks):
        made += len(chunk.audio) / 32_000
        track.add(chunk if number < third else SpeechChunk(chunk.audio), seconds=made)
    shown = len(track.words)
    track.finish(made)
    starts = speech.starts()
    assert shown >= sum(start < made - 1.0 for start in starts)
    is_estimated = [word.estimated for word in track.words]
    assert is_estimated == sorted(is_estimated)
    assert 0 < is_estimated.index(True) < len(starts) // 2
    late = [abs(word.start - start) for word, start in zip(track.words, starts, strict=True)]
    assert np.percentile(late, 95) < 0.25


async def test_speech_that_breaks_off_keeps_what_was_shown(simulator: Simulator) -> None:
    speech = await speak(simulator.url, "en", LONG, Route.HTTP, PCM)
    track, made = CaptionTrack("en", message=LONG), 0.0
    track.listen_as(PCM)
    for chunk in speech.chunks[: len(speech.chunks) // 2]:
        made += len(chunk.audio) / 32_000
        track.add(SpeechChunk(chunk.audio), seconds=made)
    shown = texts(track.words)
    track.finish(made, cut=True)
    assert texts(track.words) == shown == LONG.split()[: len(shown)]
    assert all(word.estimated and word.end <= made for word in track.words)


async def test_the_newest_word_does_not_wait_for_the_next(simulator: Simulator) -> None:
    text = "One moment please, I am looking. "
    speech = await speak(simulator.url, "en", text, Route.HTTP, PCM)
    track, made = CaptionTrack("en"), 0.0
    track.listen_as(PCM)
    track.write(text)
    for chunk in speech.chunks:
        made += len(chunk.audio) / 32_000
        track.add(SpeechChunk(chunk.audio), seconds=made)
    assert texts(track.words) == text.split()


@pytest.mark.parametrize("name", ["opus_48000_64", "ulaw_8000", None])
async def test_audio_that_cannot_be_heard_is_estimated_by_the_text(
    simulator: Simulator, name: str | None
) -> None:
    speech = await speak(simulator.url, "en", LONG, Route.HTTP, PCM)
    track, made = CaptionTrack("en", message=LONG), 0.0
    track.listen_as(OutputFormat.parse(name) if name else None)
    for chunk in speech.chunks:
        made += len(chunk.audio) / 32_000
        track.add(SpeechChunk(chunk.audio[::4]), seconds=made)
    assert len(track.words) > len(LONG.split()) // 2
    track.finish(made)
    assert texts(track.words) == LONG.split()
    pairs = zip(track.words, speech.starts(), strict=True)
    assert np.median([abs(word.start - start) for word, start in pairs]) < 0.5
