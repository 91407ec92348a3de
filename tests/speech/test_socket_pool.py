"""Sockets that are open before there is anything to say: used once, kept cheaply, never leaked."""

import asyncio
from collections.abc import AsyncGenerator
import logging
from typing import Any

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.api import OutputFormat, VoiceSettings
from custom_components.elevenlabs_streaming.speech import (
    Latency,
    Outcome,
    Route,
    Synthesizer,
    Utterance,
)
from simulator import Behaviour, Simulator
from tests.helpers.speaking import (
    SENTENCES,
    TEXT,
    Time,
    at,
    growing,
    say,
    spoken,
    squeezed,
    utterance,
)
from tests.helpers.wires import FLASH, KEY, Gate, all_quiet

HALL, BATH = "assist_satellite.hall", "assist_satellite.bath"
LIFE_S = 90.0
FIRST = SENTENCES[0]


async def is_open(simulator: Simulator, count: int = 1) -> None:
    """Wait until so many sockets are open and have had their first message."""
    await simulator.journal.until(
        lambda journal: sum(bool(one.open and one.messages) for one in journal.sockets) == count
    )
    await asyncio.sleep(0)


async def test_words_find_the_socket_open(speaker: Synthesizer, simulator: Simulator) -> None:
    used = simulator.account_state(KEY).credits_used
    speaker.warm(utterance(), HALL)
    await is_open(simulator)
    said = utterance()
    heard = await say(speaker, growing(), said)
    assert (heard.error, heard.text) == (None, squeezed(TEXT))
    assert len(simulator.journal.sockets) == 1
    assert heard.outcome.receipt.reused
    assert (heard.outcome.attempts, heard.outcome.route) == (1, Route.WEBSOCKET)
    paid = sum(one.credits for one in simulator.journal.generations)
    assert simulator.account_state(KEY).credits_used == used + paid
    assert squeezed("".join(spoken(simulator, "websocket"))) == squeezed(TEXT)
    await all_quiet(simulator)
    assert not len(speaker.socket_pool)


async def test_a_spare_is_used_once(speaker: Synthesizer, simulator: Simulator) -> None:
    speaker.warm(utterance(), HALL)
    await is_open(simulator)
    first = await say(speaker, growing(FIRST * 2))
    second = await say(speaker, growing(FIRST * 2))
    assert (first.outcome.receipt.reused, second.outcome.receipt.reused) == (True, False)
    assert len(simulator.journal.sockets) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"voice_id": "EXAVITQu4vr4xnSDxMaL"},
        {"model": "eleven_multilingual_v2"},
        {"output_format": OutputFormat.parse("pcm_22050")},
        {"language_code": "de"},
        {"voice_settings": VoiceSettings(speed=1.1)},
        {"seed": 4},
        {"enable_logging": False},
        {"chunk_length_schedule": (70,)},
    ],
)
async def test_a_spare_of_another_kind_is_not_used(
    speaker: Synthesizer, simulator: Simulator, other: dict[str, Any]
) -> None:
    speaker.warm(utterance(**other), HALL)
    await asyncio.sleep(0.02)
    said = utterance()
    heard = await say(speaker, growing(), said)
    assert (heard.error, heard.text) == (None, squeezed(TEXT))
    assert not heard.outcome.receipt.reused
    await speaker.socket_pool.close()
    await all_quiet(simulator)


