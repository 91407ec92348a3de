"""The card shows the word that sounds."""

import pytest

from tests.card.browser.board import (
    NOTHING,
    THEATRE,
    WORD_S,
    Board,
    Json,
    cues_of,
    dialogue,
    ended,
    playback,
    playing,
    track,
    words_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "The washing machine is done and the rain is still far away tonight"
WAITING = {"state": "waiting", "position": None, "error": None}


@pytest.mark.parametrize("at", [0, 1, 3, 4, 7, 12])
async def test_the_word_that_sounds_is_highlighted(board: Board, at: int) -> None:
    words = TEXT.split()
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait((at + 0.5) * WORD_S)
    first = at // 4 * 4
    assert await board.now() == [words[at]]
    assert await board.said() == words[first:at]
    assert await board.cue() == " ".join(words[first : first + 4])


async def test_the_neighbouring_cues_are_shown(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait(5.5 * WORD_S)
    assert await board.page.locator(".cue.before").inner_text() == "The washing machine is"
    later = await board.page.locator(".cue.after").all_inner_texts()
    assert later == ["is still far away", "tonight"]
    assert await board.page.locator(".cue.after .now, .cue.after .said").count() == 0


async def test_who_speaks_is_shown_with_a_color_of_their_own(board: Board) -> None:
    await board.add()
    turns = [("Nora", "Dinner is ready"), ("Tom", "I am coming"), ("Nora", "Take your time")]
    await board.send(dialogue("a", *turns))
    seen: list[tuple[str, str]] = []
    for at, (_, text) in enumerate(turns):
        await board.wait(0.2 if not at else 3 * WORD_S)
        name = board.page.locator(".cue.present .name")
        color = await name.evaluate("element => getComputedStyle(element).color")
        seen.append((await name.inner_text(), color))
        assert text in await board.cue()
        assert await board.now() == [text.split()[0]]
    assert [name for name, _ in seen] == ["Nora", "Tom", "Nora"]
    assert seen[0][1] == seen[2][1] != seen[1][1]
    assert await board.voices() == ["Nora, Tom"]
    status = board.page.get_by_role("status").first
    assert await status.inner_text() == "Nora: Take your time"


@pytest.mark.parametrize("shown", [True, False])
async def test_audio_tags_are_shown_if_the_card_is_told_to(board: Board, shown: bool) -> None:
    await board.add(audio_tags=shown)
    told = track("a", TEXT)
    told["track"]["words"][1]["tag"] = "whispers"
    await board.send(told)
    await board.wait(1.5 * WORD_S)
    words = TEXT.split()
    tag = "(whispers) " if shown else ""
    assert await board.cue() == f"{words[0]} {tag}{' '.join(words[1:4])}"
    assert await board.now() == [words[1]]


async def test_one_voice_has_no_name_in_its_captions(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    assert await board.page.locator(".cue .name").count() == 0


async def test_a_card_that_comes_late_shows_the_word_too(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT, players={"media_player.kitchen": playing(3.2)}))
    assert await board.now() == ["the"]


async def test_words_that_come_while_it_is_said(board: Board) -> None:
    await board.add()
    words = TEXT.split()
    await board.send(track("a", " ".join(words[:3]), state="speaking", message=None))
    more = words_of(" ".join(words[3:]), 3)
    await board.send({"type": "words", "id": "a", "words": more, "cues": cues_of(len(words), 4)})
    await board.wait(5.5 * WORD_S)
    assert await board.now() == [words[5]]


async def test_the_end_of_the_words_is_waited_at(board: Board) -> None:
    await board.add()
    await board.send(track("a", "one two three", state="speaking"))
    await board.wait(3)
    assert await board.now() == []
    assert await board.said() == ["one", "two", "three"]


async def test_waiting_shows_the_words_before_they_are_said(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT, players={"media_player.kitchen": WAITING}))
    await board.wait(1)
    assert await board.now() + await board.said() == []
    assert await board.cue() == "The washing machine is"
    await board.send(playback("a", kitchen=playing()))
    await board.wait(1.5 * WORD_S)
    assert await board.now() == ["washing"]


async def test_pause_and_seek(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait(1.2)
    await board.send(playback("a", kitchen={"state": "paused", "position": 1.2, "error": None}))
    await board.wait(5)
    assert await board.now() == ["machine"]
    await board.send(playback("a", kitchen=playing(4.2)))
    await board.wait(0.02)
    assert await board.now() == ["is"]
    await board.send(playback("a", kitchen=playing(0.6)))
    await board.wait(0.02)
    assert await board.now() == ["washing"]


async def test_a_late_report_does_not_step_back(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait(1.02)
    assert await board.now() == ["machine"]
    await board.send(playback("a", kitchen=playing(0.85)))
    await board.wait(0.05)
    assert await board.now() == ["machine"]


async def test_the_end_lingers_then_clears(board: Board) -> None:
    await board.add(linger=2)
    await board.send(track("a", "one two three"))
    await board.wait(1.5)
    await board.send(playback("a", kitchen=ended()))
    await board.wait(1.8)
    assert await board.cue() == "one two three"
    await board.wait(0.4)
    assert await board.page.locator(".cue").count() == 0
    assert await board.page.get_by_text(NOTHING).is_visible()


async def test_two_at_once_are_stacked(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT), track("b", "Someone is here", engine="tts.sarah"))
    await board.send(playback("b", garden=playing(1.1)))
    await board.wait(0.1)
    assert await board.now() == ["The", "here"]
    assert await board.voices() == ["George", "Sarah"]
    assert await board.places() == ["Kitchen", "Garden"]


async def test_what_is_spoken_comes_first_and_what_is_over_last(board: Board) -> None:
    await board.add()
    await board.send(track("a", "one two three"))
    await board.wait(1.5)
    await board.send(playback("a", kitchen=ended()))
    waiting = {"media_player.garden": WAITING}
    await board.send(track("b", "Dinner is ready", engine="tts.emma", players=waiting))
    await board.send(track("c", TEXT, engine="tts.sarah"))
    await board.wait(0.6)
    assert await board.voices() == ["Sarah", "tts.emma"]
    assert [line.split(" · ")[0] for line in await board.lines()] == ["one two three"]
    assert await board.cue() == "The washing machine is"
    assert await board.now() == ["washing"]
    await board.wait(0.1)
    await board.send(playback("c", kitchen=ended()), playback("b", garden=playing()))
    assert await board.voices() == ["tts.emma"]
    assert [line.split(" · ")[0] for line in await board.lines()] == [TEXT, "one two three"]
    await board.wait(0.1)
    await board.send(playback("b", garden=ended()))
    assert await board.voices() == ["tts.emma"]
    assert len(await board.lines()) == 2


async def test_what_is_read_stays_where_it_is(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT), track("b", TEXT, engine="tts.sarah"))
    paused = {"state": "paused", "position": 0.7, "error": None}
    for name, report in (("a", paused), ("b", paused), ("a", playing(0.7)), ("b", playing(0.8))):
        await board.send(playback(name, kitchen=report))
        await board.wait(0.1)
        assert await board.voices() == ["George", "Sarah"]


def queued(place: int) -> dict[str, Json]:
    """Return a player at which something waits."""
    return {"media_player.kitchen": WAITING | {"state": "queued", "place": place}}


async def test_what_waits_for_its_turn_is_a_line_with_its_place(board: Board) -> None:
    await board.add(flash=True)
    await board.send(track("c", "Dinner is ready", players=queued(2)))
    await board.send(track("b", "Someone is here", engine="tts.sarah", players=queued(1)))
    await board.send(track("a", TEXT))
    await board.wait(0.6)
    assert await board.voices() == ["George"]
    assert await board.now() == ["washing"]
    assert await board.lines() == ["Someone is here · Next", "Dinner is ready · No. 2"]
    assert await board.status() == "The washing machine is"
    await board.send(playback("a", kitchen=ended()), playback("b", kitchen=playing()))
    await board.wait(0.6)
    assert await board.now() == ["is"]
    assert await board.status() == "Someone is here"


async def test_what_is_queued_does_not_fill_the_screen(board: Board) -> None:
    await board.add(theatre=True)
    await board.send(track("a", TEXT, players=queued(1)))
    await board.wait(0.1)
    layer = board.page.locator(THEATRE)
    assert await layer.count() == 0
    assert await board.page.locator(".cue").count() == 0
    await board.send(playback("a", kitchen=playing()))
    assert await layer.count() == 1
    assert await board.cue() == "The washing machine is"


@pytest.mark.parametrize("state", ["stopped", "failed"])
@pytest.mark.parametrize("position", [None, 1.2])
async def test_what_breaks_off_stays_where_it_was(
    board: Board, state: str, position: float | None
) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait(1.2)
    assert await board.now() == ["machine"]
    await board.send(playback("a", kitchen=ended(state) | {"position": position}))
    for _ in range(3):
        await board.wait(1)
        assert await board.cue() == "The washing machine is"
        assert await board.said() == ["The", "washing", "machine"]
        assert await board.now() == []


async def test_what_one_player_finished_was_said(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT))
    await board.wait(1.2)
    await board.send(playback("a", kitchen=ended("stopped"), garden=ended()))
    await board.wait(0.1)
    assert await board.said() == ["tonight"]


