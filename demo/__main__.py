"""`python -m demo`: the demo for a person, or with `--once` without one."""

import argparse
import asyncio
from pathlib import Path
import signal
import sys

import aiohttp
from playwright.async_api import Error as BrowserError

from demo.dialogue import add_dialogue
from demo.once import prepare_folder, speak_once
from harness.errors import HarnessError
from harness.furnished_home import furnished_home
from harness.home import PASSWORD, USER
from harness.paths import REPOSITORY
from harness.ports import USUAL_PORT
from harness.progress import Progress

FAILED = 1
INTERRUPTED = 130
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TROUBLE = (HarnessError, aiohttp.ClientError, BrowserError, OSError)


class Options(argparse.Namespace):
    """What the command line asks for."""

    once: str | None
    output: Path
    port: int | None


def main() -> int:
    """Run the demo and return its exit code."""
    return asyncio.run(run_until_signal(read_options(), Progress()))


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A real Home Assistant with this component, ready to speak.",
        epilog="scripts/demo also takes --ha VERSION: another Home Assistant.",
    )
    parser.add_argument(
        "--once", metavar="TEXT", type=_some_text, help="speak TEXT, check, and end"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=REPOSITORY / "demo-output",
        metavar="DIR",
        help="where --once writes (default: demo-output)",
    )
    parser.add_argument(
        "--port",
        type=int,
        help=f"Home Assistant's port (default: {USUAL_PORT}, or another if that is taken)",
    )
    return parser.parse_args(arguments, namespace=Options())


def _some_text(text: str) -> str:
    if not text.strip():
        message = "there must be something to say"
        raise argparse.ArgumentTypeError(message)
    return text


async def run_until_signal(options: Options, progress: Progress) -> int:
    """Work until the end or a signal; either way end what was started."""
    work = asyncio.create_task(perform(options, progress))
    _end_on_signal(work, progress)
    try:
        await work
    except asyncio.CancelledError:
        return INTERRUPTED if options.once else 0
    except TROUBLE as error:
        complain(error)
        return FAILED
    finally:
        # All is ended: one more Ctrl-C must not turn a good ending into a bad one.
        for ending in ENDINGS:
            asyncio.get_running_loop().remove_signal_handler(ending)
            signal.signal(ending, signal.SIG_IGN)
    return 0


def _end_on_signal(work: asyncio.Task[None], progress: Progress) -> None:
    loop = asyncio.get_running_loop()

    def end() -> None:
        # Once only: a second Ctrl-C must not cut the ending short.
        if not work.cancelling():
            progress.say("\nEnding…")
            # The browser's driver hears the terminal's Ctrl-C too, and complains.
            loop.set_exception_handler(lambda *_: None)
            work.cancel()

    for ending in ENDINGS:
        loop.add_signal_handler(ending, end)


async def perform(options: Options, progress: Progress) -> None:
    """Set everything up, then speak once or leave it to the person."""
    if options.once:
        prepare_folder(options.output)
    async with furnished_home(progress, options.port) as furnished:
        if options.once:
            await speak_once(furnished, options.once, options.output, progress)
            return
        await add_dialogue(furnished, progress)
        progress.step(f"Ready, with {furnished.service.name} as its voice")
        progress.say(f"\n    {furnished.dashboard_url}\n")
        progress.say(f"    user {USER}, password {PASSWORD}; Ctrl-C ends it\n")
        await furnished.home.program.process.wait()
        furnished.home.program.check()


def complain(error: Exception) -> None:
    """Say plainly what failed, with what was noted on the way."""
    notes = "\n\n".join(["", *getattr(error, "__notes__", [])])
    sys.stderr.write(f"\nFAILED: {error or type(error).__name__}{notes}\n")


if __name__ == "__main__":
    sys.exit(main())
