"""How long to wait for the service."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait before giving up."""

    connect: float = 10.0
    handshake: float = 4.0
    """For a WebSocket to open. It takes three round trips, and HTTP can speak in its place."""
    answer: float = 15.0
    """For an answer that is not audio."""
    first_audio: float = 8.0
    """For the first audio of a text. The slowest model takes 1.5 s (docs/protocol.md, "Latency and
    concurrency"), and two such waits, one for each attempt, are the most a listener waits."""
    audio: float = 10.0
    """For the next piece of audio, most of which comes well before it is due."""

    @property
    def opening(self) -> float:
        """Seconds for a WebSocket to open."""
        return min(self.connect, self.handshake)

    @property
    def beginning(self) -> float:
        """Seconds for the first audio."""
        return min(self.first_audio, self.audio)
