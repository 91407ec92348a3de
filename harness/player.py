"""A real music player (MPD) that plays in real time and keeps what it played."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.paths import find_program
from harness.ports import LOOPBACK, any_free_port
from harness.processes import running
from harness.waiting import until

START_PATIENCE = 20

# The null output keeps real time, as a sound card would; the recorder writes what it hears.
CONFIGURATION = """\
bind_to_address "{host}"
port "{port}"
playlist_directory "{directory}"
auto_update "no"
input {{
    plugin "curl"
}}
audio_output {{
    type "null"
    name "real time"
    sync "yes"
}}
audio_output {{
    type "recorder"
    name "recording"
    path "{recording}"
    encoder "wave"
    format "44100:16:1"
}}
"""


@dataclass(frozen=True, slots=True)
class Player:
    """A running MPD: where Home Assistant reaches it, and what it recorded last."""

    port: int
    recording: Path


@asynccontextmanager
async def music_player(
    directory: Path, name: str = "mpd", *, outputs: str = ""
) -> AsyncIterator[Player]:
    """Run an MPD with a configuration and a state of its own.

    `outputs` are added to its configuration.
    """
    place = directory / name
    place.mkdir()
    player = Player(any_free_port(), place / "recording.wav")
    settings = place / "mpd.conf"
    settings.write_text(_configuration(player, place) + outputs, encoding="utf-8")
    command = [find_program("MPD", "mpd"), "--no-daemon", "--stderr", str(settings)]
    async with running("MPD", command, log=place / "mpd.log", cwd=place) as program:

        async def greeting() -> bytes | None:
            program.check()
            return await _greeting(player.port)

        await until("MPD's greeting", greeting, seconds=START_PATIENCE)
        yield player


def _configuration(player: Player, place: Path) -> str:
    return CONFIGURATION.format(
        host=LOOPBACK, port=player.port, directory=place, recording=player.recording
    )


async def _greeting(port: int) -> bytes | None:
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return None
    try:
        line = await reader.readline()
    finally:
        writer.close()
    return line if line.startswith(b"OK MPD") else None
