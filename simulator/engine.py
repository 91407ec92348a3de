"""Speech in pieces that are ready to send, made in one worker thread."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

from .audio import encoder_for, resample
from .formats import OutputFormat
from .speech import CharTimes, Manner, Speaker, Utterance, units


class Engine:
    """The thread in which all speech is made; espeak allows only one."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="simulator-speech")

    async def run[T](self, work: Callable[[], T]) -> T:
        """Do blocking work in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """End the thread; what waits in line is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Unit:
    """One stretch that the model made at once, on the clock of its stream."""

    text: str
    start: float
    end: float
    written: CharTimes
    spoken: CharTimes


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a unit's audio and the characters that start in it."""

    audio: bytes
    start: float
    end: float
    number: int
    unit: Unit | None
    written: CharTimes
    spoken: CharTimes


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a piece lies among the samples of its unit."""

    left: int
    right: int
    total: int


class SpeechStream:
    """One continuous stream of encoded speech."""

    def __init__(self, engine: Engine, manner: Manner, chosen: OutputFormat, chunk_ms: int) -> None:
        self._engine = engine
        self._speaker = Speaker(manner)
        self._encoder = encoder_for(chosen)
        self._rate = chosen.sample_rate
        self._step = max(1, round(chosen.sample_rate * chunk_ms / 1000))
        self._samples = 0
        self.whole_words = False

    @property
    def seconds(self) -> float:
        """How much was spoken so far."""
        return self._samples / self._rate

    async def speak(self, text: str, *, last: bool = False) -> AsyncIterator[Piece]:
        """Speak a text; the last one also empties the encoder."""
        for unit, final in _with_last(units(text)):
            finish = last and final
            for piece in await self._engine.run(lambda u=unit, f=finish: self._make(u, f)):  # type: ignore[misc]
                yield piece

    async def finish(self) -> Piece | None:
        """Empty the encoder."""
        audio = await self._engine.run(self._encoder.finish)
        at = self.seconds
        nothing = CharTimes()
        return Piece(audio, at, at, 0, None, nothing, nothing) if audio else None

    def _make(self, text: str, finish: bool) -> list[Piece]:
        utterance = self._speaker.speak(text)
        sound = resample(utterance.samples, self._rate)
        unit = self._unit(utterance, len(sound))
        borders = self._borders(len(sound))
        pieces = []
        for number, (left, right) in enumerate(pairwise(borders)):
            audio = self._encoder.encode(sound[left:right])
            if finish and right == len(sound):
                audio += self._encoder.finish()
            pieces.append(self._piece(unit, number, audio, _Span(left, right, len(sound))))
        if finish and not pieces:
            pieces.append(self._piece(unit, 0, self._encoder.finish(), _Span(0, 0, 0)))
        self._samples += len(sound)
        return pieces

    def _unit(self, utterance: Utterance, samples: int) -> Unit:
        start = self.seconds
        return Unit(
            utterance.text,
            start,
            start + samples / self._rate,
            utterance.written.shifted(start),
            utterance.spoken.shifted(start),
        )

    def _borders(self, samples: int) -> list[int]:
        """Cut into steps; a short rest joins the last step."""
        borders = list(range(0, samples, self._step))
        if len(borders) > 1 and samples - borders[-1] < self._step // 3:
            borders.pop()
        return [*borders, samples] if samples else []

    def _piece(self, unit: Unit, number: int, audio: bytes, span: _Span) -> Piece:
        start = unit.start + span.left / self._rate
        end = unit.start + span.right / self._rate
        until = end if span.right < span.total else float("inf")
        since = start if span.left else float("-inf")
        return Piece(
            audio,
            start,
            end,
            number,
            unit,
            self._part(unit.written, since, until),
            self._part(unit.spoken, since, until),
        )

    def _part(self, times: CharTimes, since: float, until: float) -> CharTimes:
        if not self.whole_words:
            return times.between(since, until)
        return times.at(_whole_words(times, since, until))


def _whole_words(times: CharTimes, since: float, until: float) -> list[int]:
    """Keep the words that start in an interval, with the spaces after them."""
    chosen, word_start = [], float("-inf")
    for index, (char, start) in enumerate(zip(times.chars, times.starts, strict=True)):
        begins = index == 0 or (times.chars[index - 1].isspace() and not char.isspace())
        word_start = start if begins else word_start
        if since <= word_start < until:
            chosen.append(index)
    return chosen


def _with_last[T](items: Iterator[T]) -> Iterator[tuple[T, bool]]:
    """Say of each item whether it is the last."""
    missing = object()
    current: T | object = next(items, missing)
    while current is not missing:
        following: T | object = next(items, missing)
        yield current, following is missing  # type: ignore[misc]
        current = following


class Pacer:
    """Holds audio back until a model of the given speed would have made it."""

    def __init__(self, delay: float, speed: float) -> None:
        self._due = asyncio.get_running_loop().time() + delay
        self._speed = speed

    async def wait(self, seconds: float) -> None:
        """Wait until so much audio is made since the start."""
        made = seconds / self._speed if self._speed else 0.0
        rest = self._due + made - asyncio.get_running_loop().time()
        if rest > 0:
            await asyncio.sleep(rest)
