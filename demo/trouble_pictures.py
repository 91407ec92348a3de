"""`python -m demo.trouble_pictures`: pictures of the repairs and of the forms, in a real home."""

import asyncio
from collections.abc import Mapping
import json
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
from harness.integrations import DOMAIN, add_integration, entity_of, language_of
from harness.paths import REPOSITORY
from harness.progress import Progress
from harness.speech_service import SIMULATOR_KEY
from harness.waiting import until

FOLDER = REPOSITORY / "docs" / "repairs"
TRANSLATIONS = REPOSITORY / "custom_components" / DOMAIN / "translations" / "en.json"
SCREEN = ViewportSize(width=900, height=980)
TALL = ViewportSize(width=900, height=1900)
REPAIRS = 14
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
    "sk_no_norm": (
        {"voice": "Harriet", "text_normalization": "on"},
        {"flash_normalisation": "enterprise"},
    ),
    "sk_no_dict": ({"voice": "Sarah", "pronunciation_dictionary_locators": ["dict_gone"]}, {}),
}
TYPED_ONLY = {"key": "sk_typed", "tier": "creator", "scopes": ["text_to_speech"]}
# The voice that falls back on one that is renamed later.
FORSAKEN = {"voice": "Emil", "fallback": "tts.elevenlabs_harriet"}
UNAVAILABLE = {"fail_status": 503, "fail_routes": "all"}
# So many failures open the breaker; it tells of an outage after ten minutes.
ATTEMPTS = 3
UNREACHABLE_S = 1200
FAILING = {"fail_status": 500, "fail_routes": "speech"}
NO_NORMALIZATION = {"key": "sk_no_norm", "tier": "creator"}
NO_DICTIONARY = {"key": "sk_no_dict", "tier": "creator"}
ASSISTANT = "Kitchen"


async def take_pictures(folder: Path, progress: Progress) -> None:
    """Run a home in which much is wrong, and take pictures of what it says."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True, parents=True)
    async with furnished_home(progress) as furnished, chromium() as browser:
        await _make_trouble(furnished, progress)
        page = await logged_in_page(browser, furnished.home, viewport=SCREEN)
        await _take_repairs(page, furnished, folder, progress)
        await _take_forms(page, furnished, folder, progress)
        await _take_unreachable(page, furnished, folder, progress)


async def _make_trouble(furnished: FurnishedHome, progress: Progress) -> None:
    for account in (TYPED_ONLY, NO_NORMALIZATION, NO_DICTIONARY):
        await _control(furnished, "accounts", account)
    for key, (settings, behaviour) in TROUBLES.items():
        engine = await _add_voice(furnished, key, settings, behaviour)
        await _try_to_speak(furnished, engine)
        progress.step(f"{key} has met its trouble")
    await _mistake_voice(furnished)
    await _lose_fallback(furnished)


async def _add_voice(
    furnished: FurnishedHome,
    key: str,
    settings: Mapping[str, Json],
    behaviour: Mapping[str, Json],
) -> str:
    """Add an account with a voice; return the voice's entity."""
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
    return engine


async def _lose_fallback(furnished: FurnishedHome) -> None:
    """Have a voice fail whose fallback has another name by now."""
    engine = await _add_voice(furnished, "sk_enterprise", FORSAKEN, FAILING)
    fallback = FORSAKEN["fallback"]
    await furnished.home.socket.call(
        "config/entity_registry/update", entity_id=fallback, new_entity_id=f"{fallback}_2"
    )
    await _try_to_speak(furnished, engine)


async def _mistake_voice(furnished: FurnishedHome) -> None:
    """Have the assistant speak as the voice that was the first of the list, not as its own."""
    socket, engine = furnished.home.socket, furnished.engine
    language = await language_of(furnished.home, engine)
    listed = await socket.call("tts/engine/voices", engine_id=engine, language=language)
    first = next(one for one in listed["voices"] if one["voice_id"] != furnished.voice)
    pipelines = (await socket.call("assist_pipeline/pipeline/list"))["pipelines"]
    (assistant,) = (one for one in pipelines if one["id"] == furnished.pipeline)
    changed = {**assistant, "name": ASSISTANT, "tts_voice": first["voice_id"]}
    del changed["id"]
    await socket.call("assist_pipeline/pipeline/update", pipeline_id=assistant["id"], **changed)
    entity = await socket.call("config/entity_registry/get", entity_id=engine)
    account = {"config_entry": entity["config_entry_id"]}
    await socket.call(
        "call_service", domain=DOMAIN, service="refresh_account", service_data=account
    )


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
    async def all_of_them() -> dict[str, str] | None:
        titles = await _titles(furnished)
        return titles if len(titles) == REPAIRS else None

    titles = await until("The repairs", all_of_them, seconds=30)
    await page.goto(f"{furnished.home.url}/config/repairs")
    rows = page.locator(ROWS)
    await rows.nth(REPAIRS - 1).wait_for()
    await _take(page, folder / "all.png", progress)
    for kind, title in sorted(titles.items()):
        await _take_one(page, furnished, folder / f"{kind}.png", title, progress)


async def _titles(furnished: FurnishedHome) -> dict[str, str]:
    """Return the title of a repair of each kind."""
    texts = json.loads(await asyncio.to_thread(TRANSLATIONS.read_text, encoding="utf-8"))["issues"]
    issues = (await furnished.home.socket.call("repairs/list_issues"))["issues"]
    return {
        issue["issue_id"].rpartition("_")[0]: texts[issue["translation_key"]]["title"].format(
            **issue["translation_placeholders"]
        )
        for issue in issues
        if issue["domain"] == DOMAIN
    }


async def _take_unreachable(
    page: Page, furnished: FurnishedHome, folder: Path, progress: Progress
) -> None:
    """Have the service fail until that is told, which takes ten minutes."""
    await _control(furnished, "behaviour", {"api_key": SIMULATOR_KEY, **UNAVAILABLE})
    for _ in range(ATTEMPTS):
        await _try_to_speak(furnished, furnished.engine)
    progress.step("Waiting ten minutes for the repair of a service that stays away")
    kind = "service_unreachable"

    async def title() -> str | None:
        return (await _titles(furnished)).get(kind)

    found = await until("The repair", title, seconds=UNREACHABLE_S)
    await page.set_viewport_size(SCREEN)
    await _take_one(page, furnished, folder / f"{kind}.png", found, progress)


async def _take_one(
    page: Page, furnished: FurnishedHome, path: Path, title: str, progress: Progress
) -> None:
    await page.goto(f"{furnished.home.url}/config/repairs")
    await page.locator(ROWS).filter(has_text=title).click()
    await page.wait_for_timeout(OPENING_MS)
    await _take(page, path, progress)


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
