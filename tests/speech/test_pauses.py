"""Silence in pauses: where it is, how long it is, and what comes after it."""

import asyncio
from collections.abc import AsyncGenerator
import io
from itertools import pairwise
from typing import Any

import aiohttp
import av
import numpy as np
import pytest

from custom_components.elevenlabs_streaming.api import OutputFormat, SpeechChunk
from custom_components.elevenlabs_streaming.audio.mp3 import frames_of
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import Outcome, Route, TextSource, Utterance
from simulator import Simulator
from simulator.behaviour import Behaviour
from tests.helpers.speaking import TEXT, Time, at, say, speech_of, utterance, whole
from tests.helpers.wires import Heard, all_quiet, cut, pieces

FORMATS = ["pcm_16000", "pcm_24000", "mp3_44100_128", "mp3_44100_32", "mp3_22050_32", "ulaw_8000"]
BOTH = pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])
START, REST = "One moment, please. ", "Here it is, I have found it."


class Pausing:
    """A text that pauses until it is told to go on."""

    def __init__(self, *parts: str) -> None:
        """Take what is written between the pauses."""
        self._parts = parts
        self._more = asyncio.Semaphore(1)
        self.heard = Heard()
        self.track = CaptionTrack("en", message="".join(parts))

    def go_on(self) -> None:
        """Have the next part written."""
        self._more.release()

    async def text(self) -> AsyncGenerator[str]:
        """Write."""
        for part in self._parts:
            await self._more.acquire()
            yield part
        await self._more.acquire()

    async def hear(self, chunks: AsyncGenerator[SpeechChunk]) -> None:
        """Listen."""
        async for chunk in chunks:
            self.heard.chunks.append(chunk)
            self.track.add(chunk)

    @property
    def silence(self) -> list[SpeechChunk]:
        """The silence so far."""
        return [chunk for chunk in self.heard.chunks if chunk.silent]


def samples(audio: bytes, output_format: OutputFormat) -> np.ndarray:
    """Decode audio to samples between -1 and 1, with nothing to complain of."""
    if output_format.codec == "pcm":
        return np.frombuffer(audio, dtype="<i2") / 32768
    kind = {"mp3": "mp3", "ulaw": "mulaw"}[output_format.codec]
    options = {} if kind == "mp3" else {"sample_rate": str(output_format.sample_rate)}
    found = []
    with av.open(io.BytesIO(audio), "r", format=kind, options=options) as container:
        container.streams.audio[0].codec_context.options = {"err_detect": "explode"}
        resampler = av.AudioResampler(format="flt", layout="mono")
        for frame in container.decode(audio=0):
            found += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(found)


@BOTH
@pytest.mark.parametrize("name", FORMATS)
async def test_a_pause_is_filled_and_the_words_after_it_are_in_step(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, route: Route, name: str
) -> None:
    output_format = OutputFormat.parse(name)
    pausing = Pausing(START, REST)
    wanted = utterance(route=route, output_format=output_format, fill_pauses=True)
    outcome = Outcome()
    speaker = at(session, simulator.url, flush=0.02)
    source = TextSource(pausing.text(), limit=1000)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(lambda: pausing.heard.audio)
    spoken_at = time()
    await time.until(lambda: time() - spoken_at > 9.0, step=0.05)
    before = outcome.seconds
    passed = time() - spoken_at
    # The listener has less than a second more than was heard, and never nothing.
    assert 0.2 <= before - passed <= 0.7
    pausing.go_on()
    pausing.go_on()
    await time.until(hearing.done)
    await hearing
    await source.close()
    pausing.track.finish(outcome.seconds)
    assert [word.text for word in pausing.track.words] == f"{START}{REST}".split()
    assert outcome.seconds == pytest.approx(
        len(pausing.heard.audio) / (output_format.bytes_per_second or 1)
    )
    sound = samples(pausing.heard.audio, output_format)
    _check_sound(sound, output_format.sample_rate, pausing)
    await all_quiet(simulator)


