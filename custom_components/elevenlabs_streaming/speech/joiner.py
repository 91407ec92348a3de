"""What was said of an utterance, on one clock over all its connections."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..alignment import SpokenWords
from ..api import SpeechChunk
from ..api.errors import ConnectionFailedError, ServerError
from ..audio import frames_of
from ..text import has_words
from .text_source import TextSource
from .utterance import Utterance

# A service may leave out a sign or a word that it cannot read; a sentence it does not.
_LETTERS_NOT_MISSED = 12


class Joiner:
    """Joins the streams of one utterance."""

    def __init__(self, utterance: Utterance, text: TextSource) -> None:
        """Start before the first stream."""
        request = utterance.request
        self.frames = frames_of(request.output_format)
        self.seconds = 0.0
        """Audio so far, without what was put into pauses."""
        self.bytes_spoken = 0
        self.bytes_per_second = request.output_format.bytes_per_second
        self._words = SpokenWords(text.since, request.voice_settings.speed or 1.0)
        self._text = text
        self._again: float | None = None

    async def join(
        self, chunks: AsyncGenerator[SpeechChunk], position: int, until: int | None = None
    ) -> AsyncGenerator[SpeechChunk]:
        """Yield a stream that speaks the text from a position on, after what came before.

        `until`: where its text ends. Raises `ElevenLabsError` if it says less than that.
        """
        origin, before = self.seconds, self.bytes_spoken
        self.frames.begin()
        self._words.start_stream(position, origin)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield self._joined(chunk.shifted(origin))
        if self.bytes_spoken == before:
            if has_words(self._text.so_far()[position:until]):
                raise ServerError("no audio came for a text with words")
        elif _letters(self._words.missing_text(until)) > _LETTERS_NOT_MISSED:
            raise ConnectionFailedError("the speech ended before the text")

    def resume(self) -> int:
        """Return where in the text to go on, now that a stream has broken off."""
        point = self._words.resume_point(self.seconds)
        # An attempt that brings nothing leaves what the one before had to take back.
        time = point.time if self._again is None else min(self._again, point.time)
        self._again = time if time < self.seconds else None
        return point.offset

    def _joined(self, chunk: SpeechChunk) -> SpeechChunk:
        audio = self.frames.take(chunk.audio)
        times = chunk.timings or chunk.spoken
        self.bytes_spoken += len(audio)
        if self.bytes_per_second:
            self.seconds += len(audio) / self.bytes_per_second
        elif times:
            self.seconds = max(self.seconds, times.ends[-1])
        if times or audio:
            self._words.add_timings(times, self.seconds)
        again, self._again = self._again, None
        if again is None and audio == chunk.audio:
            return chunk
        return SpeechChunk(audio, chunk.timings, chunk.spoken, chunk.silent, again)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text)) if has_words(text) else 0
