"""Finished tracks, found again by what Home Assistant finds their audio by.

One file for a track, named by a digest that is keyed with a secret of the folder; beside them the
secret. The time a file was changed is the time its track was last used.

Files are written aside and moved into place. Tracks are not synced to the disk: a power cut may
cost the last of them, and a half-written one is found out when it is read. The secret is synced,
since without it no track is found.

A track written by a newer version is not shown and not damaged: it stays until the bounds or a
new track for the same sentence take its place.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
import hashlib
import logging
import os
from pathlib import Path
import re
import secrets
import stat
import threading
import time
from typing import Any, Final

import orjson

FORMAT_VERSION: Final = 1
LARGEST_TRACK: Final = 4 * 1024 * 1024
"""Bytes of one track's file, at most."""

_LOGGER = logging.getLogger(__name__)
_SECRET_SIZE: Final = 32
_KEY_SIZE: Final = 20
_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * _KEY_SIZE}}}")
_SUFFIX: Final = ".json"
_UNFINISHED: Final = ".part"
_OURS: Final = re.compile(
    rf"{_KEY.pattern}\{_SUFFIX}|({_KEY.pattern}|secret)-[0-9a-f]{{8}}\{_UNFINISHED}"
)
# A track that is used often is not worth a write to an SD card each time.
_USE_GRAIN: Final = 3600.0


def ingredients_key(
    secret: bytes, message: str, language: str, options: Mapping[str, Any], engine: str
) -> str:
    """Return the name of a sentence spoken so: 40 hex digits, equal where the audio is shared."""
    digest = hashlib.blake2b(key=secret, digest_size=_KEY_SIZE)
    for part in (message, language.replace("_", "-").lower(), _joined(options), engine.lower()):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8) + encoded)
    return digest.hexdigest()


def _joined(options: Mapping[str, Any]) -> str:
    """Return options as Home Assistant tells them apart: their texts in a row, by name."""
    named = sorted((str(name), str(value)) for name, value in options.items())
    return "".join(name + value for name, value in named)


class DamagedTrackError(Exception):
    """A file that holds no track."""


class NewerTrackError(Exception):
    """A file that a newer version wrote."""


@dataclass(slots=True)
class _Kept:
    """A file's size in bytes and when its track was last used, in seconds since 1970."""

    size: int
    used: float


