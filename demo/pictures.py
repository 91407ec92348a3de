"""`python -m demo.pictures`: the README's pictures, taken from the demo."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
import sys
from typing import Any

import aiohttp
from playwright.async_api import Browser, Error as BrowserError, Page, async_playwright

from demo.arrangement import CARD, DASHBOARD, THEATRE
from demo.browser import (
    BROWSERS,
    DASHBOARD_PLAYER,
    FLAGS,
    open_dashboard,
    turn_sound_on,
)
from demo.errors import DemoError
from demo.places import REPOSITORY, find_program
from demo.progress import Progress
from demo.stage import DOMAIN, Stage, set_up_stage

DOCS = REPOSITORY / "docs"
LARGEST = 150_000
NARROW = {"width": 860, "height": 900}
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
    program = find_program("Chromium", *BROWSERS)
    async with set_up_stage(None, progress) as stage, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            await _take_card(browser, stage, folder, progress)
            await _take_theatre(browser, stage, folder, progress)
        finally:
            await browser.close()


async def _take_card(browser: Browser, stage: Stage, folder: Path, progress: Progress) -> None:
    page = await _open(browser, stage, NARROW, "light")
    for text in BEFORE:
        await _announce(stage, text, stage.player_entity, wait=True)
    await page.locator(CARD).locator(".history").wait_for()
    await _take(page, folder / "card-history.png", progress)
    player = await _dashboard_player(page)
    await _announce(stage, SENTENCE, player, stage.player_entity)
    await _until_word(page)
    await _take(page, folder / "card.png", progress)
    await page.context.close()


async def _take_theatre(browser: Browser, stage: Stage, folder: Path, progress: Progress) -> None:
    page = await _open(browser, stage, WIDE, "dark")
    player = await _dashboard_player(page)
    await page.goto(f"{stage.home.url}/{DASHBOARD}/{THEATRE}")
    await page.locator(CARD).wait_for()
    await _announce(stage, SENTENCE, player)
    await _until_word(page)
    await _take(page, folder / "theatre.png", progress, whole=True)


async def _open(browser: Browser, stage: Stage, size: dict[str, int], scheme: str) -> Page:
    options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "device_scale_factor": 1.5}
    page = await open_dashboard(browser, stage, **options)
    await turn_sound_on(page)
    return page


async def _dashboard_player(page: Page) -> str:
    option = page.locator(CARD).locator("option", has_text=DASHBOARD_PLAYER)
    return str(await option.get_attribute("value"))


async def _announce(stage: Stage, text: str, *players: str, wait: bool = False) -> None:
    await stage.socket.call(
        "call_service",
        domain=DOMAIN,
        service="announce",
        target={"entity_id": list(players)},
        service_data={"message": text, "wait": wait},
    )


async def _until_word(page: Page) -> None:
    await page.locator(CARD).locator(".cue .now", has_text=WORD).wait_for()


async def _take(page: Page, path: Path, progress: Progress, *, whole: bool = False) -> None:
    place = page if whole else page.locator(CARD)
    picture = await place.screenshot()
    if len(picture) > LARGEST:
        message = f"{path.name} has {len(picture)} bytes, more than {LARGEST}."
        raise DemoError(message)
    await asyncio.to_thread(path.write_bytes, picture)
    progress.step(f"{path.relative_to(REPOSITORY)}: {len(picture)} bytes")


def exit_code(work: Coroutine[Any, Any, None]) -> int:
    """Run a program's work, tell what stopped it, and return its exit code."""
    try:
        asyncio.run(work)
    except (DemoError, aiohttp.ClientError, BrowserError, OSError) as error:
        notes = "\n\n".join(["", *getattr(error, "__notes__", [])])
        sys.stderr.write(f"\nFAILED: {error or type(error).__name__}{notes}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(take_pictures(DOCS, Progress())))
