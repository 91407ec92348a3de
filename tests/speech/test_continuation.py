"""Speech that breaks off goes on: nothing is lost, and nothing is told twice."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

import aiohttp
from aiohttp import web
import orjson
import pytest

from custom_components.elevenlabs_streaming.api import (
    OutputFormat,
    SpeechChunk,
    Timeouts,
    errors,
)
from custom_components.elevenlabs_streaming.captions import CaptionTrack
from custom_components.elevenlabs_streaming.speech import (
    Outcome,
    Route,
    Synthesizer,
    TextSource,
    Utterance,
)
from simulator import Simulator
from simulator.behaviour import Behaviour
from tests.helpers.home import decode
from tests.helpers.speaking import (
    TEXT,
    Time,
    at,
    growing,
    say,
    speech_of,
    spoken,
    stuck,
    utterance,
    whole,
)
from tests.helpers.wires import Heard, all_quiet, hang_up, http_peer, listen, pieces

BOTH = pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])
# What was sent has time to be read before the connection breaks.
SLOW: dict[str, Any] = {"generation_speed": 60.0}
BREAKS: list[dict[str, Any]] = [
    {"drop_after": 1, "faulty_streams": 1},
    {"drop_after": 2},
    {"drop_after": 5},
    {"drop_after": 9, "faulty_streams": 1},
    {"stall_after": 4, "faulty_streams": 1},
]
SOCKET_BREAKS: list[dict[str, Any]] = [
    {"close_after": 3, "close_code": 1000},
    {"close_after": 3, "close_code": 1011},
    {"close_after": 3, "close_code": 1006 - 5},
    {"close_after": 3, "close_code": 1012},
    {"close_after": 3, "close_code": 1008, "close_error": "input_timeout_exceeded"},
    {"close_after": 3, "close_code": 1008, "close_error": "system_busy"},
]
HTTP_BREAKS: list[dict[str, Any]] = [
    {"cut_line": 3},
    {"cut_line": 6, "faulty_streams": 1},
    {"close_after": 3},
]


async def read(
    speaker: Synthesizer,
    wanted: Utterance,
    text: str = TEXT,
    parts: AsyncGenerator[str] | None = None,
    language: str = "en",
) -> tuple[Heard, CaptionTrack]:
    """Hear a text, and keep its captions as Home Assistant's side does."""
    track, outcome = CaptionTrack(language, message=text), Outcome()
    source = TextSource(parts or whole([text]), limit=10_000)
    told: list[str] = []

    async def noted() -> AsyncGenerator[SpeechChunk]:
        async for chunk in speech_of(speaker, wanted, source, outcome):
            told.extend(word.text for word in track.add(chunk))
            yield chunk

    heard = await listen(noted())
    heard.outcome = outcome
    await source.close()
    told += [word.text for word in track.finish(outcome.seconds, cut=heard.error is not None)]
    assert told == [word.text for word in track.words]
    return heard, track


def shown(track: CaptionTrack) -> str:
    """Return the words of captions as a text."""
    return " ".join(word.text for word in track.words)


def assert_in_step(heard: Heard, track: CaptionTrack, seconds: float) -> None:
    """Check that the words follow each other within the audio."""
    assert heard.error is None
    assert all(word.start <= following.start for word, following in pairwise(track.words))
    assert all(word.end <= seconds + 0.15 for word in track.words)
    assert track.words[-1].end > seconds - 0.7


@pytest.mark.parametrize(
    ("route", "trouble"),
    [
        *((route, trouble) for route in (Route.WEBSOCKET, Route.HTTP) for trouble in BREAKS),
        *((Route.WEBSOCKET, trouble) for trouble in SOCKET_BREAKS),
        *((Route.HTTP, trouble) for trouble in HTTP_BREAKS),
    ],
    ids=str,
)
async def test_the_rest_is_said_and_no_word_is_shown_twice(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    route: Route,
    trouble: dict[str, Any],
) -> None:
    simulator.behave(Behaviour(**{"faulty_streams": 3} | SLOW | trouble))
    wanted = utterance(route=route)
    speaker = at(session, simulator.url, audio=1.0)
    heard, track = await read(speaker, wanted, parts=None if route is Route.HTTP else growing())
    assert shown(track) == TEXT
    assert_in_step(heard, track, len(heard.audio) / 32_000)
    assert heard.outcome.continued >= 1
    assert heard.outcome.attempts == heard.outcome.continued + 1
    # A service that is busy or closes for want of text says nothing against the WebSocket.
    stays = "close_error" in trouble or heard.outcome.continued == 1
    assert heard.outcome.route is (route if stays else Route.HTTP)
    assert heard.outcome.seconds == pytest.approx(len(heard.audio) / 32_000)
    await all_quiet(simulator)


