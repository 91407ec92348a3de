"""Text in, speech out: routes, clocks, texts of all kinds, and leaving at any point."""

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
import random
import tracemalloc
from typing import Any

import aiohttp
from aiohttp import web
import orjson
import pytest

from custom_components.elevenlabs_streaming.api import ElevenLabsError, Model, OutputFormat, errors
from custom_components.elevenlabs_streaming.speech import (
    LONGEST_TEXT,
    Route,
    Synthesizer,
    TextSource,
)
from simulator import Simulator
from simulator.behaviour import Behaviour
from tests.helpers.home import decode
from tests.helpers.speaking import (
    SENTENCES,
    TEXT,
    WHOLE,
    at,
    growing,
    say,
    speech_of,
    spoken,
    squeezed,
    stuck,
    utterance,
    whole,
)
from tests.helpers.wires import (
    FLASH,
    KEY,
    Heard,
    all_quiet,
    cut,
    http_peer,
    listen,
    pieces,
    websocket_peer,
)

# --- routes ---------------------------------------------------------------------------------

V3 = ["eleven_v3", "eleven_v3_conversational", "eleven_v4", "eleven_v4_turbo"]


@pytest.mark.parametrize("model", [FLASH, "eleven_multilingual_v2", *V3])
async def test_a_whole_text_is_one_http_request(
    speaker: Synthesizer, simulator: Simulator, model: str
) -> None:
    wanted = utterance(model)
    heard = await say(speaker, WHOLE, wanted)
    assert heard.error is None
    assert spoken(simulator, "http") == [TEXT]
    assert len(simulator.journal.requests) == 1
    assert simulator.journal.last_request().path.endswith("/stream/with-timestamps")
    assert heard.outcome.route is Route.HTTP
    assert heard.text == TEXT


async def test_a_text_that_is_there_in_parts_iswhole(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    heard = await say(speaker, ["", *cut(TEXT, 7), ""])
    assert heard.text == TEXT
    assert spoken(simulator, "http") == [TEXT]


async def test_a_growing_text_goes_over_one_websocket(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    wanted = utterance()
    heard = await say(speaker, growing(), wanted)
    assert heard.error is None
    assert heard.text == TEXT
    assert heard.outcome.route is Route.WEBSOCKET
    assert len(simulator.journal.sockets) == len(simulator.journal.requests) == 1
    assert not spoken(simulator, "http")
    assert len(spoken(simulator, "websocket")) > 1


@pytest.mark.parametrize("model", V3)
@pytest.mark.parametrize("route", [Route.AUTO, Route.WEBSOCKET])
async def test_models_of_text_to_dialogue_speak_growing_texts_over_its_websocket(
    speaker: Synthesizer, simulator: Simulator, model: str, route: Route
) -> None:
    heard = await say(speaker, growing(), utterance(model, route))
    assert heard.error is None
    (socket,) = simulator.journal.sockets
    assert socket.is_dialogue
    assert squeezed("".join(spoken(simulator, "dialogue_websocket"))) == TEXT
    assert len(spoken(simulator, "dialogue_websocket")) > 1
    assert heard.text == TEXT
    assert heard.outcome.route is Route.WEBSOCKET
    assert (heard.outcome.attempts, socket.close_code) == (1, 1000)
    assert not [message for message in socket.messages if message.unknown]


@pytest.mark.parametrize("model", V3)
async def test_models_of_text_to_dialogue_speak_growing_texts_over_http(
    speaker: Synthesizer, simulator: Simulator, model: str
) -> None:
    heard = await say(speaker, growing(), utterance(model, Route.HTTP))
    assert heard.error is None
    assert not simulator.journal.sockets
    assert squeezed("".join(spoken(simulator, "http"))) == TEXT
    assert len(spoken(simulator, "http")) > 1
    assert heard.text == TEXT
    assert heard.outcome.route is Route.HTTP


@pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])
@pytest.mark.parametrize("size", [5, len(TEXT)])
async def test_a_voice_may_keep_to_one_route(
    speaker: Synthesizer, simulator: Simulator, route: Route, size: int
) -> None:
    parts = cut(TEXT, size)
    heard = await say(speaker, parts if len(parts) == 1 else pieces(parts), utterance(route=route))
    other = {Route.WEBSOCKET: "http", Route.HTTP: "websocket"}[route]
    assert heard.text == TEXT
    assert not spoken(simulator, other)
    assert squeezed("".join(spoken(simulator, route))) == TEXT


