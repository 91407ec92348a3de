"""What captions cost: time for a chunk, processor, memory, and the way to a subscriber."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
import tempfile
import time
import tracemalloc
from typing import Any

import aiohttp
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.core import HomeAssistant
import numpy as np
import orjson
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from benchmarks.sentences import SENTENCES
from custom_components.elevenlabs_streaming.api import (
    DEFAULT_MODEL,
    Credentials,
    ElevenLabsClient,
    Model,
    SpeechChunk,
    SpeechRequest,
)
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.playback import Announcer
from custom_components.elevenlabs_streaming.playback.announcement import Recording
from custom_components.elevenlabs_streaming.speech import Route, Speaker, TextSource, Utterance
from demo.service import SIMULATOR_KEY

ENGINE = "tts.benchmark"
VOICE = "JBFqnCBsd6RMkjVDRZzb"
ROUNDS = 15
TRACKS = 500
LIMIT = 100_000
PATIENCE = 10.0
LATE = 95


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured."""

    chunks: int
    minutes: float
    chunk_median_ms: float
    chunk_p95_ms: float
    chunk_worst_ms: float
    dearest_chunk_ms: float
    """The chunk that takes longest, in the middle of its rounds: no other program's doing."""
    message_p95_ms: float
    message_worst_ms: float
    captions_cpu_s: float
    """For a minute of speech."""
    speech_cpu_s: float
    """For receiving that minute, without captions."""
    tracks_mb: float

    def lines(self, home_cpu_s: float | None = None) -> list[str]:
        """Tell it, with what was promised; `home_cpu_s`: Home Assistant's for a minute."""
        of_speech = self.captions_cpu_s / self.speech_cpu_s
        share = f"{self.captions_cpu_s / 60:.3%} of a processor, {of_speech:.0%} of the speaker's"
        if home_cpu_s:
            share += f" {self.speech_cpu_s * 1000:.0f} ms, {self.captions_cpu_s / home_cpu_s:.1%}"
            share += f" of the {home_cpu_s * 1000:.0f} ms that all of Home Assistant takes"
        added = f"median {self.chunk_median_ms:.3f} ms, 95 % {self.chunk_p95_ms:.3f} ms"
        dearest = f"dearest chunk {self.dearest_chunk_ms:.3f} ms, worst {self.chunk_worst_ms:.3f}"
        sent = f"95 % {self.message_p95_ms:.3f} ms, worst {self.message_worst_ms:.3f} ms"
        return [
            "",
            f"What captions cost ({self.minutes:.1f} minutes of speech, {self.chunks} chunks)",
            f"time added to a chunk: {added}, {dearest} ms (promised: 1)",
            f"from the chunk to the subscriber's JSON: {sent} (promised: 5)",
            f"processor for a spoken minute: {self.captions_cpu_s * 1000:.1f} ms (promised: 5 %)",
            f"  that is {share}",
            f"{TRACKS} tracks in memory: {self.tracks_mb:.1f} MB (promised: 10)",
        ]


@dataclass(frozen=True, slots=True)
class Speech:
    """What came for a text, with the seconds of audio after each chunk."""

    text: str
    chunks: list[tuple[SpeechChunk, float]]
    cpu: float


async def measure_cost(simulator: str) -> Cost:
    """Measure with speech that the simulator made."""
    async with aiohttp.ClientSession() as session:
        client = ElevenLabsClient(session, Credentials(api_key=SIMULATOR_KEY), simulator)
        speaker = Speaker(client)
        long = " ".join(SENTENCES["en"] * 2)
        await _speak(speaker, long)
        speeches = [await _speak(speaker, long) for _ in range(3)]
        sentences = [await _speak(speaker, text) for text in SENTENCES["en"]]
    speech = min(speeches, key=lambda one: one.cpu)
    times, delays, cpu = await _record_all(speech)
    minutes = speech.chunks[-1][1] / 60
    return Cost(
        chunks=len(speech.chunks),
        minutes=minutes,
        chunk_median_ms=_ms(np.median(times)),
        chunk_p95_ms=_ms(np.percentile(times, LATE)),
        chunk_worst_ms=_ms(max(times)),
        dearest_chunk_ms=_ms(np.median(np.reshape(times, (ROUNDS, -1)), axis=0).max()),
        message_p95_ms=_ms(np.percentile(delays, LATE)),
        message_worst_ms=_ms(max(delays)),
        captions_cpu_s=cpu / minutes,
        speech_cpu_s=speech.cpu / minutes,
        tracks_mb=_memory(sentences) / 1e6,
    )


def _ms(seconds: Any) -> float:
    return round(float(seconds) * 1000, 4)


async def _speak(speaker: Speaker, text: str) -> Speech:
    """Receive a whole text as the entity would, and note the processor time."""
    utterance = _utterance()
    source = TextSource(_whole(text), limit=LIMIT)
    began = time.process_time()
    chunks = [(chunk, utterance.seconds) async for chunk in speaker.speak(utterance, source)]
    return Speech(text, chunks, time.process_time() - began)


def _utterance() -> Utterance:
    request = SpeechRequest(voice_id=VOICE, model_id=DEFAULT_MODEL, language_code="en")
    return Utterance(request=request, model=Model.known(DEFAULT_MODEL), route=Route.HTTP)


async def _whole(text: str) -> AsyncGenerator[str]:
    yield text


async def _record_all(speech: Speech) -> tuple[list[float], list[float], float]:
    """Hand the chunks to the recorder, with one subscriber; some rounds."""
    times, delays = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            cpu = [await _record(hass, speech, times, delays) for _ in range(ROUNDS)]
            await hass.async_stop(force=True)
    return times, delays, float(np.median(cpu))


async def _record(
    hass: HomeAssistant, speech: Speech, times: list[float], delays: list[float]
) -> float:
    announcer = Announcer(hass)
    sent = list[float]()

    def forward(message: dict[str, Any]) -> None:
        orjson.dumps(message)
        if message["type"] == "words":
            sent.append(time.perf_counter())

    announcer.subscribe(forward)
    asked = TTSAudioRequest("en", {}, _whole(speech.text))
    recorder = announcer.record(ENGINE, asked, private=True)
    utterance, text = _utterance(), TextSource(_whole(speech.text), limit=LIMIT)
    await text.take_ready(PATIENCE)
    began = time.process_time()
    for chunk, seconds in speech.chunks:
        utterance.seconds = seconds
        sent.clear()
        start = time.perf_counter()
        recorder.add(chunk, utterance, text)
        times.append(time.perf_counter() - start)
        delays += [moment - start for moment in sent]
    recorder.end(utterance, text, None)
    return time.process_time() - began


def _memory(speeches: list[Speech]) -> int:
    """Return the bytes that finished recordings take."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = [_recording(speeches[number % len(speeches)]) for number in range(TRACKS)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) if kept else 0


def _recording(speech: Speech) -> Recording:
    track = CaptionTrack("en")
    track.write(speech.text)
    for chunk, _ in speech.chunks:
        track.add(chunk)
    track.finish(speech.chunks[-1][1])
    track.cues()
    return Recording(track, state="finished")
