"""The messages that a WebSocket sends: audio with alignments, and the ends."""

import base64
from typing import Any, Protocol

from .alignment import AlignmentPair, CharacterAlignment, websocket_alignment
from .behaviour import Behaviour
from .speech_stream import AudioChunk

type Message = dict[str, Any]


class AlignmentClock:
    """Puts the alignments of a stream on the clock of its messages."""

    def __init__(
        self, behaviour: Behaviour, *, sync_alignment: bool, repeats_alignment: bool
    ) -> None:
        self._origin = behaviour.ws_clock
        self._sync_alignment = sync_alignment
        self._repeats_alignment = repeats_alignment

    def alignments(self, chunk: AudioChunk) -> AlignmentPair:
        """Return the alignments of a chunk on the clock of its message."""
        segment, is_first = chunk.segment, not chunk.index
        start = chunk.start if self._sync_alignment else segment.start
        original_start = start
        original: CharacterAlignment | None = chunk.original
        normalized: CharacterAlignment | None = chunk.normalized
        if not self._sync_alignment:
            original = segment.original if is_first else None
            normalized = segment.normalized if is_first else None
        if self._repeats_alignment:
            original = chunk.repeated_alignment()
            original_start = segment.start
        return AlignmentPair(
            self._set_clock(original, original_start, segment.start),
            self._set_clock(normalized, start, segment.start),
        )

    def _set_clock(
        self, alignment: CharacterAlignment | None, message_start: float, generation_start: float
    ) -> CharacterAlignment | None:
        if alignment is None or not alignment.chars:
            return None
        origins = {"message": message_start, "generation": generation_start, "cumulative": 0.0}
        return alignment.shift(-origins[self._origin])


class SpokenMessages(Protocol):
    """How the messages of a route are written."""

    def alignments(self, chunk: AudioChunk) -> AlignmentPair:
        """Return the alignments of a chunk."""

    def audio_message(self, audio: bytes) -> Message:
        """Return a message with audio, without alignments."""

    def write_alignments(self, alignments: AlignmentPair) -> dict[str, Message | None]:
        """Return the alignments of a message by their keys."""

    def end_of_generation(self) -> Message | None:
        """Return the message after each generation."""

    def final_message(self) -> Message | None:
        """Return the message after all audio."""


class SpeechMessages:
    """The messages of text to speech; `context` is what names the context in each of them."""

    def __init__(
        self, behaviour: Behaviour, clock: AlignmentClock, context: Message | None = None
    ) -> None:
        self._behaviour = behaviour
        self._clock = clock
        self._context = context
        self._is_snake = behaviour.ws_keys == "snake"

    def alignments(self, chunk: AudioChunk) -> AlignmentPair:
        """Return the alignments of a chunk."""
        return self._clock.alignments(chunk)

    def audio_message(self, audio: bytes) -> Message:
        """Return a message with audio, without alignments."""
        is_final = self._behaviour.ws_is_final
        message: Message = {"audio": base64.b64encode(audio).decode()}
        if is_final != "absent":
            message[self._is_final_key] = None if is_final == "null" else False
        return message | (self._context or {})

    def write_alignments(self, alignments: AlignmentPair) -> dict[str, Message | None]:
        """Return the alignments of a message by their keys."""
        keys = self._behaviour.ws_keys
        normalized_key = "normalized_alignment" if self._is_snake else "normalizedAlignment"
        pairs = [(normalized_key, alignments.normalized), ("alignment", alignments.original)]
        return {
            key: None if alignment is None else websocket_alignment(alignment, keys)
            for key, alignment in (pairs[:1] if keys == "seed" else pairs)
        }

    def end_of_generation(self) -> Message | None:
        """Return nothing: text to speech doesn't say when a generation ends."""
        return None

    def final_message(self) -> Message | None:
        """Return the message after all audio; docs/protocol.md, "Multi-context WebSocket"."""
        if self._behaviour.ws_final == "none":
            return None
        message: Message = {self._is_final_key: True}
        if self._context is not None:
            return message | self._context
        if self._behaviour.ws_final == "full":
            return {"audio": None, **message, "normalizedAlignment": None, "alignment": None}
        return message

    @property
    def _is_final_key(self) -> str:
        return "is_final" if self._is_snake else "isFinal"


class DialogueMessages:
    """The messages of text to dialogue; docs/protocol.md, "Text to dialogue"."""

    def __init__(self, clock: AlignmentClock | None, context: Message | None = None) -> None:
        self._clock = clock
        self._context = context or {}

    def alignments(self, chunk: AudioChunk) -> AlignmentPair:
        """Return the alignment of a chunk if the client asked for alignments."""
        original = self._clock.alignments(chunk).original if self._clock else None
        return AlignmentPair(original, None)

    def audio_message(self, audio: bytes) -> Message:
        """Return a message with audio, without its alignment."""
        return {"audio": base64.b64encode(audio).decode()} | self._context

    def write_alignments(self, alignments: AlignmentPair) -> dict[str, Message | None]:
        """Return the alignment of a message; there is no normalized one."""
        original = alignments.original
        return {"alignment": None if original is None else websocket_alignment(original, "snake")}

    def end_of_generation(self) -> Message | None:
        """Return the message after each generation."""
        return {"is_final_audio_for_turn": True} | self._context

    def final_message(self) -> Message | None:
        """Return the message after all audio."""
        return {"is_final": True} | self._context