@pytest.mark.parametrize("refusal", ["frame", "handshake"])
@pytest.mark.parametrize("size", [5, len(TEXT)])
async def test_a_model_that_turns_out_to_refuse_the_websocket_speaks_over_http(
    speaker: Synthesizer, simulator: Simulator, refusal: Any, size: int
) -> None:
    simulator.behave(Behaviour(ws_refused_model=refusal, dialogue_refused="all"))
    wanted = utterance("eleven_v3", Route.WEBSOCKET)
    wanted = replace(wanted, model=Model.known("eleven_new"))
    heard = await say(speaker, pieces(cut(TEXT, size)), wanted)
    assert heard.error is None
    assert heard.text == TEXT
    assert heard.outcome.route is Route.HTTP
    assert squeezed("".join(spoken(simulator, "http"))) == TEXT
    await all_quiet(simulator)


@pytest.mark.parametrize("size", [5, len(TEXT)])
async def test_a_late_refusal_of_the_websocket_loses_and_doubles_nothing(
    speaker: Synthesizer, simulator: Simulator, size: int
) -> None:
    # The refusal comes with the first audio, when text was already sent.
    simulator.behave(
        Behaviour(
            close_after=0,
            close_code=1008,
            close_error="unsupported_model",
            faulty_route="websocket",
        )
    )
    heard = await say(speaker, pieces(cut(TEXT, size)), utterance(route=Route.WEBSOCKET))
    assert heard.error is None
    assert heard.text == TEXT
    assert squeezed("".join(spoken(simulator, "http"))) == TEXT


