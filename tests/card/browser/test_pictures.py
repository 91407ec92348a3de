"""Every look of the card passes axe-core; the pictures go to card/screenshots for people."""

from typing import Any

import pytest

from tests.card.browser.board import ROOT, Board, Json, dialogue, ended, playing, track

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = (
    "The washing machine is done, and there is still time to hang everything up before "
    "the rain comes this evening. Please take the green basket with you."
)
ARABIC = "الغسالة انتهت من عملها ويمكنك الآن إخراج الملابس قبل أن يبدأ المطر هذا المساء"
JAPANESE = "洗濯が終わりました。雨が降る前に、洗濯物を取り出してください。"
HERE = {"media_player.kitchen": playing(), "media_player.garden": ended("paused")}
NEXT = {"media_player.kitchen": {"state": "queued", "place": 1, "position": None, "error": None}}
DONE = {"media_player.kitchen": ended()}
FAILED = ended("failed", "The player is off")
STOPPED = {"media_player.garden": ended("stopped") | {"position": 1.2}}
WIDE = {"width": 1280, "height": 800}


def past() -> list[Json]:
    """Return some finished announcements and one that failed."""
    failed = {"media_player.garden": FAILED}
    return [
        track("a", "Dinner is ready.", age=7200.0, players=DONE),
        track("b", "The dryer is done.", age=4000.0, players=failed),
        track("c", "Someone is at the front door.", age=900.0, players=DONE, engine="tts.sarah"),
        track("d", TEXT, age=120.0, players=DONE),
    ]


LOOKS: dict[str, tuple[Json, list[Json]]] = {
    "speaking": ({}, [track("a", TEXT, size=9, players=HERE)]),
    "title": ({"title": "What is being said"}, [track("a", TEXT, size=9)]),
    "small": ({"size": "small"}, [track("a", TEXT, size=9)]),
    "large": ({"size": "large"}, [track("a", TEXT, size=9)]),
    "huge": ({"size": "huge"}, [track("a", TEXT, size=9)]),
    "contrast": ({"contrast": "high"}, [track("a", TEXT, size=9, players=HERE)]),
    "arabic": ({}, [track("a", ARABIC, size=9, language="ar")]),
    "japanese": ({}, [track("a", JAPANESE, size=18, language="ja", before="")]),
    "two": ({}, [track("a", TEXT, size=9), track("b", "Someone is here.", engine="tts.sarah")]),
    "next": (
        {},
        [
            track("a", TEXT, size=9, fallback="tts.sarah"),
            track("b", "Dinner is ready, and the captions follow.", players=NEXT),
        ],
    ),
    "over": (
        {"linger": 60},
        [track("a", TEXT, size=9, players=STOPPED), track("b", TEXT, size=9, engine="tts.sarah")],
    ),
    "critical": (
        {},
        [
            track("a", TEXT, size=9, priority="critical"),
            track("b", "Dinner is ready.", players=NEXT),
        ],
    ),
    "failed": (
        {"linger": 60},
        [track("a", TEXT, state="failed", players={"media_player.garden": FAILED})],
    ),
    "search": (
        {"idle": "history", "history": 20},
        [track(f"n{at}", TEXT, age=5000.0 * at, players=DONE) for at in range(8)],
    ),
    "theatre huge": ({"theatre": True, "size": "huge"}, [track("a", TEXT, size=9)]),
    "theatre": ({"theatre": True}, [track("a", TEXT, size=9, players=HERE)]),
    **{
        f"dialogue {number}": (config, [dialogue("a", *turns, players=HERE)])
        for number, (config, turns) in enumerate(
            (
                ({}, [("Nora", "Dinner is ready, and the table is laid for the five of us.")]),
                ({"contrast": "high"}, [("Nora", "Dinner is."), ("Tom", "I am on my way to you.")]),
            )
        )
    },
    "history": ({"idle": "history"}, past()),
    "history contrast": ({"idle": "history", "contrast": "high"}, past()),
    "idle": ({}, []),
    "hint": ({"players": ["media_player.gone"]}, []),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing(board: Board, look: str, theme: str) -> None:
    config, messages = LOOKS[look]
    page = board.page
    if look.startswith("theatre"):
        await page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a plain dict
    await page.evaluate("theme => document.documentElement.classList.add(theme)", theme)
    await board.add(**config)
    await board.send(*messages)
    await board.wait(6.2)
    await board.settle()
    await page.screenshot(path=ROOT / f"card/screenshots/{look.replace(' ', '-')}-{theme}.png")
    assert await board.violations() == []


@pytest.mark.parametrize("media", [{"contrast": "more"}, {"forced_colors": "active"}])
async def test_axe_finds_nothing_under_the_reader_s_own_settings(
    board: Board, media: dict[str, Any]
) -> None:
    await board.page.emulate_media(**media)
    await board.add()
    await board.send(track("a", TEXT, size=9, players=HERE))
    await board.wait(1.2)
    await board.settle()
    name = next(iter(media))
    await board.page.screenshot(path=ROOT / f"card/screenshots/reader-{name}.png")
    assert await board.violations() == []
