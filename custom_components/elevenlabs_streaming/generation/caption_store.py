"""Finished captions on disk, found again by what Home Assistant finds their audio by.

One file per track, named by a digest that is keyed with a secret of the folder. The time a file was
modified is the time its track was last used, to the hour.

Tracks are not synced to the disk: a power failure may cost the last of them, and a damaged one is
found out when it is read. The secret is synced, since without it no track is found.

A track written by a newer version is neither read nor damaged: it stays until it is too old, too
much, or replaced by a new track for the same sentence.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
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
_SUFFIX: Final = ".json"
_KEY: Final = rf"[0-9a-f]{{{2 * _KEY_SIZE}}}"
_TRACK: Final = re.compile(rf"{_KEY}\{_SUFFIX}")
_REST: Final = re.compile(rf"({_KEY}|secret)-[0-9a-f]{{8}}\{UNFINISHED}")
# A track that is used often is not worth a write to an SD card each time.
_USE_GRAIN: Final = 3600.0
# Counting thousands of files takes 12 ms, so a twentieth more than necessary is removed at a time.
_SPARE: Final = 20


def ingredients_key(
    secret: bytes, message: str, language: str, options: Mapping[str, Any], engine: str
) -> str:
    """Return the key of a sentence: 40 hex digits, equal where the audio is shared."""
    digest = hashlib.blake2b(key=secret, digest_size=_KEY_SIZE)
    for part in (message, language.replace("_", "-").lower(), _joined(options), engine.lower()):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8) + encoded)
    return digest.hexdigest()


def _joined(options: Mapping[str, Any]) -> str:
    """Return options as Home Assistant tells them apart: their texts in a row, by name."""
    named = sorted((str(name), str(value)) for name, value in options.items())
    return "".join(name + value for name, value in named)


class CaptionStore:
    """Tracks in a folder, within limits; a failure costs a caption and one line in the log.

    It reads and writes files, so use it in an executor thread; any thread may.
    """

    def __init__(self, folder: Path, *, max_bytes: int, max_tracks: int, max_age: float) -> None:
        """Name the folder; `max_age`: seconds since a track was last used."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_tracks = max_tracks
        self._max_age = max_age
        self._secret = secrets.token_bytes(_SECRET_SIZE)
        self._is_secret_lasting = False
        self._lock = threading.Lock()
        self._has_complained = False
        self._count = 0
        """At most so many tracks are there; replaced ones count twice until they are counted."""
        self._bytes = 0

    def key(self, message: str, language: str, options: Mapping[str, Any], engine: str) -> str:
        """Return the key of a sentence; it touches no file, so call it after `load`."""
        return ingredients_key(self._secret, message, language, options, engine)

    def load(self) -> None:
        """Read or create the secret, and remove what is too old, too much, or unfinished."""
        with self._lock:
            try:
                self._load_secret()
                self._remove(self._files(_REST))
                self._prune()
            except OSError as err:
                self._complain("Captions cannot be kept over a restart", err)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return a track, or None."""
        path = self._path(key)
        with self._lock:
            try:
                return self._read(path)
            except FileNotFoundError, NotADirectoryError, NewerTrackError:
                return None
            except DamagedTrackError:
                _LOGGER.warning("A damaged caption file was removed")
                self._remove([path])
            except OSError as err:
                self._complain("Kept captions could not be read", err)
        return None

    def put(self, key: str, track: Mapping[str, Any]) -> None:
        """Store a track, replacing an earlier one."""
        if (content := self._encode(track)) is None:
            return
        with self._lock:
            if not self._is_secret_lasting:
                return
            try:
                prepare_folder(self._folder)
                if not self._secret_path.exists():
                    self._write_secret()
                write_file(self._path(key), content)
                self._has_complained = False
                self._prune_if_full(len(content))
            except OSError as err:
                self._complain("Captions could not be kept", err)

    def clear(self) -> None:
        """Remove every track, those of newer versions too; the secret stays."""
        with self._lock:
            try:
                self._remove([*self._files(_TRACK), *self._files(_REST)])
            except OSError as err:
                self._complain("Kept captions could not be removed", err)

    def remove(self) -> None:
        """Remove every track, the secret, and the folder, unless it holds something else."""
        self.clear()
        with self._lock, suppress(OSError):
            self._secret_path.unlink(missing_ok=True)
            self._folder.rmdir()

    def _read(self, path: Path) -> dict[str, Any] | None:
        status = path.lstat()
        if self._folder.is_symlink() or not stat.S_ISREG(status.st_mode):
            return None
        now = time.time()
        if now - status.st_mtime > self._max_age:
            self._remove([path])
            return None
        track = parse_track(read_file(path, LARGEST_TRACK))
        if now - status.st_mtime >= _USE_GRAIN:
            with suppress(OSError):
                os.utime(path, (now, now), follow_symlinks=False)
        return track

    def _load_secret(self) -> None:
        """Read the folder's secret, or create one; tracks of a lost one cannot be found."""
        self._is_secret_lasting = False
        prepare_folder(self._folder)
        try:
            secret = read_file(self._secret_path, _SECRET_SIZE)
        except FileNotFoundError, DamagedTrackError:
            secret = b""
        self._is_secret_lasting = True
        if len(secret) == _SECRET_SIZE:
            self._secret = secret
        else:
            self._remove(self._files(_TRACK))
            self._write_secret()

    def _write_secret(self) -> None:
        write_file(self._secret_path, self._secret, sync=True)

    def _files(self, names: re.Pattern[str]) -> list[os.DirEntry[str]]:
        """Return the files of ours with such names."""
        if not self._folder.is_dir() or self._folder.is_symlink():
            return []
        with os.scandir(self._folder) as entries:
            return [entry for entry in entries if names.fullmatch(entry.name)]

    def _prune_if_full(self, size: int) -> None:
        """Make room after a track of some bytes was written."""
        self._count += 1
        self._bytes += size
        if self._count > self._max_tracks or self._bytes > self._max_bytes:
            self._prune(spare=_SPARE)

    def _prune(self, spare: int = 0) -> None:
        """Remove tracks that are too old or too much, the one used longest ago first.

        `spare`: if there are too many, one in so many is removed besides.
        """
        now, total = time.time(), 0
        newest_first = sorted(self._tracks(), key=lambda track: track[0], reverse=True)
        size = sum(size for _, size, _ in newest_first)
        is_full = len(newest_first) > self._max_tracks or size > self._max_bytes
        most, most_bytes = (
            limit - limit // spare if is_full and spare else limit
            for limit in (self._max_tracks, self._max_bytes)
        )
        self._count = self._bytes = 0
        for count, (used, size, track) in enumerate(newest_first, start=1):
            total += size
            is_too_much = count > 1 and (count > most or total > most_bytes)
            if is_too_much or now - used > self._max_age:
                self._remove([track])
            else:
                self._count, self._bytes = count, total

    def _tracks(self) -> Iterator[tuple[float, int, os.DirEntry[str]]]:
        """Yield when each track was last used, its size, and its file."""
        for entry in self._files(_TRACK):
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield status.st_mtime, status.st_size, entry

    def _encode(self, track: Mapping[str, Any]) -> bytes | None:
        try:
            content = orjson.dumps({"version": FORMAT_VERSION, "track": track})
        except TypeError:
            _LOGGER.warning("Captions that are no JSON were not kept")
            return None
        if len(content) > min(LARGEST_TRACK, self._max_bytes):
            _LOGGER.warning("Captions too large were not kept")
            return None
        return content

    def _remove(self, files: Iterable[os.PathLike[str]]) -> None:
        for file in files:
            try:
                Path(file).unlink(missing_ok=True)
            except OSError as err:
                self._complain("Kept captions could not be removed", err)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    @property
    def _secret_path(self) -> Path:
        return self._folder / "secret"

    def _complain(self, what: str, err: OSError) -> None:
        """Log the first failure in a row; a full disk fails at every sentence."""
        if not self._has_complained:
            _LOGGER.warning("%s: %s", what, err.strerror or type(err).__name__)
        self._has_complained = True