@BOTH
@pytest.mark.parametrize("messages", [1, 2, 3, 4, 6, 9, 13])
async def test_it_goes_on_with_the_word_that_was_cut(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, messages: int
) -> None:
    plain, _ = await read(at(session, simulator.url), utterance(route=route))
    ends = _word_ends(plain)
    simulator.behave(Behaviour(drop_after=messages, faulty_streams=1, **SLOW))
    simulator.journal.clear()
    heard, _ = await read(at(session, simulator.url), utterance(route=route))
    first, second = _sent(simulator, route)[:2] if route is Route.HTTP else _said(simulator)
    assert first.split() == TEXT.split()
    complete = sum(end <= messages * 0.25 for end in ends)
    missing = TEXT.split()[len(TEXT.split()) - len(second.split()) :]
    assert second.split() == missing
    # A word whose end alone is missing, by less than a tenth of a second, counts as spoken.
    said = len(ends) - len(missing)
    assert complete <= said <= sum(end <= messages * 0.25 + 0.1 for end in ends)
    assert heard.error is None


@BOTH
async def test_nothing_in_brackets_is_lost_where_the_model_speaks_it(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route
) -> None:
    text = "Open are [kitchen and bathroom and cellar and attic and hall] and it rains."
    simulator.behave(Behaviour(drop_after=7, faulty_streams=1, **SLOW))
    await read(at(session, simulator.url), utterance(route=route), text)
    _, second = _sent(simulator, route)[:2] if route is Route.HTTP else _said(simulator)
    assert second.strip() == text.removeprefix("Open are ")


@BOTH
@pytest.mark.parametrize("messages", [3, 5, 8, 11])
async def test_times_that_repeat_themselves_do_not_skip_words(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, messages: int
) -> None:
    text = "The cat and the dog and the cow and the hen and the pig and the ant are here."
    plain, _ = await read(at(session, simulator.url), utterance(route=route), text)
    ends = _word_ends(plain)
    simulator.behave(Behaviour(drop_after=messages, faulty_streams=1, overlap=True, **SLOW))
    simulator.journal.clear()
    await read(at(session, simulator.url), utterance(route=route), text)
    rest = _sent(simulator, route)[1] if route is Route.HTTP else _said(simulator)[1]
    said = len(text.split()) - len(rest.split())
    assert text.split()[said:] == rest.split()
    assert said <= sum(end <= messages * 0.25 + 0.1 for end in ends)


@BOTH
@pytest.mark.parametrize("times", ["moment", "beyond", "backwards", "end_first", "null"])
async def test_times_without_sense_lose_no_word_and_say_none_three_times(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, times: Any
) -> None:
    plain, _ = await read(at(session, simulator.url), utterance(route=route))
    ends = _word_ends(plain)
    odd = Behaviour(times=times, times_from=20, drop_after=11, faulty_streams=2, **SLOW)
    simulator.behave(odd)
    simulator.journal.clear()
    heard, track = await read(at(session, simulator.url), utterance(route=route))
    assert heard.error is None
    assert shown(track) == TEXT
    sent = [*_said(simulator), *_sent(simulator, Route.HTTP)]
    begun = [len(TEXT.split()) - len(part.split()) for part in sent if part.strip()]
    for now, following in pairwise(begun[:3]):
        since = ends[now - 1] if now else 0.0
        heard_until = since + 11 * 0.25 + 0.2
        assert now < following <= sum(end <= heard_until for end in ends)
    assert begun[2] >= sum(end <= 11 * 0.25 for end in ends) - 1


def _word_ends(heard: Heard) -> list[float]:
    """Return when the letters of each word end."""
    ends: list[float] = []
    letters = [
        (character, end)
        for chunk in heard.chunks
        if chunk.timings
        for character, end in zip(chunk.timings.characters, chunk.timings.ends, strict=True)
    ]
    word: list[float] = []
    for character, end in [*letters, (" ", 0.0)]:
        if character.isalnum():
            word.append(end)
        elif character.isspace() and word:
            ends.append(word[-1])
            word = []
    return ends


