"""Paths of the repository, directories of a run's own, and installed programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import shutil
import tempfile

from harness.errors import HarnessError

HARNESS = Path(__file__).resolve().parent
REPOSITORY = HARNESS.parent
CACHE = REPOSITORY / ".cache" / "demo"
COMPONENT = REPOSITORY / "custom_components" / "elevenlabs_streaming"
AGENT = HARNESS / "custom_components" / "streaming_agent"


@contextmanager
def fresh_directory() -> Iterator[Path]:
    """Make a directory of this run's own, gone afterwards: it may hold an API key."""
    CACHE.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=CACHE))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def find_program(what: str, *names: str) -> str:
    """Find the first of these programs that is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    message = f"{what} is not installed (looked for {', '.join(names)}): run scripts/setup."
    raise HarnessError(message)
