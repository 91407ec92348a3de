"""Others that speak through ElevenLabs, in environments of their own."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import importlib.metadata
import importlib.util
import json
from pathlib import Path
import shutil
import sys
from typing import Any

from benchmarks.first_sound.bare import FORMATS
from benchmarks.first_sound.cases import VOICE, Measured, Reply
from benchmarks.first_sound.compared_home import ComparedHome, longer_way
from benchmarks.first_sound.listening import Received, heard_of, pcm_parts
from harness.errors import HarnessError
from harness.paths import REPOSITORY
from harness.processes import clean_environment
from harness.progress import Progress
from harness.speech_service import SIMULATOR_KEY

PEERS = REPOSITORY / ".venvs" / "peers"
LIVEKIT = "livekit-plugins-elevenlabs"
LIVEKIT_LOCK = REPOSITORY / "requirements" / "peers.txt"
SPEAKER = Path(__file__).resolve().parent / "livekit_speaker.py"
PATIENCE = 60.0
SDK = "elevenlabs"
# A line holds the moments of all frames of an answer.
LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Peers:
    """What there is to compare with; None where it could not be installed."""

    sdk: Path | None
    """The folder of the official SDK that Home Assistant's integration asks for."""
    sdk_version: str
    livekit: Path | None
    """A Python that has LiveKit's plugin."""
    livekit_version: str


def sdk_requirement() -> str:
    """Return what this Home Assistant's `elevenlabs` integration requires."""
    package = importlib.util.find_spec("homeassistant")
    if package is None or package.origin is None:
        raise HarnessError("Home Assistant is not installed in this environment.")
    manifest = Path(package.origin).parent / "components" / "elevenlabs" / "manifest.json"
    required = json.loads(manifest.read_text(encoding="utf-8"))["requirements"]
    return next(one for one in map(str, required) if one.startswith(f"{SDK}=="))


async def find_peers(progress: Progress, *, install: bool) -> Peers:
    """Install what is missing, or take only what is in this environment."""
    here = importlib.metadata.version(SDK)
    if not install:
        return Peers(None, here, None, "")
    required = sdk_requirement()
    version = required.partition("==")[2]
    sdk = PEERS / f"{SDK}-{version}"
    ready = here == version or await _install_sdk(progress, required, sdk)
    livekit = PEERS / "livekit" / "bin" / "python"
    has_livekit = await _install_livekit(progress, livekit)
    return Peers(
        sdk=sdk if ready and here != version else None,
        sdk_version=version if ready else here,
        livekit=livekit if has_livekit else None,
        livekit_version=await _version(livekit) if has_livekit else "",
    )


async def _install_sdk(progress: Progress, required: str, folder: Path) -> bool:
    """Put a version of the SDK beside the environment; what it imports is there."""
    if (folder / SDK).exists():
        return True
    progress.step(f"Installing {required}, which Home Assistant's integration asks for")
    target = ["--no-deps", "--python", sys.executable, "--target", str(folder)]
    return await _uv(progress, "pip", "install", *target, required)


async def _install_livekit(progress: Progress, python: Path) -> bool:
    stamp = python.parents[1] / ".installed"
    wanted = LIVEKIT_LOCK.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return True
    progress.step("Installing LiveKit's plugin into an environment of its own")
    folder = str(python.parents[1])
    if not (
        await _uv(progress, "venv", "--clear", "--python", sys.executable, folder)
        and await _uv(progress, "pip", "sync", "--python", str(python), str(LIVEKIT_LOCK))
    ):
        return False
    stamp.write_text(wanted, encoding="utf-8")
    return True


async def _uv(progress: Progress, *arguments: str) -> bool:
    """Run uv, which scripts/setup found or installed; tells what went wrong."""
    uv = shutil.which("uv") or str(REPOSITORY / ".tools" / "uv" / "bin" / "uv")
    try:
        process = await asyncio.create_subprocess_exec(
            uv,
            arguments[0],
            *arguments[1:],
            "--quiet",
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        progress.step(f"  uv does not run ({error}): left out")
        return False
    said, _ = await process.communicate()
    if process.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:] or [""]
        progress.step(f"  that failed ({last[0]}): left out")
    return not process.returncode


async def _version(python: Path) -> str:
    code = f"import importlib.metadata as m; print(m.version({LIVEKIT!r}))"
    process = await asyncio.create_subprocess_exec(str(python), "-c", code, stdout=PIPE)
    said, _ = await process.communicate()
    return said.decode().strip()


class LiveKit:
    """LiveKit's plugin in its own process."""

    def __init__(self, process: Process) -> None:
        """Speak through a process of `livekit`."""
        self._process = process

    async def reply(self, reply: Reply) -> Measured:
        """Speak an answer while it is written; LiveKit hands over decoded frames."""
        wanted = {"tokens": reply.tokens, "rate": reply.rate, "encoding": FORMATS[reply.format]}
        found = await self._ask(wanted)
        moments = found["moments"]
        received = Received([(moment, bytes(2 * samples)) for moment, samples in found["pieces"]])
        parts = list(pcm_parts(received, found["rate"]))
        return Measured(moments["60 characters"], heard_of(parts), moments)

    async def _ask(self, wanted: dict[str, Any]) -> Any:
        source, sink = self._process.stdin, self._process.stdout
        if source is None or sink is None:
            raise HarnessError("LiveKit's process has no pipes.")
        source.write(f"{json.dumps(wanted)}\n".encode())
        async with asyncio.timeout(PATIENCE):
            line = await sink.readline()
        if not line:
            raise HarnessError("LiveKit's process ended by itself.")
        return json.loads(line)


@asynccontextmanager
async def livekit(
    python: Path, compared: ComparedHome, round_trip: float
) -> AsyncIterator[LiveKit]:
    """Run LiveKit's plugin, the same way away from the simulator."""
    log = compared.directory / "livekit.log"
    async with longer_way(log, compared.service, round_trip) as (_, far):
        process = await asyncio.create_subprocess_exec(
            str(python),
            str(SPEAKER),
            *(far, VOICE, compared.model, SIMULATOR_KEY),
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=clean_environment({}),
            limit=LONGEST_LINE,
        )
        try:
            yield LiveKit(process)
        finally:
            await _end(process)


async def _end(process: Process) -> None:
    if process.stdin:
        process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE / 10):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