def _sent(simulator: Simulator, route: Route) -> list[str]:
    return spoken(simulator, str(route))


def _said(simulator: Simulator) -> list[str]:
    """Return what was sent on each socket."""
    return ["".join(socket.texts[1:-1]) for socket in simulator.journal.sockets]


@BOTH
@pytest.mark.parametrize("name", ["mp3_44100_128", "mp3_22050_32", "pcm_24000", "opus_48000_64"])
async def test_it_goes_on_in_every_format(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, name: str
) -> None:
    simulator.behave(Behaviour(drop_after=5, faulty_streams=2, **SLOW))
    wanted = utterance(route=route, output_format=OutputFormat.parse(name))
    heard, track = await read(at(session, simulator.url), wanted)
    assert shown(track) == TEXT
    assert heard.outcome.continued == 2
    if name.startswith("mp3"):
        assert_in_step(heard, track, decode(heard.audio).seconds)
        assert decode(heard.audio).seconds == pytest.approx(heard.outcome.seconds, abs=0.1)


@pytest.mark.parametrize("model", ["eleven_flash_v2_5", "eleven_v3"])
async def test_over_http_the_rest_knows_what_came_before(
    session: aiohttp.ClientSession, simulator: Simulator, model: str
) -> None:
    simulator.behave(Behaviour(drop_after=8, faulty_streams=1, **SLOW))
    heard, track = await read(at(session, simulator.url), utterance(model))
    _, again = (request.body for request in simulator.journal.requests)
    assert shown(track) == TEXT
    assert heard.error is None
    if model == "eleven_v3":
        assert "previous_text" not in again
    else:
        assert again["previous_text"] + again["text"] == TEXT


async def test_parts_of_a_long_text_that_were_said_are_not_said_again(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(drop_after=14, faulty_streams=1, **SLOW))
    wanted = utterance(limit=60)
    heard, track = await read(at(session, simulator.url), wanted)
    texts = [request.body["text"] for request in simulator.journal.requests]
    assert heard.error is None
    assert shown(track) == TEXT
    # Every part is a stream of its own here, and only the first is as long as that.
    assert len(texts) == 4 + heard.outcome.continued


TEXTS = {
    "numbers": "The bill of $1,234.56 is due on 17 May, and 25 kg of sugar came for Dr. Miller.",
    "de": "Die Waschmaschine ist um 17:30 Uhr fertig. Dr. Müller hat 25 kg Wäsche gebracht.",
    "zh": "晚饭好了。请下来吃饭，今天有鱼，还有红烧肉。大家都在等你，快来吧。",  # noqa: RUF001  # Chinese
    "ja": "洗濯が終わりました。コーヒーもどうぞ。今日はとてもいい天気です。",
    "ar": "الغسيل جاهز، من فضلك انزل. رائحته مثل الخزامى في الصيف.",
    "twice": "Come down now. Come down now. Come down now, please, come down now.",
    "signs": "Well — “really?” — it's (almost) done; don't-you-see… 🎉 Party time, isn't it?",
}


@BOTH
@pytest.mark.parametrize("after", [2, 7])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_texts_of_all_kinds_go_on(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, text: str, after: int
) -> None:
    plain, whole_track = await read(at(session, simulator.url), utterance(route=route), text)
    simulator.behave(Behaviour(drop_after=after, faulty_streams=1, **SLOW))
    heard, track = await read(at(session, simulator.url), utterance(route=route), text)
    assert heard.error is plain.error is None
    assert shown(track) == shown(whole_track)
    assert_in_step(heard, track, len(heard.audio) / 32_000)


TIMES: list[dict[str, Any]] = [
    {"alignment": "null"},
    {"alignment": "null", "normalized": "null"},
    {"alignment_null_every": 2},
    {"overlap": True},
    {"double_pass": "always"},
    {"word_borders": "whole"},
    {"lead": "double"},
]


