"""Everyone can read the card: every script, every eye, every ear, every keyboard."""

from itertools import accumulate

import pytest

from tests.card.browser.board import (
    ADDRESS,
    FILES,
    NOTHING,
    VERSION,
    Board,
    ended,
    playback,
    playing,
    track,
)
from tests.helpers.simulated_timings import caption, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done and the rain is far"
LINES = """(cue) => {
    const boxes = [...cue.querySelectorAll(".word")].map((word) => word.getBoundingClientRect());
    const lines = Map.groupBy(boxes, (box) => Math.round(box.top));
    return [...lines.values()].map((line) => line.at(-1).right - line[0].left) }"""
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
    line = await board.open_line("bold")
    assert "<b>bold</b>" in await line.locator(".details > p").first.inner_text()
    assert "<u>why</u>" in await line.locator(".details li").inner_text()
    markup = board.page.locator("elevenlabs-captions-card").locator("img, b, i, u")
    assert await markup.count() == 0
    assert await board.page.title() == "A dashboard"


async def test_arabic_runs_from_right_to_left(board: Board) -> None:
    await board.add()
    await board.send(track("a", ARABIC, language="ar", size=9))
    await board.wait(0.1)
    words = board.page.locator(".view")
    assert await words.get_attribute("lang") == "ar"
    first, second = (await board.page.locator(".cue .word").all())[:2]
    box, next_box = await first.bounding_box(), await second.bounding_box()
    assert box is not None
    assert next_box is not None
    assert next_box["x"] < box["x"]


async def test_the_text_tells_its_direction_where_the_language_is_unknown(board: Board) -> None:
    await board.add()
    await board.send(track("a", ARABIC, language=None, size=9))
    await board.wait(0.1)
    words = board.page.locator(".view")
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
    cue = board.page.locator(".cue.present")
    assert await cue.evaluate("cue => cue.scrollWidth <= cue.clientWidth")
    assert await cue.evaluate(
        "cue => cue.offsetHeight > 2 * parseFloat(getComputedStyle(cue).fontSize)"
    )


UNSPACED = {
    "th": "เครื่องซักผ้าทำงานเสร็จแล้ว กรุณาลงมาเก็บผ้าก่อนฝนตกหนักในตอนเย็นและปิดหน้าต่างในห้องครัวด้วยนะครับ",
    "km": "ម៉ាស៊ីនបោកគក់បានចប់ហើយសូមចុះមកយកខោអាវមុនភ្លៀងហើយបិទបង្អួចក្នុងផ្ទះបាយ",
    "lo": "ເຄື່ອງຊັກຜ້າເຮັດວຽກແລ້ວ ກະລຸນາລົງມາເກັບເຄື່ອງແລະປິດປ່ອງຢ້ຽມໃນເຮືອນຄົວ",
    "my": "အဝတ်လျှော်စက်ပြီးပါပြီမိုးမရွာမီအဝတ်တွေကိုယူပါပြီးတော့ပြတင်းပေါက်ကိုပိတ်ပါ",
}
SEGMENTS = """([text, language]) => [...new Intl.Segmenter(language, { granularity: "word" })
    .segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment)"""
ROWS = """(cue) => {
    const rows = [];
    let last;
    for (const word of cue.querySelectorAll(".word")) {
        const node = [...word.childNodes].find(({ nodeType }) => nodeType === Node.TEXT_NODE);
        for (const { index, segment } of new Intl.Segmenter().segment(node.data)) {
            const range = new Range();
            range.setStart(node, index);
            range.setEnd(node, index + segment.length);
            const top = Math.round(range.getClientRects()[0].top);
            if (top !== last) rows.push("");
            rows.push(rows.pop() + segment);
            last = top;
        }
    }
    return rows }"""


@pytest.mark.parametrize("language", UNSPACED)
async def test_words_without_spaces_are_those_of_the_browsers_dictionary(
    board: Board, language: str
) -> None:
    await board.add(size="huge")
    text = UNSPACED[language]
    known = caption(chunk(text, tick=0.1), message=text, language=language)
    cues = known.layouts()[0]
    words = [word.as_dict() for word in known.words]
    assert len(cues) > 1
    await board.send(track("a", text, language=language, words=words, cues=cues))
    wanted = await board.page.evaluate(SEGMENTS, [text, language])
    marked: list[str] = []
    rows: list[list[str]] = []
    for _ in range(round((known.duration or 0) / 0.1)):
        marked += [word for word in await board.now() if [word] != marked[-1:]]
        shown = await board.page.locator(".cue.present").first.evaluate(ROWS)
        rows += [shown] if [shown] != rows[-1:] else []
        await board.wait(0.1)
    assert max(map(len, rows)) > 1
    assert set(marked) <= set(wanted)
    assert len(marked) > 0.9 * len(wanted)
    ends = set(accumulate(map(len, wanted)))
    shown_ends = set(accumulate(len(row) for cue in rows for row in cue))
    assert "".join(row for cue in rows for row in cue) == "".join(wanted)
    assert shown_ends <= ends


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
    assert await board.page.locator(".view").get_attribute("aria-hidden") == "true"


