"""Where things are, and which ports are free."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import shutil
import socket
import tempfile

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
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as claim:
        yield _choose_port(claim, wanted)


def _choose_port(claim: socket.socket, wanted: int | None) -> int:
    port = USUAL_PORT if wanted is None else wanted
    if is_free(port) and _is_claimed(claim, port):
        return port
    if wanted is not None:
        message = f"Port {wanted} is taken."
        raise DemoError(message)
    return any_free_port()


def _is_claimed(claim: socket.socket, port: int) -> bool:
    # Home Assistant opens its port late, and two demos would find it free at once. The UDP
    # port of that number, which nobody uses, says on this machine that one has it already.
    try:
        claim.bind((LOOPBACK, port))
    except OSError:
        return False
    return True


def find_program(what: str, *names: str) -> str:
    """Find the first of these programs that is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    message = f"{what} is not installed (looked for {', '.join(names)}): run scripts/setup."
    raise DemoError(message)
