"""Whatever comes, the card goes on."""

from typing import Any

from playwright.async_api import Route
import pytest

from tests.card.browser.board import FILE, LINE, Board, Json, ended, playback, playing, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done"


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        7,
        [],
        {},
        {"type": "track"},
        {"type": "track", "track": None},
        {"type": "track", "track": {"id": 7}},
        {"type": "track", "track": {"id": "x", "words": 7, "cues": "y", "players": [1]}},
        {"type": "track", "track": {"id": "x", "words": [None, {"text": 1}], "cues": [{}]}},
        {"type": "words", "id": "a", "words": None, "cues": [{"first": -1}]},
        {"type": "words", "id": "nobody", "words": [], "cues": []},
        {"type": "playback", "id": "a", "players": None},
        {"type": "playback", "id": "nobody", "players": {}},
        {"type": "something new", "id": "a"},
    ],
)
async def test_a_strange_message_changes_nothing(board: Board, message: Any) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.send(message)
    await board.wait(0.6)
    assert "washing" in await board.now()


async def test_messages_in_an_odd_order(board: Board) -> None:
    await board.add()
    await board.send(playback("a", kitchen=playing(1)))
    await board.send({"type": "words", "id": "a", "words": [], "cues": []})
    await board.send(track("a", TEXT))
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    assert await board.now() == ["washing"]


async def test_what_is_gone_is_named_and_the_card_goes_on(board: Board) -> None:
    await board.add(
        players=["media_player.kitchen", "media_player.gone"],
        voices=["tts.george"],
        speaker="media_player.lost",
    )
    await board.send(track("a", TEXT))
    await board.wait(0.1)
    assert await board.now() == ["The"]
    hint = await board.page.locator(".hint").inner_text()
    assert hint == "Not found: media_player.gone, media_player.lost"


async def test_an_area_that_is_gone_is_named(board: Board) -> None:
    await board.add(area="attic")
    assert "attic" in await board.page.locator(".hint").inner_text()


async def test_without_the_integration_it_says_so_and_comes_back(board: Board) -> None:
    await board.page.evaluate("connection.refuse = 'unknown_command'")
    await board.home(config={"components": []})
    await board.add()
    await board.wait(0.1)
    assert "not set up" in await board.page.locator(".hint").inner_text()
    await board.page.evaluate("connection.refuse = null")
    await board.home(config={"components": ["elevenlabs_streaming"]})
    await board.wait(0.1)
    assert await board.subscriptions() == 1
    assert await board.page.locator(".hint").count() == 0


async def test_after_a_refusal_a_new_connection_is_used(board: Board) -> None:
    await board.page.evaluate("connection.refuse = 'unknown_command'")
    await board.add()
    await board.page.evaluate("connection.refuse = null")
    await board.page.evaluate("connection.reconnect()")
    await board.wait(0.1)
    assert await board.subscriptions() == 1


async def test_a_reconnection_replaces_what_was_known(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT), track("b", "Someone is here"))
    await board.wait(0.4)
    await board.page.evaluate("connection.reconnect()")
    await board.send(track("a", TEXT, players={"media_player.kitchen": playing(0.5)}))
    await board.wait(1.1)
    assert await board.page.locator("elevenlabs-announcement").count() == 1
    assert await board.now() == ["is"]


COUNT = """(name) => {
    const { prototype } = customElements.get(name);
    const { render } = prototype;
    window.rendered = 0;
    prototype.render = function () { window.rendered += 1; return render.call(this) };
}"""
ADD = """(name) => {
    const element = document.createElement(name);
    element.setConfig({ type: `custom:${name}`, say: true });
    element.hass = window.hass;
    document.querySelector("main").append(element);
    window.change = (states) => {
      window.hass = { ...window.hass, states: { ...window.hass.states, ...states } };
      element.hass = window.hass;
    };
}"""


@pytest.mark.parametrize(
    "name",
    [
        "elevenlabs-captions-card",
        "elevenlabs-say",
        "elevenlabs-captions-badge",
        "elevenlabs-captions",
    ],
)
async def test_what_does_not_concern_it_renders_nothing(board: Board, name: str) -> None:
    await board.page.evaluate(COUNT, name)
    outer = "elevenlabs-captions-card" if name == "elevenlabs-say" else name
    await board.page.evaluate(ADD, outer)
    await board.send(track("a", TEXT))
    await board.wait(0.7)
    before = await board.page.evaluate("window.rendered")
    assert before > 0
    for state in ("on", "off"):
        light: Json = {"light.kitchen": {"state": state, "attributes": {}}}
        await board.page.evaluate("(states) => change(states)", light)
        await board.wait(0)
    assert await board.page.evaluate("window.rendered") == before
    player = {"media_player.kitchen": {"state": "playing", "attributes": {}}}
    await board.page.evaluate("(states) => change(states)", player)
    await board.wait(0.05)
    assert await board.page.evaluate("window.rendered") > before


