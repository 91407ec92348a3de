"""Whether a service still owes audio for the text that it was sent."""

import re
from typing import Final

from .chunk import SpeechChunk
from .letters import count_letters
from .models import model_facts
from .request import SpeechRequest

# The service starts a generation by itself after at most as many characters as its schedule
# names, here with some to spare. Its own schedule ends with 290 (docs/protocol.md, "Generation
# schedule").
_LONGEST_PORTION: Final = 290
_SPARE: Final = 50
_TAG = re.compile(r"<[^<>]*>")
_AUDIO_TAG = re.compile(r"\[[^\[\]]*\]|<[^<>]*>")


class DueAudio:
    """Counts the letters that were sent, and those that were spoken."""

    def __init__(self, request: SpeechRequest) -> None:
        """Start before the first text."""
        self._tag = _AUDIO_TAG if model_facts(request.model_id).audio_tags else _TAG
        self._portion = max(request.chunk_length_schedule, default=_LONGEST_PORTION) + _SPARE
        self._unanswered = 0
        self._owed = 0
        self.is_due = False
        """Whether audio must come soon."""
        self.is_finished = False
        """Whether all text was sent."""

    def send(self, text: str) -> None:
        """Record a text that is about to be sent."""
        self._unanswered += count_letters(self._tag.sub("", text))

    def sent(self, *, flush: bool) -> bool:
        """Record that the text was sent; return whether audio is due now."""
        if flush:
            self._owed = self._unanswered
        elif self._unanswered > self._portion:
            self._owed = max(self._owed, 1)
        return self._owed > 0

    def came(self, chunk: SpeechChunk) -> None:
        """Expect no more than what was asked for and has not come."""
        if self.is_finished or not chunk.audio:
            return
        heard = chunk.times.letters if chunk.times else self._unanswered
        self._unanswered = max(0, self._unanswered - heard)
        self._owed = max(0, self._owed - heard)
        self.is_due = self._owed > 0
