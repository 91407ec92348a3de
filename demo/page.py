"""The dashboard in a real browser, used as a person would."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Page, TimeoutError as BrowserTimeoutError

from custom_components.elevenlabs_streaming.text import clean_text
from demo.checks import Check
from harness.browser import DASHBOARD_PLAYER, chromium, open_dashboard, turn_sound_on
from harness.dashboard import CARD
from harness.errors import HarnessError
from harness.furnished_home import FurnishedHome
from harness.text import has_same_words

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
    holds = has_same_words(clean_text(text).shown, shown)
    return Check("the dashboard spoke it and showed every word", holds=holds, found=repr(shown))


@contextmanager
def _saying(trouble: str) -> Iterator[None]:
    try:
        yield
    except BrowserTimeoutError as error:
        message = f"{trouble}: {error}"
        raise HarnessError(message) from error
