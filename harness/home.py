"""A real Home Assistant in a directory of its own."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import sys
import time

import aiohttp

from harness.configuration import write_configuration
from harness.errors import HarnessError
from harness.home_api import HomeApi, HomeSocket, Json, open_socket
from harness.paths import CACHE, REPOSITORY
from harness.ports import LOOPBACK, reserved_port
from harness.processes import Program, running
from harness.waiting import until

USER = "demo"
PASSWORD = "demo"  # noqa: S105 - the log-in of a home that only this machine reaches
START_PATIENCE = 120
CONFIG = "home"


@dataclass(frozen=True, slots=True)
class Home:
    """A Home Assistant that is up, and its owner's access to it."""

    api: HomeApi
    socket: HomeSocket
    program: Program
    version: str

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        return self.api.url

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session of the owner's requests."""
        return self.api.session


@asynccontextmanager
async def home_assistant(
    directory: Path,
    port: int | None = None,
    *,
    components: Sequence[Path] = (),
    yaml: str = "",
) -> AsyncIterator[Home]:
    """Run Home Assistant with an owner account and nothing that calls the internet.

    Without a port it takes the usual one, if that is free. `components` and `yaml` are added
    to its configuration.
    """
    async with aiohttp.ClientSession() as session:
        with reserved_port(port) as reserved:
            api = HomeApi(session, f"http://{LOOPBACK}:{reserved}")
            config = directory / CONFIG
            write_configuration(config, api.url, reserved, components=components, yaml=yaml)
            async with _home_program(directory) as program:
                await _create_owner(api, program)
                async with _started(api, program) as home:
                    yield home


@asynccontextmanager
async def home_again(directory: Path, earlier: Home) -> AsyncIterator[Home]:
    """Run the home of a directory once more, for the owner that it has."""
    async with aiohttp.ClientSession() as session, _home_program(directory) as program:
        api = HomeApi(session, earlier.url, earlier.api.tokens)
        async with _started(api, program) as home:
            yield home


@asynccontextmanager
async def _home_program(directory: Path) -> AsyncIterator[Program]:
    config = directory / CONFIG
    command = [sys.executable, "-m", "homeassistant", "--config", str(config)]
    async with running(
        "Home Assistant",
        [*command, "--skip-pip", "--log-no-color"],
        log=directory / "home-assistant.log",
        cwd=config,
        environment={"PATH": _path_with_ffmpeg()},
    ) as program:
        with _quoting_log(program):
            yield program


@asynccontextmanager
async def _started(api: HomeApi, program: Program) -> AsyncIterator[Home]:
    version = await _wait_until_started(api, program)
    async with open_socket(api) as socket:
        yield Home(api, socket, program, version)


@contextmanager
def _quoting_log(program: Program) -> Iterator[None]:
    """Keep the program's log if something goes wrong in the block, and quote its end."""
    try:
        yield
    except Exception as error:
        kept = shutil.copy(program.log, CACHE)
        where = Path(kept).relative_to(REPOSITORY)
        error.add_note(f"The end of {program.name}'s log (all of it: {where}):\n{program.tail()}")
        raise


def _path_with_ffmpeg() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


async def _create_owner(api: HomeApi, program: Program) -> None:
    """Create the first user as the onboarding page would, and log in."""
    client = f"{api.url}/"

    async def onboarding() -> Json:
        program.check()
        try:
            return await api.get("/api/onboarding")
        except aiohttp.ClientConnectionError, HarnessError:
            return None

    steps = await until("Home Assistant's web server", onboarding, seconds=START_PATIENCE)
    if {"step": "user", "done": True} in steps:
        message = f"Another Home Assistant took {api.url} meanwhile."
        raise HarnessError(message)
    owner = {"name": "Demo", "username": USER, "password": PASSWORD}
    created = await api.post(
        "/api/onboarding/users", owner | {"client_id": client, "language": "en"}
    )
    await _log_in(api, client, created["auth_code"])


async def _log_in(api: HomeApi, client: str, code: str) -> None:
    grant = {"grant_type": "authorization_code", "code": code, "client_id": client}
    tokens = await api.post_form("/auth/token", grant)
    expires = int((time.time() + tokens["expires_in"]) * 1000)
    api.tokens = tokens | {"clientId": client, "hassUrl": api.url, "expires": expires}


async def _wait_until_started(api: HomeApi, program: Program) -> str:
    """Wait for the end of Home Assistant's start and return its version."""

    async def version() -> str | None:
        program.check()
        try:
            config = await api.get("/api/config")
        except aiohttp.ClientConnectionError:
            return None
        return str(config["version"]) if config["state"] == "RUNNING" else None

    return await until("Home Assistant's start", version, seconds=START_PATIENCE)
