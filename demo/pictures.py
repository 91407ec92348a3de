"""`python -m demo.pictures`: the README's pictures, taken from the demo."""

import asyncio
from collections.abc import Coroutine
import io
from itertools import pairwise
from pathlib import Path
import sys
import time
from typing import Any

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Error as BrowserError, Page

from harness.browser import chromium, dashboard_player, open_dashboard, turn_sound_on
from harness.dashboard import CARD, DASHBOARD, THEATRE
from harness.errors import HarnessError
from harness.furnished_home import FurnishedHome, furnished_home
from harness.integrations import DOMAIN
from harness.paths import REPOSITORY
from harness.progress import Progress

DOCS = REPOSITORY / "docs"
LARGEST = 150_000
LARGEST_MOVING = 900_000
# Seconds between two pictures of the moving one.
STEP_S = 0.12
LAST_MS = 2000
NARROW = {"width": 860, "height": 900}
PHONE = {"width": 480, "height": 900}
WIDE = {"width": 1280, "height": 720}
BEFORE = ("Dinner is ready.", "Someone is at the front door.")
SENTENCE = (
    "The washing machine is done, and there is still time to hang everything up "
    "before the rain comes this evening."
)
WORD = "everything"


async def take_pictures(folder: Path, progress: Progress) -> None:
    """Run the demo and take all pictures."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    async with furnished_home(progress) as furnished, chromium() as browser:
        await _take_card(browser, furnished, folder, progress)
        await _take_moving(browser, furnished, folder, progress)
        await _take_theatre(browser, furnished, folder, progress)


async def _take_card(
    browser: Browser, furnished: FurnishedHome, folder: Path, progress: Progress
) -> None:
    page = await _open(browser, furnished, NARROW, "light")
    for text in BEFORE:
        await _announce(furnished, text, furnished.player_entity, wait=True)
    await page.locator(CARD).locator("elevenlabs-history").wait_for()
    await _take(page, folder / "card-history.png", progress)
    player = await dashboard_player(page)
    await _announce(furnished, SENTENCE, player, furnished.player_entity)
    await _until_word(page)
    await _take(page, folder / "card.png", progress)
    await page.context.close()


async def _take_moving(
    browser: Browser, furnished: FurnishedHome, folder: Path, progress: Progress
) -> None:
    """Take a moving picture of a sentence from its first word to its end."""
    page = await _open(browser, furnished, PHONE, "light", scale=1)
    player = await dashboard_player(page)
    card = page.locator(CARD)
    await card.locator("elevenlabs-announcement").wait_for(state="detached")
    await _announce(furnished, SENTENCE, player)
    await card.locator(".cue.present .now").wait_for()
    taken: list[tuple[float, bytes]] = []
    while not await card.locator(".player.finished").count():
        taken.append((time.monotonic(), await card.screenshot()))
        await asyncio.sleep(STEP_S)
    path = folder / "card.gif"
    await asyncio.to_thread(_write_moving, path, taken)
    _check_size(path, path.stat().st_size, LARGEST_MOVING, progress)
    await page.context.close()


def _write_moving(path: Path, taken: list[tuple[float, bytes]]) -> None:
    frames = [Image.open(io.BytesIO(picture)).convert("RGB") for _, picture in taken]
    palette = frames[len(frames) // 3].quantize(64)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    moments = [moment for moment, _ in taken]
    lasting = [round((after - before) * 1000) for before, after in pairwise(moments)]
    durations = [*lasting, LAST_MS]
    small[0].save(path, save_all=True, append_images=small[1:], duration=durations, loop=0)


async def _take_theatre(
    browser: Browser, furnished: FurnishedHome, folder: Path, progress: Progress
) -> None:
    page = await _open(browser, furnished, WIDE, "dark")
    player = await dashboard_player(page)
    await page.goto(f"{furnished.home.url}/{DASHBOARD}/{THEATRE}")
    await page.locator(CARD).wait_for()
    await _announce(furnished, SENTENCE, player)
    await _until_word(page)
    await _take(page, folder / "theatre.png", progress, whole=True)


async def _open(
    browser: Browser,
    furnished: FurnishedHome,
    size: dict[str, int],
    scheme: str,
    scale: float = 1.5,
) -> Page:
    options: dict[str, Any] = {"viewport": size, "color_scheme": scheme}
    options["device_scale_factor"] = scale
    page = await open_dashboard(browser, furnished, **options)
    await turn_sound_on(page)
    return page


async def _announce(furnished: FurnishedHome, text: str, *players: str, wait: bool = False) -> None:
    await furnished.home.socket.call_action(
        f"{DOMAIN}.announce", list(players), message=text, wait=wait
    )


async def _until_word(page: Page) -> None:
    await page.locator(CARD).locator(".cue .now", has_text=WORD).wait_for()


async def _take(page: Page, path: Path, progress: Progress, *, whole: bool = False) -> None:
    place = page if whole else page.locator(CARD)
    picture = await place.screenshot()
    await asyncio.to_thread(path.write_bytes, picture)
    _check_size(path, len(picture), LARGEST, progress)


def _check_size(path: Path, size: int, most: int, progress: Progress) -> None:
    if size > most:
        message = f"{path.name} has {size} bytes, more than {most}."
        raise HarnessError(message)
    progress.step(f"{path.relative_to(REPOSITORY)}: {size} bytes")


def exit_code(work: Coroutine[Any, Any, None]) -> int:
    """Run a program's work, tell what stopped it, and return its exit code."""
    try:
        asyncio.run(work)
    except (HarnessError, aiohttp.ClientError, BrowserError, OSError) as error:
        notes = "\n\n".join(["", *getattr(error, "__notes__", [])])
        sys.stderr.write(f"\nFAILED: {error or type(error).__name__}{notes}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(take_pictures(DOCS, Progress())))
