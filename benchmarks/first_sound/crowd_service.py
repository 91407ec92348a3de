"""The simulator for many at once: `python -m benchmarks.first_sound.crowd_service`.

What was said before in the same way is not made again, so that its own work does not count.
"""

import asyncio
import signal
import sys
from typing import override

from benchmarks.first_sound.round_trip import READY
from simulator import Simulator, websocket_speech
from simulator.audio_formats import AudioFormat
from simulator.speech_stream import AudioChunk, SpeechStream
from simulator.synthesis_settings import SynthesisSettings
from simulator.synthesis_thread import SynthesisThread

type Said = tuple[object, ...]

_remembered: dict[Said, tuple[list[AudioChunk], int]] = {}


class RememberingStream(SpeechStream):
    """Speech that remembers what it said."""

    def __init__(
        self,
        thread: SynthesisThread,
        settings: SynthesisSettings,
        output_format: AudioFormat,
        chunk_ms: int,
    ) -> None:
        """Take what any stream takes."""
        super().__init__(thread, settings, output_format, chunk_ms)
        self._said: Said = (settings, output_format, chunk_ms)

    @override
    def _synthesize(self, text: str, *, finish: bool) -> list[AudioChunk]:
        self._said = (*self._said, text, finish)
        if self._said not in _remembered:
            chunks = super()._synthesize(text, finish=finish)
            _remembered[self._said] = chunks, self._sample_count
        chunks, self._sample_count = _remembered[self._said]
        return chunks


async def _serve() -> None:
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    vars(websocket_speech)[SpeechStream.__name__] = RememberingStream
    async with Simulator() as simulator:
        sys.stdout.write(f"{READY} {simulator.url}\n")
        await end.wait()


def main() -> None:
    """Run until the process is told to end."""
    asyncio.run(_serve())


if __name__ == "__main__":
    main()
