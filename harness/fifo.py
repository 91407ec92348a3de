"""A player that lets us hear each sample at the moment it is played.

Besides its usual outputs MPD gets a FIFO. MPD writes to a FIFO at the pace of the sound, as it
does to its null output: a block of samples comes at the moment the first of them is due.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import select
import threading
import time

from harness.player import Player, music_player
from harness.ports import LOOPBACK
from harness.samples import RATE, Samples, from_bytes

FIFO = """\
audio_output {{
    type "fifo"
    name "fifo"
    path "{path}"
    format "44100:16:1"
    mixer_type "{mixer}"
}}
"""
SAMPLE_BYTES = 2
LARGEST_READ = 65536
GLANCE = 0.02
ELAPSED = b"elapsed: "


@dataclass(frozen=True, slots=True)
class HeardAudio:
    """What was heard, and when."""

    samples: Samples
    started: float
    """The moment of sample 0, on this machine's stopwatch."""
    unrest: float
    """The 95th percentile of how far blocks came from their moment, in seconds."""
    told: float | None
    """What MPD's own `elapsed` says of the start, if it was seen."""


class FifoListener:
    """Listens to one FIFO in a thread of its own, so that moments are exact."""

    def __init__(self, path: Path) -> None:
        """Nothing is heard before the thread runs."""
        self._path = path
        self._blocks: list[tuple[float, bytes]] = []
        self._told: list[float] = []
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self) -> None:
        """Start to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._open = False
        self._thread.join()

    def tell(self, start: float) -> None:
        """Take what a look at MPD's status says of the moment of the start."""
        self._told.append(start)

    @property
    def last_moment(self) -> float:
        """When something was heard last."""
        return self._blocks[-1][0] if self._blocks else 0.0

    def take(self) -> HeardAudio | None:
        """Return what was heard since the last time."""
        blocks, self._blocks = self._blocks, []
        told, self._told = self._told, []
        if not blocks:
            return None
        starts, sample = [], 0
        for moment, block in blocks:
            starts.append(moment - sample / RATE)
            sample += len(block) // SAMPLE_BYTES
        middle = sorted(starts)[len(starts) // 2]
        unrest = sorted(abs(start - middle) for start in starts)[int(len(starts) * 0.95)]
        sound = from_bytes(b"".join(block for _, block in blocks))
        return HeardAudio(sound, middle, unrest, min(told) if told else None)

    def _listen(self) -> None:
        pipe = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            while self._open:
                if select.select([pipe], [], [], 0.2)[0]:
                    self._read(pipe)
        finally:
            os.close(pipe)

    def _read(self, pipe: int) -> None:
        moment = time.monotonic()
        with suppress(BlockingIOError):
            if block := os.read(pipe, LARGEST_READ):
                self._blocks.append((moment, block))
            else:
                time.sleep(GLANCE)


@dataclass(frozen=True, slots=True)
class HeardPlayer:
    """A running MPD and the listener at its FIFO."""

    player: Player
    listener: FifoListener


@asynccontextmanager
async def heard_player(
    directory: Path, name: str, *, has_volume: bool = False
) -> AsyncIterator[HeardPlayer]:
    """Run an MPD with the usual outputs and one that is listened to."""
    pipe = directory / f"{name}.fifo"
    os.mkfifo(pipe)
    outputs = FIFO.format(path=pipe, mixer="software" if has_volume else "none")
    async with music_player(directory, f"mpd-{name}", outputs=outputs) as player:
        listener = FifoListener(pipe)
        listener.start()
        looking = asyncio.create_task(_look(player.port, listener))
        try:
            yield HeardPlayer(player, listener)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await asyncio.to_thread(listener.stop)


async def _look(port: int, listener: FifoListener) -> None:
    """Ask MPD again and again where it is; the least late answer tells of its start."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    await reader.readline()
    try:
        while True:
            writer.write(b"status\n")
            lines = (await reader.readuntil(b"OK\n")).splitlines()
            moment = time.monotonic()
            found = [line for line in lines if line.startswith(ELAPSED)]
            if found and b"state: play" in lines and (elapsed := float(found[0][9:])):
                listener.tell(moment - elapsed)
            await asyncio.sleep(GLANCE)
    finally:
        writer.close()