def _check_sound(sound: np.ndarray, rate: int, pausing: Pausing) -> None:
    """Check that it is silent in the pause, and loud where the words are."""
    here = next(word for word in pausing.track.words if word.text == "Here")
    last = pausing.track.words[2]
    length = len(sound) / rate
    total = sum(len(chunk.audio) for chunk in pausing.heard.chunks)
    silent = sum(len(chunk.audio) for chunk in pausing.silence) / total * length
    assert here.start - last.end == pytest.approx(silent, abs=0.5)
    loud = np.flatnonzero(np.abs(sound) > 0.02) / rate
    gaps = [(before, after) for before, after in pairwise(loud) if after - before > 3.0]
    assert len(gaps) == 1
    assert last.start < gaps[0][0] < last.end + 0.2
    assert gaps[0][1] == pytest.approx(here.start, abs=0.15)
    assert not pausing.heard.chunks[-1].silent
    assert pausing.track.words[-1].end == pytest.approx(length, abs=0.5)
    assert all(word.start <= after.start for word, after in pairwise(pausing.track.words))


@BOTH
async def test_a_pause_is_not_filled_unasked(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, route: Route
) -> None:
    pausing = Pausing(START, REST)
    wanted, outcome = utterance(route=route), Outcome()
    source = TextSource(pausing.text(), limit=1000)
    speaker = at(session, simulator.url, flush=0.02)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(lambda: pausing.heard.audio)
    heard = len(pausing.heard.audio)
    for _ in range(20):
        await time.pass_(0.5)
    assert not pausing.silence
    assert outcome.seconds < heard / 32_000 + 2
    pausing.go_on()
    pausing.go_on()
    await hearing
    await source.close()


@BOTH
async def test_there_is_no_silence_before_the_first_sound_nor_after_the_patience(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, route: Route
) -> None:
    pausing = Pausing("The first word", " is followed by nothing. ")
    wanted, outcome = utterance(route=route, fill_pauses=True), Outcome()
    source = TextSource(pausing.text(), limit=1000)
    speaker = at(session, simulator.url, silence=60.0)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    if route is Route.HTTP:
        # Half a sentence is not sent, so nothing sounds.
        for _ in range(20):
            await time.pass_(0.5)
        assert not pausing.heard.chunks
    pausing.go_on()
    await time.until(lambda: pausing.heard.audio, step=0.05)
    await time.until(hearing.done, step=0.25)
    await hearing
    await source.close()
    pausing.track.finish(outcome.seconds)
    silent = sum(len(chunk.audio) for chunk in pausing.silence) / 32_000
    assert 50 < silent < 63
    assert outcome.cut
    # Captions do not stretch over the silence.
    assert pausing.track.words[-1].end < outcome.seconds - silent + 0.3
    await all_quiet(simulator)


