"""What was spoken of an utterance, on one clock over all its connections."""

from collections.abc import Callable

from ..alignment import SpokenWords
from ..api import SpeechChunk, SpeechRequest, count_letters, model_facts
from ..api.errors import ConnectionFailedError, ServerError
from ..audio import FrameReader
from ..text import has_words
from .text_source import TextSource
from .utterance import BreakOff, Outcome, Sink

# A service may leave out a sign or a word that it cannot read; a sentence it does not.
_LETTERS_NOT_MISSED = 12
_LETTERS_NOT_MISSED_AGAIN = 3


class Joiner:
    """Joins the streams of one utterance, counts what comes, and hands it on."""

    def __init__(
        self,
        request: SpeechRequest,
        frames: FrameReader,
        text: TextSource,
        outcome: Outcome,
        sink: Sink,
    ) -> None:
        """Start before the first stream."""
        self._frames = frames
        self.bytes_per_second = request.output_format.bytes_per_second
        speed, facts = request.voice_settings.speed or 1.0, model_facts(request.model_id)
        self._words = SpokenWords(text.since, speed, performs_tags=facts.audio_tags)
        self._text = text
        self._outcome = outcome
        self._sink = sink
        self._again: float | None = None
        self.on_next_chunk: list[Callable[[], None]] = []
        """Called once more is spoken."""
        self._position = 0
        self._origin = 0.0
        self._bytes_before = 0
        self._not_missed = _LETTERS_NOT_MISSED

    def start_stream(self, position: int) -> None:
        """Start a stream that speaks the text from a position on, after what came before."""
        self._position = position
        self._origin = self._outcome.seconds_spoken
        self._bytes_before = self._outcome.bytes_spoken
        self._frames.begin()
        self._words.start_stream(position, self._origin)

    async def add(self, chunk: SpeechChunk) -> None:
        """Hand on a chunk of the stream, on the clock of the utterance."""
        while self.on_next_chunk:
            self.on_next_chunk.pop()()
        await self._sink(self._joined(chunk.shifted(self._origin)))

    def end_stream(self, until: int | None = None) -> None:
        """Check that the stream has spoken the text up to `until`, or to its end.

        Raises `ElevenLabsError` if it has not.
        """
        if self._outcome.bytes_spoken == self._bytes_before:
            if has_words(self._text.so_far()[self._position : until]):
                raise ServerError("no audio came for a text with words")
        elif _letters(self._words.missing_text(until)) > self._not_missed:
            self._not_missed = _LETTERS_NOT_MISSED_AGAIN
            raise ConnectionFailedError("the speech ended before the text")

    def is_missing(self) -> bool:
        """Return whether the newest words of the text were surely not spoken yet."""
        return _letters(self._words.missing_text(None)) > _LETTERS_NOT_MISSED

    def resume(self) -> int:
        """Return where in the text to go on, now that a stream has broken off."""
        seconds = self._outcome.seconds_spoken
        point = self._words.resume_point(seconds)
        # An attempt that brings nothing leaves what the one before had to take back.
        time = point.time if self._again is None else min(self._again, point.time)
        self._again = time if time < seconds else None
        return point.offset

    def break_off(self) -> BreakOff:
        """Return where the speech has broken off for good."""
        return BreakOff(self.resume(), self._again)

    def _joined(self, chunk: SpeechChunk) -> SpeechChunk:
        audio = self._frames.take(chunk.audio)
        times = chunk.times
        outcome = self._outcome
        outcome.bytes_spoken += len(audio)
        if self.bytes_per_second:
            outcome.seconds_spoken += len(audio) / self.bytes_per_second
        elif times:
            outcome.seconds_spoken = max(outcome.seconds_spoken, times.ends[-1])
        if times or audio:
            self._words.add_chunk(chunk)
        again, self._again = self._again, None
        if again is None and audio == chunk.audio:
            return chunk
        return SpeechChunk(audio, chunk.timings, chunk.spoken, chunk.silent, again)


def _letters(text: str) -> int:
    return count_letters(text) if has_words(text) else 0