@BOTH
@pytest.mark.parametrize("after", [3, 10])
@pytest.mark.parametrize("times", TIMES, ids=str)
@pytest.mark.parametrize("text", [TEXT, TEXTS["numbers"], TEXTS["zh"]], ids=["en", "12", "zh"])
async def test_no_word_is_lost_whatever_the_times_are_like(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    route: Route,
    times: dict[str, Any],
    after: int,
    text: str,
) -> None:
    simulator.behave(Behaviour(drop_after=after, faulty_streams=1, **times, **SLOW))
    wanted = utterance(route=route)
    heard, track = await read(at(session, simulator.url), wanted, text)
    assert heard.error is None
    assert heard.outcome.continued == 1
    assert shown(track).replace(" ", "") == text.replace(" ", "")
    first = simulator.journal.generations[0].audio_seconds
    rest = _sent(simulator, route)[1] if route is Route.HTTP else _said(simulator)[1].strip()
    assert text.replace(" ", "").endswith(rest.replace(" ", ""))
    # A voice says at most twenty characters in a second, five of them in Chinese; and what was
    # said is not all said again.
    most, least = (5, 1.5) if text is TEXTS["zh"] else (20, 5)
    assert first * least - 15 <= len(text) - len(rest) <= first * most
    assert after < 10 or rest != text


EVERY_TIME: list[dict[str, Any]] = [
    {"drop_after": 3},
    {"close_after": 3, "close_code": 1011},
    {"close_after": 3, "close_code": 1000},
    {"close_after": 3, "close_code": 1012},
    {"cut_line": 2, "drop_after": 1, "chunk_ms": 900},
    {"stall_after": 1, "chunk_ms": 900},
    {"stall_after": 1, "stall_seconds": 14.0, "chunk_ms": 900},
]


async def hasten(task: asyncio.Task[Any], simulator: Simulator, time: Time) -> None:
    """Let time pass while the service has stalled, and only then."""
    if simulator.behaviour.stall_after is None:
        return
    still, before = 0, None
    while not task.done():
        generations = simulator.journal.generations
        now = [(one.state, one.chunks) for one in generations]
        # A thread makes the speech of the next one, which takes long on a busy machine.
        stalled = (
            bool(generations) and generations[-1].state == "running" and generations[-1].chunks
        )
        still = still + 1 if stalled and now == before else 0
        before = now
        await time.pass_(0.2 if still > 20 else 0.0)
        await asyncio.sleep(0.002)


@pytest.mark.parametrize("trouble", EVERY_TIME, ids=str)
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "growing"])
async def test_where_every_socket_breaks_http_speaks_the_rest(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    trouble: dict[str, Any],
    *,
    is_whole: bool,
) -> None:
    simulator.behave(Behaviour(faulty_route="websocket", **trouble, **SLOW))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts())
    parts = None if is_whole else growing()
    reading = asyncio.create_task(read(speaker, utterance(route=Route.WEBSOCKET), parts=parts))
    await hasten(reading, simulator, time)
    heard, track = await reading
    assert shown(track) == TEXT
    assert_in_step(heard, track, len(heard.audio) / 32_000)
    assert (heard.outcome.attempts, heard.outcome.continued) == (3, 2)
    assert heard.outcome.route is Route.HTTP
    # A listener hears the gap, and the other route may well be free of it.
    assert not time.slept
    await all_quiet(simulator)


@BOTH
@pytest.mark.parametrize("trouble", EVERY_TIME, ids=str)
async def test_a_service_that_goes_on_breaking_speaks_it_all_the_same(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    time: Time,
    route: Route,
    trouble: dict[str, Any],
) -> None:
    simulator.behave(Behaviour(**trouble, **SLOW))
    speaker = at(session, simulator.url, sleep=time.sleep, timeouts=Timeouts())
    reading = asyncio.create_task(read(speaker, utterance(route=route)))
    await hasten(reading, simulator, time)
    heard, track = await reading
    assert shown(track) == TEXT
    assert_in_step(heard, track, len(heard.audio) / 32_000)
    assert heard.outcome.continued > 6
    # After the first on a route none follows without a pause.
    assert len(time.slept) == heard.outcome.continued - (2 if route is Route.WEBSOCKET else 1)
    assert all(0.1 < pause < 0.5 for pause in time.slept)
    # No request asks for much more than what the ones before it brought.
    paid = sum(map(len, _sent(simulator, Route.HTTP)))
    assert paid < 8 * len(TEXT)
    await all_quiet(simulator)