async def test_a_long_text_is_split_at_sentences_and_parts_know_what_came_before(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    heard = await say(speaker, WHOLE, utterance(limit=60))
    bodies = [request.body for request in simulator.journal.requests]
    assert heard.text == TEXT
    assert [body["text"] for body in bodies] == SENTENCES
    assert [body.get("previous_text") for body in bodies] == [None, *SENTENCES[:-1]]


async def test_the_context_of_the_caller_is_around_the_whole_text(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    wanted = utterance(limit=60, previous_text="It rang.", next_text="Nobody came.")
    heard = await say(speaker, WHOLE, wanted)
    bodies = [request.body for request in simulator.journal.requests]
    assert heard.text == TEXT
    assert [body.get("previous_text") for body in bodies] == ["It rang.", *SENTENCES[:-1]]
    others = [None] * (len(SENTENCES) - 1)
    assert [body.get("next_text") for body in bodies] == [*others, "Nobody came."]


async def test_a_model_that_turns_out_to_refuse_context_speaks_without_it(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    wanted = utterance("eleven_v3", previous_text="It rang.")
    facts = replace(wanted.model.facts, stitching=True)
    wanted = replace(wanted, model=replace(wanted.model, facts=facts))
    heard = await say(speaker, WHOLE, wanted)
    assert heard.error is None
    assert heard.text == TEXT
    bodies = [request.body for request in simulator.journal.requests]
    assert [body.get("previous_text") for body in bodies] == ["It rang.", None]


async def test_models_that_refuse_context_are_not_sent_any(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    heard = await say(speaker, WHOLE, utterance("eleven_v3", limit=60))
    assert heard.text == TEXT
    assert not any("previous_text" in request.body for request in simulator.journal.requests)


@pytest.mark.parametrize(
    "blanks", [" " * 200, "\n" * 200, "... " * 50], ids=["spaces", "lines", "dots"]
)
async def test_a_part_without_words_is_not_sent(
    speaker: Synthesizer, simulator: Simulator, blanks: str
) -> None:
    heard = await say(speaker, [f"Before.{blanks}After."], utterance(limit=50))
    assert heard.error is None
    assert all(any(c.isalpha() for c in text) for text in spoken(simulator, "http"))
    assert heard.text.replace(".", " ").split() == ["Before", "After"]


async def test_a_schedule_of_ones_own_is_kept(speaker: Synthesizer, simulator: Simulator) -> None:
    await say(speaker, growing(), utterance(chunk_length_schedule=(500,)))
    first = simulator.journal.sockets[-1].messages[0].data
    assert first["generation_config"] == {"chunk_length_schedule": [500]}
    assert len(spoken(simulator, "websocket")) == 1


async def test_the_receipt_and_the_counts_are_kept(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    wanted = utterance(limit=60)
    heard = await say(speaker, WHOLE, wanted)
    assert heard.outcome.characters == len(TEXT)
    assert heard.outcome.bytes_spoken == len(heard.audio)
    assert heard.outcome.seconds == pytest.approx(len(heard.audio) / 32_000)
    assert heard.outcome.receipt.credits == simulator.journal.credits
    assert len(heard.outcome.receipt.request_ids) == 4
    assert not heard.outcome.cut


# --- what is sent on a WebSocket ------------------------------------------------------------

HARD = (
    "Mr. O'Neil's e-mail (twice!) says: \"Wait… what?\" [laughs softly] Temperature: -3.5°C\n\n"
    "New\tparagraph with naïve café words, £20.50 and 1,000,000 others; don't-split-me. "
    'A <break time="0.3s" /> pause, then 🎉 party 👨‍👩‍👧 time'
)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 40, 1000])
@pytest.mark.parametrize("text", [TEXT, HARD], ids=["plain", "hard"])
async def test_words_arrive_whole_and_texts_end_in_one_space(
    speaker: Synthesizer, simulator: Simulator, text: str, size: int
) -> None:
    heard = await say(speaker, growing(text, size), utterance(route=Route.WEBSOCKET))
    socket = simulator.journal.sockets[-1]
    first, *middle, last = socket.texts
    assert heard.error is None
    assert (first, last) == (" ", "")
    assert all(part.endswith(" ") and not part.endswith("  ") for part in middle)
    assert [word for part in middle for word in part.split()] == text.split()
    assert all(message.unknown == [] for message in socket.messages)


@pytest.mark.parametrize("size", [1, 2, 7, 100])
async def test_quotes_stay_with_the_sentence_they_close(
    speaker: Synthesizer, simulator: Simulator, size: int
) -> None:
    text = "他说：“晚饭好了。”然后（真的！）大家都来了，好吗？“好！”"  # noqa: RUF001  # Chinese
    heard = await say(speaker, growing(text, size), utterance(route=Route.WEBSOCKET))
    assert heard.error is None
    sent = simulator.journal.sockets[-1].texts[1:-1]
    assert "".join(sent).replace(" ", "") == text
    assert not any(part.startswith(("”", "）", "。", "，")) for part in sent)  # noqa: RUF001


# --- one clock ------------------------------------------------------------------------------

CLOCKS: list[Mapping[str, Any]] = [
    {},
    {"ws_clock": "message"},
    {"ws_clock": "generation"},
    {"ws_clock": "cumulative"},
    {"chunk_ms": 100},
    {"chunk_ms": 1000},
    {"chunk_ms": 100, "ws_clock": "generation"},
    {"chunk_ms": 1000, "ws_clock": "generation"},
    {"chunk_ms": 100, "ws_clock": "cumulative"},
    {"chunk_ms": 1000, "ws_clock": "cumulative"},
    {"word_borders": "whole"},
    {"lead": "double"},
    {"lead": "none", "ws_clock": "generation"},
]
TIMED: list[tuple[str, Route, int, int | None]] = [
    (FLASH, Route.WEBSOCKET, 5, None),
    (FLASH, Route.HTTP, 5, None),
    (FLASH, Route.HTTP, 1000, 60),
    ("eleven_v3", Route.AUTO, 5, None),
]


def assert_one_clock(heard: Heard, seconds: float, tolerance: float = 0.1) -> None:
    """Check that the times go on, stay near their audio and end with it."""
    assert heard.error is None
    starts = heard.starts
    assert all(later >= earlier - 0.002 for earlier, later in pairwise(starts))
    assert heard.last_end == pytest.approx(seconds, abs=tolerance)


def assert_near_their_audio(heard: Heard, bytes_per_second: float, tolerance: float = 0.06) -> None:
    """Check that the characters of a chunk start in its audio."""
    before = 0.0
    for chunk in heard.chunks:
        length = len(chunk.audio) / bytes_per_second
        for start in chunk.timings.starts if chunk.timings else ():
            assert before - tolerance <= start <= before + length + tolerance
        before += length


@pytest.mark.parametrize(
    ("behaviour", "model", "route", "size", "limit"),
    [
        (behaviour, *way)
        for behaviour in CLOCKS
        for way in TIMED
        if "ws_clock" not in behaviour or Route.WEBSOCKET in way
    ],
)
async def test_times_run_on_one_clock(
    speaker: Synthesizer,
    simulator: Simulator,
    behaviour: Mapping[str, Any],
    model: str,
    route: Route,
    size: int,
    limit: int | None,
) -> None:
    simulator.behave(Behaviour(**behaviour))
    heard = await say(speaker, pieces(cut(TEXT, size)), utterance(model, route, limit))
    assert_one_clock(heard, len(heard.audio) / 32_000)
    if behaviour.get("word_borders") != "whole":
        assert_near_their_audio(heard, 32_000)
    assert heard.text == TEXT


@pytest.mark.parametrize("clock", ["message", "generation", "cumulative"])
@pytest.mark.parametrize("sync", [True, False])
async def test_the_clock_goes_on_where_alignments_are_missing(
    speaker: Synthesizer, simulator: Simulator, clock: Any, *, sync: bool
) -> None:
    simulator.behave(Behaviour(ws_clock=clock, alignment_null_every=2 if sync else 0))
    heard = await say(speaker, growing(), utterance(sync_alignment=sync))
    assert heard.error is None
    if sync:
        # Where a generation begins without times, its clock cannot be known to the letter.
        assert_near_their_audio(heard, 32_000, 0.3 if clock == "generation" else 0.06)
        assert heard.last_end == pytest.approx(len(heard.audio) / 32_000, abs=0.6)
    else:
        assert_one_clock(heard, len(heard.audio) / 32_000)
        assert heard.text == TEXT


@pytest.mark.parametrize(("model", "route", "size", "limit"), TIMED)
async def test_the_times_cover_the_decoded_audio(
    speaker: Synthesizer, model: str, route: Route, size: int, limit: int | None
) -> None:
    wanted = utterance(model, route, limit, output_format=OutputFormat.parse("mp3_44100_128"))
    heard = await say(speaker, pieces(cut(TEXT, size)), wanted)
    assert_one_clock(heard, decode(heard.audio).seconds, 0.25)
    assert heard.text == TEXT


async def test_parts_in_a_format_without_a_byte_rate_follow_each_other(
    speaker: Synthesizer,
) -> None:
    wanted = utterance(limit=60, output_format=OutputFormat.parse("opus_48000_64"))
    heard = await say(speaker, WHOLE, wanted)
    assert_one_clock(heard, heard.outcome.seconds, 0.01)
    assert heard.outcome.seconds > 8


async def test_only_the_first_mp3_has_a_tag(session: aiohttp.ClientSession) -> None:
    tag, sound = b"ID3\x04\x00\x00\x00\x00\x00\x05abcde", b"\xff\xfb" + b"\x00" * 30

    async def talk(response: web.StreamResponse) -> None:
        for audio in (b"", tag + sound, tag):
            line = {"audio_base64": base64.b64encode(audio).decode(), "alignment": ONE_LETTER}
            await response.write(orjson.dumps(line) + b"\n")

    mp3 = OutputFormat.parse("mp3_44100_128")
    async with http_peer(talk) as url:
        heard = await say(
            at(session, url), ["One two. Six ten."], utterance(limit=10, output_format=mp3)
        )
    # What looks like a tag in the middle of a stream is none.
    assert heard.audio == tag + sound + tag + sound + tag


ONE_LETTER = {
    "characters": ["a"],
    "character_start_times_seconds": [0.0],
    "character_end_times_seconds": [0.0],
}


# --- texts of all kinds ---------------------------------------------------------------------

BOTH = pytest.mark.parametrize("route", [Route.WEBSOCKET, Route.HTTP])


@BOTH
@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "...", "?! -- ,", "—", "👍 😀!", '<break time="1s"/>']
)
@pytest.mark.parametrize("grows", [True, False])
async def test_a_text_without_words_is_an_error_and_sends_nothing(
    speaker: Synthesizer, simulator: Simulator, text: str, route: Route, *, grows: bool
) -> None:
    parts = pieces([text, " "], pause=0) if grows else [text]
    heard = await say(speaker, parts, utterance(route=route))
    assert type(heard.error) is errors.NothingToSpeakError
    assert not spoken(simulator, "http") + spoken(simulator, "websocket")
    assert grows or not simulator.journal.requests


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "🎉🎊🥳 1",
        "晚饭好了，请下来吧。大家都在等你！",  # noqa: RUF001  # Chinese punctuation
        "مرحبا بكم في البيت. الغسيل جاهز الآن.",
        'Wait <break time="0.2s" /> for it.',
        "สวัสดีครับ ผ้าซักเสร็จแล้ว",
        "洗濯が終わりました。「もう一度？」はい！",  # noqa: RUF001  # Japanese punctuation
        "x" * 600,
        'a & b < c > d "e" \\ {} \x00 \x7f end',
        "7",
    ],
    ids=lambda text: text[:6],
)
@pytest.mark.parametrize("size", [3, 1000])
async def test_any_text_is_spoken_or_refused(
    speaker: Synthesizer, simulator: Simulator, text: str, route: Route, size: int
) -> None:
    wanted = utterance(route=route, enable_ssml_parsing=True)
    heard = await say(speaker, pieces(cut(text, size)), wanted)
    sent = "".join(spoken(simulator, route))
    assert "".join(sent.split()) == "".join(text.split())
    if heard.error:
        assert type(heard.error) is errors.NothingToSpeakError
    else:
        assert heard.outcome.seconds > 0
        assert heard.starts == sorted(heard.starts)


