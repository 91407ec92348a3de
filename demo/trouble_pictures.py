"""`python -m demo.trouble_pictures`: pictures of the repairs and of the forms, in a real home."""

import asyncio
from collections.abc import Mapping
import json
from pathlib import Path
import sys
from typing import Any

from playwright.async_api import (
    Browser,
    Page,
    ViewportSize,
    async_playwright,
)

from demo.arrangement import add_integration, entity_of
from demo.browser import BROWSERS, FLAGS, PATIENCE
from demo.home_api import Json
from demo.pictures import exit_code
from demo.places import REPOSITORY, find_program
from demo.progress import Progress
from demo.stage import DOMAIN, Stage, set_up_stage
from demo.waiting import until

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
    program = find_program("Chromium", *BROWSERS)
    async with set_up_stage(None, progress) as stage, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            await _make_trouble(stage, progress)
            page = await _page(browser, stage)
            await _take_repairs(page, stage, folder, progress)
            await _take_forms(page, stage, folder, progress)
        finally:
            await browser.close()


async def _make_trouble(stage: Stage, progress: Progress) -> None:
    await _control(stage, "accounts", TYPED_ONLY)
    for key, (settings, behaviour) in TROUBLES.items():
        answers = {"api_key": key, "endpoint": stage.service.endpoint, "voice": _first, **settings}
        entry = await add_integration(stage.home.api, DOMAIN, answers)
        engine = await entity_of(stage.home.api, stage.socket, entry, "tts")
        if behaviour:
            await _control(stage, "behaviour", {"api_key": key, **behaviour})
        await _try_to_speak(stage, engine)
        progress.step(f"{key} has met its trouble")


def _first(field: Json) -> str:
    options = field.get("selector", {}).get("select", {}).get("options", [])
    return str(options[0]["value"]) if options else NOBODYS_VOICE


async def _control(stage: Stage, what: str, wanted: Mapping[str, Json]) -> None:
    url = f"{stage.service.endpoint}/_control/{what}"
    async with stage.home.api.session.post(url, json=wanted) as answer:
        answer.raise_for_status()


async def _try_to_speak(stage: Stage, engine: str) -> None:
    await stage.socket.call(
        "call_service",
        domain=DOMAIN,
        service="announce",
        target={"entity_id": stage.player_entity},
        service_data={"message": SENTENCE, "engine": engine},
        return_response=True,
    )


async def _page(browser: Browser, stage: Stage) -> Page:
    tokens = json.dumps(json.dumps(stage.home.api.tokens))
    options: dict[str, Any] = {"viewport": SCREEN, "locale": "en-GB"}
    context = await browser.new_context(**options)
    await context.add_init_script(f"localStorage.hassTokens = {tokens};")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


async def _take_repairs(page: Page, stage: Stage, folder: Path, progress: Progress) -> None:
    async def all_of_them() -> bool:
        issues = (await stage.socket.call("repairs/list_issues"))["issues"]
        return len([issue for issue in issues if issue["domain"] == DOMAIN]) >= REPAIRS

    await until("The repairs", all_of_them, seconds=30)
    await page.goto(f"{stage.home.url}/config/repairs")
    rows = page.locator(ROWS)
    await rows.nth(REPAIRS - 1).wait_for()
    await _take(page, folder / "all.png", progress)
    for number in range(REPAIRS):
        await page.goto(f"{stage.home.url}/config/repairs")
        await rows.nth(number).wait_for()
        await rows.nth(number).click()
        await page.wait_for_timeout(OPENING_MS)
        await _take(page, folder / f"repair-{number + 1}.png", progress)


async def _take_forms(page: Page, stage: Stage, folder: Path, progress: Progress) -> None:
    await page.goto(f"{stage.home.url}/config/integrations/integration/{DOMAIN}")
    gears = page.get_by_label("Configure")
    await gears.first.wait_for()
    await _take(page, folder / "integration.png", progress)
    await gears.first.click()
    await page.wait_for_timeout(OPENING_MS)
    await _take(page, folder / "budgets.png", progress)
    await page.keyboard.press("Escape")
    await page.goto(f"{stage.home.url}/config/integrations/integration/{DOMAIN}")
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
