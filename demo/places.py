"""Where things are, and which ports are free."""

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
from pathlib import Path
import shutil
import socket
import tempfile
from typing import TextIO

from demo.errors import DemoError

DEMO = Path(__file__).resolve().parent
REPOSITORY = DEMO.parent
CACHE = REPOSITORY / ".cache" / "demo"
COMPONENT = REPOSITORY / "custom_components" / "elevenlabs_streaming"
LOOPBACK = "127.0.0.1"
USUAL_PORT = 8123


@contextmanager
def fresh_directory() -> Iterator[Path]:
    """Make a directory of this run's own, gone afterwards: it may hold an API key."""
    CACHE.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=CACHE))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def is_free(port: int) -> bool:
    """Whether nothing listens on the port, on whichever address."""
    for address in (LOOPBACK, "0.0.0.0"):  # noqa: S104 - only looks whether it is taken
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def any_free_port() -> int:
    """Ask the system for a port that is free."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def reserved_port(wanted: int | None) -> Iterator[int]:
    """Take the wanted port, or without a wish the usual one if it is free."""
    if wanted is not None:
        if not is_free(wanted):
            message = f"Port {wanted} is taken."
            raise DemoError(message)
        yield wanted
        return
    with (CACHE / "usual-port.lock").open("w") as lock:
        # Home Assistant opens its port late: two demos would find it free at once.
        yield USUAL_PORT if _lock(lock) and is_free(USUAL_PORT) else any_free_port()


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def find_program(what: str, *names: str) -> str:
    """Find the first of these programs that is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    message = f"{what} is not installed (looked for {', '.join(names)}): run scripts/setup."
    raise DemoError(message)
