"""Inject faults into a stream: alter its messages, and stall, drop, or close it."""

import asyncio
from dataclasses import dataclass
import json
from typing import Any

from .alignment import AlignmentPair, CharacterAlignment, concatenate_alignments
from .behaviour import Behaviour
from .odd_times import OddTimes

# The client needs time to read what was sent before the connection is dropped.
_READING_TIME = 0.05
_HUGE_LENGTH = 5 * 1024 * 1024 + 4096
_NEGATIVE_SHIFT = -0.5


class FaultDrop(Exception):  # noqa: N818 - an instruction, not an error
    """Drop the TCP connection."""


@dataclass(slots=True)
class FaultClose(Exception):  # noqa: N818 - an instruction, not an error
    """Close the stream early."""

    code: int
    reason: str
    error: str


_NULL_ALIGNMENTS = AlignmentPair(None, None)


class FaultInjector:
    """Counts the audio messages of a stream and injects faults."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._previous = _NULL_ALIGNMENTS
        self._odd_times = OddTimes(behaviour)
        self._has_stalled = False
        self.messages_sent = 0

    @property
    def next_number(self) -> int:
        """Return the number of the next message."""
        return self.messages_sent + 1

    @property
    def cuts_line(self) -> bool:
        """Return whether the next line is cut off."""
        return self._behaviour.cut_line == self.next_number

    async def stop_if_due(self) -> None:
        """Stall, drop, or close the stream if a fault says so; call it before each message."""
        behaviour = self._behaviour
        if behaviour.silent:
            await asyncio.Event().wait()
        if behaviour.stall_after == self.messages_sent and not self._has_stalled:
            await self._stall()
        if behaviour.drop_after == self.messages_sent:
            await asyncio.sleep(_READING_TIME)
            raise FaultDrop
        if behaviour.close_after == self.messages_sent:
            raise FaultClose(behaviour.close_code, behaviour.close_reason, behaviour.close_error)

    async def _stall(self) -> None:
        """Send nothing for as long as the behaviour says."""
        self._has_stalled = True
        if self._behaviour.stall_seconds:
            await asyncio.sleep(self._behaviour.stall_seconds)
        else:
            await asyncio.Event().wait()

    async def delay_first_byte(self) -> None:
        """Wait between the headers and the first byte."""
        if self._behaviour.first_byte_delay:
            await asyncio.sleep(self._behaviour.first_byte_delay)

    def alter_alignments(self, alignments: AlignmentPair) -> AlignmentPair:
        """Return the alignments of the next message with altered times."""
        every = self._behaviour.alignment_null_every
        if every and self.next_number % every == 0:
            return _NULL_ALIGNMENTS
        current = AlignmentPair(
            self._alter_times(alignments.original), self._alter_times(alignments.normalized)
        )
        if not self._behaviour.overlap:
            return current
        previous, self._previous = self._previous, current
        return AlignmentPair(
            _join(previous.original, current.original),
            _join(previous.normalized, current.normalized),
        )

    def _alter_times(self, alignment: CharacterAlignment | None) -> CharacterAlignment | None:
        if alignment is None:
            return None
        if self._behaviour.drift != 1.0:
            alignment = alignment.scale(self._behaviour.drift)
        return alignment.shift(_NEGATIVE_SHIFT) if self._behaviour.negative_times else alignment

    def alter_alignment_json(self, key: str, value: dict[str, Any] | None) -> dict[str, Any]:
        """Return the key with an altered alignment, or nothing if it is missing."""
        is_original = key == "alignment"
        fault = self._behaviour.alignment if is_original else self._behaviour.normalized
        if fault == "missing":
            return {}
        if fault == "null" or value is None:
            return {key: None}
        value = self._odd_times.alter("alignment" if is_original else "normalized", value)
        match fault:
            case "empty":
                return {key: {name: [] for name in value}}
            case "mismatched":
                last = list(value)[-1]
                return {key: {**value, last: value[last][:-1]}}
            case "wrong_type":
                return {key: "alignment"}
        return {key: value}

    def alter_message(self, message: dict[str, Any], audio_key: str) -> dict[str, Any]:
        """Return the next message with altered audio."""
        if self._behaviour.bad_base64 == self.next_number:
            return {**message, audio_key: "***not base64***"}
        if self._behaviour.wrong_types == self.next_number:
            return {**message, audio_key: 42}
        return message

    def serialize_message(self, message: dict[str, Any]) -> str:
        """Return the next message as JSON."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        if self._behaviour.huge_message == self.next_number:
            return text[:-1] + " " * max(0, _HUGE_LENGTH - len(text)) + "}"
        return text

    def inserted_messages(self) -> list[str | bytes]:
        """Return what is inserted before the next message."""
        behaviour, inserted = self._behaviour, list[str | bytes]()
        if behaviour.broken_json == self.next_number:
            inserted.append('{"audio": "AAAA", "alignment": {')
        if behaviour.binary_frame == self.next_number:
            inserted.append(b"\x00\x01binary\xff")
        if behaviour.unknown_message == self.next_number:
            inserted.append('{"type":"flush_done","done":false,"status_code":206}')
        return inserted


def _join(
    before: CharacterAlignment | None, after: CharacterAlignment | None
) -> CharacterAlignment | None:
    if before is None or after is None:
        return after
    return concatenate_alignments([before, after])
