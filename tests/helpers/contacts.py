"""Whom this process speaks to, and which files it writes, as the process itself sees it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import socket
import sys
from typing import Any

from aiohttp.resolver import AsyncResolver, ThreadedResolver
from homeassistant.helpers.aiohttp_client import HassAsyncDNSResolver
import pytest

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(slots=True)
class Contacts:
    """Everything that was asked for while it was watched."""

    connected: set[tuple[Any, ...]] = field(default_factory=set)
    """Addresses, whether or not they answered."""
    asked: set[str] = field(default_factory=set)
    """Names that were looked up; addresses in figures are none."""
    started: set[str] = field(default_factory=set)
    """Programs."""

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Watch until the end of the test."""
        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, self._noting(getattr(socket.socket, name)))
        for kind in (AsyncResolver, ThreadedResolver, HassAsyncDNSResolver):
            monkeypatch.setattr(kind, "resolve", self._resolve)

    def _noting(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        def noted(sock: socket.socket, address: Any) -> Any:
            self.connected.add(address if isinstance(address, tuple) else (str(address),))
            return connect(sock, address)

        return noted

    async def _resolve(self, host: str, *_: object, **__: object) -> list[Any]:
        """Know nobody, so that a name leads nowhere."""
        self.asked.add(host)
        raise OSError("nobody is known here")

    def heard(self, event: str, details: tuple[Any, ...]) -> None:
        """Take what the interpreter says of itself: whatever goes round the doors above."""
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and details[1]:
            address = details[1]
            self.connected.add(address if isinstance(address, tuple) else (str(address),))
        elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_figure(details[0]):
            self.asked.add(str(details[0]))
        elif event == "subprocess.Popen":
            self.started.add(Path(str(details[1][0])).name)


def _is_figure(host: Any) -> bool:
    return host is None or str(host).replace(".", "").isdigit()


_ears: list[Callable[[str, tuple[Any, ...]], None]] = []
_hooked: list[bool] = []


def _tell(event: str, details: tuple[Any, ...]) -> None:
    for ear in _ears:
        ear(event, details)


@contextmanager
def listening(ear: Callable[[str, tuple[Any, ...]], None]) -> Iterator[None]:
    """Hand on the interpreter's audit events; a hook stays for good, so there is one for all."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_tell)
    _ears.append(ear)
    try:
        yield
    finally:
        _ears.remove(ear)


@dataclass(slots=True)
class Written:
    """Files that were opened to be written, and names that were given."""

    paths: set[Path] = field(default_factory=set)

    def heard(self, event: str, details: tuple[Any, ...]) -> None:
        """Take what the interpreter says of itself."""
        if event == "open" and isinstance(details[0], str | bytes) and _is_write(details):
            self._add(details[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            self._add(details[1])
        elif event == "os.mkdir":
            self._add(details[0])

    def _add(self, path: Any) -> None:
        found = Path(os.fsdecode(path))
        if "__pycache__" not in found.parts and found != Path(os.devnull):
            self.paths.add(found)


def _is_write(details: tuple[Any, ...]) -> bool:
    _, mode, flags = details
    wanted = set("wax+") & set(mode) if isinstance(mode, str) else None
    return bool(wanted) or (isinstance(flags, int) and bool(flags & _WRITES))
