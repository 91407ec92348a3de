"""How the page sounds for the dashboard player: when it may, and how music makes way."""

from typing import Any

from playwright.async_api import Page
import pytest

import harness.browser
from harness.browser import TURN_ON
from tests.card.browser.board import ADDRESS, CARD, Board, load_card, serve_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

KIOSK = "--autoplay-policy=no-user-gesture-required"
# The home has a dashboard player.
HOME = """changeHass({
    entities: { "media_player.dash": { platform: "elevenlabs_streaming" } },
    states: { "media_player.dash": { state: "idle", attributes: { friendly_name: "Dashboard" } } },
    callWS: async (request) => { calls.push(request) },
})"""
# Audio elements that load and play at once: after a touch if `locked`, at one volume if `fixed`.
AUDIO = """({ locked, fixed }) => {
    window.touched = !locked;
    for (const type of ["pointerup", "keydown"])
      window.addEventListener(type, () => { touched = true }, { capture: true });
    window.sounds = [];
    window.Audio = class extends EventTarget {
      #volume = 1;
      currentTime = 0;
      paused = true;
      src = "";
      constructor() { super(); sounds.push(this) }
      get volume() { return this.#volume }
      set volume(volume) { if (!fixed) this.#volume = volume }
      removeAttribute() { this.src = "" }
      load() { if (this.src) queueMicrotask(() => this.dispatchEvent(new Event("canplay"))) }
      async play() {
        if (!touched) throw new DOMException("no touch", "NotAllowedError");
        this.paused = false;
      }
      pause() { this.paused = true }
    };
}"""
# How loud what is loaded sounds, by its address.
SOUNDS = """() => {
    const loaded = sounds.filter(({ src }) => src && !src.startsWith("data:"));
    const told = ({ paused, volume }) => (paused ? "paused" : Math.round(volume * 1000) / 1000);
    return Object.fromEntries(loaded.map((sound) => [sound.src, told(sound)]));
}"""


async def furnish(board: Board, *, locked: bool = False, fixed: bool = False) -> None:
    """Put a dashboard player into the home, and audio elements into the page."""
    await board.page.evaluate(AUDIO, {"locked": locked, "fixed": fixed})
    await board.page.evaluate(HOME)


async def connected(page: Page) -> list[bool]:
    """Return whether the page could be heard, at each time it said so."""
    kind = "connection.requests.filter(({ type }) => type.endsWith('dashboard/connect'))"
    return list(await page.evaluate(f"{kind}.map((request) => request.can_play)"))


async def turn_sound_on(board: Board) -> None:
    """Press the button of the card."""
    await board.page.get_by_role("button", name=TURN_ON).click()
    await board.wait(0.1)


def slot(name: str, state: str) -> dict[str, Any]:
    """Return what is wanted of one of the two places for sound."""
    media_id = f"media-source://elevenlabs_streaming/{name}/media_player.dash"
    url = f"/{name}.mp3"
    return {"id": name, "content_id": media_id, "url": url, "state": state, "position": 0.0}


async def want(board: Board, *, media: str | None, announcement: str | None) -> None:
    """Say in which states music and an announcement are to be."""
    await board.send(
        {
            "type": "wanted",
            "volume": 0.5,
            "muted": False,
            "media": slot("music", media) if media else None,
            "announcement": slot("said", announcement) if announcement else None,
        }
    )
    await board.wait(0.5)


async def test_music_is_turned_down_to_a_fifth(board: Board) -> None:
    await furnish(board)
    await board.add()
    await turn_sound_on(board)
    await want(board, media="playing", announcement=None)
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 0.5}
    await want(board, media="playing", announcement="loading")
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 0.5, "/said.mp3": "paused"}
    await want(board, media="playing", announcement="playing")
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 0.1, "/said.mp3": 0.5}
    await want(board, media="playing", announcement=None)
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 0.5}


async def test_an_announcement_may_have_its_own_volume(board: Board) -> None:
    await furnish(board)
    await board.add()
    await turn_sound_on(board)
    message = {"type": "wanted", "volume": 0.5, "muted": False, "media": slot("music", "playing")}
    said = slot("said", "playing") | {"volume": 0.9}
    await board.send(message | {"announcement": said})
    await board.wait(0.5)
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 0.1, "/said.mp3": 0.9}


