"""How long pieces of work hold the event loop."""

import asyncio
from asyncio.events import Handle
from collections.abc import Iterator
from contextlib import contextmanager
import gc
import time
from typing import Any

OURS = "elevenlabs_streaming"


class Held:
    """The longest turns of the event loop, and whose they were."""

    def __init__(self) -> None:
        """Begin with none."""
        self._collected = 0.0
        self._collecting_since = 0.0
        self._worst: tuple[float, str] = (0.0, "nothing")
        self._own: tuple[float, str] = (0.0, "nothing")
        self._ours: tuple[float, str] = (0.0, "nothing")

    @contextmanager
    def watching(self, *, on: bool = True) -> Iterator[None]:
        """Take the time of every callback of the loop."""
        if not on:
            yield
            return
        original = Handle._run  # noqa: SLF001  # the one place that runs every callback

        def timed(handle: Handle) -> None:
            collected, began, used = self._collected, time.perf_counter(), time.thread_time()
            original(handle)
            wall, own = time.perf_counter() - began, time.thread_time() - used
            self._note(handle, wall, own - (self._collected - collected))

        Handle._run = timed  # type: ignore[method-assign, assignment]  # noqa: SLF001
        gc.callbacks.append(self._collect)
        try:
            yield
        finally:
            gc.callbacks.remove(self._collect)
            Handle._run = original  # type: ignore[method-assign]  # noqa: SLF001

    def to_json(self) -> dict[str, Any]:
        """Return seconds and names of the longest turns, the latter of our component's tasks.

        `own` and `ours` are without garbage collection and waiting for the processor.
        """
        return {"worst": self._worst, "own": self._own, "ours": self._ours}

    def _note(self, handle: Handle, wall: float, own: float) -> None:
        if wall > self._worst[0]:
            self._worst = (wall, _name(handle))
        if own > self._own[0]:
            self._own = (own, _name(handle))
        if own > self._ours[0] and OURS in _file(handle):
            self._ours = (own, _name(handle))

    def _collect(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting_since = time.thread_time()
        else:
            self._collected += time.thread_time() - self._collecting_since


def _coroutine(handle: Handle) -> Any:
    """Return the coroutine whose step a callback is, or None."""
    task = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]  # noqa: SLF001
    return task.get_coro() if isinstance(task, asyncio.Task) else None


def _file(handle: Handle) -> str:
    code = getattr(_coroutine(handle), "cr_code", None)
    return code.co_filename if code else ""


def _name(handle: Handle) -> str:
    coroutine = _coroutine(handle)
    callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001
    named = coroutine if coroutine is not None else callback
    return str(getattr(named, "__qualname__", type(named).__name__))
