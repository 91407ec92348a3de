"""Which voice speaks from which character of a text on."""

from bisect import bisect_right
from collections.abc import Mapping


class Turns:
    """The turns of the speakers in one text, which may still grow."""

    def __init__(self, voices: Mapping[str, str]) -> None:
        """`voices`: the voice IDs of all speakers, by their names."""
        self._voices = voices
        self._starts: list[int] = []
        self._speakers: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all speakers."""
        return tuple(self._voices)

    @property
    def voice_ids(self) -> tuple[str, ...]:
        """The IDs of all voices, each once."""
        return tuple(dict.fromkeys(self._voices.values()))

    def start(self, offset: int, name: str) -> None:
        """Record that a speaker begins at a character of the text."""
        if self._speakers and self._speakers[-1] == name:
            return
        if self._starts and self._starts[-1] == offset:
            self._speakers[-1] = name
            return
        self._starts.append(offset)
        self._speakers.append(name)

    def voice_at(self, offset: int) -> str | None:
        """Return the ID of the voice that speaks a character; None before the first turn."""
        number = bisect_right(self._starts, offset)
        return self._voices[self._speakers[number - 1]] if number else None

    def end_of(self, offset: int) -> int | None:
        """Return where the turn of a character ends; None where nobody else is known to follow."""
        number = bisect_right(self._starts, offset)
        return self._starts[number] if number < len(self._starts) else None
