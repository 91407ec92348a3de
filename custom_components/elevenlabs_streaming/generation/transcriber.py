"""Records what one generation says."""

from collections.abc import AsyncGenerator, Mapping
import logging
from typing import Any

from homeassistant.core import callback

from ..alignment import Word
from ..api import ElevenLabsError, OutputFormat, SpeechChunk
from ..speech import Outcome, TextSource, Turns
from ..text import LabelReader, TagRemover, TextCleaner, WordReplacer
from .caption_cache import CaptionCache
from .caption_text import CaptionText
from .recording import Generation
from .text_preparation import TextPreparation

_LOGGER = logging.getLogger(__name__)


class Transcriber:
    """Records one generation for all announcements that share it."""

    def __init__(
        self, caption_cache: CaptionCache, announcement: Generation, options: Mapping[str, Any]
    ) -> None:
        """`announcement` is what it is made for, `options` what Home Assistant asked for."""
        self._caption_cache = caption_cache
        self.announcement = announcement
        self._recording = announcement.recording
        self._options = options
        self._text = CaptionText()
        self._complete = False
        self._chunks: list[SpeechChunk] = []
        """What came and has no captions yet."""

    @property
    def is_filed(self) -> bool:
        """Whether the audio may be kept on the disk."""
        announcement = self.announcement
        is_asked = announcement.stream is None or announcement.stream.use_file_cache
        return is_asked and not announcement.private

    def spoken(
        self,
        pieces: AsyncGenerator[str],
        cleaner: TextCleaner | None,
        replacer: WordReplacer | None,
        *,
        performs_tags: bool,
        turns: Turns | None = None,
    ) -> AsyncGenerator[str]:
        """Return what the voice is told of a text, and show the rest of it too.

        `performs_tags`: whether the model performs audio tags; else cleaned texts have none.
        `turns` is told who of its speakers speaks from where on.
        """
        if not performs_tags:
            self._recording.captions.show_tags()
        self._recording.is_clean = cleaner is not None
        self._recording.speakers = turns.names if turns else ()
        labels = LabelReader(turns.names) if turns else None
        tags = TagRemover() if cleaner and not performs_tags else None
        self._text = CaptionText(TextPreparation(cleaner, replacer, labels, tags), turns)
        return self._text.spoken(pieces)

    @callback
    def replaced(self, engine: str, cause: str, offset: int) -> None:
        """Record that another engine speaks, why, and from where in the text on."""
        self._recording.fallback = engine
        self._recording.fallback_cause = cause
        self._recording.fallback_from = self._offset_in_message(offset)

    @callback
    def listen_as(self, output_format: OutputFormat | None) -> None:
        """Take the audio that comes next as one of a format; None if it is not known."""
        self._recording.captions.listen_as(output_format)

    @callback
    def add(self, chunk: SpeechChunk) -> None:
        """Add a chunk, of which `transcribe` makes captions."""
        self._chunks.append(chunk)

    @callback
    def transcribe(self, outcome: Outcome, text: TextSource) -> None:
        """Make the captions of all chunks that were added, as far as the text is written.

        What fails here leaves the speech alone.
        """
        try:
            chunks, self._chunks = self._chunks, []
            self._recording.route = str(outcome.route)
            captions = self._recording.captions
            words = [*self._write(text), *captions.add(*chunks, seconds=outcome.seconds)]
            for listener in self._recording.listeners:
                listener.told(words, outcome.seconds)
        except Exception:
            _LOGGER.exception("Captions failed")

    @callback
    def end(self, outcome: Outcome, text: TextSource, error: ElevenLabsError | None) -> None:
        """Record the end, or what broke it off; all chunks were transcribed before."""
        try:
            self._end(outcome, text, error)
        except Exception:
            _LOGGER.exception("Captions failed")

    def _end(self, outcome: Outcome, text: TextSource, error: ElevenLabsError | None) -> None:
        recording = self._recording
        words = self._write(text)
        recording.route = str(outcome.route)
        recording.credits = outcome.receipt.credits
        if recording.fallback and recording.credits is None and not outcome.bytes_spoken:
            recording.credits = 0
        recording.attempts = outcome.attempts
        words += recording.captions.finish(outcome.seconds, cut=error is not None)
        recording.state = "failed" if error else "finished"
        recording.error = error.cause if error else None
        if error:
            until = outcome.broke_off.offset if outcome.broke_off else 0
            recording.spoken_until = self._offset_in_message(until)
            recording.unspoken = self._text.as_written(text.since(until), until).strip()
        for listener in recording.listeners:
            if self._message and not listener.announcement.private:
                listener.announcement.message = self._message
            listener.told(words, outcome.seconds)
            listener.recorded()
        if recording.fallback:
            self._disown(self._text.written)
        elif not error and not text.cut:
            self._keep(self._text.written)

    @property
    def _message(self) -> str:
        """Return the text: as it was asked for, or what is shown of one that grew."""
        text = self._text
        return text.shown if self.announcement.growing else text.written

    def _offset_in_message(self, offset: int) -> int:
        """Return where in the message a character stands that is spoken."""
        return self._text.offset_in_message(offset, in_shown=self.announcement.growing)

    def _write(self, text: TextSource) -> list[Word]:
        """Add to the captions what was written since."""
        captions, words = self._recording.captions, []
        for stretch in self._text.take_new():
            words += captions.write(stretch.shown, stretch.spoken, stretch.speaker)
        if text.ended and not self._complete:
            self._complete = True
            words += captions.end_text()
        return words

    def _keep(self, message: str) -> None:
        announcement = self.announcement
        if announcement.growing:
            return
        key = self._caption_cache.key(
            message, announcement.language, self._options, announcement.engine
        )
        self._caption_cache.remember(key, self._recording)
        if self.is_filed:
            self._caption_cache.keep(key, self._recording)

    def _disown(self, message: str) -> None:
        """See to it that another engine's audio is not played as ours the next time."""
        announcement = self.announcement
        if announcement.growing:
            return
        language, engine = announcement.language, announcement.engine
        self._caption_cache.disown(message, language, self._options, engine, filed=self.is_filed)