@BOTH
@pytest.mark.parametrize("grows", [True, False])
async def test_a_text_beyond_all_measure_is_refused_before_any_request(
    speaker: Synthesizer, simulator: Simulator, route: Route, *, grows: bool
) -> None:
    parts = ["word " * 20_000, "word " * 20_000] if grows else ["word " * 40_000]
    heard = await say(speaker, parts, utterance(route=route))
    assert type(heard.error) is errors.TextTooLongError
    assert not simulator.journal.requests


@BOTH
async def test_a_growing_text_is_cut_at_its_limit(
    speaker: Synthesizer, simulator: Simulator, route: Route
) -> None:
    wanted = utterance(route=route)
    heard = await say(speaker, growing(TEXT, 10), wanted, limit=100)
    assert heard.error is None
    assert heard.outcome.cut
    assert heard.outcome.characters == 100
    assert squeezed("".join(spoken(simulator, route))) == squeezed(TEXT[:100])


@pytest.mark.parametrize("text", [f"a{'.' * 60_000} b", "wordwithoutend" * 4000, "[<" * 30_000])
@pytest.mark.parametrize("route", [Route.HTTP, Route.WEBSOCKET])
async def test_a_strange_text_does_not_hold_up_the_loop(
    speaker: Synthesizer, simulator: Simulator, text: str, route: Route
) -> None:
    simulator.behave(Behaviour(quota=True))
    loop, longest = asyncio.get_running_loop(), 0.0
    parts = text if route is Route.HTTP else growing(text, 2000)
    saying = asyncio.create_task(
        say(speaker, [parts] if isinstance(parts, str) else parts, utterance(route=route))
    )
    while not saying.done():
        before = loop.time()
        await asyncio.sleep(0)
        longest = max(longest, loop.time() - before)
    assert isinstance((await saying).error, ElevenLabsError)
    # Reading such a text over and over took minutes, so no wall clock matters here.
    assert longest < 5


