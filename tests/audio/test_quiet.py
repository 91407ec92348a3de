"""Pauses of real speech: heard in samples, and in MP3 without decoding it."""

import random

import pytest

from benchmarks.untimed_speech import speak
from custom_components.elevenlabs_streaming.api import OutputFormat
from custom_components.elevenlabs_streaming.audio import Quiet, QuietFinder, levels_of, silent_audio
from custom_components.elevenlabs_streaming.speech import Route
from simulator import Simulator

TEXT = "The car is charged, and ready. You can drive far today: two hundred miles! Or more?"
PAUSES = 4
LONG_S = 0.14
# Two granules, and what fades away in another.
NEAR_S = 0.06
MP3 = (
    *("mp3_22050_32", "mp3_24000_48", "mp3_44100_32", "mp3_44100_64", "mp3_44100_128"),
    "mp3_44100_192",
)
PCM = ("pcm_8000", "pcm_16000", "pcm_24000", "pcm_48000")


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


def finder_of(name: str, start: float = 0.0) -> QuietFinder:
    """Return a finder for a format."""
    levels = levels_of(OutputFormat.parse(name))
    assert levels
    return QuietFinder(levels, start)


async def audio_of(simulator: Simulator, name: str) -> bytes:
    """Return the text as the simulator speaks it."""
    speech = await speak(simulator.url, "en", TEXT, Route.HTTP, OutputFormat.parse(name))
    return b"".join(chunk.audio for chunk in speech.chunks)


def pauses(finder: QuietFinder) -> list[Quiet]:
    """Return the long pauses, and the silence at the end."""
    assert finder.since is not None
    found = [*finder.found[1:], Quiet(finder.since, finder.seconds)]
    return [quiet for quiet in found if quiet.end - quiet.start > LONG_S]


@pytest.mark.parametrize("name", [*PCM, *MP3])
async def test_pauses_are_where_the_samples_are_silent(simulator: Simulator, name: str) -> None:
    truth, finder = finder_of("pcm_16000"), finder_of(name)
    truth.add(await audio_of(simulator, "pcm_16000"))
    finder.add(await audio_of(simulator, name))
    expected = pauses(truth)
    assert len(expected) == PAUSES + 1
    output_format = OutputFormat.parse(name)
    delay = output_format.decoding_delay
    found = pauses(finder)
    assert len(found) == len(expected)
    for real in expected:
        quiet = min(found, key=lambda one: abs(one.end - real.end - delay))
        assert quiet.start == pytest.approx(real.start + delay, abs=NEAR_S)
        assert quiet.end == pytest.approx(real.end + delay, abs=NEAR_S)
    assert finder.found[0].end == pytest.approx(truth.found[0].end + delay, abs=NEAR_S)


@pytest.mark.parametrize("name", ["pcm_16000", "mp3_44100_128", "mp3_22050_32"])
async def test_it_does_not_matter_where_the_audio_is_cut(simulator: Simulator, name: str) -> None:
    audio, rng = await audio_of(simulator, name), random.Random(name)  # noqa: S311  # repeatable
    whole, cut, at = finder_of(name, 1.5), finder_of(name, 1.5), 0
    whole.add(audio)
    while at < len(audio):
        size = rng.randint(1, 3000)
        cut.add(audio[at : at + size])
        at += size
    assert (cut.found, cut.since, cut.seconds) == (whole.found, whole.since, whole.seconds)
    assert whole.found[0].start == 1.5


@pytest.mark.parametrize("name", ["pcm_16000", "mp3_44100_128", "mp3_22050_32"])
def test_silence_is_one_pause(name: str) -> None:
    finder = finder_of(name)
    finder.add(silent_audio(OutputFormat.parse(name)) * 5)
    assert finder.found == []
    assert finder.since == 0.0
    assert finder.seconds > 0.4


async def test_what_is_no_frame_is_passed_over(simulator: Simulator) -> None:
    audio = await audio_of(simulator, "mp3_44100_128")
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
    clean, damaged = finder_of("mp3_44100_128"), finder_of("mp3_44100_128")
    clean.add(audio)
    damaged.add(tag + audio + b"\xff\xff\xff\xff noise")
    assert damaged.found == clean.found


def test_formats_that_nobody_asks_for_are_not_heard() -> None:
    assert levels_of(OutputFormat.parse("opus_48000_64")) is None
    assert levels_of(OutputFormat.parse("ulaw_8000")) is None
