"""What fails before the first sound is tried again: soon, not often, and on the other route."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.api import (
    ElevenLabsError,
    Model,
    OutputFormat,
    Timeouts,
    errors,
)
from custom_components.elevenlabs_streaming.speech import Outcome, Route
from simulator import Simulator
from simulator.accounts import Account
from simulator.behaviour import Behaviour
from tests.helpers.speaking import (
    SENTENCES,
    TEXT,
    WHOLE,
    Time,
    at,
    growing,
    say,
    spoken,
    squeezed,
    utterance,
)
from tests.helpers.wires import HOLD, KEY, Gate, Heard, Peer, all_quiet, refusing

BOTH = pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])
TRANSIENT: list[tuple[dict[str, Any], type[ElevenLabsError]]] = [
    ({"fail_status": 500}, errors.ServerError),
    ({"fail_status": 503}, errors.ServerError),
    ({"fail_status": 429}, errors.BusyError),
]


@BOTH
@pytest.mark.parametrize(("trouble", "kind"), TRANSIENT)
async def test_a_passing_failure_is_not_noticed(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    route: Route,
    trouble: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(**trouble, fail_requests=3))
    wanted = utterance(route=route)
    heard = await say(at(session, simulator.url, sleep=time.sleep), growing(), wanted)
    assert heard.error is None
    assert heard.text == TEXT
    # A refused WebSocket goes to HTTP without waiting.
    assert heard.outcome.attempts == 4
    assert len(time.slept) == (3 if route is Route.HTTP else 2)
    assert time.slept[0] <= 0.375 < sum(time.slept) <= 2.0
    assert heard.outcome.continued == 0


@BOTH
@pytest.mark.parametrize(("trouble", "kind"), TRANSIENT)
@pytest.mark.parametrize("seed", range(4))
async def test_a_lasting_failure_is_given_up_in_time(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    route: Route,
    trouble: dict[str, Any],
    kind: type[ElevenLabsError],
    seed: int,
) -> None:
    simulator.behave(Behaviour(**trouble))
    speaker = at(session, simulator.url, sleep=time.sleep, seed=seed)
    heard = await say(speaker, growing(), utterance(route=route))
    assert type(heard.error) is kind
    assert 1.0 < sum(time.slept) <= 2.0
    assert 2 <= len(time.slept) <= 6
    assert len(simulator.journal.requests) == len(time.slept) + (2 if route != "http" else 1)


@pytest.mark.parametrize("failures", [1, 3, -1])
async def test_a_failure_that_the_socket_tells_is_tried_there_once_more(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, failures: int
) -> None:
    # The simulator tells of this one in a frame, after the handshake.
    simulator.behave(Behaviour(fail_status=502, fail_requests=failures))
    wanted = utterance()
    heard = await say(at(session, simulator.url, sleep=time.sleep), growing(), wanted)
    assert type(heard.error) is (errors.ServerError if failures < 0 else type(None))
    assert heard.outcome.route is (Route.WEBSOCKET if failures == 1 else Route.HTTP)
    # From the second socket to HTTP there is no pause.
    pauses = heard.outcome.attempts - (1 if failures == 1 else 2)
    assert len(time.slept) == pauses


@pytest.mark.parametrize(
    "end", [{"close_code": 1011}, {"close_code": 1012}, {"close_code": 1000}], ids=str
)
async def test_where_every_socket_ends_at_once_http_speaks(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, end: dict[str, Any]
) -> None:
    simulator.behave(Behaviour(close_after=0, faulty_route="websocket", **end))
    heard = await say(at(session, simulator.url, sleep=time.sleep), growing())
    assert (heard.error, heard.text) == (None, TEXT)
    assert heard.outcome.route is Route.HTTP
    assert sum(time.slept) < 0.5


async def test_no_two_homes_try_again_in_step(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(fail_status=503))
    for seed in range(5):
        await say(at(session, simulator.url, sleep=time.sleep, seed=seed), WHOLE)
    assert len(set(time.slept)) == len(time.slept)


REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], type[ElevenLabsError]]] = [
    ("sk_wrong", {}, {}, errors.InvalidApiKeyError),
    ("sk_read_only", {}, {}, errors.MissingPermissionError),
    ("sk_broke", {}, {}, errors.QuotaExceededError),
    (KEY, {}, {"voice_id": "nobody"}, errors.VoiceNotFoundError),
    (KEY, {"fail_status": 418}, {}, errors.InvalidRequestError),
    (KEY, {"unusual_activity": True}, {}, errors.UnusualActivityError),
]


@pytest.mark.parametrize(("key", "trouble", "fields", "kind"), REFUSALS)
async def test_a_refusal_is_taken_at_its_word(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    key: str,
    trouble: dict[str, Any],
    fields: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(**trouble))
    speaker = at(session, simulator.url, key=key, sleep=time.sleep)
    heard = await say(speaker, WHOLE, utterance(**fields))
    assert type(heard.error) is kind
    assert len(simulator.journal.requests) == 1
    assert not time.slept


# --- a server that says nothing -------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "trouble"),
    [
        (Route.WEBSOCKET, {"silent": True}),
        (Route.WEBSOCKET, {"stall_after": 0}),
        (Route.HTTP, {"silent": True}),
        (Route.HTTP, {"stall_after": 0}),
        (Route.HTTP, {"first_byte_delay": 90.0}),
    ],
    ids=str,
)
async def test_a_silent_server_is_asked_twice(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    route: Route,
    trouble: dict[str, Any],
) -> None:
    simulator.behave(Behaviour(**trouble, faulty_streams=1))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts(audio=30.0))
    wanted, outcome = utterance(route=route), Outcome()
    before = time()
    saying = asyncio.create_task(say(speaker, growing(), wanted, outcome=outcome))
    await simulator.journal.until(lambda journal: journal.running == 1)
    await time.until(lambda: outcome.attempts == 2, step=0.1)
    assert 4.0 <= time() - before < 6.0
    heard = await saying
    assert heard.error is None
    assert heard.text == TEXT
    assert outcome.route is Route.HTTP


MUTE = pytest.mark.parametrize(
    "trouble", [{"silent": True}, {"stall_after": 0}, {"first_byte_delay": 90.0}], ids=str
)


@BOTH
@MUTE
@pytest.mark.parametrize("has_spare", [True, False])
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "growing"])
async def test_a_server_that_stays_silent_is_given_up_within_ten_seconds(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    route: Route,
    trouble: dict[str, Any],
    *,
    has_spare: bool,
    is_whole: bool,
) -> None:
    simulator.behave(Behaviour(**trouble))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts())
    wanted = utterance(route=route)
    if has_spare:
        speaker.warm(wanted, "assist_satellite.hall")
    before = time()
    saying = asyncio.create_task(say(speaker, WHOLE if is_whole else growing(), wanted))
    await time.until(saying.done, step=0.1)
    assert type((await saying).error) is errors.StalledError
    # The text itself takes a moment, and the machine another.
    assert time() - before < 11.5
    await speaker.socket_pool.close()
    await all_quiet(simulator)


async def test_a_handshake_and_an_answer_that_never_come_take_ten_seconds(
    session: aiohttp.ClientSession, time: Time
) -> None:
    async with Peer(HOLD) as peer:
        speaker = at(session, peer.url, sleep=time.sleep, timeouts=Timeouts())
        before = time()
        saying = asyncio.create_task(say(speaker, growing()))
        await time.until(saying.done, step=0.1)
        assert type((await saying).error) is errors.StalledError
        assert time() - before < 11.5


@MUTE
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "growing"])
async def test_http_speaks_beside_a_mute_spare_after_two_seconds(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    trouble: dict[str, Any],
    *,
    is_whole: bool,
) -> None:
    simulator.behave(Behaviour(**trouble, faulty_route="websocket"))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts())
    wanted, outcome = utterance(route=Route.WEBSOCKET), Outcome()
    speaker.warm(wanted, "assist_satellite.hall")
    await simulator.journal.until(lambda journal: bool(journal.open_sockets))
    parts = WHOLE if is_whole else growing()
    saying = asyncio.create_task(say(speaker, parts, wanted, outcome=outcome))
    before = time()
    await time.until(lambda: outcome.attempts == 2, step=0.05)
    assert 2.0 <= time() - before < 3.5
    heard = await saying
    assert (heard.error, squeezed(heard.text)) == (None, squeezed(TEXT))
    assert (outcome.route, outcome.attempts, outcome.continued) == (Route.HTTP, 2, 0)
    [mute] = simulator.journal.sockets
    assert (mute.closed_by, mute.sent) == ("client", 0)
    await all_quiet(simulator)


async def test_a_spare_that_speaks_before_http_is_heard_to_its_end(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(first_byte_delay=4.0))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts())
    wanted, outcome, go_on = utterance(), Outcome(), asyncio.Event()

    async def text() -> AsyncGenerator[str]:
        yield SENTENCES[0]
        await go_on.wait()
        async for piece in growing("".join(SENTENCES[1:])):
            yield piece

    speaker.warm(wanted, "assist_satellite.hall")
    await simulator.journal.until(lambda journal: bool(journal.open_sockets))
    saying = asyncio.create_task(say(speaker, text(), wanted, outcome=outcome))
    await time.until(lambda: outcome.bytes_spoken, step=0.05)
    go_on.set()
    heard = await saying
    assert (heard.error, squeezed(heard.text)) == (None, squeezed(TEXT))
    assert (outcome.route, outcome.attempts, outcome.receipt.reused) == (Route.WEBSOCKET, 2, True)
    # What was asked for over HTTP meanwhile was given up before it spoke.
    assert [one.chunks for one in simulator.journal.generations if one.route == "http"] == [0]
    await all_quiet(simulator)


async def test_a_silent_server_is_noticed_while_the_text_still_grows(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    simulator.behave(Behaviour(silent=True, faulty_route="websocket"))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts())
    go_on = asyncio.Event()

    async def text() -> Any:
        yield "One moment, please. "
        await go_on.wait()
        yield "Here it is."

    saying = asyncio.create_task(say(speaker, text()))
    await time.until(lambda: spoken(simulator, "http"), step=0.1)
    go_on.set()
    assert (await saying).text == "One moment, please. Here it is."


# --- the WebSocket that cannot be used ------------------------------------------------------

CLOSED_DOORS = [
    refusing(401),
    refusing(403),
    refusing(404),
    refusing(426),
    refusing(500),
    refusing(503),
    refusing(200),
    refusing(302, "Location: http://127.0.0.1:9/\r\n"),
    b"garbage\r\n\r\n",
    b"HTTP/1.1 2",
]


@pytest.mark.parametrize("refusal", CLOSED_DOORS, ids=lambda refusal: refusal[:12].decode())
@pytest.mark.parametrize("whole", [True, False])
async def test_where_websockets_are_blocked_http_speaks(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    refusal: bytes,
    *,
    whole: bool,
) -> None:
    async with Gate(simulator.url) as gate:
        gate.refusal = refusal
        speaker = at(session, gate.url, sleep=time.sleep)
        asked = []
        for pause in (11.0, 0.0, 0.0):
            wanted = utterance(route=Route.WEBSOCKET)
            heard = await say(speaker, WHOLE if whole else growing(), wanted)
            assert heard.text == TEXT
            assert heard.outcome.route is Route.HTTP
            asked.append(gate.handshakes)
            await time.pass_(pause)
        # aiohttp itself tries once more where a connection that it has used before is cut.
        assert 1 <= asked[0] <= 2
        assert 1 <= asked[1] - asked[0] <= 2
        # What has failed at two moments is no chance.
        assert asked[2] == asked[1]
        assert not time.slept
        # The network may have changed some minutes later.
        gate.refusal = None
        await time.pass_(301)
        wanted = utterance(route=Route.WEBSOCKET)
        heard = await say(speaker, growing(), wanted)
        assert heard.text == TEXT
        assert heard.outcome.route is Route.WEBSOCKET


async def test_one_bad_moment_says_nothing_of_websockets(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    async with Gate(simulator.url) as gate:
        speaker = at(session, gate.url)
        gate.refusal = refusing(503)
        both = await asyncio.gather(*(say(speaker, growing()) for _ in range(2)))
        assert [one.outcome.route for one in both] == [Route.HTTP] * 2
        gate.refusal = None
        await time.pass_(1.0)
        assert (await say(speaker, growing())).outcome.route is Route.WEBSOCKET
        # What worked in between is a fresh beginning.
        gate.refusal = refusing(503)
        await time.pass_(60.0)
        assert (await say(speaker, growing())).outcome.route is Route.HTTP
        gate.refusal = None
        assert (await say(speaker, growing())).outcome.route is Route.WEBSOCKET


@pytest.mark.parametrize("refusal", ["frame", "handshake"])
@pytest.mark.parametrize("name", ["pcm_48000", "pcm_32000", "mp3_24000_48"])
async def test_a_format_that_the_socket_lacks_is_remembered_and_nothing_else(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, name: str, refusal: Any
) -> None:
    simulator.behave(Behaviour(ws_formats="published", ws_bad_query=refusal))
    speaker = at(session, simulator.url)
    lacking = utterance(output_format=OutputFormat.parse(name))
    for _ in range(3):
        heard = await say(speaker, growing(), lacking)
        assert (heard.error, heard.text) == (None, TEXT)
        assert heard.outcome.route is Route.HTTP
        assert (await say(speaker, growing())).outcome.route is Route.WEBSOCKET
        await time.pass_(11.0)
    handshakes = [entry for entry in simulator.journal.requests if "stream-input" in entry.path]
    asked = [entry for entry in handshakes if entry.query["output_format"] == name]
    # A handshake that is refused may have had a bad moment.
    assert len(asked) == (1 if refusal == "frame" else 2)
    assert not speaker.lacks


async def test_a_crowded_moment_says_nothing_of_websockets(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    async with Gate(simulator.url) as gate:
        speaker = at(session, gate.url)
        for refusal, route in ((refusing(429), Route.HTTP), (None, Route.WEBSOCKET)):
            gate.refusal = refusal
            wanted, outcome = utterance(), Outcome()
            assert (await say(speaker, growing(), wanted, outcome=outcome)).text == TEXT
            assert outcome.route is route


async def test_a_handshake_that_is_never_answered_is_given_up_soon(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    async with Gate(simulator.url) as gate:
        gate.refusal = b""
        speaker = at(session, gate.url, timeouts=Timeouts())
        before, outcome = time(), Outcome()
        saying = asyncio.create_task(say(speaker, growing(), outcome=outcome))
        await time.until(lambda: outcome.attempts == 2, step=0.1)
        assert 4.0 <= time() - before < 6.0
        assert (await saying).text == TEXT


@pytest.mark.parametrize("refusal", [refusing(401), refusing(403), refusing(500)])
@pytest.mark.parametrize(("key", "trouble", "fields", "kind"), REFUSALS)
async def test_http_says_why_a_handshake_was_refused(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    refusal: bytes,
    key: str,
    trouble: dict[str, Any],
    fields: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(**trouble))
    async with Gate(simulator.url) as gate:
        gate.refusal = refusal
        heard = await say(at(session, gate.url, key=key), growing(), utterance(**fields))
        assert type(heard.error) is kind
        # Where HTTP does not speak either, nothing is known of WebSockets.
        gate.refusal = None
        await say(at(session, gate.url, key=key), growing(), utterance(**fields))
        assert gate.handshakes == 2


@pytest.mark.parametrize("refusal", ["frame", "handshake"])
async def test_a_model_that_refuses_is_not_asked_again(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time, refusal: Any
) -> None:
    simulator.behave(Behaviour(ws_refused_model=refusal, dialogue_refused="all"))
    speaker = at(session, simulator.url)

    async def say_with(model_id: str) -> Heard:
        wanted = utterance(model_id, Route.WEBSOCKET)
        wanted = replace(wanted, model=Model.known("eleven_new"))
        return await say(speaker, growing(), wanted)

    for _ in range(2):
        assert (await say_with("eleven_v3")).text == TEXT
        await time.pass_(301)
    handshakes = [entry for entry in simulator.journal.requests if "stream-input" in entry.path]
    assert len(handshakes) == 1
    # Other models still are.
    assert (await say(speaker, growing())).text == TEXT
    assert simulator.journal.sockets[-1].query["model_id"] == "eleven_flash_v2_5"


async def test_a_socket_that_cannot_be_opened_again_is_continued_over_http(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(drop_after=4, faulty_route="websocket", generation_speed=40.0))
    async with Gate(simulator.url) as gate:
        wanted, outcome = utterance(), Outcome()
        saying = asyncio.create_task(say(at(session, gate.url), growing(), wanted, outcome=outcome))
        await simulator.journal.until(lambda journal: bool(journal.sockets))
        gate.refusal = refusing(503)
        heard = await saying
    assert heard.error is None
    assert outcome.continued == 1
    assert outcome.route is Route.HTTP
    rest = " ".join(spoken(simulator, "http"))
    assert TEXT.endswith(rest.split(" ", 1)[1].replace("  ", " "))
    assert simulator.journal.last_request().body["previous_text"]


# --- a plan that allows no more at once -----------------------------------------------------


def crowd(simulator: Simulator, slots: int, **behaviour: Any) -> None:
    """Let the account speak so many texts at once."""
    account = Account(key=KEY, tier="pro", concurrency=slots)
    simulator.accounts.add_account(account)
    simulator.behave(Behaviour(queue_ms=0, **behaviour))


@BOTH
@pytest.mark.parametrize("slots", [1, 2])
async def test_more_texts_than_the_plan_allows_wait_for_each_other(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, slots: int
) -> None:
    crowd(simulator, slots, generation_speed=60.0)
    speaker = at(session, simulator.url)
    texts = [
        f"This is number {word}, and it is heard."
        for word in ["one", "two", "three", "four", "six"]
    ]
    heard = await asyncio.gather(*(say(speaker, [text], utterance(route=route)) for text in texts))
    assert [one.text for one in heard] == texts
    assert len(simulator.journal.generations) == len(texts)
    await all_quiet(simulator)


async def test_those_who_wait_come_in_the_order_of_their_asking(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    crowd(simulator, 1, generation_speed=100.0)
    speaker = at(session, simulator.url)
    texts = [
        f"This is the text of {word}."
        for word in ["ann", "bob", "cleo", "dan", "eve", "fay", "gus"]
    ]
    asked = []
    for text in texts:
        asked.append(asyncio.create_task(say(speaker, [text])))
        # Each is refused before the next one asks.
        count = len(simulator.journal.requests)
        await simulator.journal.until(lambda journal, n=count: len(journal.requests) > n or n >= 2)  # type: ignore[misc]
        await asyncio.sleep(0)
    heard = await asyncio.gather(*asked)
    assert all(one.error is None for one in heard)
    assert [item.text for item in simulator.journal.generations] == texts


async def test_a_plan_that_others_use_up_is_busy(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    crowd(simulator, 0)
    heard = await say(at(session, simulator.url, sleep=time.sleep), WHOLE)
    assert type(heard.error) is errors.ConcurrencyLimitError
    assert 1.0 < sum(time.slept) <= 2.0


async def test_waiting_for_a_turn_has_an_end(
    session: aiohttp.ClientSession, simulator: Simulator, time: Time
) -> None:
    crowd(simulator, 1, generation_speed=0.01)
    for_ever = Timeouts(first_audio=1e6, audio=1e6)
    speaker = at(session, simulator.url, timeouts=for_ever, sleep=time.sleep, first_sound=1e6)
    first = asyncio.create_task(say(speaker, WHOLE))
    await simulator.journal.until(lambda journal: journal.running == 1)
    before = time()
    second = asyncio.create_task(say(speaker, ["Me too."]))
    await time.until(second.done, step=0.5)
    assert type((await second).error) is errors.ConcurrencyLimitError
    assert 20.0 <= time() - before < 26.0
    # It looked now and then: a place may become free without one of ours ending.
    assert 4 <= len(simulator.journal.requests) <= 12
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await all_quiet(simulator)


async def test_a_limit_in_the_middle_of_a_growing_text_waits_and_goes_on(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    crowd(simulator, 1, generation_speed=60.0)
    speaker = at(session, simulator.url)
    heard = await asyncio.gather(*(say(speaker, growing()) for _ in range(2)))
    assert [one.error for one in heard] == [None, None]
    assert sum(one.outcome.continued for one in heard) <= 8


async def test_those_who_leave_while_they_wait_hold_up_nobody(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    crowd(simulator, 1, generation_speed=30.0)
    speaker = at(session, simulator.url)
    asked = [asyncio.create_task(say(speaker, WHOLE)) for _ in range(4)]
    await simulator.journal.until(lambda journal: len(journal.requests) >= 4)
    for one in asked[1:3]:
        one.cancel()
    heard = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(heard[0], Heard)
    assert isinstance(heard[3], Heard)
    assert heard[0].error is heard[3].error is None
    assert not speaker._account.concurrency._waiting
    await all_quiet(simulator)


# --- the text that does not come in time ----------------------------------------------------


@pytest.mark.parametrize("parts", [["The laundry ", "is done."], ["One moment. ", "Here it is."]])
async def test_a_socket_that_ended_for_want_of_text_is_opened_again(
    session: aiohttp.ClientSession, simulator: Simulator, parts: list[str]
) -> None:
    # This server waits for a tenth of the time that we were promised.
    simulator.behave(Behaviour(time_scale=0.1))
    wanted = utterance(inactivity_timeout=2, route=Route.WEBSOCKET)

    async def text() -> Any:
        yield parts[0]
        await simulator.journal.until(
            lambda journal: bool(journal.sockets) and not journal.sockets[0].open
        )
        yield parts[1]

    heard = await say(at(session, simulator.url), text(), wanted)
    assert heard.error is None
    assert heard.text == "".join(parts)
    await all_quiet(simulator)


async def test_a_session_that_was_closed_is_no_connection(simulator: Simulator) -> None:
    closed = aiohttp.ClientSession()
    await closed.close()
    for parts in (list(WHOLE), growing()):
        heard = await say(at(closed, simulator.url, retry=0.0), parts)
        assert type(heard.error) is errors.ConnectionFailedError


async def test_nobody_there(session: aiohttp.ClientSession, time: Time) -> None:
    async with Peer() as peer:
        url = peer.url
    for parts in (list(WHOLE), growing()):
        heard = await say(at(session, url, sleep=time.sleep), parts)
        assert type(heard.error) is errors.ConnectionFailedError
    assert 2.0 < sum(time.slept) <= 4.0
