"""A real browser on the dashboard, used as a person would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path

from playwright.async_api import Page, ViewportSize, async_playwright

from demo.arrangement import CARD
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
        await page.goto(stage.dashboard_url)
        await page.locator(CARD).get_by_label("Text").wait_for()
        try:
            yield page
        finally:
            await browser.close()


async def speak_in_page(page: Page, text: str, seconds: float, pictures: Path) -> None:
    """Type the text, press Speak, and follow it to its end."""
    card = page.locator(CARD)
    await card.get_by_label("Text").fill(text)
    await card.get_by_role("button", name="Speak", exact=True).click()
    await card.locator(".words .now").first.wait_for()
    await page.screenshot(path=pictures / "dashboard-speaking.png")
    status = card.get_by_role("status")
    await page.wait_for_function(
        "audio => audio.ended || audio.error",
        arg=await card.locator("audio").element_handle(),
        timeout=seconds * 1000,
    )
    await page.screenshot(path=pictures / "dashboard.png")
    if "end" not in (said := await status.inner_text()):
        message = f"The card did not speak to the end: {said}"
        raise DemoError(message)
