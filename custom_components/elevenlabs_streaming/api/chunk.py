"""The one value that travels from the wire to the listener."""

from typing import NamedTuple

from .timings import Timings


class SpeechChunk(NamedTuple):
    """Audio bytes with the timings of the characters that came with them.

    Times are seconds from the start of the utterance's audio, continuous over chunks.
    `timings` are the characters as written; `spoken` are the characters as the voice read them
    (numbers spelled out, Chinese as pinyin), given only where `timings` is missing.
    """

    audio: bytes
    timings: Timings | None = None
    spoken: Timings | None = None
    silent: bool = False
    """Whether this is silence that stands for a pause of the text."""
    again: float | None = None
    """From where on, in seconds, what was told so far broke off and is said again."""

    @property
    def times(self) -> Timings | None:
        """The times that came with the audio: those of the characters as written if there are."""
        return self.timings or self.spoken

    def shifted(self, offset: float) -> SpeechChunk:
        """Return the same chunk with its times `offset` seconds later."""
        if not offset:
            return self
        return self._replace(
            timings=self.timings and self.timings.shifted(offset),
            spoken=self.spoken and self.spoken.shifted(offset),
        )