@BOTH
async def test_a_source_that_never_ends_is_given_up_and_what_came_is_spoken(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route
) -> None:
    impatient = at(session, simulator.url, flush=0.02, silence=0.1)
    wanted = utterance(route=route)
    heard = await say(impatient, stuck("The laundry is do", "ne. It smells of laven"), wanted)
    assert heard.error is None
    assert heard.text == "The laundry is done. It smells of laven"
    assert heard.outcome.cut
    await all_quiet(simulator)


@BOTH
async def test_a_source_that_never_starts_is_given_up(
    session: aiohttp.ClientSession, simulator: Simulator, route: Route
) -> None:
    heard = await say(at(session, simulator.url, silence=0.05), stuck(), utterance(route=route))
    assert type(heard.error) is errors.NothingToSpeakError
    assert not simulator.journal.requests


async def _breaking(error: BaseException, *parts: str) -> AsyncGenerator[str]:
    for part in parts:
        yield part
        await asyncio.sleep(0.001)
    raise error


@BOTH
@pytest.mark.parametrize("error", [RuntimeError("the laundry"), asyncio.CancelledError()], ids=repr)
async def test_a_source_that_breaks_is_spoken_as_far_as_it_came(
    speaker: Synthesizer, simulator: Simulator, route: Route, error: BaseException
) -> None:
    wanted = utterance(route=route)
    heard = await say(speaker, _breaking(error, "The laundry is done. ", "It sme"), wanted)
    assert heard.error is None
    assert heard.text == "The laundry is done. It sme"
    assert heard.outcome.cut


