"""`python -m benchmarks NAME`: run one benchmark."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import sys

import aiohttp
from playwright.async_api import Error as BrowserError

from benchmarks import captions, card, soak
from demo.errors import DemoError
from demo.progress import Progress

FAILED = 1
BENCHMARKS: dict[str, Callable[[Progress, bool], Awaitable[None]]] = {
    "captions": captions.run,
    "card": card.run,
    "soak": soak.run,
}


def main() -> int:
    """Run the benchmark and return the exit code: what it finds is no failure."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--short", action="store_true", help="a few sentences, to try it out")
    options = parser.parse_args()
    try:
        asyncio.run(_run(BENCHMARKS[options.name], short=options.short))
    except (DemoError, aiohttp.ClientError, BrowserError, OSError) as error:
        notes = "\n\n".join(["", *getattr(error, "__notes__", [])])
        sys.stderr.write(f"\nFAILED: {error or type(error).__name__}{notes}\n")
        return FAILED
    return 0


async def _run(benchmark: Callable[[Progress, bool], Awaitable[None]], *, short: bool) -> None:
    await benchmark(Progress(), short)


if __name__ == "__main__":
    sys.exit(main())
