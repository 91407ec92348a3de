"""What Home Assistant's conversion waits for, by what it is given."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
import io
from pathlib import Path
import platform
from statistics import median
import time
from typing import Any, cast
from unittest.mock import patch

import av
from homeassistant.components import ffmpeg, tts
from homeassistant.const import __version__
from homeassistant.core import HomeAssistant
import numpy as np

from custom_components.elevenlabs_streaming.audio.wav import mp3_in_wav_header, wav_header
from harness.paths import find_program
from harness.progress import Progress

RESULTS = Path(__file__).resolve().parent / "results"
SECONDS = 6
# The service makes speech several times faster than it sounds.
SPEEDS, SPEEDS_SHORT = (4, 20), (20,)
TIMES, TIMES_SHORT = 7, 1
CHUNK_S = 0.25
MP3_RATE, MP3_KBPS = 44100, 128
PCM_RATES = (16000, 24000, 48000)
TARGETS = (("wav", 16000), ("flac", 48000), ("mp3", 22050))
# What is no longer than a header is no sound.
HEADER = 200


@dataclass(frozen=True, slots=True)
class Source:
    """Audio as it could be handed over."""

    name: str
    extension: str
    header: bytes
    audio: bytes

    async def pieces(self, speed: float) -> AsyncGenerator[bytes]:
        """Yield it as fast as the service would."""
        begun, step = time.monotonic(), int(len(self.audio) * CHUNK_S / SECONDS) // 4 * 4
        before = self.header
        for number, start in enumerate(range(0, len(self.audio), step), 1):
            yield before + self.audio[start : start + step]
            before = b""
            await asyncio.sleep(begun + number * CHUNK_S / speed - time.monotonic())


class Tasks:
    """The part of Home Assistant that a conversion asks for."""

    def async_create_background_task(
        self, work: Coroutine[Any, Any, None], _: str
    ) -> asyncio.Task[None]:
        """Start a task."""
        return asyncio.create_task(work)


async def run(progress: Progress, short: bool) -> None:
    """Measure, print a table, and write it down."""
    lines = [
        f"Home Assistant {__version__}, Python {platform.python_version()}, {platform.machine()}",
        "Milliseconds until the first sound is converted: the median",
    ]
    for speed in SPEEDS_SHORT if short else SPEEDS:
        progress.step(f"Converting what comes {speed} times faster than it sounds")
        lines += ["", *await _table(speed, TIMES_SHORT if short else TIMES)]
    text = "\n".join(lines)
    progress.say(f"\n{text}\n")
    if not short:
        place = RESULTS / f"conversion-{__version__}.txt"
        await asyncio.to_thread(place.write_text, f"{text}\n", "utf-8")
        progress.step("Written to benchmarks/results")


async def _table(speed: float, times: int) -> list[str]:
    head = "".join(f"{f'{extension} {rate}':>12}" for extension, rate in TARGETS)
    lines = [f"{f'{speed} times real time':24}{head}"]
    for source in _sources():
        waits = [await _wait(source, speed, *target, times) for target in TARGETS]
        lines.append(f"{source.name:24}" + "".join(f"{wait:12.0f}" for wait in waits))
    return lines


async def _wait(source: Source, speed: float, extension: str, rate: int, times: int) -> float:
    """Return the median milliseconds to the first sound."""
    found = [await _wait_once(source, speed, extension, rate) for _ in range(times)]
    return median(found) * 1000


async def _wait_once(source: Source, speed: float, extension: str, rate: int) -> float:
    size, first, begun = 0, 0.0, time.monotonic()
    manager = ffmpeg.FFmpegManager(
        cast("HomeAssistant", None), str(find_program("ffmpeg", "ffmpeg"))
    )
    home = cast("HomeAssistant", Tasks())
    pieces = source.pieces(speed)
    with patch.object(ffmpeg, "get_ffmpeg_manager", return_value=manager):
        convert = tts._async_convert_audio  # noqa: SLF001  # what is measured has no public name
        async for piece in convert(home, source.extension, pieces, extension, rate, 1, 2):
            size += len(piece)
            if not first and size > HEADER:
                first = time.monotonic() - begun
    return first


def _sources() -> list[Source]:
    mp3 = _mp3()
    in_wav = mp3_in_wav_header(MP3_RATE, MP3_KBPS)
    return [
        *(Source(f"PCM {rate} in WAV", "wav", wav_header(rate), _tone(rate)) for rate in PCM_RATES),
        Source("MP3", "mp3", b"", mp3),
        Source("MP3 in WAV", "wav", in_wav, mp3),
    ]


def _tone(rate: int) -> bytes:
    wave = np.sin(np.arange(rate * SECONDS) * 440 * 2 * np.pi / rate)
    return bytes((wave * 8000).astype("<i2").tobytes())


def _mp3() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as file:
        stream = file.add_stream("mp3", rate=MP3_RATE)
        stream.bit_rate, stream.layout = MP3_KBPS * 1000, "mono"
        samples = np.frombuffer(_tone(MP3_RATE), "<i2").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = MP3_RATE
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=MP3_RATE)
        for part in [*resampler.resample(frame), None]:
            file.mux(stream.encode(part))
    return out.getvalue()
