"""Where the card shows things: the list of the last ones, the full screen, the card picker."""

import pytest

from tests.card.browser.board import LINE, THEATRE, Board, ended, playback, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done"
DONE = {"media_player.kitchen": ended()}


async def fill(board: Board) -> None:
    """Send three announcements of the last hours."""
    for name, text, age in (("a", "Oldest", 7200.0), ("b", TEXT, 600.0), ("c", "Newest", 60.0)):
        await board.send(track(name, text, age=age, players=DONE))


async def test_the_list_asks_for_as_many_as_it_shows(board: Board) -> None:
    await board.add(idle="history", history=2)
    assert await board.page.evaluate("connection.requests.map((r) => r.history)") == [2]
    await fill(board)
    texts = await board.page.locator(f"{LINE} .text").all_inner_texts()
    assert texts == ["Newest", TEXT]
    line = await board.open_line(TEXT)
    assert await line.locator(".about").inner_text() == "George"
    assert await line.locator(".details li").all_inner_texts() == ["Kitchen: finished"]


async def test_a_private_announcement_is_not_listed(board: Board) -> None:
    await board.add(idle="history")
    await board.send(track("p", TEXT, age=60.0, players=DONE, private=True, message=None))
    assert await board.page.locator(LINE).count() == 0


async def test_one_that_ends_goes_to_the_list(board: Board) -> None:
    await board.add(idle="history")
    await board.send(track("a", TEXT))
    await board.wait(3)
    await board.send(playback("a", kitchen=ended()))
    await board.wait(6.1)
    assert await board.page.locator(LINE).count() == 1


async def test_a_replay_plays_here_and_is_followed(board: Board) -> None:
    await board.add(idle="history")
    await fill(board)
    await board.links("b")
    await board.choose("Play here", of=TEXT)
    assert await board.page.evaluate("audios.map((a) => [a.url, a.paused])") == [
        ["/api/audio.mp3", False]
    ]
    links = {"type": "elevenlabs_streaming/announcement/links", "announcement_id": "b"}
    assert await board.page.evaluate("calls") == [links, links]
    await board.page.evaluate("audios[0].currentTime = 1.2")
    await board.wait(0.05)
    assert await board.now() == ["machine"]
    assert await board.page.get_by_text("This browser").is_visible()
    await board.page.evaluate("audios[0].onended()")
    await board.wait(0.05)
    assert await board.page.locator(LINE).count() == 3


async def test_a_replay_is_stopped(board: Board) -> None:
    await board.add(idle="history")
    await fill(board)
    await board.links("b")
    await board.choose("Play here", of=TEXT)
    await board.choose("Stop")
    assert await board.page.evaluate("audios[0].paused")
    assert await board.page.locator(LINE).count() == 3


@pytest.mark.parametrize("known", [True, False], ids=["no audio", "unknown id"])
async def test_what_is_gone_is_not_offered(board: Board, known: bool) -> None:
    await board.add(idle="history")
    await fill(board)
    if known:
        await board.links("b", audio=None)
    menu = await board.menu(of=TEXT)
    items = await menu.get_by_role("menuitem").all_inner_texts()
    known_items = ["Announce again", "Copy text", "Download captions"]
    assert items == (known_items if known else known_items[1:])


async def test_what_is_gone_by_the_time_it_is_chosen_says_so(board: Board) -> None:
    await board.add(idle="history")
    await fill(board)
    await board.links("b")
    menu = await board.menu(of=TEXT)
    await board.page.evaluate("links = {}")
    await menu.get_by_role("menuitem", name="Play here").click()
    await board.wait(0.1)
    assert await board.page.get_by_text("No longer available").is_visible()


@pytest.mark.parametrize(
    ("cached", "label"), [(True, "Play here"), (False, "Play here (uses credits)")]
)
async def test_what_costs_credits_says_so(board: Board, cached: bool, label: str) -> None:
    await board.add(idle="history")
    await fill(board)
    await board.links("b", cached=cached)
    menu = await board.menu(of=TEXT)
    assert label in await menu.get_by_role("menuitem").all_inner_texts()


async def test_the_captions_are_handed_over_as_a_file(board: Board) -> None:
    await board.add(idle="history")
    await fill(board)
    await board.links("b")
    async with board.page.expect_download() as waiting:
        await board.choose("Download captions", of=TEXT)
    download = await waiting.value
    assert download.url == "http://home.test/api/b.vtt"
    assert download.suggested_filename == "b.vtt"


