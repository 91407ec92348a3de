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


async def test_the_editor_tells_the_defaults(board: Board) -> None:
    helper = """async (name) => {
      const form = await customElements.get("elevenlabs-captions-card").getConfigForm();
      return form.computeHelper({ name }) }"""
    names = ("size", "history", "sound", "area")
    told = [await board.page.evaluate(helper, name) for name in names]
    assert told == ["Default: Medium.", "Default: 5.", "Default: on.", "Empty for all"]


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


async def test_the_theatre_is_as_large_as_its_size(board: Board) -> None:
    await board.page.set_viewport_size({"width": 1280, "height": 800})
    found = []
    for size in ("small", "medium", "large", "huge"):
        card = await board.add(theatre=True, size=size)
        await board.send(track(size, f"{TEXT} {TEXT} {TEXT}", size=18))
        await board.page.wait_for_function(
            "document.querySelector('elevenlabs-captions-card').shadowRoot"
            ".querySelector('elevenlabs-theatre').style.getPropertyValue('--stage-edge')"
        )
        cue = board.page.locator(f"{THEATRE} .cue.present, elevenlabs-theatre .cue.present").first
        found.append(await cue.evaluate("cue => parseFloat(getComputedStyle(cue).fontSize)"))
        await card.evaluate("card => card.remove()")
        await board.page.evaluate("connection.reconnect()")
        await board.wait(1.1)
    assert found == sorted(set(found))
    assert found[0] > 50
    assert found[-1] > 90


async def test_the_focus_is_in_the_theatre(board: Board) -> None:
    await board.add(theatre=True, say=True)
    await board.send(track("a", TEXT))
    for _ in range(4):
        await board.page.keyboard.press("Tab")
        path = """() => { const path = [];
          let at = document.activeElement;
          for (; at; at = at.shadowRoot?.activeElement) path.push(at.localName);
          return path }"""
        at = await board.page.evaluate(path)
        assert at == ["body"] or {"elevenlabs-theatre", "elevenlabs-live"} & {*at}


async def test_the_list_is_searched_and_filtered(board: Board) -> None:
    await board.add(idle="history", history=20)
    garden = {"media_player.garden": ended()}
    for number in range(8):
        players = garden if number % 2 else DONE
        await board.send(track(f"n{number}", f"{TEXT} {number}", age=90.0, players=players))
    search = board.page.get_by_role("searchbox", name="Search announcements")
    await search.fill("machine 5")
    await board.wait(0)
    assert await board.page.locator(f"{LINE} .text").all_inner_texts() == [f"{TEXT} 5"]
    await search.fill("nothing like it")
    await board.wait(0)
    assert await board.page.get_by_text("No matches").is_visible()
    await search.fill("")
    choice = board.page.locator("elevenlabs-history elevenlabs-choice")
    await choice.get_by_role("button").click()
    await choice.get_by_role("menuitem", name="Garden").click()
    await board.wait(0)
    texts = await board.page.locator(f"{LINE} .text").all_inner_texts()
    assert sorted(texts) == [f"{TEXT} {number}" for number in (1, 3, 5, 7)]


@pytest.mark.parametrize(
    ("item", "service"), [("Announce again", "announce_again"), ("Stop", "stop")]
)
async def test_what_the_menu_does(board: Board, item: str, service: str) -> None:
    await board.add(idle="history")
    await board.send(track("now", TEXT), track("old", "Good night", age=900.0, players=DONE))
    await board.links("old")
    name, of = ("now", None) if service == "stop" else ("old", "Good night")
    await board.choose(item, of=of)
    call = await board.page.evaluate("calls.filter((call) => call.service).at(-1)")
    assert call["service"] == service
    assert call["service_data"] == {"announcement_id": name}


async def test_a_text_is_copied(board: Board) -> None:
    await board.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await board.page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard", {
          value: { writeText: async (text) => { window.copied = text } } })"""
    )
    await board.add(idle="history")
    await fill(board)
    await board.choose("Copy text", of=TEXT)
    assert await board.page.evaluate("window.copied") == TEXT
    assert await board.page.get_by_text("Copied").is_visible()


LOCALIZE = """() => changeHass({
    loadBackendTranslation: async () => (key, values) =>
      `${key.split(".").at(-2)} in my language: ${Object.values(values)}`,
    callWS: async (request) => {
      calls.push(request);
      return { response: { players: { "media_player.kitchen": {
        error: "It is off", cause: "player_off", placeholders: { player: "Kitchen" } } } } };
    },
})"""


@pytest.mark.parametrize(("item", "of"), [("Announce again", "Good night"), ("Stop", None)])
async def test_what_a_player_does_not_do_is_told_in_the_readers_language(
    board: Board, item: str, of: str | None
) -> None:
    await board.page.evaluate(LOCALIZE)
    await board.add(idle="history")
    await board.send(track("now", TEXT), track("old", "Good night", age=900.0, players=DONE))
    await board.choose(item, of=of)
    assert await board.page.get_by_text("player_off in my language: Kitchen").is_visible()


async def test_what_became_of_it_is_told_at_full_size_too(board: Board) -> None:
    await board.page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard", {
          value: { writeText: async () => {} } })"""
    )
    await board.add()
    await board.send(track("a", TEXT))
    await board.choose("Copy text")
    assert await board.page.get_by_text("Copied").is_visible()
    await board.wait(5.1)
    assert await board.page.get_by_text("Copied").count() == 0


async def test_captions_are_hidden_and_shown(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.choose("Hide captions")
    assert await board.page.locator(".cue").count() == 0
    assert await board.lines() == [TEXT]
    await board.choose("Show captions", of=TEXT)
    await board.wait(0.1)
    assert await board.page.locator(".cue.present").count() == 1


async def test_a_touch_on_a_player_opens_its_dialog(board: Board) -> None:
    await board.add()
    await board.page.evaluate(
        "document.addEventListener('hass-more-info', ({ detail }) => { window.more = detail })"
    )
    await board.send(track("a", TEXT))
    await board.page.get_by_role("button", name="Kitchen").click()
    assert await board.page.evaluate("more") == {"entityId": "media_player.kitchen"}
