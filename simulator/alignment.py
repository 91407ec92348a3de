"""Which character sounds when, and how the API writes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_WEBSOCKET_KEYS = {
    "camel": ("chars", "charStartTimesMs", "charDurationsMs"),
    "camel_s": ("chars", "charStartTimesMs", "charsDurationsMs"),
    "camel_ss": ("chars", "charsStartTimesMs", "charsDurationsMs"),
    "snake": ("chars", "char_start_times_ms", "char_durations_ms"),
    "seed": ("chars", "char_start_times_ms", "chars_durations_ms"),
}


@dataclass(frozen=True, slots=True)
class CharacterAlignment:
    """Characters with their start and end times in seconds."""

    chars: tuple[str, ...] = ()
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()

    def shift(self, seconds: float) -> CharacterAlignment:
        """Return the characters with later times."""
        return CharacterAlignment(
            self.chars,
            tuple(start + seconds for start in self.starts),
            tuple(end + seconds for end in self.ends),
        )

    def scale(self, factor: float) -> CharacterAlignment:
        """Return the characters with all times multiplied."""
        return CharacterAlignment(
            self.chars,
            tuple(start * factor for start in self.starts),
            tuple(end * factor for end in self.ends),
        )

    def select_interval(self, start: float, end: float) -> CharacterAlignment:
        """Return the characters that start in an interval."""
        return self.select([i for i, at in enumerate(self.starts) if start <= at < end])

    def select(self, indices: Sequence[int]) -> CharacterAlignment:
        """Return the characters at some indices."""
        return CharacterAlignment(
            tuple(self.chars[i] for i in indices),
            tuple(self.starts[i] for i in indices),
            tuple(self.ends[i] for i in indices),
        )

    def strip_end(self) -> CharacterAlignment:
        """Return the characters without the spaces at their end."""
        length = len(self.chars)
        while length and self.chars[length - 1].isspace():
            length -= 1
        return self.select(range(length))


def concatenate_alignments(parts: Iterable[CharacterAlignment]) -> CharacterAlignment:
    """Return the characters of several alignments as one."""
    parts = list(parts)
    return CharacterAlignment(
        tuple(char for part in parts for char in part.chars),
        tuple(start for part in parts for start in part.starts),
        tuple(end for part in parts for end in part.ends),
    )


@dataclass(frozen=True, slots=True)
class AlignmentPair:
    """The `alignment` and the `normalized_alignment` of a message; None is null."""

    original: CharacterAlignment | None
    normalized: CharacterAlignment | None


@dataclass(slots=True)
class AlignmentBuilder:
    """A character alignment that is being written."""

    chars: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def append_text(self, text: str, start: float, end: float) -> None:
        """Append characters that share an interval equally."""
        step = (end - start) / len(text) if text else 0.0
        for index, char in enumerate(text):
            self.append_char(char, start + index * step, start + (index + 1) * step)

    def append_char(self, char: str, start: float, end: float) -> None:
        """Append one character."""
        self.chars.append(char)
        self.starts.append(start)
        self.ends.append(end)

    def build(self) -> CharacterAlignment:
        """Return the finished alignment."""
        return CharacterAlignment(tuple(self.chars), tuple(self.starts), tuple(self.ends))


def http_alignment(alignment: CharacterAlignment) -> dict[str, Any]:
    """Return the JSON of the HTTP routes: starts and ends in seconds."""
    return {
        "characters": list(alignment.chars),
        "character_start_times_seconds": [round(at, 3) for at in alignment.starts],
        "character_end_times_seconds": [round(at, 3) for at in alignment.ends],
    }


def websocket_alignment(alignment: CharacterAlignment, keys: str) -> dict[str, Any]:
    """Return the JSON of the WebSocket: starts and durations in milliseconds."""
    chars, starts, durations = _WEBSOCKET_KEYS[keys]
    intervals = zip(alignment.starts, alignment.ends, strict=True)
    return {
        chars: list(alignment.chars),
        starts: [round(start * 1000) for start in alignment.starts],
        durations: [round(end * 1000) - round(start * 1000) for start, end in intervals],
    }
