"""The WebSocket half of the wire, against the simulator and against peers that talk nonsense."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
import json
import random
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    DictionaryLocator,
    ElevenLabsClient,
    ElevenLabsError,
    OutputFormat,
    SpeechChunk,
    SpeechRequest,
    SpeechSocket,
    Timeouts,
    VoiceSettings,
    errors,
    socket as socket_module,
)
from simulator import Simulator
from simulator.behaviour import Behaviour
from simulator.journal import SocketEntry
from tests.helpers.home import decode
from tests.helpers.wires import (
    FLASH,
    HOLD,
    KEY,
    PCM,
    TEXT,
    Heard,
    Peer,
    all_quiet,
    listen,
    speech,
    upgrade,
    websocket_peer,
)

WHO = "workspace_demo"


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


@pytest.fixture(autouse=True)
async def _plain_loop() -> None:
    """Leave out the loop's own bookkeeping, which takes most of the time of many messages."""
    asyncio.get_running_loop().set_debug(False)


@pytest.fixture(autouse=True)
def _no_secrets_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test after which the log knows the key or what was spoken."""
    caplog.set_level("DEBUG", logger="custom_components.elevenlabs_streaming")
    yield
    logged = [r.getMessage() for r in caplog.get_records("call") if "elevenlabs" in r.name]
    assert not any(secret in line for line in logged for secret in (KEY, "laundry", "lavender"))


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Share connections within a test."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(session: aiohttp.ClientSession, simulator: Simulator) -> ElevenLabsClient:
    """Speak to the simulator with the demo key, waiting a second for audio."""
    return at(session, simulator.url)


def at(
    session: aiohttp.ClientSession, url: str, *, key: str = KEY, audio: float = 5.0, **more: Any
) -> ElevenLabsClient:
    """Return a client of some address that waits `audio` seconds for the next of it."""
    timeouts = Timeouts(connect=5.0, audio=audio)
    return ElevenLabsClient(session, Credentials(api_key=key, **more), url, timeouts=timeouts)


async def hear(
    client: ElevenLabsClient, request: SpeechRequest | None = None, text: str = TEXT
) -> Heard:
    """Hear a text over one socket, from its opening to its close."""
    heard = Heard()
    try:
        socket = await client.open_socket(request or speech(output_format=PCM))
    except ElevenLabsError as err:
        return Heard(error=err)
    try:
        await socket.send_text(f"{text} ")
        await socket.finish()
    except ElevenLabsError as err:
        heard.error = err
    try:
        received = await listen(socket.chunks())
        return Heard(received.chunks, received.error or heard.error)
    finally:
        await socket.close()


def entry(simulator: Simulator) -> SocketEntry:
    """Return what the journal knows of the newest socket."""
    return simulator.journal.sockets[-1]


# --- what arrives ---------------------------------------------------------------------------

QUERY_FIELDS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"language_code": "de"}, {"language_code": "de"}),
    ({"enable_logging": False}, {"enable_logging": "false"}),
    ({"enable_logging": True}, {}),
    ({"enable_ssml_parsing": True}, {"enable_ssml_parsing": "true"}),
    ({"output_format": PCM}, {"output_format": "pcm_16000"}),
    ({"output_format": OutputFormat.parse("mp3_44100")}, {"output_format": "mp3_44100"}),
    ({"inactivity_timeout": 180}, {"inactivity_timeout": "180"}),
    ({"sync_alignment": False}, {"sync_alignment": "false"}),
    ({"auto_mode": True}, {"auto_mode": "true"}),
    ({"apply_text_normalization": "on"}, {"apply_text_normalization": "on"}),
    ({"apply_language_text_normalization": True}, {"apply_language_text_normalization": "true"}),
    ({"apply_language_text_normalization": False}, {"apply_language_text_normalization": "false"}),
    ({"seed": 0}, {"seed": "0"}),
    ({"seed": 4294967295}, {"seed": "4294967295"}),
    ({"optimize_streaming_latency": 3}, {"optimize_streaming_latency": "3"}),
    # What only HTTP has stays out of a query.
    ({"previous_text": "a", "next_text": "b", "use_pvc_as_ivc": True}, {}),
    ({"previous_request_ids": ("a",), "next_request_ids": ("b",)}, {}),
]


@pytest.mark.parametrize(("fields", "sent"), QUERY_FIELDS)
async def test_the_query_has_what_is_set_and_nothing_else(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    fields: dict[str, Any],
    sent: dict[str, str],
) -> None:
    heard = await hear(at(session, simulator.url, key="sk_enterprise"), speech(**fields), "Hi.")
    assert heard.error is None
    assert (
        entry(simulator).query
        == {
            "model_id": FLASH,
            "output_format": "mp3_44100_128",
            "inactivity_timeout": "20",
            "sync_alignment": "true",
        }
        | sent
    )
    assert simulator.journal.last_request().unknown == []


MESSAGE_FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    (
        {
            "voice_settings": VoiceSettings(
                stability=0.0, similarity_boost=0.8, style=0.1, use_speaker_boost=False, speed=0.9
            )
        },
        {
            "voice_settings": {
                "stability": 0.0, "similarity_boost": 0.8, "style": 0.1,
                "use_speaker_boost": False, "speed": 0.9,
            }
        },
    ),
    (
        {"chunk_length_schedule": (50, 120, 500)},
        {"generation_config": {"chunk_length_schedule": [50, 120, 500]}},
    ),
    (
        {
            "pronunciation_dictionary_locators": (
                DictionaryLocator(pronunciation_dictionary_id="dict_demo", version_id="version_1"),
            )
        },
        {
            "pronunciation_dictionary_locators": [
                {"pronunciation_dictionary_id": "dict_demo", "version_id": "version_1"}
            ]
        },
    ),
    ({"try_trigger_generation": True, "seed": 3}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "sent"), MESSAGE_FIELDS)
async def test_the_first_message_has_what_is_set_and_nothing_else(
    client: ElevenLabsClient, simulator: Simulator, fields: dict[str, Any], sent: dict[str, Any]
) -> None:
    heard = await hear(client, speech(**fields), "Hi.")
    assert heard.error is None
    first, *others = [message.data for message in entry(simulator).messages]
    assert first == {"text": " "} | sent
    assert all(message.unknown == [] for message in entry(simulator).messages)
    assert not any(key in message for message in others for key in sent)


@pytest.mark.parametrize("trigger", [True, False, None])
@pytest.mark.parametrize("flush", [True, False])
async def test_a_text_carries_its_flags(
    client: ElevenLabsClient, simulator: Simulator, *, trigger: bool | None, flush: bool
) -> None:
    socket = await client.open_socket(speech(try_trigger_generation=trigger))
    await socket.send_text("Hi. ", flush=flush)
    await socket.finish()
    await listen(socket.chunks())
    await socket.close()
    messages = [message.data for message in entry(simulator).messages]
    flags = ({"flush": True} if flush else {}) | (
        {} if trigger is None else {"try_trigger_generation": trigger}
    )
    assert messages == [{"text": " "}, {"text": "Hi. "} | flags, {"text": ""}]


@pytest.mark.parametrize(
    ("credentials", "where", "name", "value"),
    [
        ({}, "header", "xi-api-key", KEY),
        ({"bearer": "token"}, "header", "Authorization", "Bearer token"),
        ({"in_message": True}, "message", "xi_api_key", KEY),
        ({"bearer": "token", "in_message": True}, "message", "authorization", "Bearer token"),
    ],
)
async def test_credentials_go_to_one_place_only(
    session: aiohttp.ClientSession, credentials: dict[str, Any], where: str, name: str, value: str
) -> None:
    seen: dict[str, dict[str, str]] = {}

    async def talk(socket: web.WebSocketResponse) -> None:
        assert socket._req
        seen["header"] = dict(socket._req.headers)
        seen["message"] = await socket.receive_json()

    async with websocket_peer(talk) as url:
        await (await at(session, url, **credentials).open_socket(speech())).close()
    assert seen[where][name] == value
    spelled = json.dumps(seen).replace(json.dumps(value), "", 1)
    assert KEY not in spelled
    assert "token" not in spelled


@pytest.mark.parametrize(
    ("credentials", "key_in"),
    [
        ({}, "header"),
        ({"bearer": "bearer_of_demo"}, "header"),
        ({"in_message": True}, "message"),
        ({"bearer": "bearer_of_demo", "in_message": True}, "message"),
    ],
)
async def test_every_way_to_say_who_we_are_is_understood(
    session: aiohttp.ClientSession, simulator: Simulator, credentials: dict[str, Any], key_in: str
) -> None:
    heard = await hear(at(session, simulator.url, **credentials))
    assert heard.error is None
    assert (entry(simulator).key_in, entry(simulator).account) == (key_in, WHO)


async def test_halves_of_a_character_are_joined(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    heard = await hear(client, text="Hi \ud83d\ude00 and \ud83d bye.")
    assert heard.error is None
    assert entry(simulator).texts[1] == "Hi 😀 and � bye. "


# --- what is heard --------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["camel", "camel_s", "camel_ss", "snake", "seed"])
@pytest.mark.parametrize("final", ["full", "bare", "none"])
async def test_every_spelling_is_understood(
    client: ElevenLabsClient, simulator: Simulator, keys: Any, final: Any
) -> None:
    simulator.behave(Behaviour(ws_keys=keys, ws_final=final))
    heard = await hear(client)
    assert heard.error is None
    assert heard.text == TEXT
    # The normalised alignment of the older dialect leaves the last space out.
    tolerance = 0.25 if keys == "seed" else 0.1
    assert heard.last_end == pytest.approx(len(heard.audio) / 32_000, abs=tolerance)


@pytest.mark.parametrize("keys", ["camel", "snake"])
@pytest.mark.parametrize("final", ["full", "bare"])
async def test_the_last_message_is_the_end_even_if_the_socket_stays_open(
    client: ElevenLabsClient, simulator: Simulator, keys: Any, final: Any
) -> None:
    simulator.behave(Behaviour(hang_after_final=True, ws_keys=keys, ws_final=final))
    heard = await hear(client)
    assert heard.error is None
    assert heard.text == TEXT
    await all_quiet(simulator)


@pytest.mark.parametrize("flag", ["null", "false", "absent"])
@pytest.mark.parametrize("keys", ["camel", "snake"])
async def test_an_ordinary_message_is_not_the_last(
    client: ElevenLabsClient, simulator: Simulator, flag: Any, keys: Any
) -> None:
    simulator.behave(Behaviour(ws_is_final=flag, ws_keys=keys))
    heard = await hear(client)
    assert heard.error is None
    assert heard.text == TEXT


@pytest.mark.parametrize("name", ["mp3_44100", "mp3_22050_32"])
async def test_the_times_cover_the_decoded_audio(client: ElevenLabsClient, name: str) -> None:
    heard = await hear(client, speech(output_format=OutputFormat.parse(name)))
    sound = decode(heard.audio)
    assert heard.text == TEXT
    assert heard.last_end == pytest.approx(sound.seconds, abs=0.2)
    assert sound.loudness > 0.005


@pytest.mark.parametrize(
    "trouble",
    [
        {"huge_message": 2},
        {"broken_json": 1},
        {"broken_json": 3},
        {"binary_frame": 2},
        {"unknown_message": 1},
        {"unknown_message": 2},
        {"hang_after_final": True},
        {"first_byte_delay": 0.02},
    ],
    ids=str,
)
async def test_what_is_no_message_is_skipped(
    client: ElevenLabsClient, simulator: Simulator, trouble: dict[str, Any]
) -> None:
    plain = await hear(client)
    simulator.behave(Behaviour(**trouble))
    assert await hear(client) == plain
    assert len(plain.chunks) > 2
    await all_quiet(simulator)


@pytest.mark.parametrize("trouble", [{"bad_base64": 2}, {"wrong_types": 2}], ids=str)
async def test_damaged_audio_costs_only_its_own_message(
    client: ElevenLabsClient, simulator: Simulator, trouble: dict[str, Any]
) -> None:
    plain = await hear(client)
    simulator.behave(Behaviour(**trouble))
    heard = await hear(client)
    assert heard.error is None
    assert [chunk.audio for chunk in heard.chunks[2:]] == [c.audio for c in plain.chunks[2:]]
    assert heard.text == TEXT


@pytest.mark.parametrize("normalized", ["normal", "missing"])
@pytest.mark.parametrize("alignment", ["null", "missing", "empty", "mismatched", "wrong_type"])
async def test_an_alignment_without_sense_costs_no_audio(
    client: ElevenLabsClient, simulator: Simulator, alignment: Any, normalized: Any
) -> None:
    plain = await hear(client)
    simulator.behave(Behaviour(alignment=alignment, normalized=normalized))
    heard = await hear(client)
    assert heard.error is None
    assert heard.audio == plain.audio
    assert not any(chunk.timings for chunk in heard.chunks)
    assert any(chunk.spoken for chunk in heard.chunks) == (normalized == "normal")


@pytest.mark.parametrize("sync", [True, False])
async def test_a_dictionary_does_not_double_the_words(
    client: ElevenLabsClient, *, sync: bool
) -> None:
    locator = DictionaryLocator(pronunciation_dictionary_id="dict_demo")
    request = speech(
        output_format=PCM, pronunciation_dictionary_locators=(locator,), sync_alignment=sync
    )
    heard = await hear(client, request, "Now HA speaks with TTS to you.")
    assert heard.text == "Now Home Assistant speaks with text to speech to you."
    assert heard.starts == sorted(heard.starts)


# --- refusals and ends ----------------------------------------------------------------------

REFUSALS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], type[ElevenLabsError]]] = [
    ({}, {"key": "sk_wrong"}, {}, errors.InvalidApiKeyError),
    ({}, {"key": ""}, {}, errors.InvalidApiKeyError),
    ({}, {"key": "sk_wrong", "in_message": True}, {}, errors.InvalidApiKeyError),
    ({}, {"key": "key_id_of_demo"}, {}, errors.ApiKeyIdError),
    ({}, {"key": "sk_read_only"}, {}, errors.MissingPermissionError),
    ({}, {"key": "sk_read_only", "in_message": True}, {}, errors.MissingPermissionError),
    ({"ws_bad_key": "handshake"}, {"key": "sk_wrong"}, {}, errors.InvalidApiKeyError),
    ({}, {"key": "sk_broke"}, {}, errors.QuotaExceededError),
    ({}, {"key": "sk_unusual"}, {}, errors.UnusualActivityError),
    ({"dialogue_refused": "all"}, {}, {"model_id": "eleven_v3"}, errors.UnsupportedModelError),
    (
        {"dialogue_refused": "all", "ws_refused_model": "frame"},
        {},
        {"model_id": "eleven_v4"},
        errors.UnsupportedModelError,
    ),
    ({}, {}, {"model_id": "eleven_none"}, errors.ModelNotFoundError),
    ({}, {}, {"voice_id": "nobody"}, errors.VoiceNotFoundError),
    ({}, {}, {"enable_logging": False}, errors.PlanError),
    (
        {},
        {},
        {"output_format": OutputFormat.parse("pcm_44100")},
        errors.OutputFormatNotAllowedError,
    ),
    ({}, {}, {"inactivity_timeout": 181}, errors.InvalidRequestError),
    ({}, {}, {"chunk_length_schedule": (10,)}, errors.InvalidRequestError),
    ({"fail_status": 429}, {}, {}, errors.ConcurrencyLimitError),
    ({"fail_status": 503}, {}, {}, errors.ServerError),
    ({"refuse_connections": True}, {}, {}, errors.ConnectionFailedError),
]


@pytest.mark.parametrize(("trouble", "who", "fields", "kind"), REFUSALS)
async def test_every_refusal_has_its_error(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    trouble: dict[str, Any],
    who: dict[str, Any],
    fields: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(**trouble))
    heard = await hear(at(session, simulator.url, **who), speech(**fields))
    assert type(heard.error) is kind
    assert heard.chunks == []
    await all_quiet(simulator)


LONG_TIMEOUT = (
    "Have not received a new text input within the timeout of 20.0 seconds. Streaming input "
    "terminated. Please make sure to either feed the input in the timely manner, or so."
)
QUOTA = "This request exceeds your quota of 10000. You have 0 credits remaining, while 91 are."
SORRY = "We are sorry, something went wrong. You are not charged for this request."


@pytest.mark.parametrize(
    ("code", "reason", "identifier", "kind", "retryable"),
    [
        (1008, LONG_TIMEOUT, "", errors.InputTimeoutError, True),
        (1008, LONG_TIMEOUT, "input_timeout_exceeded", errors.InputTimeoutError, True),
        (1008, QUOTA, "", errors.QuotaExceededError, False),
        (1008, QUOTA, "quota_exceeded", errors.QuotaExceededError, False),
        (1008, SORRY, "", errors.ServerError, True),
        (1011, SORRY, "", errors.ServerError, True),
        (1011, "", "", errors.ServerError, True),
        (1012, "", "", errors.ServerError, True),
        (1013, "", "", errors.BusyError, True),
        (1001, "", "", errors.ConnectionFailedError, True),
        (1008, "?", "voice_id_does_not_exist", errors.VoiceNotFoundError, False),
        (1008, "?", "detected_unusual_activity", errors.UnusualActivityError, False),
        (1008, "?", "invalid_input_message", errors.InvalidRequestError, False),
        (1008, "", "", errors.InvalidRequestError, False),
        (4321, "?", "something_new", errors.InvalidRequestError, False),
    ],
)
@pytest.mark.parametrize("after", [0, 2])
async def test_a_close_has_its_error_and_keeps_what_was_heard(
    client: ElevenLabsClient,
    simulator: Simulator,
    after: int,
    code: int,
    reason: str,
    identifier: str,
    kind: type[ElevenLabsError],
    *,
    retryable: bool,
) -> None:
    simulator.behave(
        Behaviour(close_after=after, close_code=code, close_reason=reason, close_error=identifier)
    )
    heard = await hear(client)
    assert type(heard.error) is kind
    assert heard.error.retryable == retryable
    assert len(heard.chunks) == after
    await all_quiet(simulator)


async def test_a_regular_close_without_a_last_message_is_the_end(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(close_after=2, close_code=1000))
    heard = await hear(client)
    assert heard.error is None
    assert len(heard.chunks) == 2


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ({"silent": True}, errors.StalledError),
        ({"stall_after": 0}, errors.StalledError),
        ({"stall_after": 3}, errors.StalledError),
        ({"drop_after": 3}, errors.ConnectionFailedError),
    ],
    ids=str,
)
async def test_a_server_that_stops_is_given_up(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    trouble: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(**trouble, generation_speed=25.0))
    heard = await hear(at(session, simulator.url, audio=0.5))
    assert type(heard.error) is kind
    assert len(heard.chunks) == (3 if 3 in trouble.values() else 0)
    await all_quiet(simulator)


async def test_silence_is_waited_for_while_the_text_grows(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    socket = await at(session, simulator.url, audio=0.05).open_socket(speech())
    hearing = asyncio.create_task(listen(socket.chunks()))
    await asyncio.sleep(0.2)
    assert not hearing.done()
    await socket.close()
    assert isinstance((await hearing).error, errors.ConnectionFailedError)


async def test_the_server_closes_on_silence_and_a_sign_of_life_prevents_it(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(time_scale=0.3))
    silent, alive = [await client.open_socket(speech(inactivity_timeout=1)) for _ in range(2)]
    hearing = asyncio.create_task(listen(silent.chunks()))
    while not hearing.done():
        await alive.keep_alive()
        await asyncio.sleep(0.05)
    await alive.keep_alive()
    assert type((await hearing).error) is errors.InputTimeoutError
    await alive.send_text("Still here. ")
    await alive.finish()
    assert (await listen(alive.chunks())).text == "Still here."
    await alive.close()
    await silent.close()


async def test_flushing_speaks_what_was_sent_and_only_once(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    socket = await client.open_socket(speech(output_format=PCM))
    chunks = socket.chunks()
    await socket.flush()
    await socket.send_text("One moment. ")
    await socket.flush()
    first = await anext(chunks)
    await socket.flush()
    await socket.send_text("Done. ")
    await socket.finish()
    rest = await listen(chunks)
    await socket.close()
    assert Heard([first, *rest.chunks]).text == "One moment. Done."
    assert [item.text.strip() for item in simulator.journal.generations] == ["One moment.", "Done."]
    flushed = [message.data.get("flush") for message in entry(simulator).messages]
    assert flushed == [None, None, None, True, None, None, None]


async def test_sending_to_a_socket_that_is_gone_is_an_error_of_ours(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    socket = await client.open_socket(speech())
    await socket.close()
    calls: list[Callable[[], Awaitable[None]]] = [
        lambda: socket.send_text("a "),
        socket.flush,
        socket.keep_alive,
        socket.finish,
    ]
    for call in calls:
        with pytest.raises(errors.ConnectionFailedError):
            await call()
    await socket.close()
    await all_quiet(simulator)


# --- peers that talk nonsense ---------------------------------------------------------------

CLOSE_EMPTY = b"\x88\x00"
CLOSE_REGULAR = b"\x88\x02\x03\xe8"
FINAL = b'\x81\x10{"isFinal":true} '
NULL_ERROR = b'\x81\x1e{"isFinal":true,"error":null} '
FRAMES: dict[str, tuple[tuple[bytes, ...], type[ElevenLabsError] | None]] = {
    "regular close": ((CLOSE_REGULAR,), None),
    "final": ((FINAL,), None),
    "an error that is none": ((NULL_ERROR,), None),
    "list, number, null, text": ((b"\x81\x02[]", b"\x81\x017", b"\x81\x04null", FINAL), None),
    "ping": ((b"\x89\x02hi", FINAL), None),
    "hangs up": ((), errors.ConnectionFailedError),
    "close without a code": ((CLOSE_EMPTY,), errors.ConnectionFailedError),
    "half a message": ((b"\x81\x7dabc",), errors.ConnectionFailedError),
    "not UTF-8": ((b"\x81\x02\xff\xfe",), errors.ConnectionFailedError),
    "no opcode": ((b"\x8f\x02ab",), errors.ConnectionFailedError),
    "HTTP": ((b"HTTP/1.1 200 OK\r\n\r\n",), errors.ConnectionFailedError),
    "endless": ((b"\x81\x7f\x00\x00\x00\x00\x7f\xff\xff\xff", b"x"), errors.ConnectionFailedError),
    "error of no type": ((b'\x81\x0d{"error":[7]}',), errors.ConnectionFailedError),
}


@pytest.mark.parametrize(("frames", "kind"), FRAMES.values(), ids=FRAMES)
async def test_nonsense_after_the_text_is_an_error_of_ours(
    session: aiohttp.ClientSession,
    frames: tuple[bytes, ...],
    kind: type[ElevenLabsError] | None,
) -> None:
    async with Peer(upgrade, 0.05, *frames, 0.05) as peer:
        heard = await hear(at(session, peer.url))
    assert isinstance(heard.error, kind) if kind else heard.error is None


@pytest.mark.parametrize("frames", [(CLOSE_REGULAR,), (FINAL,), ()], ids=["close", "final", "gone"])
async def test_an_end_before_the_text_is_complete_is_an_error(
    session: aiohttp.ClientSession, frames: tuple[bytes, ...]
) -> None:
    async with Peer(upgrade, *frames, 0.05) as peer:
        socket = await at(session, peer.url).open_socket(speech())
        heard = await listen(socket.chunks())
        await socket.close()
    assert type(heard.error) is errors.ConnectionFailedError


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, errors.ProtocolError),
        (101, errors.ProtocolError),
        (400, errors.InvalidRequestError),
        (401, errors.InvalidApiKeyError),
        (403, errors.UnsupportedModelError),
        (404, errors.VoiceNotFoundError),
        (429, errors.ConcurrencyLimitError),
        (502, errors.ServerError),
    ],
)
async def test_a_refused_handshake_has_its_error(
    session: aiohttp.ClientSession, status: int, kind: type[ElevenLabsError]
) -> None:
    head = f"HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    async with Peer(head.encode()) as peer:
        heard = await hear(at(session, peer.url))
    assert type(heard.error) is kind


async def test_a_message_beyond_all_measure_is_refused(session: aiohttp.ClientSession) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.send_str(" " * (17 * 1024 * 1024))

    async with websocket_peer(talk) as url:
        heard = await hear(at(session, url))
    assert isinstance(heard.error, ElevenLabsError)


async def _send_for_ever(socket: SpeechSocket) -> None:
    while True:
        await socket.send_text("word " * 200_000)


async def test_a_server_that_does_not_read_is_given_up(session: aiohttp.ClientSession) -> None:
    async with Peer(upgrade, HOLD) as peer:
        socket = await at(session, peer.url, audio=0.3).open_socket(speech())
        hearing = asyncio.create_task(listen(socket.chunks()))
        with pytest.raises(errors.ConnectionFailedError):
            await _send_for_ever(socket)
        assert isinstance((await hearing).error, errors.ConnectionFailedError)
        await socket.close()


async def test_closing_does_not_wait_for_a_server_that_takes_no_part(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "_CLOSE_TIMEOUT_S", 0.05)
    async with Peer(upgrade, HOLD) as peer:
        socket = await at(session, peer.url).open_socket(speech())
        hearing = asyncio.create_task(listen(socket.chunks()))
        await asyncio.sleep(0.01)
        await socket.close()
        assert isinstance((await hearing).error, errors.ConnectionFailedError)
    assert session.connector
    assert not session.connector._acquired


async def test_opening_that_is_cancelled_leaves_nothing_open(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    for turns in range(0, 24, 2):
        opening = asyncio.create_task(client.open_socket(speech()))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        found = (await asyncio.gather(opening, return_exceptions=True))[0]
        if isinstance(found, SpeechSocket):
            await found.close()
    await all_quiet(simulator)


ODD: list[Any] = [
    None, True, 0, -7, 2**70, 1e308, "", "x", "²", [], {}, [None], ["a"], [1], "AAAA", {"a": 1},
    [-5], [1e300], {"chars": ["a"], "charStartTimesMs": [0], "charDurationsMs": [9]},
]  # fmt: skip
KEYS = ("audio", "isFinal", "is_final", "alignment", "normalizedAlignment", "error", "code",
        "message", "normalized_alignment", "audio_base64", "type")  # fmt: skip


async def test_mutated_messages_are_heard_or_refused(session: aiohttp.ClientSession) -> None:
    rng = random.Random(4)  # noqa: S311  # repeatable, not secret

    async def talk(socket: web.WebSocketResponse) -> None:
        for _ in range(rng.randrange(8)):
            message = {rng.choice(KEYS): rng.choice(ODD) for _ in range(rng.randrange(5))}
            await socket.send_str(json.dumps(message))
        await socket.close(code=rng.choice((1000, 1008, 1011, 4000)), message=b"\xc3\xa9" * 50)

    async with websocket_peer(talk) as url:
        for _ in range(80):
            heard = await hear(at(session, url))
            assert all(isinstance(chunk, SpeechChunk) for chunk in heard.chunks)