@BOTH
async def test_a_service_that_breaks_before_a_word_is_out_is_not_paid_for_ever(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route
) -> None:
    simulator.behave(Behaviour(drop_after=1, chunk_ms=40, **SLOW))
    wanted = utterance(route=route)
    heard = await say(at(session, simulator.url), growing(), wanted)
    assert type(heard.error) is errors.ConnectionFailedError
    assert len(simulator.journal.generations) <= 3
    assert heard.outcome.continued <= 2


@BOTH
@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("quota_exceeded", errors.QuotaExceededError),
        ("detected_unusual_activity", errors.UnusualActivityError),
        ("invalid_voice_settings", errors.ProtocolError),
    ],
)
async def test_a_refusal_in_the_middle_ends_it(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    route: Route,
    identifier: str,
    kind: type[Exception],
) -> None:
    if route is Route.HTTP or kind is errors.ProtocolError:
        await _refused_in_an_answer(session, identifier, kind)
        return
    simulator.behave(Behaviour(close_after=3, close_code=1008, close_error=identifier))
    wanted = utterance(route=route)
    heard = await say(at(session, simulator.url), growing(), wanted)
    assert type(heard.error) is kind
    assert len(heard.chunks) == 3
    assert (heard.outcome.attempts, heard.outcome.continued) == (1, 0)
    await all_quiet(simulator)


async def _refused_in_an_answer(
    session: aiohttp.ClientSession, identifier: str, kind: type[Exception]
) -> None:
    async def talk(response: web.StreamResponse) -> None:
        await response.write(_line(b"\x01\x00" * 8000))
        await response.write(orjson.dumps({"detail": {"status": identifier}}) + b"\n")

    async with http_peer(talk) as url:
        heard = await say(at(session, url), [TEXT])
    assert type(heard.error) is kind
    assert heard.audio == b"\x01\x00" * 8000


def _line(audio: bytes, text: str = "", start: float = 0.0) -> bytes:
    """Return a line with audio over which the characters spread."""
    step = len(audio) / 32_000 / max(1, len(text))
    alignment = {
        "characters": list(text),
        "character_start_times_seconds": [start + at * step for at in range(len(text))],
        "character_end_times_seconds": [start + (at + 1) * step for at in range(len(text))],
    }
    message = {"audio_base64": base64.b64encode(audio).decode(), "alignment": alignment}
    return orjson.dumps(message) + b"\n"


async def test_half_a_sample_shifts_nothing(session: aiohttp.ClientSession) -> None:
    answers = [(b"\x00\x01" * 8000 + b"\x00", "One "), (b"\x00\x01" * 8000, "two.")]

    async def talk(response: web.StreamResponse) -> None:
        audio, text = answers.pop(0)
        await response.write(_line(audio[:8001], text[:2]))
        await response.write(_line(audio[8001:], text[2:], 0.25))
        if answers:
            await hang_up(response)

    async with http_peer(talk) as url:
        heard = await say(at(session, url), ["One two."])
    assert heard.error is None
    assert heard.audio == b"\x00\x01" * 16_000


async def test_an_attempt_in_vain_takes_nothing_from_the_captions(
    session: aiohttp.ClientSession,
) -> None:
    # The second answer breaks before it says anything.
    answers = ["Smells of laven", "", "lavender. "]

    async def talk(response: web.StreamResponse) -> None:
        if text := answers.pop(0):
            await response.write(_line(b"\x01\x00" * 800 * len(text), text))
        if answers:
            await hang_up(response)

    async with http_peer(talk) as url:
        heard, track = await read(at(session, url), utterance(), "Smells of lavender. ")
    assert heard.error is None
    assert [word.text for word in track.words] == ["Smells", "of", "lavender."]
    assert track.words[2].start == pytest.approx(0.75, abs=0.01)


async def test_what_was_told_before_it_sounded_is_told_again(
    session: aiohttp.ClientSession,
) -> None:
    # All times come with the first audio, which breaks off in the second word.
    answers = [("One two six ten.", 5), ("two six ten.", 12)]

    async def talk(response: web.StreamResponse) -> None:
        text, length = answers.pop(0)
        line = orjson.loads(_line(b"\x01\x00" * 1000 * len(text), text))
        line["audio_base64"] = base64.b64encode(b"\x01\x00" * 1000 * length).decode()
        await response.write(orjson.dumps(line) + b"\n")
        if answers:
            await hang_up(response)

    async with http_peer(talk) as url:
        heard, track = await read(at(session, url), utterance(), "One two six ten.")
    assert heard.error is None
    assert [word.text for word in track.words] == ["One", "two", "six", "ten."]
    assert [word.start for word in track.words] == pytest.approx([0.0, 0.3125, 0.5625, 0.8125])


