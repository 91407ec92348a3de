"""The loopback address, and ports on it that are free."""

from collections.abc import Iterator
from contextlib import contextmanager
import socket

from harness.errors import HarnessError

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8123


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
        raise HarnessError(message)
    return any_free_port()


def _is_claimed(claim: socket.socket, port: int) -> bool:
    # Home Assistant opens its port late, and two demos would find it free at once. The UDP
    # port of that number, which nobody uses, says on this machine that one has it already.
    try:
        claim.bind((LOOPBACK, port))
    except OSError:
        return False
    return True
