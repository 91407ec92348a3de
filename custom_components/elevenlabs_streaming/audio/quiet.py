"""Where audio is quiet, found as it comes."""

from typing import Final, NamedTuple

from .levels import LevelReader

_LEAST_LOUD_DB: Final = 60.0
_FADES_DB_PER_S: Final = 2.0
# How fast the measure of loudness follows what is louder: single peaks do not count.
_RISES: Final = 0.2
# Shorter ones are closures of consonants.
_SHORTEST_S: Final = 0.06


class Quiet(NamedTuple):
    """A stretch without speech, in seconds of the audio."""

    start: float
    end: float


class QuietFinder:
    """Finds the stretches without speech in one stream of audio."""

    def __init__(self, levels: LevelReader, start: float = 0.0) -> None:
        """`start`: where in the audio the stream begins, in seconds."""
        self._levels = levels
        self._start = start
        self._steps = 0
        self._loud = _LEAST_LOUD_DB
        self._since: float | None = start
        self.found: list[Quiet] = []
        """The stretches that are over; the first is that before the first sound."""

    @property
    def seconds(self) -> float:
        """How far the audio is known."""
        return self._start + self._steps * self._levels.step

    @property
    def since(self) -> float | None:
        """When the stretch began that goes on; None while there is speech."""
        since = self._since
        return since if since is not None and self.seconds - since >= _SHORTEST_S else None

    def add(self, audio: bytes) -> None:
        """Add more of the audio."""
        levels = self._levels.add(audio)
        fade = _FADES_DB_PER_S * self._levels.step
        for level in levels:
            above = level - self._loud
            self._loud = max(self._loud + (above * _RISES if above > 0 else -fade), _LEAST_LOUD_DB)
            self._note(is_quiet=level < self._loud - self._levels.quiet_below)
            self._steps += 1

    def _note(self, *, is_quiet: bool) -> None:
        now = self.seconds
        if is_quiet:
            self._since = now if self._since is None else self._since
        elif self._since is not None:
            if not self.found or now - self._since >= _SHORTEST_S:
                self.found.append(Quiet(self._since, now))
            self._since = None
