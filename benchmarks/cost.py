"""What captions cost: time for a chunk, processor, memory, and the way to a subscriber."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import gc
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

from custom_components.elevenlabs_streaming.announcements import Announcer
from custom_components.elevenlabs_streaming.api import (
    DEFAULT_MODEL,
    Credentials,
    ElevenLabsClient,
    Model,
    SpeechChunk,
    SpeechRequest,
    Timings,
)
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.generation.recording import Recording
from custom_components.elevenlabs_streaming.speech import (
    Outcome,
    Route,
    Synthesizer,
    TextSource,
    Utterance,
)
from harness.sentences import SENTENCES
from harness.speech_service import SIMULATOR_KEY

ENGINE = "tts.benchmark"
VOICE = "JBFqnCBsd6RMkjVDRZzb"
ROUNDS = 15
TRACKS = 500
LIMIT = 100_000
PATIENCE = 10.0
LATE = 95
LONG = 100_000
PIECE = 4
LETTER_S = 1 / 14


@dataclass(frozen=True, slots=True)
class CaptionCost:
    """What was measured."""

    chunks: int
    minutes: float
    chunk_median_ms: float
    chunk_p95_ms: float
    chunk_worst_ms: float
    collected_ms: float
    """How much of the worst was Python's garbage collection."""
    waited_ms: float
    """How much of the worst the processor was busy with something else."""
    dearest_chunk_ms: float
    """The dearest chunk in its best round: what it takes when nothing disturbs it."""
    first_chunk_ms: float
    """The very first chunk of a Home Assistant that just started."""
    other_worst_ms: float
    """The worst of other work that takes as long as a chunk does, done as often."""
    message_p95_ms: float
    message_worst_ms: float
    captions_cpu_s: float
    """For a minute of speech."""
    speech_cpu_s: float
    """For receiving that minute, without captions."""
    long_first_ms: float
    """A chunk in the first tenth of a very long text, in the middle of them."""
    long_last_ms: float
    """A chunk in its last tenth."""
    long_worst_ms: float
    """The worst one, of processor time without garbage collection."""
    tracks_mb: float

    def lines(self, home_cpu_s: float | None = None) -> list[str]:
        """Tell it, with what was promised; `home_cpu_s`: Home Assistant's for a minute."""
        of_speech = self.captions_cpu_s / self.speech_cpu_s
        share = f"{self.captions_cpu_s / 60:.3%} of a processor, {of_speech:.0%} of the speaker's"
        if home_cpu_s:
            share += f" {self.speech_cpu_s * 1000:.0f} ms, {self.captions_cpu_s / home_cpu_s:.1%}"
            share += f" of the {home_cpu_s * 1000:.0f} ms that all of Home Assistant takes"
        sent = f"95 % {self.message_p95_ms:.3f} ms, worst {self.message_worst_ms:.3f} ms"
        return [
            "",
            f"What captions cost ({self.minutes:.1f} minutes of speech, {self.chunks} chunks)",
            *self._chunk_lines(),
            f"from the chunk to the subscriber's JSON: {sent} (promised: 5)",
            f"processor for a spoken minute: {self.captions_cpu_s * 1000:.1f} ms (promised: 5 %)",
            f"  that is {share}",
            f"{TRACKS} tracks in memory: {self.tracks_mb:.1f} MB (promised: 10)",
        ]

    def _chunk_lines(self) -> list[str]:
        added = f"median {self.chunk_median_ms:.3f} ms, 95 % {self.chunk_p95_ms:.3f} ms"
        own = (
            f"the dearest {self.dearest_chunk_ms:.3f} ms, the very first {self.first_chunk_ms:.3f}"
        )
        parts = f"{self.collected_ms:.3f} ms garbage collection, {self.waited_ms:.3f} ms waiting"
        long = f"{self.long_first_ms:.3f} ms in the first tenth, {self.long_last_ms:.3f} ms in the"
        long_worst = f"worst {self.long_worst_ms:.3f} ms of processor"
        return [
            f"time added to a chunk: {added} (promised: 1)",
            f"  {own} ms, undisturbed",
            f"  worst of all {self.chunk_worst_ms:.3f} ms, of that {parts}",
            f"  other work of a chunk's length, done as often: worst {self.other_worst_ms:.3f} ms",
            f"  {LONG:,} characters: {long} last, {long_worst}",
        ]


@dataclass(slots=True)
class WorkTimes:
    """How long each of some pieces of work took, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    collected: list[float] = field(default_factory=list)
    """How much of that was garbage collection."""
    delays: list[float] = field(default_factory=list)
    """From the chunk to the subscriber, where it got words."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note garbage collections in the block."""
        gc.callbacks.append(self._on_collection)
        try:
            yield
        finally:
            gc.callbacks.remove(self._on_collection)

    @contextmanager
    def one(self) -> Iterator[float]:
        """Time a piece of work; gives the moment of its start."""
        self.collected.append(0.0)
        processor, start = time.thread_time(), time.perf_counter()
        yield start
        self.wall.append(time.perf_counter() - start)
        self.cpu.append(time.thread_time() - processor)

    @property
    def own(self) -> list[float]:
        """The processor's times without garbage collection."""
        return [max(0.0, took - lost) for took, lost in zip(self.cpu, self.collected, strict=True)]

    def _on_collection(self, phase: str, _: dict[str, int]) -> None:
        """Python calls it before and after."""
        if self.collected:
            sign = -1 if phase == "start" else 1
            self.collected[-1] += sign * time.perf_counter()


@dataclass(frozen=True, slots=True)
class Speech:
    """What came for a text, with the seconds of audio after each chunk."""

    text: str
    chunks: list[tuple[SpeechChunk, float]]
    cpu: float


