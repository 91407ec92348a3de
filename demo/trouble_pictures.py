"""`python -m demo.trouble_pictures`: pictures of the repairs and of the forms, in a real home."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
import sys

from playwright.async_api import (
    Page,
    ViewportSize,
)

from demo.pictures import exit_code
from harness.browser import chromium, logged_in_page
from harness.furnished_home import FurnishedHome, furnished_home
from harness.home_api import Json
from harness.integrations import DOMAIN, add_integration, entity_of
from harness.paths import REPOSITORY
from harness.progress import Progress
from harness.waiting import until

FOLDER = REPOSITORY / "docs" / "repairs"
SCREEN = ViewportSize(width=900, height=980)
TALL = ViewportSize(width=900, height=1900)
REPAIRS = 10
NOBODYS_VOICE = "AAAAAAAAAAAAAAAAAAAA"
ROWS = "ha-config-repairs ha-list-item-button"
OPENING_MS = 2000
SENTENCE = "The laundry is done."
GEORGE = "JBFqnCBsd6RMkjVDRZzb"
QUOTA = {"quota": True}
# By the key of the account that meets it: what the voice is set to and how the service behaves.
TROUBLES: Mapping[str, tuple[Mapping[str, Json], Mapping[str, Json]]] = {
    "sk_starter": ({"fallback": "tts.elevenlabs_george"}, QUOTA),
    "sk_scale": ({}, {"unusual_activity": True}),
    "sk_free": ({"voice": "Björn"}, {}),
    "sk_pro": ({"voice": "Leaving Soon", "model": "eleven_turbo_v2_5"}, {}),
    "sk_tts_only": ({"voice": NOBODYS_VOICE}, {}),
    "sk_typed": ({"voice": GEORGE, "model": "eleven_nothing"}, {}),
    "sk_business": ({}, {"fail_status": 403, "fail_routes": "speech", "error_body": "text"}),
    "sk_read_only": ({}, {}),
}
TYPED_ONLY = {"key": "sk_typed", "tier": "creator", "scopes": ["text_to_speech"]}


async def take_pictures(folder: Path, progress: Progress) -> None:
    """Run a home in which much is wrong, and take pictures of what it says."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True, parents=True)
    async with furnished_home(progress) as furnished, chromium() as browser:
        await _make_trouble(furnished, progress)
        page = await logged_in_page(browser, furnished.home, viewport=SCREEN)
        await _take_repairs(page, furnished, folder, progress)
        await _take_forms(page, furnished, folder, progress)


async def _make_trouble(furnished: FurnishedHome, progress: Progress) -> None:
    await _control(furnished, "accounts", TYPED_ONLY)
    for key, (settings, behaviour) in TROUBLES.items():
        answers = {
            "api_key": key,
            "endpoint": furnished.service.endpoint,
            "voice": _first,
            **settings,
        }
        entry = await add_integration(furnished.home, DOMAIN, answers)
        engine = await entity_of(furnished.home, entry, "tts")
        if behaviour:
            await _control(furnished, "behaviour", {"api_key": key, **behaviour})
        await _try_to_speak(furnished, engine)
        progress.step(f"{key} has met its trouble")


def _first(field: Json) -> str:
    options = field.get("selector", {}).get("select", {}).get("options", [])
    return str(options[0]["value"]) if options else NOBODYS_VOICE


async def _control(furnished: FurnishedHome, what: str, wanted: Mapping[str, Json]) -> None:
    url = f"{furnished.service.endpoint}/_control/{what}"
    async with furnished.home.session.post(url, json=wanted) as answer:
        answer.raise_for_status()


async def _try_to_speak(furnished: FurnishedHome, engine: str) -> None:
    await furnished.home.socket.call_action(
        f"{DOMAIN}.announce",
        furnished.player_entity,
        response=True,
        message=SENTENCE,
        engine=engine,
    )


async def _take_repairs(
    page: Page, furnished: FurnishedHome, folder: Path, progress: Progress
) -> None:
    async def all_of_them() -> bool:
        issues = (await furnished.home.socket.call("repairs/list_issues"))["issues"]
        return len([issue for issue in issues if issue["domain"] == DOMAIN]) >= REPAIRS

    await until("The repairs", all_of_them, seconds=30)
    await page.goto(f"{furnished.home.url}/config/repairs")
    rows = page.locator(ROWS)
    await rows.nth(REPAIRS - 1).wait_for()
    await _take(page, folder / "all.png", progress)
    for number in range(REPAIRS):
        await page.goto(f"{furnished.home.url}/config/repairs")
        await rows.nth(number).wait_for()
        await rows.nth(number).click()
        await page.wait_for_timeout(OPENING_MS)
        await _take(page, folder / f"repair-{number + 1}.png", progress)


async def _take_forms(
    page: Page, furnished: FurnishedHome, folder: Path, progress: Progress
) -> None:
    await page.goto(f"{furnished.home.url}/config/integrations/integration/{DOMAIN}")
    gears = page.get_by_label("Configure")
    await gears.first.wait_for()
    await _take(page, folder / "integration.png", progress)
    await gears.first.click()
    await page.wait_for_timeout(OPENING_MS)
    await _take(page, folder / "budgets.png", progress)
    await page.keyboard.press("Escape")
    await page.goto(f"{furnished.home.url}/config/integrations/integration/{DOMAIN}")
    voice = page.locator("ha-config-sub-entry-row").first
    await voice.wait_for()
    await voice.locator("ha-icon-button").nth(1).click()
    await page.wait_for_timeout(OPENING_MS)
    await page.set_viewport_size(TALL)
    await _take(page, folder / "voice.png", progress)


async def _take(page: Page, path: Path, progress: Progress) -> None:
    picture = await page.screenshot()
    await asyncio.to_thread(path.write_bytes, picture)
    progress.step(f"{path.relative_to(REPOSITORY)}: {len(picture)} bytes")


if __name__ == "__main__":
    sys.exit(exit_code(take_pictures(FOLDER, Progress())))
