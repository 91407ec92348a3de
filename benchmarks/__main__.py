"""`python -m benchmarks NAME`: run one benchmark."""

import argparse
import asyncio
from importlib import import_module
import sys

import aiohttp
from playwright.async_api import Error as BrowserError

from benchmarks.first_sound import command as first_sound
from harness.errors import HarnessError
from harness.progress import Progress

FAILED = 1
# Imported only when they run: not every Home Assistant has what they build on.
BENCHMARKS = ("captions", "card", "connection", "conversion", "soak")
FIRST_SOUND = "first-sound"


def main() -> int:
    """Run the benchmark and return the exit code: what it finds is no failure."""
    options = _parser().parse_args()
    try:
        asyncio.run(_run(options))
    except (HarnessError, aiohttp.ClientError, BrowserError, OSError) as error:
        notes = "\n\n".join(["", *getattr(error, "__notes__", [])])
        sys.stderr.write(f"\nFAILED: {error or type(error).__name__}{notes}\n")
        return FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    for name in BENCHMARKS:
        usual = names.add_parser(name)
        usual.add_argument("--short", action="store_true", help="a few sentences, to try it out")
    first_sound.add_options(names.add_parser(FIRST_SOUND))
    return parser


async def _run(options: argparse.Namespace) -> None:
    progress = Progress()
    if options.name == FIRST_SOUND:
        await first_sound.run(progress, options)
    else:
        await import_module(f"benchmarks.{options.name}").run(progress, options.short)


if __name__ == "__main__":
    sys.exit(main())
