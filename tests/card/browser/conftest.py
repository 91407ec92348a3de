"""Chromium, once for all tests of the card, and a fresh page for each."""

from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page
import pytest
import pytest_asyncio

import harness.browser
from tests.card.browser.board import Board, open_board


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Have no Home Assistant: these tests need none."""


@pytest.fixture(autouse=True)
def _tts_cache() -> None:
    """Have no cache either."""


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Run the browser."""
    async with harness.browser.chromium() as browser:
        yield browser


@pytest.fixture
def forgiven() -> list[str]:
    """Collect what the browser may complain about."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser, forgiven: list[str]) -> AsyncIterator[Page]:
    """Open a page; what it complains about fails the test."""
    page = await chromium.new_page(viewport={"width": 532, "height": 600})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    await page.close()
    unexpected = [said for said in complaints if not any(part in said for part in forgiven)]
    assert unexpected == []


@pytest_asyncio.fixture(loop_scope="session")
async def board(page: Page, forgiven: list[str]) -> Board:
    """Open a page with the card loaded."""
    return await open_board(page, forgiven)


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Let the browser's driver live on between the tests."""
