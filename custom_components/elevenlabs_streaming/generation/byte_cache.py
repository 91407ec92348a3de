"""The values used last, in memory."""

from collections import OrderedDict


class ByteCache:
    """The values used last, in at most so many bytes."""

    def __init__(self, max_bytes: int) -> None:
        """Start empty; `max_bytes`: bytes of all values together, at most."""
        self._max_bytes = max_bytes
        self._size = 0
        self._written: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """Return a value, which is the one used last from now on."""
        written = self._written.get(key)
        if written is not None:
            self._written.move_to_end(key)
        return written

    def put(self, key: str, written: bytes) -> None:
        """Store a value and remove those used longest ago; one that is too large is not stored."""
        self.discard(key)
        if len(written) > self._max_bytes:
            return
        self._written[key] = written
        self._size += len(written)
        while self._size > self._max_bytes:
            self._size -= len(self._written.popitem(last=False)[1])

    def discard(self, key: str) -> None:
        """Remove a value, if there is one."""
        self._size -= len(self._written.pop(key, b""))

    def clear(self) -> None:
        """Remove all values."""
        self._written.clear()
        self._size = 0
