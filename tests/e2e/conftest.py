"""A furnished home and a browser, for all tests of a file that ask for them."""

from collections.abc import AsyncIterator
import io

from playwright.async_api import Browser
import pytest_asyncio
from pytest_socket import enable_socket

from harness.browser import chromium
from harness.furnished_home import FurnishedHome, furnished_home
from harness.progress import Progress
from tests.helpers.tablet import PICTURES


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def furnished() -> AsyncIterator[FurnishedHome]:
    """Run the demo's home."""
    enable_socket()
    async with furnished_home(Progress(io.StringIO())) as furnished:
        yield furnished


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Run Chromium."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        yield browser
