"""The dashboard in a real browser, used as a person would."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Page, TimeoutError as BrowserTimeoutError

from custom_components.elevenlabs_streaming.text import clean_text
from demo.checks import Check
from harness.browser import (
    DASHBOARD_PLAYER,
    announce_by_hand,
    chromium,
    open_dashboard,
    turn_sound_on,
)
from harness.dashboard import CARD
from harness.errors import HarnessError
from harness.furnished_home import FurnishedHome
from harness.text import has_same_words

SHOWN = "window.elevenLabsDemoShown"
# Captions come and go: what was shown is noted as it appears.
NOTE_CUES = f"""card => {{
  const shown = {SHOWN} = [];
  const look = () => {{
    const ours = deep(card, "elevenlabs-announcement").find((one) =>
      deep(one, ".player").some((player) => player.innerText.includes("{DASHBOARD_PLAYER}")));
    const cue = ours && deep(ours, ".cue.present")[0]?.innerText.trim();
    if (cue && cue !== shown.at(-1)) shown.push(cue);
    requestAnimationFrame(look);
  }};
  look();
}}"""


@asynccontextmanager
async def dashboard_page(furnished: FurnishedHome) -> AsyncIterator[Page]:
    """Open the dashboard, logged in."""
    async with chromium() as browser:
        with _saying("The dashboard did not open"):
            page = await open_dashboard(browser, furnished)
        yield page


async def speak_in_page(page: Page, text: str, seconds: float, pictures: Path) -> Check:
    """Type the text, say it, follow it to its end, and compare what was shown."""
    card = page.locator(CARD)
    await turn_sound_on(page)
    await card.evaluate(NOTE_CUES)
    await announce_by_hand(page, DASHBOARD_PLAYER, text)
    ours = card.locator("elevenlabs-announcement", has_text=DASHBOARD_PLAYER)
    with _saying("The dashboard showed no word of the speech"):
        await ours.locator(".cue .now").first.wait_for()
    await page.screenshot(path=pictures / "dashboard-speaking.png")
    with _saying("The browser did not play to the end"):
        await ours.locator(".player.finished").wait_for(timeout=seconds * 1000)
    await page.screenshot(path=pictures / "dashboard.png")
    shown = await page.evaluate(SHOWN)
    holds = has_same_words(clean_text(text).shown, shown)
    return Check("the dashboard spoke it and showed every word", holds=holds, found=repr(shown))


@contextmanager
def _saying(trouble: str) -> Iterator[None]:
    try:
        yield
    except BrowserTimeoutError as error:
        message = f"{trouble}: {error}"
        raise HarnessError(message) from error
