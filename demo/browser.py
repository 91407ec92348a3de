"""A real browser on the dashboard, used as a person would."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import json
from pathlib import Path

from playwright.async_api import (
    Locator,
    Page,
    TimeoutError as BrowserTimeoutError,
    ViewportSize,
    async_playwright,
)

from demo.arrangement import CARD
from demo.checks import Check, has_same_words
from demo.errors import DemoError
from demo.places import find_program
from demo.stage import Stage

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000
SCREEN = ViewportSize(width=1100, height=800)


@asynccontextmanager
async def dashboard_page(stage: Stage) -> AsyncIterator[Page]:
    """Open the dashboard, logged in, and wait for the card."""
    tokens = json.dumps(json.dumps(stage.home.api.tokens))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_program("Chromium", *BROWSERS),
            args=list(FLAGS),
            handle_sigint=False,
        )
        context = await browser.new_context(viewport=SCREEN, locale="en-GB")
        await context.add_init_script(f"localStorage.hassTokens = {tokens}")
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        try:
            with _saying("The dashboard did not open"):
                await page.goto(stage.dashboard_url)
                await page.locator(CARD).get_by_label("Text").wait_for()
            yield page
        finally:
            await browser.close()


async def speak_in_page(page: Page, text: str, seconds: float, pictures: Path) -> Check:
    """Type the text, press Speak, follow it to its end, and compare what was shown."""
    card = page.locator(CARD)
    await card.get_by_label("Text").fill(text)
    await card.get_by_role("button", name="Speak", exact=True).click()
    with _saying("The dashboard showed no word of the speech"):
        await card.locator(".words .said").first.wait_for()
    await page.screenshot(path=pictures / "dashboard-speaking.png")
    with _saying("The browser did not play to the end"):
        audio = await card.locator("audio").element_handle()
        script = "audio => audio.ended || audio.error"
        await page.wait_for_function(script, arg=audio, timeout=seconds * 1000)
    await page.screenshot(path=pictures / "dashboard.png")
    return await _compare(card, text)


async def _compare(card: Locator, text: str) -> Check:
    shown = await card.locator(".words .said").all_inner_texts()
    status = await card.get_by_role("status").inner_text()
    holds = has_same_words(text, shown) and "end" in status
    found = f"{len(shown)} words, {status!r}"
    return Check("the dashboard spoke it and showed every word", holds=holds, found=found)


@contextmanager
def _saying(trouble: str) -> Iterator[None]:
    try:
        yield
    except BrowserTimeoutError as error:
        message = f"{trouble}: {error}"
        raise DemoError(message) from error