async def test_where_the_volume_is_not_the_pages_music_is_paused(board: Board) -> None:
    await furnish(board, fixed=True)
    await board.add()
    await turn_sound_on(board)
    await want(board, media="playing", announcement="loading")
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 1, "/said.mp3": "paused"}
    await want(board, media="playing", announcement="playing")
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": "paused", "/said.mp3": 1}
    await want(board, media="playing", announcement=None)
    assert await board.page.evaluate(SOUNDS) == {"/music.mp3": 1}


async def test_before_anybody_has_touched_nothing_sounds(board: Board) -> None:
    await furnish(board, locked=True, fixed=True)
    await board.page.evaluate("localStorage.setItem('elevenlabs_streaming_sound', 'on')")
    await board.add()
    await want(board, media="playing", announcement="playing")
    assert await connected(board.page) == [False]
    assert await board.page.evaluate(SOUNDS) == {}
    assert await board.page.get_by_role("button", name="Tap to turn sound on").is_visible()


@pytest.mark.parametrize("touch", ["mouse", "keyboard"])
async def test_after_a_reload_the_first_touch_anywhere_is_enough(board: Board, touch: str) -> None:
    await furnish(board)
    await board.add()
    await turn_sound_on(board)
    page = board.page
    await page.reload()
    await load_card(page)
    await furnish(board, locked=True)
    await board.add()
    assert await connected(page) == [False]
    if touch == "mouse":
        await page.mouse.click(5, 590)
    else:
        await page.keyboard.press("a")
    await board.wait(0.1)
    assert await connected(page) == [False, True]
    assert await page.get_by_role("switch").get_attribute("aria-checked") == "true"
    await want(board, media="playing", announcement=None)
    assert await page.evaluate(SOUNDS) == {"/music.mp3": 0.5}


async def test_a_connection_that_comes_back_loses_nothing(board: Board) -> None:
    await furnish(board)
    await board.add()
    await turn_sound_on(board)
    before = await board.page.evaluate("connection.ended")
    # Home Assistant's connection numbers its subscriptions anew: the old number is another's now.
    await board.page.evaluate("connection.reconnect()")
    await board.wait(0.1)
    assert await board.page.evaluate("connection.ended") == before
    assert await connected(board.page) == [False, True, True]


async def test_a_page_that_is_not_known_connects_again_while_it_plays(board: Board) -> None:
    await furnish(board)
    await board.add()
    await turn_sound_on(board)
    await board.page.evaluate("""changeHass({ callWS: async ({ type }) => {
        if (type.endsWith("dashboard/report")) throw { code: "not_found" };
    } })""")
    await want(board, media=None, announcement="playing")
    await board.page.evaluate("sounds.at(-1).currentTime = 0.5")
    before = len(await connected(board.page))
    for _ in range(4):
        await board.page.evaluate(
            "sounds.filter(({ paused }) => !paused).forEach((sound) => {"
            " sound.dispatchEvent(new Event('pause')) })"
        )
        await board.wait(0.4)
    assert len(await connected(board.page)) == before + 1


# Done by the page itself: what a driver does in it would count as a touch.
ALONE = f"""
    localStorage.setItem("elevenlabs_streaming_sound", "on");
    const BrowserAudio = Audio;
    addEventListener("load", async () => {{
      window.Audio = BrowserAudio;
      await import({CARD!r});
      await customElements.whenDefined("elevenlabs-captions-card");
      {HOME};
      const card = addCard();
      setInterval(() => {{
        if (connection.requests.some((request) => request.can_play)) console.info("sounds");
        const sound = card.shadowRoot.querySelector("elevenlabs-sound")?.shadowRoot;
        if (sound?.querySelector(".ask")) console.info("asks");
      }}, 50);
    }});
"""


@pytest.mark.parametrize(("flags", "told"), [([KIOSK], "sounds"), ([], "asks")])
async def test_a_kiosk_browser_needs_no_touch(flags: list[str], told: str) -> None:
    async with harness.browser.chromium(*flags) as browser:
        page = await browser.new_page()
        await serve_page(page)
        await page.add_init_script(ALONE)
        async with page.expect_console_message() as message:
            await page.goto(ADDRESS)
        assert (await message.value).text == told
