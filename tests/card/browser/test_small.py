"""Captions as a badge, and as a feature of a tile card."""

from typing import Any

from playwright.async_api import Locator
import pytest

from tests.card.browser.board import NOTHING, Board, ended, playback, playing, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done"
ADD = """([name, properties]) => {
    const element = document.createElement(name);
    element.setConfig({ type: `custom:${name}` });
    Object.assign(element, { hass: window.hass }, properties);
    document.querySelector("main").append(element);
}"""


async def add(board: Board, name: str, **properties: Any) -> Locator:
    """Add a badge or a feature to the page, as a dashboard does."""
    await board.page.evaluate(ADD, [name, properties])
    await board.wait(0.05)
    return board.page.locator(name)


async def test_the_badge_tells_the_caption(board: Board) -> None:
    badge = await add(board, "elevenlabs-captions-badge")
    assert NOTHING in await badge.locator("ha-badge").inner_text()
    await board.send(track("a", TEXT))
    await board.wait(0.1)
    assert await badge.locator("ha-badge span").inner_text() == "The washing machine is"
    await board.wait(2.1)
    assert await badge.locator("ha-badge span").inner_text() == "done"
    asked = await board.frames()
    await board.send(playback("a", kitchen=ended()))
    await board.wait(6.2)
    assert NOTHING in await badge.locator("ha-badge").inner_text()
    assert await board.frames() - asked < 10


@pytest.mark.parametrize("how", ["context", "stateObj"])
async def test_a_tile_follows_its_player(board: Board, how: str) -> None:
    tile = await add(board, "elevenlabs-captions", **{how: {"entity_id": "media_player.garden"}})
    await board.send(track("a", "Not here"))
    await board.wait(0.1)
    assert await tile.locator(".quiet").inner_text() == NOTHING
    await board.send(track("b", TEXT, players={"media_player.garden": playing()}))
    await board.wait(0.6)
    assert await board.now() == ["washing"]
    await board.send(playback("b", garden=ended()))
    await board.wait(6.2)
    assert await tile.locator(".quiet").inner_text() == NOTHING


async def test_a_tile_follows_its_voice(board: Board) -> None:
    await add(board, "elevenlabs-captions", context={"entity_id": "tts.george"})
    await board.send(track("a", TEXT, engine="tts.sarah"), track("b", "Hello there"))
    await board.wait(0.1)
    assert await board.now() == ["Hello"]


async def test_the_pickers_know_them(board: Board) -> None:
    known = await board.page.evaluate(
        """() => { const [feature] = customCardFeatures;
          const fits = (entity_id) => feature.isSupported(hass, { entity_id });
          return { badge: customBadges[0].type, feature: feature.type, name: feature.name,
            fits: ["tts.george", "media_player.kitchen", "light.kitchen"].map(fits) } }"""
    )
    assert known == {
        "badge": "elevenlabs-captions-badge",
        "feature": "elevenlabs-captions",
        "name": "ElevenLabs Captions",
        "fits": [True, True, False],
    }
