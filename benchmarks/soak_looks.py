"""What a Home Assistant process holds at a moment, seen from outside and from inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.soak_home import SoakHome
from harness.home import CONFIG

type Json = Any

MEGABYTE = 1024 * 1024
CAPTIONS = "elevenlabs_streaming.captions"


@dataclass(frozen=True, slots=True)
class Look:
    """What the Home Assistant process holds at a moment."""

    spoken: int
    minute: float
    kilobytes: Mapping[str, int]
    """The lines of `/proc/…/smaps_rollup` and the `Rss` ones of `status`."""
    files: int
    sockets: int
    threads: int
    captions: tuple[int, int]
    """How many files with captions are on the disk, and their bytes."""
    inside: Json

    @property
    def rss(self) -> float:
        """Everything that is in memory, in megabytes."""
        return self.kilobytes["Rss"] / 1024

    @property
    def pss(self) -> float:
        """The same, with a share of what other processes have too."""
        return self.kilobytes["Pss"] / 1024

    @property
    def python_used(self) -> float:
        """What Python's allocator has given to objects that live."""
        return float(self._memory["pymalloc"]["used"] / MEGABYTE)

    @property
    def python_free(self) -> float:
        """What Python's allocator keeps for objects to come."""
        return float(self._memory["pymalloc"]["arenas"] / MEGABYTE) - self.python_used

    @property
    def glibc_used(self) -> float:
        """What the C library has given to those who use it."""
        return float(self._memory["glibc"]["used"] / MEGABYTE)

    @property
    def glibc_free(self) -> float:
        """What the C library keeps in its arenas, in memory or not."""
        return float(self._memory["glibc"]["free"] / MEGABYTE)

    @property
    def glibc_mapped(self) -> float:
        """What the C library has mapped for large pieces."""
        return float(self._memory["glibc"]["mapped"] / MEGABYTE)

    @property
    def mapped_files(self) -> float:
        """What is in memory of programs, libraries, and other files."""
        return (self.kilobytes["RssFile"] + self.kilobytes["RssShmem"]) / 1024

    @property
    def rest(self) -> float:
        """What is left: the stacks of threads and others' mappings, less what is not in memory."""
        python = self.python_used + self.python_free
        glibc = self.glibc_used + self.glibc_free + self.glibc_mapped
        return self.rss - self.mapped_files - python - glibc

    @property
    def arenas(self) -> list[tuple[float, float]]:
        """The size of each of the C library's arenas, and what is free in it."""
        told = self._memory["glibc_arenas"]
        return [(one["size"] / MEGABYTE, one["free"] / MEGABYTE) for one in told]

    @property
    def _memory(self) -> Json:
        return self.inside["memory"]


FIGURES: Mapping[str, Callable[[Look], float]] = {
    "RSS, MB": lambda one: one.rss,
    "PSS, MB": lambda one: one.pss,
    "live in Python, MB": lambda one: one.python_used,
    "free in Python, MB": lambda one: one.python_free,
    "live in glibc, MB": lambda one: one.glibc_used,
    "free in glibc, MB": lambda one: one.glibc_free,
    "mapped by glibc, MB": lambda one: one.glibc_mapped,
    "mapped files, MB": lambda one: one.mapped_files,
    "rest, MB": lambda one: one.rest,
    "Python blocks": lambda one: float(one.inside["memory"]["blocks"]),
    "objects": lambda one: float(one.inside["objects"]),
    "tasks": lambda one: float(one.inside["tasks"]),
    "timers": lambda one: float(one.inside["timers"]),
    "threads": lambda one: float(one.threads),
    "open files": lambda one: float(one.files),
    "sockets": lambda one: float(one.sockets),
}


async def look(soaked: SoakHome, spoken: int, minute: float) -> Look:
    """Look at the process."""
    inside = await soaked.home.socket.call("soak_probe/look")
    process = Path(f"/proc/{soaked.home.program.process.pid}")
    descriptors = [one.readlink().name for one in _existing(process / "fd")]
    return Look(
        spoken=spoken,
        minute=minute,
        kilobytes=_kilobytes(process),
        files=len(descriptors),
        sockets=sum(name.startswith("socket:") for name in descriptors),
        threads=len(list((process / "task").iterdir())),
        captions=_captions(soaked.directory / CONFIG / ".storage" / CAPTIONS),
        inside=inside,
    )


def _existing(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_symlink()]


def _kilobytes(process: Path) -> dict[str, int]:
    lines = [
        line.split()
        for name in ("smaps_rollup", "status")
        for line in (process / name).read_text(encoding="ascii").splitlines()
        if line.endswith(" kB")
    ]
    return {words[0].rstrip(":"): int(words[1]) for words in lines}


def _captions(folder: Path) -> tuple[int, int]:
    sizes = [one.stat().st_size for one in folder.glob("*.json")]
    return len(sizes), sum(sizes)