async def measure_cost(simulator: str) -> CaptionCost:
    """Measure with speech that the simulator made."""
    async with aiohttp.ClientSession() as session:
        client = ElevenLabsClient(session, Credentials(api_key=SIMULATOR_KEY), simulator)
        speaker = Synthesizer(client)
        long = " ".join(SENTENCES["en"] * 2)
        await _speak(speaker, long)
        speeches = [await _speak(speaker, long) for _ in range(3)]
        sentences = [await _speak(speaker, text) for text in SENTENCES["en"]]
    speech = min(speeches, key=lambda one: one.cpu)
    moments, first, cpu, lengthy = await _record_all(speech)
    minutes = speech.chunks[-1][1] / 60
    worst = int(np.argmax(moments.wall))
    tenth = len(lengthy.wall) // 10
    return CaptionCost(
        chunks=len(speech.chunks),
        minutes=minutes,
        chunk_median_ms=_ms(np.median(moments.wall)),
        chunk_p95_ms=_ms(np.percentile(moments.wall, LATE)),
        chunk_worst_ms=_ms(moments.wall[worst]),
        collected_ms=_ms(moments.collected[worst]),
        waited_ms=_ms(max(0.0, moments.wall[worst] - moments.cpu[worst])),
        dearest_chunk_ms=_ms(np.min(np.reshape(moments.wall, (ROUNDS, -1)), axis=0).max()),
        first_chunk_ms=_ms(first),
        other_worst_ms=_ms(_worst_of_other(float(np.median(moments.wall)), len(moments.wall))),
        message_p95_ms=_ms(np.percentile(moments.delays, LATE)),
        message_worst_ms=_ms(max(moments.delays)),
        captions_cpu_s=cpu / minutes,
        speech_cpu_s=speech.cpu / minutes,
        long_first_ms=_ms(np.median(lengthy.wall[1:tenth])),
        long_last_ms=_ms(np.median(lengthy.wall[-tenth:])),
        long_worst_ms=_ms(max(lengthy.own)),
        tracks_mb=_memory(sentences) / 1e6,
    )


def _worst_of_other(length: float, times: int) -> float:
    """Return the longest time of work that usually takes `length` seconds."""
    began = time.perf_counter()
    sum(range(100_000))
    count = round(100_000 * length / (time.perf_counter() - began))
    moments = WorkTimes()
    for _ in range(times):
        with moments.one():
            sum(range(count))
    return max(moments.wall)


def _ms(seconds: Any) -> float:
    return round(float(seconds) * 1000, 4)


async def _speak(speaker: Synthesizer, text: str) -> Speech:
    """Receive a whole text as the entity would, and note the processor time."""
    utterance = _utterance()
    source = TextSource(_whole(text), limit=LIMIT)
    outcome, chunks = Outcome(), list[tuple[SpeechChunk, float]]()

    async def hand_on(chunk: SpeechChunk) -> None:
        chunks.append((chunk, outcome.seconds))

    began = time.process_time()
    await speaker.speak(utterance, source, hand_on, outcome)
    return Speech(text, chunks, time.process_time() - began)


def _utterance() -> Utterance:
    request = SpeechRequest(voice_id=VOICE, model_id=DEFAULT_MODEL, language_code="en")
    return Utterance(request=request, model=Model.known(DEFAULT_MODEL), route=Route.HTTP)


async def _whole(text: str) -> AsyncGenerator[str]:
    yield text


async def _record_all(speech: Speech) -> tuple[WorkTimes, float, float, WorkTimes]:
    """Hand the chunks to the recorder, with one subscriber; some rounds, then a long text."""
    cold, moments, long = WorkTimes(), WorkTimes(), WorkTimes()
    with tempfile.TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            await _record(hass, speech, cold)
            with moments.watching():
                cpu = [await _record(hass, speech, moments) for _ in range(ROUNDS)]
            with long.watching():
                await _record(hass, _long_speech(), long)
            await hass.async_stop(force=True)
    return moments, cold.wall[0], float(np.median(cpu)), long


def _long_speech() -> Speech:
    """Return two hours of speech in chunks of a few characters."""
    sentences = " ".join(SENTENCES["en"]) + " "
    text = (sentences * (LONG // len(sentences) + 1))[:LONG]
    starts = [at * LETTER_S for at in range(LONG + 1)]
    chunks = [
        (
            SpeechChunk(
                b"",
                Timings(
                    tuple(text[at : at + PIECE]),
                    tuple(starts[at : at + PIECE]),
                    tuple(starts[at + 1 : at + PIECE + 1]),
                ),
            ),
            starts[at + PIECE],
        )
        for at in range(0, LONG, PIECE)
    ]
    return Speech(text, chunks, 0.0)


async def _record(hass: HomeAssistant, speech: Speech, moments: WorkTimes) -> float:
    """Return the processor seconds that one recording took."""
    announcer = Announcer(hass)
    sent = list[float]()

    def forward(message: dict[str, Any]) -> None:
        orjson.dumps(message)
        if message["type"] == "words":
            sent.append(time.perf_counter())

    announcer.registry.subscribe(forward)
    asked = TTSAudioRequest("en", {}, _whole(speech.text))
    recorder = announcer.overheard.record(ENGINE, asked, private=True)
    outcome, text = Outcome(), TextSource(_whole(speech.text), limit=LIMIT)
    await text.take_ready(PATIENCE)
    before = len(moments.cpu)
    for chunk, seconds in speech.chunks:
        outcome.seconds_spoken = seconds
        sent.clear()
        with moments.one() as start:
            recorder.add(chunk)
            recorder.transcribe(outcome, text)
        moments.delays += [moment - start for moment in sent]
    began = time.thread_time()
    recorder.end(outcome, text, None)
    return time.thread_time() - began + sum(moments.cpu[before:])


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
