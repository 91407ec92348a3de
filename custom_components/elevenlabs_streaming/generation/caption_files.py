"""Read and write the files of caption tracks without following symbolic links."""

from contextlib import suppress
import os
from pathlib import Path
import secrets
from typing import Any, Final

import orjson

FORMAT_VERSION: Final = 1
LARGEST_TRACK: Final = 4 * 1024 * 1024
"""The maximum size of one track's file in bytes."""
UNFINISHED: Final = ".part"
"""The suffix of a file that is being written."""


class DamagedTrackError(Exception):
    """The file contains no track."""


class NewerTrackError(Exception):
    """The file was written by a newer version."""


def parse_track(written: bytes) -> dict[str, Any]:
    """Return the track in a file's bytes.

    Raises `DamagedTrackError`, and `NewerTrackError` for a file of a newer version.
    """
    try:
        content = orjson.loads(written)
    except orjson.JSONDecodeError as err:
        raise DamagedTrackError from err
    version = content.get("version") if isinstance(content, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise NewerTrackError
    track = content.get("track") if version == FORMAT_VERSION else None
    if not isinstance(track, dict):
        raise DamagedTrackError
    return track


def prepare_folder(folder: Path) -> None:
    """Create the folder; raises NotADirectoryError for a symbolic link."""
    if folder.is_symlink():
        raise NotADirectoryError(0, "the folder is a symbolic link")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def read_file(path: Path, largest: int) -> bytes:
    """Return the content of a file that is no symbolic link.

    Raises `DamagedTrackError` if it is empty or larger than `largest` bytes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(largest + 1)
    if not content or len(content) > largest:
        raise DamagedTrackError
    return content


def write_file(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Write a file atomically; a symbolic link in its place is replaced. Raises OSError."""
    unfinished = path.with_name(f"{path.stem}-{secrets.token_hex(4)}{UNFINISHED}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise
