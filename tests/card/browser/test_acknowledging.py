"""Announcements that are said again until somebody says that they were heard."""

from typing import Any

import pytest

from tests.card.browser.board import THEATRE, Board, ended, playback, playing, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The water in the cellar is rising"


async def test_one_touch_acknowledges(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT, can_acknowledge=True))
    await board.page.get_by_role("button", name="Got it").click()
    (call,) = await board.page.evaluate("calls")
    assert call == {
        "type": "call_service",
        "domain": "elevenlabs_streaming",
        "service": "acknowledge",
        "service_data": {"announcement_id": "a"},
        "return_response": True,
    }
    await board.send(playback("a", kitchen=ended()) | {"can_acknowledge": False})
    assert await board.page.get_by_role("button", name="Got it").count() == 0
    await board.wait(6.1)
    assert await board.page.locator("elevenlabs-announcement").count() == 0


async def test_it_stays_in_the_pause_and_begins_anew(board: Board) -> None:
    await board.add(players=["media_player.kitchen"])
    await board.send(track("a", TEXT, can_acknowledge=True))
    await board.wait(3)
    queued = {"state": "queued", "position": None, "error": None}
    await board.send(playback("a", kitchen=queued) | {"can_acknowledge": True})
    await board.wait(120)
    assert await board.cue() == "The water in the"
    assert await board.page.get_by_role("button", name="Got it").is_visible()
    assert await board.now() == []
    await board.send(playback("a", kitchen=playing()) | {"can_acknowledge": True})
    await board.wait(0.7)
    assert await board.now() == ["water"]


async def test_an_ordinary_announcement_has_no_button(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT, can_acknowledge=False), track("b", TEXT))
    assert await board.page.get_by_role("button", name="Got it").count() == 0


async def test_the_button_does_not_leave_the_theatre(board: Board) -> None:
    await board.add(theatre=True)
    await board.send(track("a", TEXT, can_acknowledge=True))
    await board.wait(0.1)
    await board.page.get_by_role("button", name="Got it").click()
    assert await board.page.locator(THEATRE).count() == 1
    assert len(await board.page.evaluate("calls")) == 1


@pytest.mark.parametrize("config", [{"players": ["media_player.garden"]}, {"area": "garden"}])
@pytest.mark.parametrize(("features", "is_shown"), [(0, True), (1 << 20, False)])
async def test_a_card_shows_what_the_group_of_its_player_says(
    board: Board, features: int, is_shown: bool, config: dict[str, Any]
) -> None:
    together = ["media_player.kitchen", "media_player.garden"]
    attributes = {"group_members": together, "supported_features": features}
    grouped = {one: {"state": "playing", "attributes": attributes} for one in together}
    states = await board.page.evaluate("hass.states")
    await board.home(states=states | grouped)
    await board.add(**config)
    await board.send(track("a", TEXT))
    await board.wait(0.1)
    assert bool(await board.page.locator("elevenlabs-announcement").count()) is is_shown
