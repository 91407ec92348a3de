"""The options of the card are what the README says, and so are its examples."""

import re
from typing import Any

from homeassistant.util.yaml import parse_yaml
from playwright.async_api import Locator
import pytest

from tests.card.browser.board import LINE, ROOT, THEATRE, Board, ended, playback, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done"
DONE = {"media_player.kitchen": ended()}
YELLOW, BLACK, WHITE = "rgb(255, 214, 10)", "rgb(0, 0, 0)", "rgb(255, 255, 255)"
EXAMPLES = [
    parse_yaml(block)
    for block in re.findall(
        r"^```yaml\n(.*?)^```",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    if "custom:elevenlabs-captions-card" in block
]


async def colors(place: Locator) -> tuple[str, str]:
    """Return the colours of a text and of what is behind it."""
    script = "(at) => [getComputedStyle(at).color, getComputedStyle(at).backgroundColor]"
    color, behind = await place.evaluate(script)
    return color, behind


async def test_the_readme_has_two_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize("example", EXAMPLES)
async def test_the_cards_of_the_readme_can_be_shown(board: Board, example: dict[str, Any]) -> None:
    await board.add(**example)
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    assert await board.now() == ["washing"]
    assert await board.page.locator(".hint").count() == 0


async def test_the_title_is_the_heading(board: Board) -> None:
    await board.add(title="What is being said")
    heading = board.page.get_by_role("heading", name="What is being said")
    assert await heading.is_visible()


async def test_high_contrast_is_white_on_black_with_a_yellow_word(board: Board) -> None:
    await board.add(contrast="high")
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    await board.settle()
    assert await colors(board.page.locator(".cue.present .now")) == (BLACK, YELLOW)
    assert await colors(board.page.locator("ha-card")) == (WHITE, BLACK)
    said, _ = await colors(board.page.locator(".cue.present .said").last)
    to_come, _ = await colors(board.page.locator(".cue .word").last)
    assert said == WHITE
    assert 180 < min(map(int, re.findall(r"\d+", to_come))) < 215


async def test_a_browser_that_asks_for_more_contrast_gets_more(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    seen = []
    for contrast in ("no-preference", "more"):
        await board.page.emulate_media(contrast=contrast)
        await board.settle()
        seen.append(await colors(board.page.locator(".cue.present .now")))
    text, behind = await colors(board.page.locator("ha-card"))
    assert seen[0] != (behind, text)
    assert seen[1] == (behind, text)


async def test_what_is_not_set_is_as_the_table_says(board: Board) -> None:
    await board.add()
    flashes = await board.count_flashes()
    await board.send(track("a", TEXT))
    assert await flashes() == 0
    assert await board.page.locator(THEATRE).count() == 0
    assert await board.page.get_by_label("What to say").count() == 0
    await board.wait(1)
    await board.send(playback("a", kitchen=ended()))
    await board.wait(5.9)
    assert await board.page.locator(".cue.present").count() == 1
    await board.wait(0.2)
    assert await board.page.locator(".cue").count() == 0
    assert await board.page.locator("elevenlabs-history").count() == 0


async def test_the_history_has_five_if_nothing_else_is_said(board: Board) -> None:
    await board.add(idle="history")
    for number in range(7):
        await board.send(track(f"n{number}", f"{TEXT} {number}", age=100.0 - number, players=DONE))
    assert await board.page.locator(LINE).count() == 5


@pytest.mark.parametrize(("wait", "count"), [(0.9, 1), (1.1, 2)])
async def test_it_flashes_at_most_once_a_second(board: Board, wait: float, count: int) -> None:
    await board.add(flash="on")
    flashes = await board.count_flashes()
    await board.send(track("a", TEXT))
    assert await flashes() == 1
    await board.wait(wait)
    await board.send(track("b", TEXT))
    assert await flashes() == count