class _Memory:
    """The tracks used last, as their files have them, in at most so many bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._written: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        written = self._written.get(key)
        if written is not None:
            self._written.move_to_end(key)
        return written

    def put(self, key: str, written: bytes) -> None:
        self.discard(key)
        if len(written) > self._max_bytes:
            return
        self._written[key] = written
        self._size += len(written)
        while self._size > self._max_bytes:
            self._size -= len(self._written.popitem(last=False)[1])

    def discard(self, key: str) -> None:
        self._size -= len(self._written.pop(key, b""))

    def clear(self) -> None:
        self._written.clear()
        self._size = 0


class CaptionStore:
    """Keeps tracks in a folder within bounds; what fails costs a caption and one line in the log.

    Reads and writes files, so it belongs in an executor thread; any thread may call it. The
    track used longest ago goes first. ``max_bytes`` and ``memory_bytes`` are bytes on disk and in
    memory, ``max_age`` seconds since a track was last used, ``clock`` the time in seconds since
    1970.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = 32 * 1024 * 1024,
        max_tracks: int = 5000,
        max_age: float = 365 * 86400.0,
        memory_bytes: int = 2 * 1024 * 1024,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Name the folder; nothing is read or written before ``load``."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_tracks = max_tracks
        self._max_age = max_age
        self._clock = clock
        self._secret = secrets.token_bytes(_SECRET_SIZE)
        self._lasting = False
        self._lock = threading.Lock()
        self._memory = _Memory(memory_bytes)
        self._index: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0
        self._complained = False

    @property
    def count(self) -> int:
        """Return how many tracks are kept on disk."""
        return len(self._index)

    @property
    def size(self) -> int:
        """Return how many bytes are kept on disk."""
        return self._size

    def key(self, message: str, language: str, options: Mapping[str, Any], engine: str) -> str:
        """Return the key of a sentence in this store; it touches no file, call it after load."""
        return ingredients_key(self._secret, message, language, options, engine)

    def load(self) -> None:
        """Learn what is kept, without reading it; until then nothing is."""
        with self._lock:
            try:
                self._load_secret()
                self._load_index()
            except OSError as err:
                self._complain("Captions cannot be kept over a restart", err)
            self._make_room()

    def get(self, key: str) -> dict[str, Any] | None:
        """Return a track that is the caller's own, or none."""
        with self._lock:
            if key in self._index and self._is_too_old(self._index[key]):
                self._discard(key)
            written = self._memory.get(key) or self._read(key)
            if written is None:
                return None
            self._use(key)
            return self._parsed(key, written)

    def put(self, key: str, track: Mapping[str, Any]) -> None:
        """Keep a track in the place of an earlier one."""
        if not _KEY.fullmatch(key):
            return
        with self._lock:
            written = self._written(track)
            if written is None:
                return
            self._memory.put(key, written)
            if self._lasting:
                self._keep(key, written)
                self._make_room()

    def remove(self, key: str) -> None:
        """Forget one track."""
        with self._lock:
            if _KEY.fullmatch(key):
                self._discard(key)

    def clear(self) -> None:
        """Forget every track, those of newer versions too; the secret stays."""
        with self._lock:
            self._memory.clear()
            self._index.clear()
            self._size = 0
            self._remove_files()

    def _load_secret(self) -> None:
        """Take the folder's secret, or give it one; tracks under a lost one cannot be found."""
        self._lasting = False
        _prepare(self._folder)
        try:
            secret = _read(self._secret_path, _SECRET_SIZE)
        except FileNotFoundError, DamagedTrackError:
            secret = b""
        self._lasting = True
        if len(secret) == _SECRET_SIZE:
            self._secret = secret
        else:
            self._remove_files()
            self._write_secret()

    def _write_secret(self) -> None:
        _write(self._secret_path, self._secret, sync=True)

    def _load_index(self) -> None:
        """List the tracks, the one used longest ago first, and clean up unfinished ones."""
        now = self._clock()
        self._size = 0
        found: dict[str, _Kept] = {}
        for path in self._files():
            with suppress(OSError):
                status = path.lstat()
                if path.suffix == _UNFINISHED or status.st_size > LARGEST_TRACK:
                    path.unlink()
                elif stat.S_ISREG(status.st_mode):
                    found[path.stem] = _Kept(status.st_size, min(status.st_mtime, now))
        self._index = OrderedDict(sorted(found.items(), key=lambda item: item[1].used))
        self._size = sum(kept.size for kept in found.values())

    def _files(self) -> Iterator[Path]:
        """Return the files that are ours to remove."""
        if not self._folder.is_symlink():
            found = list(self._folder.iterdir())
            yield from (path for path in found if _OURS.fullmatch(path.name))

    def _remove_files(self) -> None:
        try:
            for path in self._files():
                self._unlink(path)
        except FileNotFoundError:
            return
        except OSError as err:
            self._complain("Kept captions could not be removed", err)

    def _read(self, key: str) -> bytes | None:
        """Return a track's file, which stays in memory, or none."""
        if key not in self._index:
            return None
        try:
            written = _read(self._path(key), LARGEST_TRACK)
        except FileNotFoundError, DamagedTrackError:
            self._discard(key)
            return None
        except OSError as err:
            self._complain("Kept captions could not be read", err)
            return None
        self._memory.put(key, written)
        return written

    def _parsed(self, key: str, written: bytes) -> dict[str, Any] | None:
        """Return the track in a file; a damaged file goes, a newer one stays."""
        try:
            return _parse(written)
        except NewerTrackError:
            return None
        except DamagedTrackError:
            _LOGGER.warning("A damaged caption file was removed")
            self._discard(key)
            return None

    def _written(self, track: Mapping[str, Any]) -> bytes | None:
        try:
            written = orjson.dumps({"version": FORMAT_VERSION, "track": track})
        except TypeError:
            _LOGGER.warning("Captions that are no JSON were not kept")
            return None
        if not isinstance(track, Mapping) or len(written) > min(LARGEST_TRACK, self._max_bytes):
            _LOGGER.warning("Captions too large or of a wrong kind were not kept")
            return None
        return written

    def _keep(self, key: str, written: bytes) -> None:
        try:
            _prepare(self._folder)
            if not self._secret_path.exists():
                self._write_secret()
            _write(self._path(key), written)
        except OSError as err:
            self._complain("Captions could not be kept", err)
            return
        self._complained = False
        self._forget(key)
        self._index[key] = _Kept(len(written), self._clock())
        self._size += len(written)

    def _use(self, key: str) -> None:
        """Put a track behind all that go before it."""
        kept = self._index.get(key)
        if kept is None:
            return
        self._index.move_to_end(key)
        now = self._clock()
        if abs(now - kept.used) >= _USE_GRAIN:
            kept.used = now
            with suppress(OSError):
                os.utime(self._path(key), (now, now), follow_symlinks=False)

    def _make_room(self) -> None:
        """Let go of what is too old or too much, what was used longest ago first."""
        while self._index:
            key, kept = next(iter(self._index.items()))
            too_much = len(self._index) > self._max_tracks or self._size > self._max_bytes
            if not too_much and not self._is_too_old(kept):
                return
            self._discard(key)

    def _is_too_old(self, kept: _Kept) -> bool:
        return self._clock() - kept.used > self._max_age

    def _discard(self, key: str) -> None:
        self._memory.discard(key)
        if self._forget(key):
            self._unlink(self._path(key))

    def _unlink(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as err:
            self._complain("Kept captions could not be removed", err)

    def _forget(self, key: str) -> bool:
        """Drop a track from the index; return whether it was there."""
        kept = self._index.pop(key, None)
        self._size -= kept.size if kept else 0
        return kept is not None

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    @property
    def _secret_path(self) -> Path:
        return self._folder / "secret"

    def _complain(self, what: str, err: OSError) -> None:
        """Log the first failure in a row; a full disk fails at every sentence."""
        if not self._complained:
            _LOGGER.warning("%s: %s", what, err.strerror or type(err).__name__)
        self._complained = True


def _parse(written: bytes) -> dict[str, Any]:
    """Return the track in a file's bytes."""
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


def _prepare(folder: Path) -> None:
    """Make the folder; one that is a link may lead anywhere and is refused."""
    if folder.is_symlink():
        raise NotADirectoryError(0, "the folder is a symbolic link")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _read(path: Path, largest: int) -> bytes:
    """Return a file's bytes, of a file that is no link and not larger than it may be."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(largest + 1)
    if not content or len(content) > largest:
        raise DamagedTrackError
    return content


def _write(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Put a file in its place, whole or not at all; a link in that place is replaced."""
    unfinished = path.with_name(f"{path.stem}-{secrets.token_hex(4)}{_UNFINISHED}")
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
