"""Nothing jumps, and what is said can be read at every size that the card offers."""

from itertools import pairwise
from typing import Any

from playwright.async_api import Locator
import pytest

from tests.card.browser.board import Board, Json, ended, playback, playing, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = (
    "The washing machine is done, and there is still time to hang everything up before "
    "the rain comes this evening."
)
QUEUE = ("Dinner is ready.", "Somebody is at the door.", "The window in the bath is open.")
OBSERVE = """() => { window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) window.shifted += value;
  }).observe({ type: "layout-shift", buffered: false }) }"""
# What the browser draws takes real time, not the page's.
DRAWN = """() => new Promise((done) => {
  const channel = new MessageChannel();
  let left = 6;
  channel.port1.onmessage = () => (left-- ? channel.port2.postMessage(0) : done());
  channel.port2.postMessage(0);
})"""


def waiting(place: int) -> dict[str, Json]:
    """Return a player at which something waits."""
    return {
        "media_player.kitchen": {
            "state": "queued",
            "place": place,
            "position": None,
            "error": None,
        }
    }


async def height_of(card: Locator) -> float:
    """Return the card's height."""
    return float(await card.evaluate("card => card.getBoundingClientRect().height"))


async def speak_queue(board: Board, card: Locator) -> list[float]:
    """Have a queue of four spoken one after the other; return the heights of the card."""
    heights = [await height_of(card)]

    async def note() -> None:
        await board.page.evaluate(DRAWN)
        heights.append(await height_of(card))

    await board.send(track("0", TEXT))
    await note()
    for number, text in enumerate(QUEUE, 1):
        await board.send(track(str(number), text, players=waiting(number)))
        await note()
    for number in range(4):
        await board.wait(8)
        await board.send(playback(str(number), kitchen=ended()))
        if number < 3:
            await board.send(playback(str(number + 1), kitchen=playing()))
        await note()
    await board.wait(7)
    await note()
    return heights


@pytest.mark.parametrize("width", [340, 468, 800])
async def test_no_change_moves_the_dashboard_far(board: Board, width: int) -> None:
    await board.page.set_viewport_size({"width": width + 32, "height": 900})
    await board.page.add_style_tag(content=f"main {{ width: {width}px !important }}")
    heights = await speak_queue(board, await board.add())
    steps = [abs(after - before) for before, after in pairwise(heights)]
    assert max(steps) <= 80


@pytest.mark.parametrize("config", [{"idle": "history"}, {"say": True}])
async def test_what_stands_below_the_words_stays_where_it_is(
    board: Board, config: dict[str, Any]
) -> None:
    card = await board.add(**config)
    await board.send(track("old", "Good morning.", age=900.0, players={"media_player.a": ended()}))
    before = await height_of(card)
    await board.page.evaluate(OBSERVE)
    await board.send(track("a", TEXT))
    await board.page.evaluate(DRAWN)
    assert await height_of(card) == before
    await board.wait(8)
    await board.page.evaluate(DRAWN)
    assert await board.page.evaluate("window.shifted") < 0.02


@pytest.mark.parametrize("size", ["small", "medium", "large", "huge"])
@pytest.mark.parametrize(("width", "rows"), [(230, 3), (230, 4), (480, 2), (480, 1), (230, 1)])
async def test_the_word_is_in_sight_at_every_size_of_a_section(
    board: Board, width: int, rows: int, size: str
) -> None:
    await board.page.add_style_tag(content=f"main {{ width: {width}px !important }}")
    card = await board.add(size=size, grid_options={"rows": rows, "columns": 6})
    high = rows * 56 + (rows - 1) * 8
    await card.evaluate("(card, high) => { card.style.height = `${high}px` }", high)
    await board.send(track("a", TEXT, size=20))
    for _ in range(12):
        await board.wait(0.5)
        await board.settle()
        word = await board.page.locator(".cue.present .now").bounding_box()
        frame = await card.bounding_box()
        assert word
        assert frame
        assert frame["y"] <= word["y"]
        assert word["y"] + word["height"] <= frame["y"] + frame["height"] + 1
    assert await card.evaluate("card => card.scrollHeight <= card.clientHeight")


async def test_one_word_is_marked_at_a_time(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT, size=20))
    for _ in range(8):
        await board.wait(0.5)
        marked = "word => getComputedStyle(word).textDecorationColor.replaceAll(' ', '')"
        colors = [
            await word.evaluate(marked)
            for word in await board.page.locator(".cue.present .word:not(.now)").all()
        ]
        assert set(colors) <= {"rgba(0,0,0,0)"}
