"""The card's own voice: the question whether it shall be heard, and the row to type in."""

from typing import Any

import pytest

from harness.browser import TURN_ON
from tests.card.browser.board import Board, load_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

DASHBOARD = "media_player.dash"
ANNOUNCE = "calls.filter((call) => call.service === 'announce')"
# The home has a dashboard player and two voices; its audio elements play whatever they are given.
HOME = """() => {
    const ours = { platform: "elevenlabs_streaming" };
    const named = (friendly_name) =>
      ({ state: "idle", attributes: { friendly_name, supported_features: 512 } });
    window.Audio = class extends EventTarget {
      volume = 1;
      async play() {}
      pause() {}
      load() {}
    };
    const answer = (request) => {
      calls.push(request);
      const told = { error: window.error ?? null };
      return { response: { players: { [request.target?.entity_id]: told } } };
    };
    changeHass({
      entities: { "media_player.dash": ours, "tts.george": ours, "tts.sarah": ours },
      states: { "media_player.dash": named("Dashboard"), "media_player.kitchen": named("Kitchen"),
        "tts.george": named("George"), "tts.sarah": named("Sarah") },
      callWS: async (request) => answer(request),
    });
}"""


async def add_card(board: Board, **config: Any) -> None:
    """Add a card to a home with a dashboard player."""
    await board.page.evaluate(HOME)
    await board.add(**config)


async def connected(board: Board) -> list[bool]:
    """Return whether the page could be heard, at each time it said so."""
    return list(
        await board.page.evaluate(
            "connection.requests.filter((r) => r.type.endsWith('connect')).map((r) => r.can_play)"
        )
    )


async def test_a_touch_makes_the_page_heard_and_the_switch_silences_it(board: Board) -> None:
    await add_card(board)
    assert await connected(board) == [False]
    await board.page.get_by_role("button", name=TURN_ON).click()
    await board.wait(0.1)
    assert await connected(board) == [False, True]
    switch = board.page.get_by_role("switch", name="Sound of this browser")
    assert await switch.get_attribute("aria-checked") == "true"
    await switch.click()
    await board.wait(0.1)
    assert await switch.get_attribute("aria-checked") == "false"
    update = await board.page.evaluate("calls.at(-1)")
    assert (update["type"], update["can_play"]) == (
        "elevenlabs_streaming/dashboard/update",
        False,
    )


async def test_the_question_is_asked_where_a_dashboard_player_appears_later(board: Board) -> None:
    await board.add()
    question = board.page.get_by_role("button", name=TURN_ON)
    assert await question.count() == 0
    await board.page.evaluate(HOME)
    await board.wait(0.1)
    assert await question.count() == 1


async def test_a_card_without_sound_does_not_ask(board: Board) -> None:
    await add_card(board, sound=False)
    assert await connected(board) == []
    assert await board.page.get_by_role("button", name=TURN_ON).count() == 0


TWO = """([first, second]) => {
    const away = (attributes) => ({ state: "unavailable", attributes });
    const players = { "media_player.dash": away(first), "media_player.other": away(second) };
    const ours = { "media_player.other": { platform: "elevenlabs_streaming" } };
    changeHass({
      states: { ...hass.states, ...players },
      entities: { ...hass.entities, ...ours },
    });
}"""


async def speakers(board: Board) -> list[str]:
    """Return the dashboard players that the page connected to."""
    return list(
        await board.page.evaluate(
            "connection.requests.filter((r) => r.type.endsWith('connect')).map((r) => r.entity_id)"
        )
    )


@pytest.mark.parametrize(
    ("first", "config", "expected"),
    [
        ({}, {}, DASHBOARD),
        ({"restored": True}, {}, "media_player.other"),
        ({}, {"speaker": "media_player.other"}, "media_player.other"),
        ({"restored": True}, {"speaker": DASHBOARD}, DASHBOARD),
    ],
    ids=["the first", "not one that is only remembered", "the chosen one", "or it alone"],
)
async def test_of_several_dashboard_players_one_is_heard_here(
    board: Board, first: dict[str, Any], config: dict[str, Any], expected: str
) -> None:
    await board.page.evaluate(HOME)
    await board.page.evaluate(TWO, [first, {}])
    await board.add(**config)
    assert await speakers(board) == [expected]


async def test_a_dashboard_player_that_is_not_loaded_yet_is_waited_for(board: Board) -> None:
    await board.page.evaluate(HOME)
    restored = {"restored": True}
    await board.page.evaluate(TWO, [restored, restored])
    await board.add()
    assert await speakers(board) == [DASHBOARD]


async def test_another_dashboard_player_is_chosen_while_the_card_is_shown(board: Board) -> None:
    await board.page.evaluate(HOME)
    await board.page.evaluate(TWO, [{}, {}])
    card = await board.add()
    other = {"type": "custom:elevenlabs-captions-card", "speaker": "media_player.other"}
    await card.evaluate("(card, config) => card.setConfig(config)", other)
    await board.wait(4)
    assert await speakers(board) == [DASHBOARD, "media_player.other"]
    assert await board.page.evaluate(
        "[...connection.open].map(({ request }) => request.entity_id).filter(Boolean)"
    ) == ["media_player.other"]


