"""A real Home Assistant in a directory of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
import json
import os
from pathlib import Path
import shutil
import sys
import time

import aiohttp

from demo.errors import DemoError
from demo.home_api import HomeApi, Json
from demo.places import CACHE, COMPONENT, DEMO, LOOPBACK, REPOSITORY
from demo.processes import Program, running
from demo.waiting import until

USER = "demo"
PASSWORD = "demo"  # noqa: S105 - the log-in of a home that only this machine reaches
START_PATIENCE = 120
CONFIG = "home"

CONFIGURATION = """\
homeassistant:
  name: ElevenLabs Streaming demo
  internal_url: {url}
  country: GB
  language: en
  media_dirs:
    local: {media}
frontend:
assist_pipeline:
conversation:
media_source:
logger:
  default: warning
  logs:
    custom_components: info
"""
HTTP_CONFIGURATION = """\
http:
  server_host: {host}
  server_port: {port}
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A Home Assistant that is up, and its owner's access to it."""

    api: HomeApi
    program: Program
    version: str

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        return self.api.url


@asynccontextmanager
async def home_assistant(
    directory: Path, port: int, session: aiohttp.ClientSession
) -> AsyncIterator[Home]:
    """Run Home Assistant with an owner account and nothing that calls the internet."""
    url = f"http://{LOOPBACK}:{port}"
    write_configuration(directory / CONFIG, url, port)
    async with home_program(directory) as program:
        with telling_log(program):
            api = HomeApi(session, url)
            await create_owner(api, program)
            version = await wait_until_started(api, program)
            yield Home(api, program, version)


@asynccontextmanager
async def home_again(directory: Path, api: HomeApi) -> AsyncIterator[Home]:
    """Run the home of a directory once more, for the owner that it has."""
    async with home_program(directory) as program:
        with telling_log(program):
            yield Home(api, program, await wait_until_started(api, program))


@asynccontextmanager
async def home_program(directory: Path) -> AsyncIterator[Program]:
    """Run Home Assistant's program in a directory."""
    config = directory / CONFIG
    command = [sys.executable, "-m", "homeassistant", "--config", str(config)]
    async with running(
        "Home Assistant",
        [*command, "--skip-pip", "--log-no-color"],
        log=directory / "home-assistant.log",
        cwd=config,
        environment={"PATH": _path_with_ffmpeg()},
    ) as program:
        yield program


@contextmanager
def telling_log(program: Program) -> Iterator[None]:
    """Keep the program's log if something goes wrong in the block, and quote its end."""
    try:
        yield
    except Exception as error:
        kept = shutil.copy(program.log, CACHE)
        where = Path(kept).relative_to(REPOSITORY)
        error.add_note(f"The end of {program.name}'s log (all of it: {where}):\n{program.tail()}")
        raise


def write_configuration(config: Path, url: str, port: int) -> None:
    """Lay out the configuration directory of a new home."""
    storage = config / ".storage"
    storage.mkdir(parents=True)
    media = config / "media"
    media.mkdir()
    text = CONFIGURATION.format(url=url, media=media)
    if _keeps_http_settings_itself():
        _store(storage, "http", 1, {"server_host": [LOOPBACK], "server_port": port})
    else:
        text += HTTP_CONFIGURATION.format(host=LOOPBACK, port=port)
    (config / "configuration.yaml").write_text(text, encoding="utf-8")
    # With these steps done, onboarding adds no integration that calls the internet.
    done = ["core_config", "analytics", "integration"]
    _store(storage, "onboarding", 4, {"done": done})
    _add_custom_components(config / "custom_components")


def _keeps_http_settings_itself() -> bool:
    # Later versions take `http:` from the YAML for five minutes on trial only, then
    # restart without it; what they find in their storage they take as settled.
    package = find_spec("homeassistant")
    if package is None or package.origin is None:
        message = "Home Assistant is not installed in this environment."
        raise DemoError(message)
    return (Path(package.origin).parent / "components/http/config.py").exists()


def _store(storage: Path, key: str, version: int, data: Json) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content), encoding="utf-8")


def _add_custom_components(place: Path) -> None:
    place.mkdir()
    agent = DEMO / "custom_components" / "demo_agent"
    for component in (COMPONENT, agent):
        (place / component.name).symlink_to(component, target_is_directory=True)


def _path_with_ffmpeg() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


async def create_owner(api: HomeApi, program: Program) -> None:
    """Create the first user as the onboarding page would, and log in."""
    client = f"{api.url}/"

    async def onboarding() -> Json:
        program.check()
        try:
            return await api.get("/api/onboarding")
        except aiohttp.ClientConnectionError, DemoError:
            return None

    steps = await until("Home Assistant's web server", onboarding, seconds=START_PATIENCE)
    if {"step": "user", "done": True} in steps:
        message = f"Another Home Assistant took {api.url} meanwhile."
        raise DemoError(message)
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


async def wait_until_started(api: HomeApi, program: Program) -> str:
    """Wait for the end of Home Assistant's start and return its version."""

    async def version() -> str | None:
        program.check()
        try:
            config = await api.get("/api/config")
        except aiohttp.ClientConnectionError:
            return None
        return str(config["version"]) if config["state"] == "RUNNING" else None

    return await until("Home Assistant's start", version, seconds=START_PATIENCE)
