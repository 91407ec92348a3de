"""The thread that does all synthesis."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class SynthesisThread:
    """A single worker thread, because espeak-ng can't be used by several at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="simulator-speech")

    async def run_blocking[T](self, job: Callable[[], T]) -> T:
        """Run a blocking job in the thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def shut_down(self) -> None:
        """Stop the thread and drop the jobs that are waiting."""
        self._pool.shutdown(wait=True, cancel_futures=True)