async def test_the_region_is_polite_and_in_the_language_of_the_text(board: Board) -> None:
    await board.add()
    await board.send(track("a", "Das Essen ist fertig", language="de"))
    await board.wait(0.1)
    region = board.page.get_by_role("status")
    assert await region.text_content() == "Das Essen ist fertig"
    assert await region.get_attribute("lang") == "de"


async def test_the_card_speaks_german(board: Board) -> None:
    asked: list[str] = []
    board.page.on("request", lambda request: asked.append(request.url))
    await board.home(locale={"language": "de"})
    await board.add()
    await board.add()
    await board.page.get_by_text("Keine Wiedergabe").nth(1).wait_for()
    assert asked == [f"{ADDRESS}{FILES}translations/de.json{VERSION}"]


async def test_the_card_is_english_before_and_without_its_translation(board: Board) -> None:
    await board.page.route("**/translations/*", lambda route: route.fulfill(status=404))
    board.forgive("404")
    await board.home(locale={"language": "de"})
    async with board.page.expect_response("**/translations/de.json*"):
        await board.add()
    assert await board.page.get_by_text(NOTHING).is_visible()
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    assert await board.now() == ["washing"]


@pytest.mark.parametrize("size", ["small", "medium", "large", "huge"])
@pytest.mark.parametrize("width", [340, 420, 532, 660, 800, 1200])
async def test_no_word_is_left_alone_on_a_line(board: Board, width: int, size: str) -> None:
    await board.page.set_viewport_size({"width": width + 60, "height": 600})
    await board.page.add_style_tag(content=f"main {{ width: {width}px !important }}")
    await board.add(size=size)
    text = "The washing machine is done, and there is still time to hang it up"
    cue = {"first": 0, "after": 14, "split": 6, "end": 7.0}
    await board.send(track("a", text, cues=[cue]))
    await board.wait(0.1)
    lines: list[float] = await board.page.locator(".cue.present").evaluate(LINES)
    assert await board.cue() == text
    assert min(lines) > 0.4 * max(lines)


@pytest.mark.parametrize(("width", "split", "expected"), [(340, 8, 3), (800, 8, 2), (800, 7, 2)])
async def test_the_lines_of_a_cue_are_kept_where_they_fit(
    board: Board, width: int, split: int, expected: int
) -> None:
    await board.page.set_viewport_size({"width": 900, "height": 600})
    await board.page.add_style_tag(content=f"main {{ width: {width}px !important }}")
    await board.add()
    text = "The washing machine is done, and the tea is still too hot for you to drink"
    cue = {"first": 0, "after": 16, "split": split, "end": 8.0}
    await board.send(track("a", text, cues=[cue]))
    assert len(await board.page.locator(".cue.present").evaluate(LINES)) == expected
    words = await board.page.locator(".cue.present .word").all()
    before, after = [await words[at].bounding_box() for at in (split - 1, split)]
    assert before
    assert after
    assert (after["y"] > before["y"]) is (width > 340)


async def test_the_flash_comes_once_and_not_under_reduced_motion(board: Board) -> None:
    await board.add(flash=True)
    flashes = await board.count_flashes()
    await board.send(track("a", TEXT))
    assert await flashes() == 1
    await board.send(track("b", TEXT), track("c", TEXT))
    assert await flashes() == 1


@pytest.mark.parametrize(("flash", "expected"), [(True, 0), ("always", 1), (False, 0)])
async def test_reduced_motion_has_a_flash_only_when_asked(
    board: Board, flash: object, expected: int
) -> None:
    await board.page.emulate_media(reduced_motion="reduce")
    await board.add(flash=flash)
    flashes = await board.count_flashes()
    await board.send(track("a", TEXT))
    assert await flashes() == expected


async def test_sizes_grow(board: Board) -> None:
    await board.page.set_viewport_size({"width": 1300, "height": 900})
    await board.page.add_style_tag(content="main { width: 1200px !important }")
    for size in ("small", "medium", "large", "huge"):
        await board.add(size=size)
    await board.send(track("a", TEXT))
    size_of = "cue => parseFloat(getComputedStyle(cue).fontSize)"
    sizes = [await cue.evaluate(size_of) for cue in await board.page.locator(".cue.present").all()]
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
                """() => { let at = document.activeElement;
                while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                const outline = parseFloat(getComputedStyle(at).outlineWidth);
                return [at.ariaLabel ?? at.querySelector(".text").textContent, outline >= 1] }"""
            )
        )
    assert names == [[TEXT, True], ["More", True]]


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
