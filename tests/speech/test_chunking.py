"""The README's table of `latency`: what is flushed when, and which schedule is sent."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
import re

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.speech import Latency, Route, Synthesizer, Utterance
from simulator import Simulator
from tests.helpers.speaking import TEXT, Time, at, growing, say, utterance
from tests.helpers.wires import pieces

LOWEST, BALANCED, BEST = Latency


def paced(latency: Latency) -> Utterance:
    """Return an utterance at a latency."""
    return utterance(route=Route.WEBSOCKET, latency=latency)


def portions(simulator: Simulator) -> list[str]:
    """Return what was flushed on the newest socket, portion by portion."""
    found, waiting = [], ""
    for message in simulator.journal.sockets[-1].messages[1:]:
        waiting += message.data["text"]
        if message.data.get("flush"):
            found.append(waiting.strip())
            waiting = ""
    return found


def words(characters: int, end: str = "") -> str:
    """Return words of so many characters with the space behind them."""
    text = ("abcd " * characters)[: characters - 1 - len(end)]
    return f"{text.replace(' ', 'x', 1) if text.endswith(' ') else text}{end} "


@pytest.mark.parametrize("latency", list(Latency))
async def test_the_schedule_of_the_table_is_sent(
    speaker: Synthesizer, simulator: Simulator, latency: Latency
) -> None:
    await say(speaker, growing(), paced(latency))
    opening = simulator.journal.sockets[-1].messages[0].data
    assert (
        opening["generation_config"]["chunk_length_schedule"]
        == {
            LOWEST: [50, 60, 90, 120],
            BALANCED: [50, 120, 160, 250],
            BEST: [120, 160, 250, 290],
        }[latency]
    )


@pytest.mark.parametrize(
    ("latency", "characters", "end", "is_flushed"),
    [
        (LOWEST, 19, "", False),
        (LOWEST, 20, "", True),
        (LOWEST, 5, ".", True),
        (BALANCED, 39, "", False),
        (BALANCED, 40, "", True),
        (BALANCED, 5, ".", True),
        (BEST, 119, "", False),
        (BEST, 120, "", True),
        (BEST, 59, ".", False),
        (BEST, 60, ".", True),
    ],
)
async def test_the_first_words_are_flushed_as_the_table_says(
    speaker: Synthesizer,
    simulator: Simulator,
    latency: Latency,
    characters: int,
    end: str,
    is_flushed: bool,
) -> None:
    first, sent = words(characters, end), asyncio.Event()
    assert len(first) == characters

    async def write() -> AsyncGenerator[str]:
        yield first
        await sent.wait()
        yield "And more of it."

    saying = asyncio.create_task(say(speaker, write(), paced(latency)))
    await simulator.journal.until(
        lambda journal: bool(journal.sockets) and len(journal.sockets[-1].messages) > 1
    )
    assert portions(simulator) == ([first.strip()] if is_flushed else [])
    sent.set()
    assert (await saying).error is None


@contextmanager
def still(time: Time) -> Iterator[None]:
    """Let time pass only as the test says, however busy the machine is; nothing may sleep."""
    real, now = time._real, time._real()
    time._real = lambda: now
    try:
        yield
    finally:
        time._real = real


async def settle() -> None:
    """Let all that is on its way arrive."""
    for _ in range(300):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("latency", "pause"), [(LOWEST, 0.1), (BALANCED, 0.25), (BEST, 1.0)])
async def test_a_pause_is_waited_for_as_long_as_the_table_says(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    latency: Latency,
    pause: float,
) -> None:
    speaker, more = at(session, simulator.url, flush=50.0), asyncio.Event()

    async def write() -> AsyncGenerator[str]:
        yield "Let me look, "
        await more.wait()
        yield "it is open."

    with still(time):
        saying = asyncio.create_task(say(speaker, write(), paced(latency)))
        await simulator.journal.until(lambda journal: bool(journal.open_sockets))
        await settle()
        await time.pass_(0.95 * pause)
        await settle()
        assert portions(simulator) == []
        await time.pass_(0.06 * pause)
        await settle()
        assert portions(simulator) == ["Let me look,"]
    more.set()
    assert (await saying).error is None


@pytest.mark.parametrize(("latency", "reserve"), [(LOWEST, 2.5), (BALANCED, 1.5), (BEST, 0.7)])
@pytest.mark.parametrize("more", [0.05, -0.05])
async def test_a_clause_is_flushed_when_less_is_left_than_the_table_says(
    speaker: Synthesizer,
    simulator: Simulator,
    time: Time,
    latency: Latency,
    reserve: float,
    more: float,
) -> None:
    clause, go_on = "and so on, ", [asyncio.Event(), asyncio.Event()]

    async def write() -> AsyncGenerator[str]:
        yield f"{TEXT} "
        await go_on[0].wait()
        yield clause
        await go_on[1].wait()
        yield "and on."

    with still(time):
        saying = asyncio.create_task(say(speaker, write(), paced(latency)))
        await simulator.journal.until(
            lambda journal: any(one.state == "finished" for one in journal.generations)
        )
        await settle()
        heard = sum(one.audio_seconds for one in simulator.journal.generations)
        await time.pass_(heard - reserve - more)
        before = portions(simulator)
        go_on[0].set()
        await settle()
        assert portions(simulator)[len(before) :] == ([clause.strip()] if more < 0 else [])
    go_on[1].set()
    assert (await saying).error is None


@pytest.mark.parametrize(
    "beginning",
    ["Ask Dr. ", "Call J. ", "It is open until 9 a.m. ", "Am 24. ", "Frag Prof. ", "Take No. "],
)
async def test_a_full_stop_that_belongs_to_its_word_flushes_nothing(
    speaker: Synthesizer, simulator: Simulator, time: Time, beginning: str
) -> None:
    more = asyncio.Event()

    async def write() -> AsyncGenerator[str]:
        yield beginning
        await more.wait()
        yield "Dezember ist es soweit."

    with still(time):
        saying = asyncio.create_task(say(speaker, write(), paced(BALANCED)))
        await simulator.journal.until(
            lambda journal: bool(journal.sockets) and len(journal.sockets[-1].messages) > 1
        )
        await time.pass_(0.3)
        await settle()
        assert portions(simulator) == []
    more.set()
    assert (await saying).error is None


SLOW = [
    ["It is", " 22", ",", "1", " degrees", " now", "."],
    ["It is", " 3", ".", "5", " degrees", " now", "."],
    ["It is", " 12", ":", "30", " now", "."],
    ["You have", " 1", ",", "250", ",", "000", " points", "."],
    ["See", " home", "-", "assistant", ".", "io", " for it", "."],
    ["It is at", " 192", ".", "168", ".", "1", ".", "20", " now", "."],
    ["It is at", " http", ":", "//", "home", ".", "local", ":", "8123", "/", "?", "a", " now", "."],
]


@pytest.mark.parametrize("tokens", SLOW, ids="".join)
@pytest.mark.parametrize("latency", [LOWEST, BALANCED])
async def test_a_sign_without_a_blank_behind_it_ends_nothing_yet(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    tokens: list[str],
    latency: Latency,
) -> None:
    written: asyncio.Queue[str] = asyncio.Queue()
    speaker = at(session, simulator.url, audio=60.0)

    async def write() -> AsyncGenerator[str]:
        for _ in tokens:
            yield await written.get()

    with still(time):
        written.put_nowait(tokens[0])
        saying = asyncio.create_task(say(speaker, write(), paced(latency)))
        await simulator.journal.until(lambda journal: bool(journal.open_sockets))
        for token in tokens[1:]:
            await settle()
            await time.pass_(0.5)
            await settle()
            written.put_nowait(token)
    assert (await saying).error is None
    texts = simulator.journal.sockets[-1].texts
    assert "".join(texts).split() == "".join(tokens).split()


LIST = "Your list:\nmilk\neggs\n\nbread\n and butter \n \nthat is all"
CUTS = {
    "before": re.split(r"(?=\s)", LIST),
    "behind": re.split(r"(?<=\s)", LIST),
    "apart": re.split(r"(\s)", LIST),
    "letters": list(LIST),
    "lines": LIST.splitlines(keepends=True),
    "at once": [LIST[:-3], LIST[-3:]],
}


@pytest.mark.parametrize("tokens", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("latency", list(Latency))
async def test_lines_end_wherever_the_tokens_are_cut(
    speaker: Synthesizer, simulator: Simulator, tokens: list[str], latency: Latency
) -> None:
    heard = await say(speaker, pieces(tokens), paced(latency))
    assert heard.error is None
    sent = "".join(simulator.journal.sockets[-1].texts[1:])
    assert sent == "Your list: \nmilk \neggs \n\nbread \nand butter \n\nthat is all "


async def test_a_line_ends_a_clause(speaker: Synthesizer, simulator: Simulator) -> None:
    heard = await say(speaker, pieces(["- milk\n", "- eggs\n", "- bread\n", "Done"]), paced(LOWEST))
    assert heard.error is None
    assert portions(simulator)[0] == "- milk"