async def test_cards_share_one_subscription_and_the_last_one_ends_it(board: Board) -> None:
    first = await board.add()
    second = await board.add()
    assert await board.subscriptions() == 1
    await first.evaluate("card => card.remove()")
    assert await board.subscriptions() == 1
    await second.evaluate("card => { window.kept = card; card.remove() }")
    await board.wait(0)
    assert await board.subscriptions() == 0
    for _ in range(20):
        await board.page.evaluate("document.querySelector('main').append(kept)")
        await board.page.evaluate("kept.remove()")
    await board.wait(0)
    assert await board.subscriptions() == 0
    assert await board.page.evaluate("connection.ready.size") == 0
    await board.page.evaluate("document.querySelector('main').append(kept)")
    await board.wait(0)
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    assert await board.now() == ["washing"]


async def test_a_card_that_leaves_while_something_is_said_asks_for_no_more_frames(
    board: Board,
) -> None:
    card = await board.add()
    await board.send(track("a", TEXT))
    await board.wait(0.3)
    await card.evaluate("card => card.remove()")
    asked = await board.frames()
    await board.wait(5)
    assert await board.frames() == asked


async def test_many_announcements_do_not_pile_up(board: Board) -> None:
    await board.add(idle="history", history=20)
    done = {"media_player.kitchen": ended()}
    for number in range(60):
        await board.send(track(f"n{number}", TEXT, age=100.0 - number, players=done))
    assert await board.page.locator(LINE).count() == 20
    await board.page.evaluate("addCard({ idle: 'history', history: 20 })")
    assert await board.subscriptions() == 1


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        ({"players": ["media_player.kitchen"]}, ["kitchen"]),
        ({"players": ["media_player.downstairs"]}, ["kitchen"]),
        ({"area": "kitchen"}, ["kitchen"]),
        ({"area": "garden"}, ["garden"]),
        ({"voices": ["tts.sarah"]}, ["garden"]),
        ({"voices": ["tts.sarah"], "area": "kitchen"}, []),
        ({}, ["kitchen", "garden"]),
    ],
)
async def test_the_filters(board: Board, config: dict[str, Any], shown: list[str]) -> None:
    await board.add(**config)
    await board.send(track("a", "kitchen"))
    garden = {"media_player.garden": playing()}
    await board.send(track("b", "garden", engine="tts.sarah", players=garden))
    await board.wait(0.1)
    assert await board.now() == shown


@pytest.mark.parametrize(
    "config",
    [
        {"size": "gigantic"},
        {"players": "media_player.kitchen"},
        {"voices": [7]},
        {"area": ["kitchen"]},
        {"speaker": ["media_player.dash"]},
        {"idle": "sleep"},
        {"linger": -1},
        {"history": 51},
        {"histroy": 5},
    ],
)
async def test_a_wrong_option_is_refused_by_name(board: Board, config: dict[str, Any]) -> None:
    said = await board.page.evaluate(
        "config => { try { addCard(config) } catch (error) { return error.message } }", config
    )
    assert next(iter(config)) in said


async def test_the_nearest_option_is_named_for_one_that_is_unknown(board: Board) -> None:
    said = await board.page.evaluate(
        "() => { try { addCard({ histroy: 5 }) } catch (error) { return error.message } }"
    )
    assert "history" in said


# What Home Assistant's app does when it starts: it replaces the registry of elements with its
# own, which knows nothing of what was defined before and refuses a name that the page has.
START = """() => {
    const native = window.customElements;
    const known = new Map();
    const registry = {
      get: (name) => known.get(name),
      whenDefined: (name) => native.whenDefined(name),
      define(name, element) {
        native.define(name, element);
        known.set(name, element);
      },
    };
    Object.defineProperty(window, "customElements", { value: registry });
    for (const name of ["home-assistant", "ha-card", "ha-icon"])
      customElements.define(name, class extends HTMLElement {});
}"""


async def answer_start_page(route: Route) -> None:
    """Answer with a page like Home Assistant's before its app is loaded."""
    await route.fulfill(body="<home-assistant></home-assistant>", content_type="text/html")


@pytest.mark.parametrize("first", ["the card", "the app"])
async def test_the_card_outlives_the_replaced_registry(board: Board, first: str) -> None:
    browser = board.page.context.browser
    assert browser
    page = await browser.new_page()
    await page.route("**/*", answer_start_page)
    await page.goto("http://early.test/")
    if first == "the app":
        await page.evaluate(START)
    await page.add_script_tag(path=FILE, type="module")
    if first == "the card":
        assert await page.evaluate("!!customElements.get('elevenlabs-captions-card')") is False
        await page.evaluate(START)
    await page.wait_for_function("!!customElements.get('elevenlabs-captions-card')")
    created = "document.createElement('elevenlabs-captions-card').getCardSize()"
    assert await page.evaluate(created) > 0
    assert await page.evaluate("customCards.length") == 1
    await page.close()