@BOTH
@pytest.mark.parametrize("error", [RuntimeError(), asyncio.CancelledError()], ids=repr)
async def test_a_source_that_breaks_at_once_sends_nothing(
    speaker: Synthesizer, simulator: Simulator, route: Route, error: BaseException
) -> None:
    heard = await say(speaker, _breaking(error), utterance(route=route))
    assert type(heard.error) is errors.NothingToSpeakError
    assert not simulator.journal.requests


@pytest.mark.parametrize("model", [FLASH, "eleven_v3"])
@pytest.mark.parametrize(("start", "rest"), [("One moment. ", "Done."), ("One moment.", " Done.")])
async def test_a_pause_has_spoken_what_was_written(
    session: aiohttp.ClientSession, simulator: Simulator, model: str, start: str, rest: str
) -> None:
    patient = at(session, simulator.url, flush=0.02)
    go_on = asyncio.Event()

    async def text() -> AsyncGenerator[str]:
        yield start
        await go_on.wait()
        yield rest

    source = TextSource(text(), limit=1000)
    async with aclosing(speech_of(patient, utterance(model), source)) as chunks:
        first = await anext(chunks)
        written = simulator.journal.generations[0].text
        go_on.set()
        others = await listen(chunks)
    await source.close()
    heard = Heard([first, *others.chunks])
    assert written.strip() == "One moment."
    assert heard.text == "One moment. Done."
    assert_one_clock(heard, len(heard.audio) / 32_000)


