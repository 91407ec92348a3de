"""How far the speech of a text has come, and whose turn that is."""

from dataclasses import replace

from ..api import SpeechRequest
from ..text import has_words
from .text_reader import TextReader
from .text_source import TextSource
from .turns import Turns


class TextPosition:
    """The character from which on a text is to be spoken."""

    def __init__(self, text: TextSource, turns: Turns | None) -> None:
        """Start at the beginning; `turns` tells who speaks from where on."""
        self._text = text
        self._turns = turns
        self.offset = 0

    def reader(self) -> TextReader:
        """Return a reader of what is to be spoken from here on."""
        return TextReader(self._text, self.offset, self._turns)

    def voiced(self, request: SpeechRequest) -> SpeechRequest:
        """Return a request with the voice of the speaker whose turn it is."""
        voice_id = self._turns.voice_at(self.offset) if self._turns else None
        if not voice_id:
            return request
        return replace(request, voice_id=voice_id, dialogue_voices=())

    def start_next_turn(self) -> bool:
        """Go on with the next speaker; return whether there is one."""
        end = self._turns.end_of(self.offset) if self._turns else None
        if end is None:
            return False
        self.offset = end
        return True

    def skip_empty_turns(self) -> None:
        """Go on to the first turn that has words."""
        turns, written = self._turns, self._text.so_far()
        while turns and (end := turns.end_of(self.offset)) is not None:
            if has_words(written[self.offset : end]):
                return
            self.offset = end
            self._text.rewind(end)