async def test_the_theatre_opens_and_goes_away(board: Board) -> None:
    await board.add(theatre=True, linger=2)
    layer = board.page.locator(THEATRE)
    assert await layer.count() == 0
    await board.send(track("a", TEXT))
    box = await layer.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 532, 600)
    await board.wait(2)
    await board.send(playback("a", kitchen=ended()))
    await board.wait(1.9)
    assert await layer.count() == 1
    await board.wait(0.2)
    assert await layer.count() == 0


@pytest.mark.parametrize("how", ["Escape", "click", "button"])
async def test_the_theatre_is_closed_and_stays_closed(board: Board, how: str) -> None:
    await board.add(theatre=True)
    await board.send(track("a", TEXT))
    if how == "Escape":
        await board.page.keyboard.press("Escape")
    elif how == "click":
        await board.page.mouse.click(30, 500)
    else:
        await board.page.get_by_role("button", name="Close").press("Enter")
    await board.wait(0.6)
    layer = board.page.locator(THEATRE)
    assert await layer.count() == 0
    assert await board.now() == ["washing"]
    await board.send(track("b", "Another one"))
    assert await layer.count() == 1


async def test_of_two_theatres_one_shows(board: Board) -> None:
    first = await board.add(theatre=True)
    await board.add(theatre=True)
    await board.send(track("a", TEXT))
    layer = board.page.locator(THEATRE)
    assert await layer.count() == 1
    await board.page.keyboard.press("Escape")
    await board.wait(0.6)
    assert await layer.count() == 0
    await first.evaluate("card => card.remove()")
    await board.send(track("b", "Another one"))
    assert await layer.count() == 1


async def test_the_picker_shows_a_moving_sample(board: Board) -> None:
    card = await board.add()
    await card.evaluate("card => { card.preview = true }")
    await board.wait(0.1)
    before = await board.now()
    await board.wait(1)
    assert len(before) == 1
    assert await board.now() != before
    assert await board.status() == ""
    await board.send(track("a", TEXT))
    await board.wait(0.1)
    assert await board.now() == ["The"]


async def test_the_picker_knows_the_card(board: Board) -> None:
    said = await board.page.evaluate(
        """() => { const [card] = customCards;
        const of = (id) => card.getEntitySuggestion(hass, id);
        return { type: card.type, preview: card.preview, url: card.documentationURL,
          ours: of("tts.george"), other: of("media_player.kitchen") } }"""
    )
    assert said["type"] == "elevenlabs-captions-card"
    assert said["preview"] is True
    assert said["url"].startswith("https://")
    assert said["ours"]["config"] == {
        "type": "custom:elevenlabs-captions-card",
        "voices": ["tts.george"],
    }
    assert said["other"]["config"]["players"] == ["media_player.kitchen"]


OPTIONS = {
    "title", "players", "area", "voices", "size", "contrast",
    "idle", "history", "linger", "flash", "theatre", "sound", "say", "speaker", "audio_tags",
}  # fmt: skip


FIELDS = """async () => {
    const form = await customElements.get("elevenlabs-captions-card").getConfigForm();
    const fields = (item) => item.schema?.flatMap(fields) ?? [item];
    return form.schema.flatMap(fields)
      .map((item) => [item.name, form.computeLabel(item)]) }"""


async def test_the_editor_has_every_option_with_a_label(board: Board) -> None:
    fields = await board.page.evaluate(FIELDS)
    assert {name for name, _ in fields} == OPTIONS
    assert all(label and label != name for name, label in fields)


async def test_the_editor_without_its_texts_says_the_names(board: Board) -> None:
    await board.page.route("**/translations/*", lambda route: route.abort())
    fields = await board.page.evaluate(FIELDS)
    # The browser tells of what it could not fetch.
    board.forgive("ERR_FAILED")
    assert all(label == name for name, label in fields)


async def test_the_card_tells_the_dashboard_its_size(board: Board) -> None:
    card = await board.add()
    grid = await card.evaluate("card => card.getGridOptions()")
    assert grid["columns"] >= grid["min_columns"] > 0
    assert await card.evaluate("card => card.getCardSize()") > 0
    stub = "() => customElements.get('elevenlabs-captions-card').getStubConfig()"
    await board.add(**await board.page.evaluate(stub))