async def test_another_voice_that_spoke_instead_is_named(board: Board) -> None:
    await board.add(idle="history", voices=["tts.george"])
    await board.send(track("a", "one two", fallback="tts.sarah"))
    assert await board.voices() == ["Sarah, in place of George"]
    await board.wait(1)
    await board.send(playback("a", kitchen=ended()))
    await board.wait(7)
    line = await board.open_line("one two")
    assert await line.locator(".about").inner_text() == "Sarah, in place of George"


async def test_a_failure_says_so_with_its_reason(board: Board) -> None:
    await board.add()
    players = {"media_player.garden": ended("failed", "The player is off")}
    await board.send(track("a", "one two", state="failed", players=players, age=1.0))
    assert (
        "The player is off"
        in await board.page.locator("elevenlabs-announcement .error").inner_text()
    )


async def test_nothing_is_done_while_nothing_is_said(board: Board) -> None:
    await board.add()
    await board.wait(1)
    assert await board.frames() == 0
    await board.send(track("a", "one two"))
    await board.wait(1)
    assert await board.frames() > 10
    await board.send(playback("a", kitchen=ended()))
    await board.wait(0.1)
    asked = await board.frames()
    await board.wait(30)
    assert await board.frames() == asked


async def test_the_page_is_touched_once_per_word(board: Board) -> None:
    await board.add()
    await board.send(track("a", TEXT, size=13))
    await board.wait(0.1)
    await board.page.locator(".view").evaluate(
        """(view) => { window.batches = 0;
        new MutationObserver(() => { batches += 1 }).observe(
          view.getRootNode(),
          { subtree: true, childList: true, attributes: true, characterData: true }) }"""
    )
    await board.wait(10 * WORD_S)
    assert await board.page.evaluate("batches") == 10


