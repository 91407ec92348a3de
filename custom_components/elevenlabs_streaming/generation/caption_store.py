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

from .byte_cache import ByteCache
from .caption_files import (
    FORMAT_VERSION,
    LARGEST_TRACK,
    UNFINISHED,
    DamagedTrackError,
    NewerTrackError,
    parse_track,
    prepare_folder,
    read_file,
    write_file,
)

_LOGGER = logging.getLogger(__name__)
_SECRET_SIZE: Final = 32
_KEY_SIZE: Final = 20
_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * _KEY_SIZE}}}")
_SUFFIX: Final = ".json"
_OURS: Final = re.compile(
    rf"{_KEY.pattern}\{_SUFFIX}|({_KEY.pattern}|secret)-[0-9a-f]{{8}}\{UNFINISHED}"
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


@dataclass(slots=True)
class _Kept:
    """A file's size in bytes and when its track was last used, in seconds since 1970."""

    size: int
    used: float


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
        self._memory = ByteCache(memory_bytes)
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
        """Load the index of what is kept, without reading the tracks."""
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
        """Store a track, replacing an earlier one."""
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
        """Load the folder's secret, or create one; tracks under a lost one cannot be found."""
        self._lasting = False
        prepare_folder(self._folder)
        try:
            secret = read_file(self._secret_path, _SECRET_SIZE)
        except FileNotFoundError, DamagedTrackError:
            secret = b""
        self._lasting = True
        if len(secret) == _SECRET_SIZE:
            self._secret = secret
        else:
            self._remove_files()
            self._write_secret()

    def _write_secret(self) -> None:
        write_file(self._secret_path, self._secret, sync=True)

    def _load_index(self) -> None:
        """List the tracks, the one used longest ago first, and clean up unfinished ones."""
        now = self._clock()
        self._size = 0
        found: dict[str, _Kept] = {}
        for path in self._files():
            with suppress(OSError):
                status = path.lstat()
                if path.suffix == UNFINISHED or status.st_size > LARGEST_TRACK:
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
            written = read_file(self._path(key), LARGEST_TRACK)
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
            return parse_track(written)
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
            prepare_folder(self._folder)
            if not self._secret_path.exists():
                self._write_secret()
            write_file(self._path(key), written)
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
        """Remove what is too old or too much, what was used longest ago first."""
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
