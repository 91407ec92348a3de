"""Wait for something, with an end to the patience and a clear word when it comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from harness.errors import HarnessError

PAUSE = 0.2


async def until[Found](
    what: str, look: Callable[[], Awaitable[Found | None]], *, seconds: float
) -> Found:
    """Look again and again until there is something, else say what did not come."""
    try:
        async with asyncio.timeout(seconds):
            # What is looked at (a file, a port, an API) has no event to wait for.
            while (found := await look()) is None:  # noqa: ASYNC110
                await asyncio.sleep(PAUSE)
            return found
    except TimeoutError as error:
        message = f"{what} did not come within {seconds:.0f} seconds."
        raise HarnessError(message) from error


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """Run tasks together; the first failure ends all and is what the caller sees."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