async def pick(board: Board, what: str, option: str) -> None:
    """Pick one of a list: what it is for, and what it is called."""
    choice = board.page.locator("elevenlabs-choice").filter(
        has=board.page.get_by_role("button", name=f"{what}:")
    )
    await choice.get_by_role("button").click()
    await choice.get_by_role("menuitem", name=option).click()
    await board.wait(0)


async def chosen(board: Board) -> list[str]:
    """Return what is chosen."""
    return await board.page.locator("elevenlabs-choice .chip > span").all_inner_texts()


async def test_what_is_typed_is_announced(board: Board) -> None:
    await add_card(board, say=True)
    await pick(board, "Voice", "Sarah")
    await pick(board, "Player", "Kitchen")
    await board.page.get_by_label("What to say").fill("  Dinner is ready  ")
    await board.page.get_by_role("button", name="Announce", exact=True).click()
    await board.wait(0.1)
    (call,) = await board.page.evaluate(ANNOUNCE)
    assert call["service_data"] == {"message": "Dinner is ready", "engine": "tts.sarah"}
    assert call["target"] == {"entity_id": "media_player.kitchen"}
    assert await board.page.get_by_text("Sent", exact=True).is_visible()
    assert await board.page.get_by_label("What to say").input_value() == ""
    await board.wait(5)
    assert await board.page.get_by_text("Sent", exact=True).count() == 0


async def test_what_cannot_be_announced_stays_with_the_reason(board: Board) -> None:
    await add_card(board, say=True)
    await board.page.evaluate("window.error = 'The player is off'")
    await board.page.get_by_label("What to say").fill("Dinner is ready")
    await board.page.get_by_label("What to say").press("Enter")
    await board.wait(0.1)
    assert await board.page.get_by_text("The player is off").is_visible()
    assert await board.page.get_by_label("What to say").input_value() == "Dinner is ready"


async def test_the_field_grows_with_its_text_and_enter_sends(board: Board) -> None:
    await add_card(board, say=True)
    field = board.page.get_by_label("What to say")
    low = await field.bounding_box()
    await field.fill("One line")
    for _ in range(3):
        await field.press("Shift+Enter")
    high = await field.bounding_box()
    assert low
    assert high
    assert high["height"] > low["height"] + 40
    await field.press_sequentially("and another")
    await field.press("Enter")
    await board.wait(0.1)
    (call,) = await board.page.evaluate(ANNOUNCE)
    assert call["service_data"]["message"] == "One line\n\n\nand another"
    assert await field.bounding_box() == low


async def test_a_choice_stays_whoever_comes_and_goes(board: Board) -> None:
    await board.page.evaluate(HOME)
    away = """(gone) => {
      const states = { ...hass.states };
      for (const one of gone) states[one] = { ...states[one], state: "unavailable" };
      changeHass({ states }) }"""
    await board.page.evaluate(away, ["media_player.dash"])
    await board.add(say=True)
    assert await chosen(board) == ["Kitchen", "George"]
    await board.page.evaluate(HOME)
    await board.wait(0.1)
    assert await chosen(board) == ["Kitchen", "George"]
    await pick(board, "Player", "Dashboard")
    await board.page.evaluate(away, ["media_player.dash"])
    await board.wait(0.1)
    assert await chosen(board) == ["Dashboard", "George"]
    await board.page.reload()
    await load_card(board.page)
    await board.page.evaluate(HOME)
    await board.add(say=True)
    assert await chosen(board) == ["Dashboard", "George"]


async def test_only_one_card_of_a_page_asks(board: Board) -> None:
    await add_card(board)
    await board.add()
    question = board.page.get_by_role("button", name=TURN_ON)
    assert await question.count() == 1
    await board.page.get_by_role("button", name="Not in this browser").click()
    await board.wait(0.1)
    assert await question.count() == 0
    assert await board.page.get_by_role("switch", name="Sound of this browser").count() == 2


async def test_the_next_card_asks_where_the_first_has_left(board: Board) -> None:
    await add_card(board)
    await board.add()
    cards = board.page.locator("elevenlabs-captions-card")
    await cards.first.evaluate("card => card.remove()")
    await board.wait(0.1)
    assert await board.page.get_by_role("button", name=TURN_ON).count() == 1
    # Home Assistant may put a new card in before it takes the old one out.
    await cards.first.evaluate("""(card) => {
      const other = addCard();
      card.remove();
    }""")
    await board.wait(0.1)
    assert await board.page.get_by_role("button", name=TURN_ON).count() == 1


@pytest.mark.parametrize("width", [288, 340, 420, 800])
async def test_the_box_fits_every_width(board: Board, width: int) -> None:
    page = board.page
    await page.set_viewport_size({"width": width + 32, "height": 600})
    await page.add_style_tag(content=f"main {{ width: {width}px !important }}")
    await add_card(board, say=True)
    await page.get_by_role("button", name=TURN_ON).click()
    await board.wait(0.1)
    for control in (
        page.get_by_role("button", name="Announce", exact=True),
        page.get_by_role("switch"),
        page.get_by_role("button", name="Voice:"),
        page.get_by_role("button", name="Player:"),
    ):
        box = await control.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
        assert 16 <= box["x"] <= box["x"] + box["width"] <= 16 + width
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_row(board: Board, theme: str) -> None:
    await board.page.evaluate("theme => document.documentElement.classList.add(theme)", theme)
    await add_card(board, say=True)
    assert await board.violations() == []