async def test_captions_do_not_stretch_over_silence_at_the_end(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    pausing = Pausing(TEXT)
    wanted, outcome = utterance(fill_pauses=True), Outcome()
    source = TextSource(pausing.text(), limit=1000)
    length = len((await say(at(session, simulator.url), [TEXT])).audio) / 32_000
    speaker = at(session, simulator.url, flush=0.02, silence=length + 1.5)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(lambda: outcome.seconds > length - 1.0)
    await time.until(hearing.done, step=0.25)
    await hearing
    await source.close()
    last = pausing.track.words[-1].start
    pausing.track.finish(outcome.seconds)
    assert 0.5 < sum(len(chunk.audio) for chunk in pausing.silence) / 32_000 < 4.0
    assert pausing.track.words[-1].start == pytest.approx(last, abs=0.01)


async def test_words_that_come_again_after_a_pause_are_the_next_ones(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    pausing = Pausing("Come down now. ", "Come down now. " * 6)
    wanted, outcome = utterance(fill_pauses=True), Outcome()
    source = TextSource(pausing.text(), limit=1000)
    speaker = at(session, simulator.url, flush=0.02)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(lambda: len(pausing.silence) > 15, step=0.05)
    pausing.go_on()
    pausing.go_on()
    await time.until(hearing.done)
    await source.close()
    pausing.track.finish(outcome.seconds)
    assert len(pausing.track.words) == 21
    assert not pausing.track.estimated


@BOTH
async def test_a_service_that_is_slow_is_no_pause(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, route: Route
) -> None:
    simulator.behave(Behaviour(stall_after=2))
    wanted, outcome = utterance(route=route, fill_pauses=True), Outcome()
    pausing = Pausing()
    source = TextSource(whole([TEXT]), limit=1000)
    speaker = at(session, simulator.url, audio=60.0)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(lambda: outcome.seconds > 0.4)
    for _ in range(40):
        await time.pass_(0.2)
    assert not pausing.silence
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    await source.close()
    await all_quiet(simulator)


@BOTH
@pytest.mark.parametrize("speed", [10.0, 1.5])
@pytest.mark.parametrize("trouble", [{}, {"alignment": "null", "normalized": "null"}], ids=str)
async def test_no_silence_comes_while_audio_of_sent_text_is_due(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    route: Route,
    speed: float,
    trouble: dict[str, Any],
) -> None:
    """Thirty tokens a second, and first messages that are shorter than the usual reserve."""
    simulator.behave(Behaviour(generation_speed=speed, chunk_ms=240, **trouble))
    wanted, outcome = utterance(route=route, fill_pauses=True), Outcome()
    is_written, go_on = asyncio.Event(), asyncio.Event()

    async def text() -> AsyncGenerator[str]:
        async for piece in pieces(cut(TEXT, 4), 0.033):
            yield piece
        is_written.set()
        await go_on.wait()

    source, pausing = TextSource(text(), limit=1000), Pausing(TEXT)
    speaker = at(session, simulator.url, audio=60.0)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(is_written.is_set, step=0.01)
    await time.until(lambda: pausing.silence, step=0.01)
    before = pausing.heard.chunks[: pausing.heard.chunks.index(pausing.silence[0])]
    go_on.set()
    await time.until(hearing.done, step=0.01)
    await source.close()
    # All that was sent was heard before it: the last word or sentence alone may be held back.
    said = sum(len(chunk.audio) for chunk in before) / 32_000
    assert said > outcome.seconds_spoken - (1.2 if route is Route.WEBSOCKET else 3.2)
    await all_quiet(simulator)


async def test_a_text_that_comes_in_time_has_no_silence_in_it(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    plain, filled = utterance(), utterance(fill_pauses=True)
    heard = [
        await say(at(session, simulator.url), pieces(TEXT.split(" "), 0.001), wanted)
        for wanted in (plain, filled)
    ]
    assert not any(chunk.silent for chunk in heard[1].chunks)
    assert heard[0].audio == heard[1].audio


async def test_a_format_that_has_no_silence_is_left_alone(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    pausing = Pausing(START, REST)
    wanted = utterance(output_format=OutputFormat.parse("opus_48000_64"), fill_pauses=True)
    source = TextSource(pausing.text(), limit=1000)
    speaker = at(session, simulator.url, flush=0.02)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source)))
    await time.until(lambda: pausing.heard.audio)
    for _ in range(20):
        await time.pass_(0.5)
    pausing.go_on()
    pausing.go_on()
    await hearing
    await source.close()
    assert not pausing.silence


@BOTH
async def test_a_pause_and_a_break_in_one_text(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, route: Route
) -> None:
    simulator.behave(Behaviour(drop_after=3, faulty_streams=1, generation_speed=60.0))
    pausing = Pausing(START, REST)
    wanted, outcome = utterance(route=route, fill_pauses=True), Outcome()
    source = TextSource(pausing.text(), limit=1000)
    speaker = at(session, simulator.url, flush=0.02)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source, outcome)))
    await time.until(lambda: outcome.continued and outcome.seconds > 1.2)
    await time.until(lambda: pausing.silence, step=0.05)
    pausing.go_on()
    pausing.go_on()
    await time.until(hearing.done)
    await hearing
    await source.close()
    pausing.track.finish(outcome.seconds)
    assert [word.text for word in pausing.track.words] == f"{START}{REST}".split()
    assert pausing.track.words[-1].end == pytest.approx(outcome.seconds, abs=0.6)


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_leaving_in_a_pause_leaves_nothing(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, count: int
) -> None:
    before = asyncio.all_tasks()
    pausing = Pausing(START, REST)
    wanted = utterance(fill_pauses=True)
    source = TextSource(pausing.text(), limit=1000)
    speaker = at(session, simulator.url, flush=0.02)
    hearing = asyncio.create_task(pausing.hear(speech_of(speaker, wanted, source)))
    await time.until(lambda: len(pausing.silence) >= count, step=0.05)
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    await source.close()
    await all_quiet(simulator)
    left = [repr(task) for task in asyncio.all_tasks() - before]
    assert not [task for task in left if "elevenlabs_streaming" in task or "anext" in task]


