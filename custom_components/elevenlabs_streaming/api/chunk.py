"""The one value that travels from the wire to the listener."""

from dataclasses import dataclass

from .alignment import Timings


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """Audio bytes with the timings of the characters that came with them.

    Times are seconds from the start of the utterance's audio, continuous over chunks.
    `timings` are the characters as written, `spoken` as the voice read them (numbers spelled
    out, Chinese as pinyin); either may be missing.
    """

    audio: bytes
    timings: Timings | None = None
    spoken: Timings | None = None

    def shifted(self, offset: float) -> SpeechChunk:
        """Return the same chunk with its times `offset` seconds later."""
        return SpeechChunk(
            self.audio,
            self.timings and self.timings.shifted(offset),
            self.spoken and self.spoken.shifted(offset),
        )
