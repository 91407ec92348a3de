"""The simulator for many at once: `python -m benchmarks.first_sound.crowd_service`.

What was said before in the same way is not made again, so that its own work does not count.
"""

import asyncio
import signal
import sys
from typing import override

from benchmarks.first_sound.round_trip import READY
from simulator import Simulator, socket_speech
from simulator.engine import Engine, Piece, SpeechStream
from simulator.formats import OutputFormat
from simulator.speech import Manner

type Said = tuple[object, ...]

_remembered: dict[Said, tuple[list[Piece], int]] = {}


class RememberingStream(SpeechStream):
    """Speech that remembers what it said."""

    def __init__(self, engine: Engine, manner: Manner, chosen: OutputFormat, chunk_ms: int) -> None:
        """Take what any stream takes."""
        super().__init__(engine, manner, chosen, chunk_ms)
        self._said: Said = (manner, chosen, chunk_ms)

    @override
    def _make(self, text: str, finish: bool) -> list[Piece]:
        self._said = (*self._said, text, finish)
        if self._said not in _remembered:
            pieces = super()._make(text, finish)
            _remembered[self._said] = pieces, self._samples
        pieces, self._samples = _remembered[self._said]
        return pieces


async def _serve() -> None:
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    vars(socket_speech)[SpeechStream.__name__] = RememberingStream
    async with Simulator() as simulator:
        sys.stdout.write(f"{READY} {simulator.url}\n")
        await end.wait()


def main() -> None:
    """Run until the process is told to end."""
    asyncio.run(_serve())


if __name__ == "__main__":
    main()