# --- frames ---------------------------------------------------------------------------------


async def _mp3(session: aiohttp.ClientSession, url: str, name: str) -> bytes:
    wanted: Utterance = utterance(output_format=OutputFormat.parse(name))
    return (await say(at(session, url), [TEXT], wanted)).audio


@pytest.mark.parametrize(
    "name",
    ["mp3_44100_128", "mp3_44100_192", "mp3_44100_32", "mp3_22050_32", "mp3_24000_48"],
)
async def test_silence_between_any_two_frames_spoils_no_frame(
    session: aiohttp.ClientSession, simulator: Simulator, name: str
) -> None:
    chosen = OutputFormat.parse(name)
    audio = await _mp3(session, simulator.url, name)
    plain = samples(audio, chosen)
    borrows = False
    for step, place in ((1, 0.2), (100, 0.35), (417, 0.5), (417, 0.55), (5000, 0.7), (999, 0.8)):
        before, silence, after = _interrupted(audio, chosen, step, place)
        assert chosen.bytes_per_second
        seconds = len(silence) / chosen.bytes_per_second
        assert seconds == pytest.approx(0.5, abs=0.04)
        sound = samples(before + silence + after, chosen)
        shift = len(sound) - len(plain)
        assert shift == pytest.approx(seconds * chosen.sample_rate, abs=5)
        # Decoders are behind by 1105 samples, and a frame sounds into the next one.
        border = round(len(before) / chosen.bytes_per_second * chosen.sample_rate)
        assert np.abs(sound[: border - 1200] - plain[: border - 1200]).max() < 1e-4
        assert np.abs(sound[border + shift + 1300 :] - plain[border + 1300 :]).max() < 1e-4
        # The first frame after it begins with bytes of those before it.
        borrows = borrows or bool(after[4] or after[5] & 0x80)
    assert borrows or name == "mp3_44100_192"


def _interrupted(
    audio: bytes, chosen: OutputFormat, step: int, place: float
) -> tuple[bytes, bytes, bytes]:
    """Return audio that comes in steps, with half a second of silence at a place."""
    frames = frames_of(chosen)
    frames.begin()
    border = int(len(audio) * place)
    before = b"".join(
        frames.take(audio[at : min(at + step, border)]) for at in range(0, border, step)
    )
    silence = frames.silence(0.5)
    after = b"".join(frames.take(audio[at : at + step]) for at in range(border, len(audio), step))
    return before, silence, after


def test_what_is_no_mp3_passes_and_has_no_silence() -> None:
    frames = frames_of(OutputFormat.parse("mp3_44100_128"))
    frames.begin()
    assert frames.take(b"this is no MP3 at all") == b"this is no MP3 at all"
    assert frames.take(b" and stays so") == b" and stays so"
    assert frames.silence(1.0) == b""
