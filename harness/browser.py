"""Chromium on the home's pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from harness.dashboard import CARD
from harness.furnished_home import FurnishedHome
from harness.home import Home
from harness.paths import find_program

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
DASHBOARD_PLAYER = "ElevenLabs Streaming Dashboard"
TURN_ON = "Play announcements in this browser"
# The card is made of elements within elements, each with a document of its own.
DEEP = """window.deep = (root, selector) => [
  ...(root.shadowRoot ?? root).querySelectorAll(selector),
  ...[...(root.shadowRoot ?? root).querySelectorAll("*")].flatMap((one) =>
    one.shadowRoot ? deep(one, selector) : [])];"""


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """Run Chromium, with more flags; the harness ends it, not the terminal's Ctrl-C."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_program("Chromium", *BROWSERS),
            args=[*FLAGS, *flags],
            handle_sigint=False,
        )
        try:
            yield browser
        finally:
            await browser.close()


async def logged_in_page(browser: Browser, home: Home, *, script: str = "", **options: Any) -> Page:
    """Open a page in a context of its own that is logged in as the owner.

    `script` runs in the page before anything else; `options` are those of the context.
    """
    tokens = json.dumps(json.dumps(home.api.tokens))
    context = await browser.new_context(**{"viewport": SCREEN, "locale": "en-GB"} | options)
    await context.add_init_script(f"localStorage.hassTokens = {tokens};{DEEP}{script}")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


async def open_dashboard(
    browser: Browser, furnished: FurnishedHome, *, script: str = "", **options: Any
) -> Page:
    """Open the dashboard as `logged_in_page` does, and wait for the card."""
    page = await logged_in_page(browser, furnished.home, script=script, **options)
    await page.goto(furnished.dashboard_url)
    await page.locator(CARD).get_by_label("What to say").wait_for()
    return page


async def turn_sound_on(page: Page) -> None:
    """Touch the card's button, and wait until the dashboards' player is there."""
    card = page.locator(CARD)
    await card.get_by_role("button", name=TURN_ON).click()
    ready = card.locator("ha-dropdown-item:not([disabled])", has_text=DASHBOARD_PLAYER)
    await ready.wait_for(state="attached")


async def announce_by_hand(page: Page, player: str, message: str) -> None:
    """Choose a player by its name, type a message, and have it announced, as a person would."""
    card = page.locator(CARD)
    choice = card.locator("elevenlabs-choice").filter(
        has=page.get_by_role("button", name="Player:")
    )
    await choice.get_by_role("button").click()
    await choice.get_by_role("menuitem", name=player).click()
    await card.get_by_label("What to say").fill(message)
    await card.get_by_role("button", name="Announce", exact=True).click()


async def dashboard_player(page: Page) -> str:
    """Return the entity of the dashboards' player, as the card offers it."""
    option = page.locator(CARD).locator("ha-dropdown-item", has_text=DASHBOARD_PLAYER).first
    return str(await option.evaluate("(item) => item.value"))