async def test_a_word_is_neither_rendered_nor_laid_out(board: Board) -> None:
    await board.add()
    await board.page.evaluate(
        """() => { window.reads = 0;
        const states = new Proxy(hass.states, { get(states, entity) {
          if (entity === "tts.george") reads += 1;
          return states[entity] } });
        changeHass({ states }) }"""
    )
    await board.send(track("a", TEXT, size=8))
    await board.wait(0.1)
    counted = await board.layouts(), await board.page.evaluate("reads")
    asked = await board.frames()
    for word in TEXT.split()[1:8]:
        await board.wait(WORD_S)
        assert await board.now() == [word]
        assert (await board.layouts(), await board.page.evaluate("reads")) == counted
    assert await board.frames() - asked > 100
    await board.wait(WORD_S)
    assert await board.now() == TEXT.split()[8:9]
    assert await board.layouts() > counted[0]
    assert await board.page.evaluate("reads") > counted[1]


async def test_twenty_thousand_words_are_not_all_rendered(board: Board) -> None:
    await board.add()
    position = 15_000.5 * WORD_S
    players = {"media_player.kitchen": playing(position)}
    text = " ".join(f"w{number}" for number in range(20_000))
    await board.send(track("a", text, size=12, players=players))
    await board.wait(0.02)
    assert await board.now() == ["w15000"]
    assert await board.page.locator(".cue.present .word").count() == 12
    rendered = "(view) => view.querySelectorAll('*').length"
    assert await board.page.locator(".view").evaluate(rendered) < 80


async def test_what_nobody_hears_is_read_word_by_word(board: Board) -> None:
    silenced = {"media_player.kitchen": {"state": "silenced", "position": None, "error": None}}
    await board.add()
    await board.send(track("a", "The washing machine is done", players=silenced))
    await board.wait(0.7)
    assert await board.now() == ["washing"]
    assert await board.page.locator(".player.silenced").count() == 1
    await board.wait(2.0)
    assert await board.now() == []
    assert await board.page.locator(".cue.present").count() == 1
    await board.wait(6)
    assert await board.page.locator(".cue").count() == 0
