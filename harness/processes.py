"""Programs that run while a block lasts: each has one owner, who always ends it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import signal

from harness.errors import HarnessError

GRACE = 25.0
SECRETS = ("ELEVENLABS_API_KEY",)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was started, and where it writes what it says."""

    name: str
    log: Path
    process: asyncio.subprocess.Process

    def said(self) -> str:
        """Return everything the program wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tail(self, lines: int = 30) -> str:
        """Return the last lines the program wrote."""
        with self.log.open(encoding="utf-8", errors="replace") as written:
            return "".join(deque(written, maxlen=lines)).rstrip()

    def check(self) -> None:
        """Complain if the program ended by itself."""
        code = self.process.returncode
        if code is not None:
            message = f"{self.name} ended by itself (code {code}):\n{self.tail()}"
            raise HarnessError(message)


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Make an environment for a child: no secrets, no foreign Python paths."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in SECRETS and name != "PYTHONPATH"
    }
    return kept | {"PYTHONUNBUFFERED": "1"} | dict(extra)


@asynccontextmanager
async def running(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Program]:
    """Run a program while the block lasts, apart from the terminal's Ctrl-C."""
    process = await _start(name, command, log, cwd, environment or {})
    try:
        yield Program(name, log, process)
    finally:
        await _end(process)


async def _start(
    name: str,
    command: Sequence[str],
    log: Path,
    cwd: Path,
    environment: Mapping[str, str],
) -> asyncio.subprocess.Process:
    with log.open("wb") as sink:
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=asyncio.subprocess.STDOUT,
                cwd=cwd,
                env=clean_environment(environment),
                start_new_session=True,
            )
        except OSError as error:
            message = f"{name} could not be started ({error}). Did scripts/setup run?"
            raise HarnessError(message) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        _tell_group(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
    # Whatever the program itself left behind, or the program if it does not listen.
    _tell_group(process, signal.SIGKILL)
    await process.wait()


def _tell_group(process: asyncio.subprocess.Process, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, what)