async def test_a_word_that_may_go_on_is_not_torn_by_a_pause(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    patient = at(session, simulator.url, flush=0.01)
    heard = await say(patient, pieces(["Good eve", "ning <break ", 'time="0.2s"/> all'], 0.05))
    assert heard.error is None
    texts = [part.strip() for part in simulator.journal.sockets[-1].texts]
    assert [part for part in texts if part] == ["Good", "evening", '<break time="0.2s"/>', "all"]


@pytest.mark.parametrize("parts", [["Done ", "soon."], ["Doneso", "meverylongword" * 3, "."]])
async def test_the_socket_is_kept_open_while_the_text_pauses_or_trickles(
    session: aiohttp.ClientSession, simulator: Simulator, parts: list[str]
) -> None:
    # The server closes after 1 s; the text takes longer than that.
    patient = at(session, simulator.url, flush=30.0)
    trickle = [*cut(parts[0], 1), *parts[1:]]
    heard = await say(
        patient, pieces(trickle, 0.25), utterance(inactivity_timeout=1, route=Route.WEBSOCKET)
    )
    assert heard.error is None
    assert heard.text == "".join(parts)
    assert simulator.journal.sockets[-1].texts.count(" ") > 1


# --- errors ---------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("key", "fields", "kind"),
    [
        ("sk_wrong", {}, errors.InvalidApiKeyError),
        ("sk_read_only", {}, errors.MissingPermissionError),
        ("sk_broke", {}, errors.QuotaExceededError),
        ("sk_unusual", {}, errors.UnusualActivityError),
        (KEY, {"voice_id": "nobody"}, errors.VoiceNotFoundError),
        (KEY, {"model": "eleven_none"}, errors.ModelNotFoundError),
        (
            KEY,
            {"output_format": OutputFormat.parse("pcm_44100")},
            errors.OutputFormatNotAllowedError,
        ),
    ],
)
async def test_refusals_are_the_same_on_every_route(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    route: Route,
    key: str,
    fields: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    parts = growing() if route is Route.WEBSOCKET else list(WHOLE)
    heard = await say(at(session, simulator.url, key=key), parts, utterance(**fields, route=route))
    assert type(heard.error) is kind
    assert heard.audio == b""
    await all_quiet(simulator)


# --- leaving at any point -------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("count", [0, 1, 4])
@pytest.mark.parametrize("grows", [True, False])
async def test_closing_ends_the_connection_and_every_task(
    speaker: Synthesizer, simulator: Simulator, route: Route, count: int, *, grows: bool
) -> None:
    simulator.behave(Behaviour(generation_speed=30.0))
    before = asyncio.all_tasks()
    text = TextSource(stuck(*SENTENCES) if grows else whole(list(WHOLE)), limit=1000)
    async with aclosing(speech_of(speaker, utterance(route=route), text)) as chunks:
        for _ in range(count):
            await anext(chunks)
    await text.close()
    if count:
        await simulator.journal.until(lambda journal: journal.aborted == 1)
    await all_quiet(simulator)
    assert not _ours(asyncio.all_tasks() - before)


def _ours(tasks: set[asyncio.Task[Any]]) -> list[str]:
    """Return the tasks that the component started."""
    return [name for name in map(repr, tasks) if "elevenlabs_streaming" in name]


async def test_closing_after_the_last_chunk_leaves_nothing(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(hang_after_final=True))
    before = asyncio.all_tasks()
    heard = await say(speaker, growing())
    assert heard.text == TEXT
    await all_quiet(simulator)
    assert not _ours(asyncio.all_tasks() - before)


@pytest.mark.parametrize(
    "trouble",
    [{}, {"drop_after": 2}, {"fail_status": 503}, {"close_after": 1}, {"silent": True}],
    ids=str,
)
@pytest.mark.parametrize("fill_pauses", [True, False])
async def test_cancelling_at_any_point_leaves_nothing(
    speaker: Synthesizer, simulator: Simulator, trouble: dict[str, Any], *, fill_pauses: bool
) -> None:
    rng = random.Random(5)  # noqa: S311  # repeatable, not secret
    simulator.behave(Behaviour(generation_speed=40.0, **trouble))
    before = asyncio.all_tasks()
    for turn in range(12):
        route = (Route.WEBSOCKET, Route.HTTP)[turn % 2]
        wanted = utterance(route=route, fill_pauses=fill_pauses)
        saying = asyncio.create_task(say(speaker, growing(TEXT, 20), wanted))
        await asyncio.sleep(rng.random() * 0.12)
        saying.cancel()
        (found,) = await asyncio.gather(saying, return_exceptions=True)
        assert isinstance(found, asyncio.CancelledError | Heard)
    await all_quiet(simulator)
    assert not _ours(asyncio.all_tasks() - before)


async def test_many_at_once_do_not_disturb_each_other(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    speaker = at(session, simulator.url, key="sk_business")
    texts = [f"This is number {word}, and it is heard." for word in ("one", "two", "three", "four")]
    heard = await asyncio.gather(*(say(speaker, growing(text, 4)) for text in texts))
    assert [one.text for one in heard] == texts


# --- memory ---------------------------------------------------------------------------------

AUDIO = base64.b64encode(b"\x01" * 16_000).decode()
# What 900 messages more would take if their audio was kept; the times of a long text's words are.
LEAST_AUDIO = 900 * 16_000


FRAME = orjson.dumps(
    {
        "audio": AUDIO,
        "alignment": {
            "chars": list("words "),
            "charStartTimesMs": [0] * 6,
            "charDurationsMs": [80] * 6,
        },
    }
).decode()
LINE = orjson.dumps(
    {
        "audio_base64": AUDIO,
        "alignment": {
            "characters": list("words "),
            "character_start_times_seconds": [0.0] * 6,
            "character_end_times_seconds": [0.1] * 6,
        },
    }
)


async def _peak(run: Callable[[], AsyncIterator[int]]) -> int:
    """Return the most memory that was in use while something ran."""
    tracemalloc.start()
    try:
        async for _ in run():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def _bytes(
    session: aiohttp.ClientSession, url: str, route: Route, count: int
) -> AsyncIterator[int]:
    """Speak `count` words to a peer that answers each, and forget what it says."""
    text = TextSource(pieces(["words "] * count, 0), limit=LONGEST_TEXT)
    async with aclosing(speech_of(at(session, url), utterance(route=route), text)) as chunks:
        async for chunk in chunks:
            yield len(chunk.audio)
    await text.close()


async def test_memory_does_not_grow_with_a_socket(session: aiohttp.ClientSession) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if (text := orjson.loads(message.data)["text"]) == "":
                break
            for _ in text.split():
                await socket.send_str(FRAME)
        await socket.send_str('{"isFinal":true}')

    async with websocket_peer(talk) as url:
        short, long = [
            await _peak(lambda count=count: _bytes(session, url, Route.WEBSOCKET, count))  # type: ignore[misc]
            for count in (100, 1000)
        ]
    assert long < short + LEAST_AUDIO / 4


async def test_memory_does_not_grow_with_an_answer(session: aiohttp.ClientSession) -> None:
    counts = [100, 1000]

    async def talk(response: web.StreamResponse) -> None:
        for _ in range(counts.pop(0)):
            await response.write(LINE + b"\n")

    async with http_peer(talk) as url:
        short, long = [await _peak(lambda: _bytes(session, url, Route.HTTP, 1)) for _ in range(2)]
    assert long < short + LEAST_AUDIO / 4


async def test_reading_a_text_takes_time_in_proportion_to_it() -> None:
    source = TextSource(whole(["a"] * 3000), limit=LONGEST_TEXT)
    reads = 0

    class Counting(list[str]):
        def __iter__(self) -> Iterator[str]:
            nonlocal reads
            reads += len(self)
            return super().__iter__()

    source._read = Counting()
    assert await source.take_ready(5)
    assert source.length == 3000
    assert reads < 30_000