async def test_what_was_all_said_is_not_asked_for_again(session: aiohttp.ClientSession) -> None:
    asked = 0

    async def talk(response: web.StreamResponse) -> None:
        nonlocal asked
        asked += 1
        await response.write(_line(b"\x01\x00" * 16_000, "All is said. "))
        await hang_up(response)

    async with http_peer(talk) as url:
        heard = await say(at(session, url), ["All is said. "])
    assert heard.error is None
    assert len(heard.audio) == 32_000
    assert asked == 1


async def test_a_text_that_pauses_is_continued_when_it_goes_on(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    go_on = asyncio.Event()

    async def text() -> AsyncGenerator[str]:
        yield "One moment, please. "
        await go_on.wait()
        yield "Here it is."

    # The server ends the connection as soon as it has nothing to say.
    simulator.behave(Behaviour(time_scale=0.1))
    wanted = utterance(inactivity_timeout=2)
    speaker = at(session, simulator.url, flush=0.02)
    reading = asyncio.create_task(
        read(speaker, wanted, "One moment, please. Here it is.", parts=text())
    )
    await simulator.journal.until(
        lambda journal: bool(journal.sockets) and not journal.open_sockets
    )
    await asyncio.sleep(0.3)
    assert len(simulator.journal.sockets) == 1
    simulator.behave(Behaviour())
    go_on.set()
    heard, track = await reading
    assert shown(track) == "One moment, please. Here it is."
    assert_in_step(heard, track, len(heard.audio) / 32_000)
    assert _said(simulator)[1] == "Here it is. "


@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize("code", [1008, 1009, 1003])
async def test_what_only_the_socket_refuses_goes_on_over_http(
    session: aiohttp.ClientSession, simulator: Simulator, code: int, after: int
) -> None:
    how: dict[str, Any] = {"close_code": code, "close_error": "not_known_to_us" * (code == 1008)}
    simulator.behave(Behaviour(close_after=after, faulty_route="websocket", **how, **SLOW))
    wanted = utterance()
    heard, track = await read(at(session, simulator.url), wanted, parts=growing())
    assert shown(track) == TEXT
    assert_in_step(heard, track, len(heard.audio) / 32_000)
    assert (heard.outcome.attempts, heard.outcome.continued) == (2, int(after > 0))
    await all_quiet(simulator)


@BOTH
async def test_a_service_that_says_nothing_is_asked_again(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route
) -> None:
    simulator.behave(Behaviour(close_after=0, close_code=1000, faulty_streams=1))
    heard, track = await read(at(session, simulator.url), utterance(route=route))
    assert shown(track) == TEXT
    assert_in_step(heard, track, len(heard.audio) / 32_000)
    simulator.behave(Behaviour(close_after=0, close_code=1000))
    silent = await say(at(session, simulator.url), [TEXT], utterance(route=route))
    assert type(silent.error) is errors.ServerError


@BOTH
@pytest.mark.parametrize("after", [0, 1, 3])
async def test_leaving_while_it_is_tried_again_leaves_nothing(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route, after: int
) -> None:
    simulator.behave(Behaviour(drop_after=after, **SLOW))
    before = asyncio.all_tasks()
    text = TextSource(stuck(TEXT), limit=1000)
    saying = asyncio.create_task(
        listen(speech_of(at(session, simulator.url), utterance(route=route), text))
    )
    await simulator.journal.until(lambda journal: len(journal.requests) == 2)
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    await text.close()
    await all_quiet(simulator)
    left = [repr(task) for task in asyncio.all_tasks() - before]
    assert not [task for task in left if "elevenlabs_streaming" in task]


async def test_a_growing_text_is_fed_on_after_a_break(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(drop_after=2, faulty_streams=2, **SLOW))
    words = TEXT.split(" ")
    parts = pieces([f"{word} " for word in words[:-1]] + words[-1:], 0.02)
    wanted = utterance()
    heard, track = await read(at(session, simulator.url), wanted, parts=parts)
    assert heard.error is None
    assert shown(track) == TEXT
    assert heard.outcome.characters == len(TEXT)
