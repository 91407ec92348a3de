"""Faults of one stream: what its messages look like and where it stops."""

import asyncio
from dataclasses import dataclass
import json
from typing import Any, Literal

from .behaviour import Behaviour
from .speech import CharTimes

# Lets the client read what was sent; a cut connection may throw it away.
_READING_TIME = 0.05
_HUGE = 5 * 1024 * 1024 + 4096

type Route = Literal["http", "websocket"]


class Dropped(Exception):  # noqa: N818 - an order, not an error
    """The TCP connection shall be cut."""


@dataclass(slots=True)
class ClosedEarly(Exception):  # noqa: N818 - an order, not an error
    """The stream shall end before its time."""

    code: int
    reason: str
    error: str


@dataclass(frozen=True, slots=True)
class Alignments:
    """Both alignments of a message; None is null on the wire."""

    written: CharTimes | None
    spoken: CharTimes | None


_NULL = Alignments(None, None)


class StreamFaults:
    """Counts the audio messages of a stream and spoils the chosen ones."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._how = behaviour
        self._previous = _NULL
        self.sent = 0

    async def gate(self) -> None:
        """Pass, stop for ever or end, before each message and at the end."""
        how = self._how
        if how.silent or how.stall_after == self.sent:
            await asyncio.Event().wait()
        if how.drop_after == self.sent:
            await asyncio.sleep(_READING_TIME)
            raise Dropped
        if how.close_after == self.sent:
            raise ClosedEarly(how.close_code, how.close_reason, how.close_error)

    async def first_byte(self) -> None:
        """Wait between headers and the first byte."""
        if self._how.first_byte_delay:
            await asyncio.sleep(self._how.first_byte_delay)

    @property
    def number(self) -> int:
        """The number of the message that comes next."""
        return self.sent + 1

    def alignments(self, given: Alignments) -> Alignments:
        """Spoil the times of the next message."""
        how = self._how
        if how.alignment_null_every and self.number % how.alignment_null_every == 0:
            return _NULL
        current = Alignments(self._times(given.written), self._times(given.spoken))
        if not how.overlap:
            return current
        both = Alignments(
            _joined(self._previous.written, current.written),
            _joined(self._previous.spoken, current.spoken),
        )
        self._previous = current
        return both

    def _times(self, times: CharTimes | None) -> CharTimes | None:
        if times is None:
            return None
        if self._how.drift != 1.0:
            factor = self._how.drift
            starts = tuple(at * factor for at in times.starts)
            ends = tuple(at * factor for at in times.ends)
            times = CharTimes(times.chars, starts, ends)
        return times.shifted(-0.5) if self._how.negative_times else times

    def shape(self, which: str, value: dict[str, Any] | None) -> tuple[bool, Any]:
        """Spoil one alignment's JSON; the first part says whether to send it."""
        how = self._how
        kind = how.alignment if which == "alignment" else how.normalized
        if kind == "missing":
            return False, None
        if kind == "null" or value is None:
            return True, None
        if kind == "empty":
            return True, {key: [] for key in value}
        if kind == "mismatched":
            last = list(value)[-1]
            return True, {**value, last: value[last][:-1]}
        if kind == "wrong_type":
            return True, "alignment"
        return True, value

    def spoil(self, message: dict[str, Any], audio_key: str) -> dict[str, Any]:
        """Spoil the next message as a whole."""
        if self._how.bad_base64 == self.number:
            return {**message, audio_key: "***not base64***"}
        if self._how.wrong_types == self.number:
            return {**message, audio_key: 42}
        return message

    def text(self, message: dict[str, Any]) -> str:
        """Write the next message as text."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        if self._how.huge_message == self.number:
            return text[:-1] + " " * max(0, _HUGE - len(text)) + "}"
        return text

    def extras(self) -> list[str | bytes]:
        """Give what comes before the next message."""
        how, found = self._how, list[str | bytes]()
        if how.broken_json == self.number:
            found.append('{"audio": "AAAA", "alignment": {')
        if how.binary_frame == self.number:
            found.append(b"\x00\x01binary\xff")
        if how.unknown_message == self.number:
            found.append('{"type":"flush_done","done":false,"status_code":206}')
        return found

    @property
    def cuts_line(self) -> bool:
        """Whether the next line ends in the middle."""
        return self._how.cut_line == self.number


def _joined(before: CharTimes | None, after: CharTimes | None) -> CharTimes | None:
    if before is None or after is None:
        return after
    return CharTimes(
        before.chars + after.chars,
        before.starts + after.starts,
        before.ends + after.ends,
    )
