"""A real browser on the dashboard, used as a person would."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import json
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
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


DASHBOARD_PLAYER = "ElevenLabs Streaming Dashboard"
SHOWN = "window.elevenLabsDemoShown"
# Cards come and go with their captions: what was shown is noted as it appears.
NOTE_CUES = f"""card => {{
  const shown = {SHOWN} = [];
  new MutationObserver(() => {{
    const sections = [...card.shadowRoot.querySelectorAll(".announcement")];
    const ours = sections.find((section) => section.innerText.includes("{DASHBOARD_PLAYER}"));
    const cue = ours?.querySelector(".cue").innerText.trim();
    if (cue && cue !== shown.at(-1)) shown.push(cue);
  }}).observe(card.shadowRoot, {{ subtree: true, childList: true, characterData: true }});
}}"""


@asynccontextmanager
async def dashboard_page(stage: Stage) -> AsyncIterator[Page]:
    """Open the dashboard, logged in, and turn its sound on."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_program("Chromium", *BROWSERS),
            args=list(FLAGS),
            handle_sigint=False,
        )
        try:
            with _saying("The dashboard did not open"):
                page = await open_dashboard(browser, stage)
            yield page
        finally:
            await browser.close()


async def open_dashboard(
    browser: Browser, stage: Stage, *, script: str = "", **options: Any
) -> Page:
    """Open the dashboard in a context of its own, logged in, and wait for the card.

    `script` runs in the page before anything else; `options` are those of the context.
    """
    tokens = json.dumps(json.dumps(stage.home.api.tokens))
    context = await browser.new_context(**{"viewport": SCREEN, "locale": "en-GB"} | options)
    await context.add_init_script(f"localStorage.hassTokens = {tokens};{script}")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(stage.dashboard_url)
    await page.locator(CARD).get_by_label("What to say").wait_for()
    return page


async def turn_sound_on(page: Page) -> None:
    """Touch the card's button, and wait until the dashboards' player is there."""
    card = page.locator(CARD)
    await card.get_by_role("button", name="Turn sound on").click()
    ready = card.locator("option:not([disabled])", has_text=DASHBOARD_PLAYER)
    await ready.wait_for(state="attached")


async def speak_in_page(page: Page, text: str, seconds: float, pictures: Path) -> Check:
    """Type the text, say it, follow it to its end, and compare what was shown."""
    card = page.locator(CARD)
    await turn_sound_on(page)
    await card.evaluate(NOTE_CUES)
    await card.get_by_label("Where").select_option(label=DASHBOARD_PLAYER)
    await card.get_by_label("What to say").fill(text)
    await card.get_by_role("button", name="Say it").click()
    ours = card.locator(".announcement", has_text=DASHBOARD_PLAYER)
    with _saying("The dashboard showed no word of the speech"):
        await ours.locator(".cue .now").first.wait_for()
    await page.screenshot(path=pictures / "dashboard-speaking.png")
    with _saying("The browser did not play to the end"):
        await ours.locator(".who .finished").wait_for(timeout=seconds * 1000)
    await page.screenshot(path=pictures / "dashboard.png")
    shown = await page.evaluate(SHOWN)
    holds = has_same_words(text, shown)
    return Check("the dashboard spoke it and showed every word", holds=holds, found=repr(shown))


@contextmanager
def _saying(trouble: str) -> Iterator[None]:
    try:
        yield
    except BrowserTimeoutError as error:
        message = f"{trouble}: {error}"
        raise DemoError(message) from error