async def test_a_spare_of_another_pace_is_not_used(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    unhurried = utterance(latency=Latency.BEST_PROSODY)
    speaker.warm(unhurried, HALL)
    await is_open(simulator)
    assert not speaker.is_warm(utterance())
    assert speaker.is_warm(unhurried)
    said, outcome = utterance(), Outcome()
    await say(speaker, growing(), said, outcome=outcome)
    assert not outcome.receipt.reused
    await speaker.socket_pool.close()


async def test_words_that_come_while_it_is_opened_wait_for_it(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    speaker.warm(utterance(), HALL)
    said, outcome = utterance(), Outcome()
    await say(speaker, growing(), said, outcome=outcome)
    assert outcome.receipt.reused
    assert len(simulator.journal.sockets) == 1


async def test_it_waits_for_free_and_not_for_ever(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    used = simulator.account_state(KEY).credits_used
    speaker.warm(utterance(), HALL)
    await is_open(simulator)
    for _ in range(6):
        await time.pass_(60.0)
        speaker.warm(utterance(), HALL)
    await simulator.journal.until(lambda journal: len(journal.sockets[0].messages) >= 3)
    [socket] = simulator.journal.sockets
    first, *signs_of_life = [message.data for message in socket.messages]
    assert first["text"] == " "
    assert "voice_settings" not in signs_of_life[0]
    assert {one["text"] for one in signs_of_life} == {" "}
    assert len(signs_of_life) < 7
    await time.until(lambda: not simulator.journal.open_sockets, step=LIFE_S / 4)
    assert socket.closed_by == "client"
    assert not simulator.journal.generations
    assert simulator.account_state(KEY).credits_used == used
    assert not len(speaker.socket_pool)


async def test_a_home_that_flaps_opens_one(speaker: Synthesizer, simulator: Simulator) -> None:
    for _ in range(100):
        speaker.warm(utterance(), HALL)
        await asyncio.sleep(0.001)
    await is_open(simulator)
    assert len(simulator.journal.sockets) == 1
    await speaker.socket_pool.close()
    await all_quiet(simulator)


async def test_there_are_never_many(speaker: Synthesizer, simulator: Simulator) -> None:
    for number in range(5):
        speaker.warm(utterance(), f"assist_satellite.alike_{number}")
    await is_open(simulator, 2)
    for number in range(8):
        speaker.warm(utterance(seed=number), f"assist_satellite.other_{number}")
        await asyncio.sleep(0.01)
    await is_open(simulator, 4)
    assert len(speaker.socket_pool) == 4
    speaker.warm(utterance(seed=99), "assist_satellite.other_7")
    await is_open(simulator, 4)
    await speaker.socket_pool.close()
    await all_quiet(simulator)


async def test_two_satellites_have_one_each(speaker: Synthesizer, simulator: Simulator) -> None:
    speaker.warm(utterance(), HALL)
    speaker.warm(utterance(), BATH)
    await is_open(simulator, 2)
    both = await asyncio.gather(*(say(speaker, growing()) for _ in range(2)))
    assert [one.outcome.receipt.reused for one in both] == [True, True]
    assert len(simulator.journal.sockets) == 2


async def test_what_the_server_closed_is_not_used(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(time_scale=0.0001))
    speaker.warm(utterance(), HALL)
    await simulator.journal.until(
        lambda journal: bool(journal.sockets) and not journal.open_sockets
    )
    await time.until(lambda: not len(speaker.socket_pool))
    assert simulator.journal.sockets[0].error == "input_timeout_exceeded"
    simulator.behave(Behaviour())
    said = utterance()
    heard = await say(speaker, growing(), said)
    assert (heard.error, heard.text) == (None, squeezed(TEXT))
    assert (heard.outcome.receipt.reused, heard.outcome.attempts) == (False, 1)


@pytest.mark.parametrize("fault", [{"drop_after": 0}, {"close_after": 0, "close_code": 1001}])
async def test_one_that_breaks_at_its_first_words_loses_none(
    speaker: Synthesizer, simulator: Simulator, fault: dict[str, Any]
) -> None:
    simulator.behave(Behaviour(**fault))
    speaker.warm(utterance(), HALL)
    speaker.warm(utterance(), BATH)
    await is_open(simulator, 2)
    simulator.behave(Behaviour())
    said = utterance()
    heard = await say(speaker, growing(), said)
    assert (heard.error, heard.text) == (None, squeezed(TEXT))
    assert (heard.outcome.route, heard.outcome.attempts) == (Route.WEBSOCKET, 2)
    assert not heard.outcome.receipt.reused
    await all_quiet(simulator)


async def test_failures_are_quiet_and_not_repeated_at_once(
    speaker: Synthesizer, simulator: Simulator, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.behave(Behaviour(refuse_connections=True))

    async def wish(times: int) -> int:
        before = len(simulator.journal.requests)
        for _ in range(times):
            speaker.warm(utterance(), HALL)
            await asyncio.sleep(0.02)
        return len(simulator.journal.requests) - before

    # What was broken off at once is tried a second time by the HTTP client.
    assert await wish(20) in (1, 2)
    await time.pass_(4.0)
    assert await wish(5) == 0
    await time.pass_(1.1)
    assert await wish(5) in (1, 2)
    await time.pass_(5.1)
    assert await wish(5) == 0
    ours = [record for record in caplog.records if "elevenlabs" in record.name]
    assert ours
    assert all(record.levelno == logging.DEBUG for record in ours)
    simulator.behave(Behaviour())
    await time.pass_(10.0)
    assert await wish(1) == 1
    await is_open(simulator)
    await speaker.socket_pool.close()


async def test_a_format_that_is_refused_keeps_no_other_from_being_opened(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(ws_formats="published", ws_bad_query="handshake"))
    speaker.warm(utterance(output_format=OutputFormat.parse("pcm_48000")), HALL)
    await time.until(lambda: not len(speaker.socket_pool))
    assert simulator.journal.requests
    speaker.warm(utterance(), BATH)
    await is_open(simulator)
    await speaker.socket_pool.close()


async def test_a_server_that_closes_each_is_left_alone(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(time_scale=0.0001))
    for _ in range(100):
        speaker.warm(utterance(), HALL)
        await asyncio.sleep(0.002)
    assert len(simulator.journal.sockets) <= 2


@pytest.mark.parametrize("model", ["eleven_v3", FLASH])
async def test_what_needs_no_socket_opens_none(
    speaker: Synthesizer, simulator: Simulator, model: str
) -> None:
    speaker.warm(utterance(model, Route.HTTP), HALL)
    await asyncio.sleep(0.05)
    assert not len(speaker.socket_pool)
    assert not simulator.journal.requests


async def test_where_sockets_are_blocked_none_is_tried_for_a_while(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    async with Gate(simulator.url) as gate:
        gate.refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        speaker = at(session, gate.url)
        for asked in (1, 2):
            heard = await say(speaker, growing())
            assert heard.text == squeezed(TEXT)
            assert gate.handshakes == asked
            await time.pass_(11.0)
        speaker.warm(utterance(), HALL)
        await asyncio.sleep(0.05)
        assert gate.handshakes == 2


async def test_leaving_at_any_point_leaves_nothing(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    for turns in range(40):
        speaker.warm(utterance(), HALL)
        for _ in range(turns):
            await asyncio.sleep(0)
        await speaker.socket_pool.close()
        assert not len(speaker.socket_pool)
    for turns in range(40):
        speaker.warm(utterance(), HALL)
        saying = asyncio.ensure_future(say(speaker, growing()))
        for _ in range(turns):
            await asyncio.sleep(0)
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
    await speaker.socket_pool.close()
    await all_quiet(simulator)


async def test_one_that_waits_for_a_spare_that_is_let_go_opens_its_own(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    speaker.warm(utterance(), HALL)
    saying = asyncio.ensure_future(say(speaker, growing()))
    for _ in range(8):
        await asyncio.sleep(0)
    speaker.socket_pool.clear()
    heard = await saying
    assert (heard.error, heard.text) == (None, squeezed(TEXT))
    await all_quiet(simulator)


async def writes(*parts: str, heard: asyncio.Event) -> AsyncGenerator[str]:
    """Yield some words and the rest when the first are heard."""
    first, *others = parts
    yield first
    await heard.wait()
    for part in others:
        yield part
        await asyncio.sleep(0.001)


def paced(latency: Latency) -> Utterance:
    """Return an utterance at a latency."""
    return utterance(route=Route.WEBSOCKET, latency=latency)


def sent(simulator: Simulator) -> list[tuple[str, bool]]:
    """Return the texts of the newest socket after its first message, and which were flushed."""
    messages = [message.data for message in simulator.journal.sockets[-1].messages[1:]]
    return [(one["text"], one.get("flush", False)) for one in messages]


@pytest.mark.parametrize(
    ("latency", "first", "begins"),
    [
        # As Home Assistant hands over an answer: sixty characters and then what comes.
        (Latency.LOWEST, "The laundry is done, please come down here and fetch it with", True),
        (Latency.BALANCED, "The laundry is done, please come down here and fetch it with", True),
        (
            Latency.BEST_PROSODY,
            "The laundry is done, please come down here and fetch it with",
            False,
        ),
        # A word that is longer than the rest leaves less than fifty to send.
        (Latency.BALANCED, "The laundry is done, please look after the Waschmaschinentür", True),
        (Latency.LOWEST, "Well, it is rather late ", True),
        (Latency.BALANCED, "Well, it is rather late ", False),
        (Latency.LOWEST, "Well, it ", False),
        (Latency.BALANCED, "Well, it ", False),
        (Latency.BALANCED, "Done. Now ", False),
        (Latency.BALANCED, "It is done. ", True),
    ],
)
async def test_the_first_words_are_spoken_as_the_pace_says(
    speaker: Synthesizer, simulator: Simulator, latency: Latency, first: str, *, begins: bool
) -> None:
    heard = asyncio.Event()
    said = say(speaker, writes(first, " and more.", heard=heard), paced(latency))
    saying = asyncio.ensure_future(said)
    await simulator.journal.until(
        lambda journal: bool(journal.sockets) and len(journal.sockets[-1].messages) > 1
    )
    [(text, flushed)] = sent(simulator)
    assert flushed is begins
    assert text.strip() in first
    heard.set()
    assert (await saying).error is None
    assert squeezed("".join(spoken(simulator, "websocket"))) == squeezed(first + " and more.")


@pytest.mark.parametrize("latency", list(Latency))
async def test_a_sentence_before_a_pause_does_not_wait_long(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, latency: Latency
) -> None:
    """So do answers begin whose agent then uses a tool."""
    speaker = at(session, simulator.url, flush=50.0)
    heard = asyncio.Event()
    said = say(speaker, writes("Let me look.", " It is open.", heard=heard), paced(latency))
    saying = asyncio.ensure_future(said)
    await simulator.journal.until(lambda journal: bool(journal.open_sockets))
    await asyncio.sleep(0.02)
    assert not simulator.journal.generations
    await time.pass_(1.01)
    await simulator.journal.until(lambda journal: bool(journal.generations))
    assert spoken(simulator, "websocket") == ["Let me look. "]
    heard.set()
    assert (await saying).error is None
    assert squeezed("".join(spoken(simulator, "websocket"))) == "Let me look. It is open."


async def test_half_a_clause_before_a_pause_waits(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    speaker = at(session, simulator.url, flush=50.0)
    heard = asyncio.Event()
    said = say(speaker, writes("Let me ", "look.", heard=heard), paced(Latency.BALANCED))
    saying = asyncio.ensure_future(said)
    await simulator.journal.until(lambda journal: bool(journal.open_sockets))
    await time.pass_(10.0)
    await asyncio.sleep(0.05)
    assert not simulator.journal.generations
    heard.set()
    assert (await saying).error is None
    assert spoken(simulator, "websocket") == ["Let me look. "]


async def test_later_portions_are_as_long_as_the_pace_says(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    lengths = {}
    for latency in Latency:
        simulator.journal.clear()
        heard = await say(speaker, growing(TEXT * 6), paced(latency))
        assert squeezed(heard.text) == squeezed(TEXT * 6)
        assert simulator.journal.sockets[-1].messages[0].data["generation_config"]
        texts = spoken(simulator, "websocket")
        lengths[latency] = sum(map(len, texts)) / len(texts)
        assert not any(flushed for _, flushed in sent(simulator)[30:])
    assert lengths[Latency.LOWEST] < lengths[Latency.BALANCED] < lengths[Latency.BEST_PROSODY]


async def is_heard(simulator: Simulator) -> None:
    """Wait for the first audio."""
    async with asyncio.timeout(10):
        while not any(one.sent for one in simulator.journal.sockets):  # noqa: ASYNC110  # told by no event
            await asyncio.sleep(0.002)


async def test_a_slow_writer_leaves_no_gap(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    """Four words a second are slower than speech and never fill the service's second portion."""
    text = " ".join(["The soup is hot, and the bread is cold;"] * 6) + " "

    async def write() -> AsyncGenerator[str]:
        yield text[:62]
        await is_heard(simulator)
        for start in range(62, len(text), 4):
            await time.sleep(0.2)
            await asyncio.sleep(0.01)
            yield text[start : start + 4]

    heard = await say(speaker, write(), paced(Latency.BALANCED))
    assert heard.error is None
    first, *later = simulator.journal.generations
    supplied_until = first.at + first.audio_seconds
    for portion in later[:-1]:
        assert portion.at < supplied_until
        assert portion.text.rstrip()[-1] in ",;"
        supplied_until += portion.audio_seconds


async def test_what_is_on_its_way_counts_as_supply(
    speaker: Synthesizer, simulator: Simulator, time: Time
) -> None:
    """Otherwise the first clauses after the first audio would each be a portion of their own."""
    simulator.behave(Behaviour(generation_speed=3.0))
    text = "So, " * 60

    async def write() -> AsyncGenerator[str]:
        yield text[:64]
        await is_heard(simulator)
        for start in range(64, len(text), 8):
            await time.sleep(0.05)
            await asyncio.sleep(0.01)
            yield text[start : start + 8]

    heard = await say(speaker, write(), paced(Latency.BALANCED))
    assert heard.error is None
    lengths = [len(portion) for portion in spoken(simulator, "websocket")]
    assert min(lengths[:2]) >= 60


async def test_a_whole_text_over_the_socket_is_one_portion(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    await say(speaker, [TEXT], paced(Latency.LOWEST))
    assert spoken(simulator, "websocket") == [f"{TEXT} "]
