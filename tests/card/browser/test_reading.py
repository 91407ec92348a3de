"""Everyone can read the card: every script, every eye, every ear, every keyboard."""

import pytest

from tests.card.browser.board import Board, ended, playback, playing, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done and the rain is far"
ARABIC = "الغسالة انتهت من عملها الآن"
JAPANESE = "洗濯が終わりました"


async def test_html_in_words_and_names_is_text(board: Board) -> None:
    await board.add(idle="history")
    evil = "<img src=x onerror=document.title='hacked'> <b>bold</b>"
    await board.send(track("a", evil, engine="<i>me</i>", size=20))
    await board.wait(0.6)
    assert await board.cue() == evil
    await board.send(playback("a", kitchen=ended("failed", "<u>why</u>")))
    await board.wait(7)
    assert "<b>bold</b>" in await board.page.locator(".history").inner_text()
    assert "<u>why</u>" in await board.page.locator(".history").inner_text()
    markup = board.page.locator("elevenlabs-captions-card").locator("img, b, i, u")
    assert await markup.count() == 0
    assert await board.page.title() == "A dashboard"


async def test_arabic_runs_from_right_to_left(board: Board) -> None:
    await board.add()
    await board.send(track("a", ARABIC, language="ar", size=9))
    await board.wait(0.1)
    words = board.page.locator(".words")
    assert await words.get_attribute("lang") == "ar"
    first, second = (await board.page.locator(".cue span").all())[:2]
    box, next_box = await first.bounding_box(), await second.bounding_box()
    assert box is not None
    assert next_box is not None
    assert next_box["x"] < box["x"]


async def test_the_text_tells_its_direction_where_the_language_is_unknown(board: Board) -> None:
    await board.add()
    await board.send(track("a", ARABIC, language=None, size=9))
    await board.wait(0.1)
    words = board.page.locator(".words")
    assert await words.get_attribute("lang") is None
    style = "element => getComputedStyle(element).direction"
    assert await words.evaluate(style) == "rtl"


async def test_japanese_has_no_gaps_and_breaks_within_the_card(board: Board) -> None:
    await board.add(size="huge")
    text = JAPANESE * 4
    await board.send(track("a", text, language="ja", before="", size=len(text)))
    await board.wait(0.6)
    assert await board.cue() == text
    assert await board.now() == ["濯"]
    cue = board.page.locator(".cue")
    assert await cue.evaluate("cue => cue.scrollWidth <= cue.clientWidth")
    assert await cue.evaluate(
        "cue => cue.offsetHeight > 2 * parseFloat(getComputedStyle(cue).fontSize)"
    )


async def test_the_card_keeps_its_height_from_cue_to_cue(board: Board) -> None:
    card = await board.add()
    await board.send(track("a", f"Hi {TEXT} {TEXT} and so on", size=10, language="en"))
    heights = set()
    for _ in range(10):
        await board.wait(1)
        heights.add(await card.evaluate("card => card.offsetHeight"))
    assert len(heights) == 1


async def test_a_screen_reader_hears_each_cue_once(board: Board) -> None:
    await board.add()
    await board.page.evaluate(
        """() => { window.heard = [];
        const { shadowRoot } = document.querySelector("elevenlabs-captions-card");
        const region = shadowRoot.querySelector("[role=status]");
        new MutationObserver(() => heard.push(region.textContent)).observe(
          region, { childList: true, characterData: true, subtree: true }) }"""
    )
    await board.send(track("a", TEXT))
    await board.wait(5)
    cues = ["The washing machine is", "done and the rain", "is far"]
    assert await board.page.evaluate("heard") == cues
    assert await board.page.locator(".words").get_attribute("aria-hidden") == "true"


async def test_the_region_is_polite_and_in_the_language_of_the_text(board: Board) -> None:
    await board.add()
    await board.send(track("a", "Das Essen ist fertig", language="de"))
    await board.wait(0.1)
    region = board.page.get_by_role("status")
    assert await region.text_content() == "Das Essen ist fertig"
    assert await region.get_attribute("lang") == "de"


async def test_the_card_speaks_german(board: Board) -> None:
    await board.home(locale={"language": "de"}, language="de")
    await board.add()
    assert await board.page.get_by_text("Gerade wird nichts gesagt").is_visible()


async def test_the_flash_comes_once_and_not_under_reduced_motion(board: Board) -> None:
    flashes = """() => [...document.querySelectorAll("elevenlabs-captions-card")].map(
      (card) => card.shadowRoot.querySelector(".flash").getAnimations().length)"""
    await board.add(flash=True)
    await board.send(track("a", TEXT))
    assert await board.page.evaluate(flashes) == [1]
    await board.send(track("b", TEXT), track("c", TEXT))
    assert await board.page.evaluate(flashes) == [1]


@pytest.mark.parametrize(("flash", "expected"), [(True, 0), ("always", 1), (False, 0)])
async def test_reduced_motion_has_a_flash_only_when_asked(
    board: Board, flash: object, expected: int
) -> None:
    await board.page.emulate_media(reduced_motion="reduce")
    await board.add(flash=flash)
    await board.send(track("a", TEXT))
    flashes = "flash => flash.getAnimations().length"
    assert await board.page.locator(".flash").evaluate(flashes) == expected


async def test_sizes_grow(board: Board) -> None:
    await board.page.set_viewport_size({"width": 1300, "height": 900})
    await board.page.add_style_tag(content="main { width: 1200px !important }")
    for size in ("small", "medium", "large", "huge"):
        await board.add(size=size)
    await board.send(track("a", TEXT))
    size_of = "cue => parseFloat(getComputedStyle(cue).fontSize)"
    sizes = [await cue.evaluate(size_of) for cue in await board.page.locator(".cue").all()]
    assert sizes == sorted(set(sizes))
    assert sizes[0] >= 16


async def test_every_control_is_reached_with_the_keyboard(board: Board) -> None:
    await board.add(idle="history")
    done = {"media_player.kitchen": ended()}
    await board.send(track("a", TEXT, age=60.0, players=done))
    names = []
    for _ in range(2):
        await board.page.keyboard.press("Tab")
        names.append(
            await board.page.evaluate(
                """() => { const at = document.activeElement.shadowRoot.activeElement;
                const outline = parseFloat(getComputedStyle(at).outlineWidth);
                return [at.getAttribute("aria-label"), outline >= 2] }"""
            )
        )
    assert names == [[f"Play again: {TEXT}", True], [f"Captions as a file: {TEXT}", True]]


async def test_no_word_of_a_neighbouring_voice_is_missed(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    garden = {"media_player.garden": playing()}
    await board.wait(0.4)
    await board.send(track("b", "Someone is here", players=garden))
    await board.wait(0.1)
    assert await board.status() == "Someone is here"
    await board.wait(1.8)
    assert await board.status() == "done and the rain"
