"""The HTTP half of the wire, against the simulator and against peers that talk nonsense."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
import gzip
import json
import math
import random
from typing import Any, Final

import aiohttp
import orjson
import pytest

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    DictionaryLocator,
    ElevenLabsClient,
    ElevenLabsError,
    OutputFormat,
    PronunciationDictionary,
    Receipt,
    SpeechRequest,
    Subscription,
    Timeouts,
    VoiceSettings,
    errors,
)
from custom_components.elevenlabs_streaming.api.wire import ChunkReader, iter_lines
from simulator import Simulator
from simulator.behaviour import Behaviour
from simulator.dictionaries import DICTIONARIES
from tests.helpers.home import decode
from tests.helpers.wires import (
    FLASH,
    GEORGE,
    HOLD,
    KEY,
    PCM,
    TEXT,
    Heard,
    Peer,
    Step,
    all_quiet,
    answer,
    listen,
    speech,
)

QUICK = Timeouts(connect=0.3, answer=0.3, audio=0.3)
LEGACY: Final = "legacy"
CURRENT: Final = "current"
PLAIN: Final = "text"
_DEMO: Final = DICTIONARIES["dict_demo"]


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
    """Speak to the simulator with the demo key."""
    return at(session, simulator.url)


def at(
    session: aiohttp.ClientSession,
    url: str,
    *,
    key: str = KEY,
    timeouts: Timeouts | None = None,
    **credentials: Any,
) -> ElevenLabsClient:
    """Return a client of some address."""
    return ElevenLabsClient(
        session, Credentials(api_key=key, **credentials), url, timeouts=timeouts
    )


async def hear(
    client: ElevenLabsClient, request: SpeechRequest | None = None, text: str = TEXT
) -> Heard:
    """Hear a text over HTTP; 16 kHz PCM where nothing else is asked for."""
    return await listen(client.stream(request or speech(output_format=PCM), text))


# --- what arrives ---------------------------------------------------------------------------

BODY_FIELDS = [
    ({"language_code": "de"}, {"language_code": "de"}),
    ({"seed": 0}, {"seed": 0}),
    ({"seed": 4294967295}, {"seed": 4294967295}),
    ({"previous_text": "Before."}, {"previous_text": "Before."}),
    ({"next_text": "After."}, {"next_text": "After."}),
    ({"previous_request_ids": ("a", "b", "c")}, {"previous_request_ids": ["a", "b", "c"]}),
    ({"next_request_ids": ("d",)}, {"next_request_ids": ["d"]}),
    ({"use_pvc_as_ivc": True}, {"use_pvc_as_ivc": True}),
    ({"use_pvc_as_ivc": False}, {"use_pvc_as_ivc": False}),
    ({"apply_text_normalization": "off"}, {"apply_text_normalization": "off"}),
    ({"apply_language_text_normalization": True}, {"apply_language_text_normalization": True}),
    ({"audio_effects": {"distance": 0.5}}, {"audio_effects": {"distance": 0.5}}),
    ({"voice_settings": VoiceSettings(stability=0.0)}, {"voice_settings": {"stability": 0.0}}),
    (
        {"voice_settings": VoiceSettings(use_speaker_boost=False)},
        {"voice_settings": {"use_speaker_boost": False}},
    ),
    (
        {
            "voice_settings": VoiceSettings(
                stability=0.3, similarity_boost=0.8, style=0.1, use_speaker_boost=True,
                speed=1.1, clone_strength=0.9,
            )
        },
        {
            "voice_settings": {
                "stability": 0.3, "similarity_boost": 0.8, "style": 0.1, "use_speaker_boost": True,
                "speed": 1.1, "clone_strength": 0.9,
            }
        },
    ),
    (
        {
            "pronunciation_dictionary_locators": (
                DictionaryLocator(pronunciation_dictionary_id="dict_demo", version_id="version_1"),
                DictionaryLocator(pronunciation_dictionary_id="dict_empty"),
            )
        },
        {
            "pronunciation_dictionary_locators": [
                {"pronunciation_dictionary_id": "dict_demo", "version_id": "version_1"},
                {"pronunciation_dictionary_id": "dict_empty"},
            ]
        },
    ),
    # What only a WebSocket has stays out of a body.
    ({"chunk_length_schedule": (60,), "auto_mode": True, "enable_ssml_parsing": True}, {}),
    ({"sync_alignment": False, "inactivity_timeout": 60, "try_trigger_generation": True}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "sent"), BODY_FIELDS, ids=",".join)
async def test_the_body_has_what_is_set_and_nothing_else(
    client: ElevenLabsClient, simulator: Simulator, fields: dict[str, Any], sent: dict[str, Any]
) -> None:
    simulator.behave(Behaviour(unknown_request_ids="ignore"))
    heard = await hear(client, speech(**fields), "Hi.")
    assert heard.error is None
    entry = simulator.journal.last_request("with-timestamps")
    assert entry.body == {"text": "Hi.", "model_id": FLASH} | sent
    assert entry.query == {"output_format": "mp3_44100_128"}
    assert entry.unknown == []


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"enable_logging": False}, {"enable_logging": "false"}),
        ({"enable_logging": True}, {}),
        ({"optimize_streaming_latency": 0}, {"optimize_streaming_latency": "0"}),
        ({"optimize_streaming_latency": 4}, {"optimize_streaming_latency": "4"}),
        ({"output_format": PCM}, {"output_format": "pcm_16000"}),
        # The alias of the older dialect is unknown to this route.
        ({"output_format": OutputFormat.parse("mp3_44100")}, {"output_format": "mp3_44100_128"}),
    ],
)
async def test_the_query_has_what_is_set_and_nothing_else(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    fields: dict[str, Any],
    sent: dict[str, str],
) -> None:
    heard = await hear(at(session, simulator.url, key="sk_enterprise"), speech(**fields), "Hi.")
    assert heard.error is None
    entry = simulator.journal.last_request("with-timestamps")
    assert entry.query == {"output_format": "mp3_44100_128"} | sent
    assert entry.body == {"text": "Hi.", "model_id": FLASH}
    assert entry.unknown == []


@pytest.mark.parametrize("credentials", [{}, {"bearer": "bearer_of_demo"}, {"in_message": True}])
async def test_the_headers_tell_who_we_are(
    session: aiohttp.ClientSession, simulator: Simulator, credentials: dict[str, Any]
) -> None:
    await hear(at(session, simulator.url, **credentials), text="Hi.")
    entry = simulator.journal.last_request("with-timestamps")
    assert (entry.key_in, entry.account) == ("header", "workspace_demo")
    assert ("Authorization" in entry.headers) == ("bearer" in credentials)


async def test_what_an_utterance_cost_and_is_called(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    receipt = Receipt()
    await listen(client.stream(speech(output_format=PCM), TEXT, receipt))
    assert receipt.credits == simulator.journal.credits > 0
    assert receipt.request_ids == [simulator.journal.last_request().request_id]


@pytest.mark.parametrize(
    ("header", "known"), [("both", True), ("x-character-count", True), ("none", False)]
)
async def test_the_cost_stands_in_either_header(
    client: ElevenLabsClient, simulator: Simulator, header: Any, *, known: bool
) -> None:
    simulator.behave(Behaviour(cost_header=header))
    receipt = Receipt()
    await listen(client.stream(speech(), "Hi.", receipt))
    assert (receipt.credits is not None) == known


@pytest.mark.parametrize("cost", ["²", "-1", "1.5", "9" * 5000, "many"])
async def test_a_cost_that_is_no_number_is_ignored(
    session: aiohttp.ClientSession, cost: str
) -> None:
    receipt = Receipt()
    async with Peer(*answer(b"\n", headers=f"character-cost: {cost}\r\n")) as peer:
        heard = await listen(at(session, peer.url).stream(speech(), "Hi.", receipt))
    assert heard.error is None
    assert receipt.credits is None


# --- what is heard --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "mp3_22050_32", "mp3_24000_48", "mp3_44100", "mp3_44100_64", "mp3_44100_192",
        "opus_48000_64",
    ],
)  # fmt: skip
async def test_the_times_cover_the_decoded_audio(client: ElevenLabsClient, name: str) -> None:
    heard = await hear(client, speech(output_format=OutputFormat.parse(name)))
    sound = decode(heard.audio)
    assert heard.error is None
    assert heard.text == TEXT
    assert heard.starts == sorted(heard.starts)
    assert heard.last_end == pytest.approx(sound.seconds, abs=0.2)
    assert sound.loudness > 0.005


@pytest.mark.parametrize("name", ["pcm_8000", "pcm_24000", "pcm_48000", "ulaw_8000", "alaw_8000"])
async def test_the_times_cover_the_raw_audio(client: ElevenLabsClient, name: str) -> None:
    output_format = OutputFormat.parse(name)
    heard = await hear(client, speech(output_format=output_format))
    assert output_format.bytes_per_second
    seconds = len(heard.audio) / output_format.bytes_per_second
    assert heard.text == TEXT
    assert heard.last_end == pytest.approx(seconds, abs=0.1)


async def test_a_line_of_any_length_is_read(client: ElevenLabsClient, simulator: Simulator) -> None:
    plain = await hear(client)
    simulator.behave(Behaviour(huge_message=2))
    huge = await hear(client)
    assert huge == plain
    assert len(plain.chunks) > 2


@pytest.mark.parametrize(
    "trouble",
    [
        {"blank_line_every": 1},
        {"broken_json": 1},
        {"broken_json": 3},
        {"binary_frame": 2},
        {"unknown_message": 2},
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


@pytest.mark.parametrize("trouble", [{"bad_base64": 2}, {"wrong_types": 2}], ids=str)
async def test_damaged_audio_costs_only_its_own_message(
    client: ElevenLabsClient, simulator: Simulator, trouble: dict[str, Any]
) -> None:
    plain = await hear(client)
    simulator.behave(Behaviour(**trouble))
    heard = await hear(client)
    assert heard.error is None
    assert [chunk.audio for chunk in heard.chunks[2:]] == [c.audio for c in plain.chunks[2:]]
    assert heard.text == plain.text


@pytest.mark.parametrize("normalized", ["normal", "null"])
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


async def test_the_normalised_alignment_is_heard_where_the_written_one_is_missing(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    heard = await hear(client, text="Done in 10 min.")
    assert heard.text == "Done in 10 min."
    simulator.behave(Behaviour(alignment="null"))
    heard = await hear(client, text="Done in 10 min.")
    spoken = "".join(c for chunk in heard.chunks if chunk.spoken for c in chunk.spoken.characters)
    assert spoken.strip() == "Done in ten minutes."


async def test_a_dictionary_does_not_double_the_words(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    locator = DictionaryLocator(pronunciation_dictionary_id="dict_demo")
    request = speech(output_format=PCM, pronunciation_dictionary_locators=(locator,))
    heard = await hear(client, request, "Now HA speaks with TTS to you.")
    assert heard.text == "Now Home Assistant speaks with text to speech to you."
    assert heard.starts == sorted(heard.starts)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ({"drop_after": 3}, errors.ConnectionFailedError),
        ({"cut_line": 4}, errors.ConnectionFailedError),
        ({"stall_after": 3}, errors.StalledError),
    ],
    ids=str,
)
async def test_a_stream_that_breaks_keeps_what_was_heard(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    trouble: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    client = at(session, simulator.url, timeouts=Timeouts(audio=1.0))
    plain = await hear(client)
    # A pause before each message lets the three arrive before the connection breaks.
    simulator.behave(Behaviour(**trouble, generation_speed=25.0))
    heard = await hear(client)
    assert type(heard.error) is kind
    assert heard.error.retryable
    assert heard.chunks == plain.chunks[:3]
    await all_quiet(simulator)


async def test_an_answer_that_ends_between_lines_is_an_answer(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(close_after=3))
    heard = await hear(client)
    assert heard.error is None
    assert len(heard.chunks) == 3


@pytest.mark.parametrize("trouble", [{"silent": True}, {"stall_after": 0}, {"first_byte_delay": 5}])
async def test_a_server_that_says_nothing_is_given_up(
    session: aiohttp.ClientSession, simulator: Simulator, trouble: dict[str, Any]
) -> None:
    simulator.behave(Behaviour(**trouble))
    heard = await hear(at(session, simulator.url, timeouts=QUICK))
    assert type(heard.error) is errors.StalledError
    await all_quiet(simulator)


async def test_halves_of_a_character_are_joined_and_a_lone_one_replaced(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    heard = await hear(client, speech(previous_text="\udc00"), "Hi \ud83d\ude00 and \ud83d bye.")
    assert heard.error is None
    body = simulator.journal.last_request("with-timestamps").body
    assert body["text"] == "Hi 😀 and � bye."
    assert body["previous_text"] == "�"


# --- refusals -------------------------------------------------------------------------------

REFUSALS: list[tuple[dict[str, Any], dict[str, Any], str, type[ElevenLabsError]]] = [
    ({"key": "sk_wrong"}, {}, "Hi.", errors.InvalidApiKeyError),
    ({"key": ""}, {}, "Hi.", errors.InvalidApiKeyError),
    ({"key": "key_id_of_demo"}, {}, "Hi.", errors.ApiKeyIdError),
    ({"key": "sk_eu"}, {}, "Hi.", errors.InvalidApiKeyError),
    ({"key": "sk_read_only"}, {}, "Hi.", errors.MissingPermissionError),
    ({"key": "sk_broke"}, {}, "Hi.", errors.QuotaExceededError),
    ({}, {"voice_id": "nobody"}, "Hi.", errors.VoiceNotFoundError),
    ({}, {"model_id": "eleven_none"}, "Hi.", errors.ModelNotFoundError),
    ({}, {"model_id": "eleven_v3", "previous_text": "a"}, "Hi.", errors.UnsupportedModelError),
    (
        {},
        {"output_format": OutputFormat.parse("pcm_44100")},
        "Hi.",
        errors.OutputFormatNotAllowedError,
    ),
    ({}, {"output_format": OutputFormat.parse("wav_16000")}, "Hi.", errors.InvalidRequestError),
    ({}, {"enable_logging": False}, "Hi.", errors.PlanError),
    ({}, {}, " ", errors.NothingToSpeakError),
    ({}, {"model_id": "eleven_v3"}, "Hi. " * 1500, errors.TextTooLongError),
]


@pytest.mark.parametrize("body", [CURRENT, LEGACY])
@pytest.mark.parametrize(("who", "fields", "text", "kind"), REFUSALS)
async def test_every_refusal_has_its_error(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    body: Any,
    who: dict[str, Any],
    fields: dict[str, Any],
    text: str,
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(error_body=body))
    heard = await hear(at(session, simulator.url, **who), speech(**fields), text)
    assert type(heard.error) is kind
    assert not heard.error.retryable
    assert heard.chunks == []


@pytest.mark.parametrize(
    ("who", "fields", "kind"),
    [
        ({"key": "sk_wrong"}, {}, errors.InvalidApiKeyError),
        ({"key": "sk_read_only"}, {}, errors.MissingPermissionError),
        ({"key": "sk_broke"}, {}, errors.QuotaExceededError),
        ({}, {"voice_id": "nobody"}, errors.VoiceNotFoundError),
        ({}, {"model_id": "eleven_none"}, errors.ModelNotFoundError),
        (
            {},
            {"output_format": OutputFormat.parse("pcm_44100")},
            errors.OutputFormatNotAllowedError,
        ),
    ],
)
async def test_a_refusal_in_plain_words_is_understood(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    who: dict[str, Any],
    fields: dict[str, Any],
    kind: type[ElevenLabsError],
) -> None:
    simulator.behave(Behaviour(error_body=PLAIN))
    heard = await hear(at(session, simulator.url, **who), speech(**fields), "Hi.")
    assert type(heard.error) is kind


@pytest.mark.parametrize("body", [CURRENT, LEGACY, PLAIN])
@pytest.mark.parametrize(
    ("trouble", "kind", "retryable"),
    [
        ({"quota": True, "quota_status": 401}, errors.QuotaExceededError, False),
        ({"quota": True, "quota_status": 402}, errors.QuotaExceededError, False),
        ({"unusual_activity": True}, errors.UnusualActivityError, False),
        ({"fail_status": 429}, errors.BusyError, True),
        ({"fail_status": 500}, errors.ServerError, True),
        ({"fail_status": 503}, errors.ServerError, True),
        ({"fail_status": 502}, errors.ServerError, True),
        ({"fail_status": 418}, errors.InvalidRequestError, False),
    ],
    ids=str,
)
async def test_trouble_of_the_account_or_the_service_has_its_error(
    client: ElevenLabsClient,
    simulator: Simulator,
    body: Any,
    trouble: dict[str, Any],
    kind: type[ElevenLabsError],
    *,
    retryable: bool,
) -> None:
    simulator.behave(Behaviour(error_body=body, **trouble))
    heard = await hear(client, text="Hi.")
    assert type(heard.error) is kind
    assert heard.error.retryable == retryable
    assert heard.error.trace_id


async def test_more_at_once_than_the_plan_allows(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(queue_ms=0, inference_delay=0.2))
    client = at(session, simulator.url, key="sk_free")
    heard = await asyncio.gather(*(hear(client, text="Hi.") for _ in range(6)))
    kinds = [type(one.error) for one in heard if one.error]
    assert kinds == [errors.ConcurrencyLimitError] * 2


async def test_a_field_that_does_not_fit_is_named(client: ElevenLabsClient) -> None:
    heard = await hear(client, speech(seed=-1), "Hi.")
    assert type(heard.error) is errors.InvalidRequestError
    assert heard.error.message.startswith("body.seed: ")


async def test_a_cut_connection_is_no_connection(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(refuse_connections=True))
    assert type((await hear(client)).error) is errors.ConnectionFailedError
    with pytest.raises(errors.ConnectionFailedError):
        await client.models()


@pytest.mark.parametrize("voice_id", ["", "../v1/user", "a/b", "x" * 65, "a b", "ä", "?", "a\n"])
async def test_what_is_no_voice_id_is_sent_nowhere(
    client: ElevenLabsClient, simulator: Simulator, voice_id: str
) -> None:
    heard = await hear(client, speech(voice_id=voice_id))
    assert type(heard.error) is errors.VoiceNotFoundError
    with pytest.raises(errors.VoiceNotFoundError):
        await client.open_socket(speech(voice_id=voice_id))
    with pytest.raises(errors.VoiceNotFoundError):
        await client.voice(voice_id)
    assert not simulator.journal.requests


@pytest.mark.parametrize("key", ["sk_demo\n", "sk_\x00", "sk_\ud800", "a\r\nhost: b"])
@pytest.mark.parametrize("kind", ["api_key", "bearer"])
@pytest.mark.parametrize("in_message", [True, False])
async def test_what_no_header_can_carry_is_no_key(
    session: aiohttp.ClientSession, simulator: Simulator, key: str, kind: str, *, in_message: bool
) -> None:
    credentials = Credentials(**{kind: key, "in_message": in_message})  # type: ignore[arg-type]
    client = ElevenLabsClient(session, credentials, simulator.url)
    with pytest.raises(errors.InvalidApiKeyError) as caught:
        await client.models()
    assert key not in str(caught.value)
    assert type((await hear(client)).error) is errors.InvalidApiKeyError
    with pytest.raises(errors.InvalidApiKeyError):
        await client.open_socket(speech())
    await all_quiet(simulator)


def test_a_secret_does_not_show() -> None:
    assert KEY not in repr(Credentials(api_key=KEY, bearer=KEY))


# --- the catalogue and the account ----------------------------------------------------------


async def test_the_catalogue_and_the_account(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    models = {model.model_id: model for model in await client.models()}
    voices = await client.voices()
    account = await client.subscription()
    assert models[FLASH].can_speak
    assert models[FLASH].text_limit == 40_000
    assert models["eleven_v3"].facts.dialogue
    assert len({voice.voice_id for voice in voices}) == len(voices) > 18
    assert GEORGE in {voice.voice_id for voice in await client.voices("george")}
    assert (await client.voice(GEORGE)).name == "George"
    assert await client.account_id()
    assert (account.used, account.limit) == (17_231, 100_000)
    assert all(entry.unknown == [] for entry in simulator.journal.requests)


@pytest.mark.parametrize(
    ("told", "extension"),
    [
        ({}, 0),
        ({"max_credit_limit_extension": 0}, 0),
        ({"max_credit_limit_extension": 5000}, 5000),
        ({"max_credit_limit_extension": "unlimited"}, math.inf),
        ({"max_credit_limit_extension": {}}, 0),
        ({"allowed_to_extend_character_limit": True}, math.inf),
        (
            {"allowed_to_extend_character_limit": True, "max_character_limit_extension": 700},
            700,
        ),
        (
            {"allowed_to_extend_character_limit": False, "max_character_limit_extension": 700},
            0,
        ),
        ({"max_credit_limit_extension": 0, "allowed_to_extend_character_limit": True}, 0),
    ],
)
def test_what_usage_based_billing_allows_is_read_by_all_its_names(
    told: dict[str, Any], extension: float
) -> None:
    assert Subscription.parse({"character_limit": 10, **told}).extension == extension


async def test_all_pages_of_voices_are_read(
    session: aiohttp.ClientSession, socket_enabled: None
) -> None:
    async with Simulator(extra_voices=230) as simulator:
        voices = await at(session, simulator.url).voices()
        pages = [r for r in simulator.journal.requests if r.path == "/v2/voices"]
    assert len({voice.voice_id for voice in voices}) == len(voices) > 230
    assert len(pages) >= 3


async def test_all_pages_of_dictionaries_are_read_and_archived_ones_left_out(
    session: aiohttp.ClientSession, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(230):
        one = replace(_DEMO, dictionary_id=f"dict_{number}")
        monkeypatch.setitem(DICTIONARIES, one.dictionary_id, one)
    found = await at(session, simulator.url).pronunciation_dictionaries()
    assert PronunciationDictionary(dictionary_id="dict_rooms", name="Rooms") in found
    assert {one.dictionary_id for one in found} == DICTIONARIES.keys() - {"dict_archived"}
    pages = [one for one in simulator.journal.requests if "dictionaries" in one.path]
    assert len(pages) == 3
    assert not [one.unknown for one in pages if one.unknown]


async def test_a_list_without_an_end_is_not_read_for_ever(session: aiohttp.ClientSession) -> None:
    page = {"pronunciation_dictionaries": [{"id": "d"}], "has_more": True, "next_cursor": "again"}
    async with Peer(*answer(json.dumps(page).encode())) as peer:
        found = await at(session, peer.url).pronunciation_dictionaries()
    assert {(one.dictionary_id, one.name) for one in found} == {("d", "d")}
    assert peer.connections == 50


@pytest.mark.parametrize("body", [CURRENT, LEGACY, PLAIN])
async def test_a_key_that_may_only_speak_is_valid(
    session: aiohttp.ClientSession, simulator: Simulator, body: Any
) -> None:
    simulator.behave(Behaviour(error_body=body))
    client = at(session, simulator.url, key="sk_tts_only")
    calls = (
        client.models,
        client.voices,
        client.pronunciation_dictionaries,
        client.subscription,
        client.account_id,
    )
    for call in calls:
        with pytest.raises(errors.MissingPermissionError):
            await call()
    assert (await hear(client, text="Hi.")).error is None


async def test_a_voice_that_does_not_exist(client: ElevenLabsClient) -> None:
    with pytest.raises(errors.VoiceNotFoundError):
        await client.voice("nobody")


# --- peers that talk nonsense ---------------------------------------------------------------

_GZIPPED = gzip.compress(b"[]")

NONSENSE: dict[str, tuple[Step, ...]] = {
    "hangs up": (),
    "holds": (HOLD,),
    "binary": (b"\x00\x01\x02garbage\r\n\r\n",),
    "TLS alert": (b"\x15\x03\x01\x00\x02\x02\x28",),
    "half a status line": (b"HTTP/1.1 2",),
    "endless header": (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",),
    "short body": (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[]",),
    "stalled body": (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[]", HOLD),
    "broken chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",),
    "false gzip": answer(b"hello", headers="Content-Encoding: gzip\r\n"),
    "half a gzip": answer(_GZIPPED[:12], headers="Content-Encoding: gzip\r\n"),
    "unknown encoding": answer(b"hello", headers="Content-Encoding: br\r\n"),
    "a web page": answer(b"<html>Sign in to the hotel's network</html>"),
    "a redirect": answer(status=302, headers="Location: http://127.0.0.1:9/\r\n"),
    "a protocol switch": (b"HTTP/1.1 101 Switching\r\nConnection: close\r\n\r\n",),
    "a page for an error": answer(b"<html>Bad gateway</html>", status=502),
    "no body for an error": answer(status=403),
    "a stalled error": (b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n{", HOLD),
    "not UTF-8": answer(b"\xff\xfe\x00{"),
    "deeply nested": answer(b"[" * 100_000),
    "a number": answer(b"7"),
    "null": answer(b"null"),
}


@pytest.mark.parametrize("steps", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_an_error_of_ours(
    session: aiohttp.ClientSession, steps: tuple[Step, ...]
) -> None:
    async with Peer(*steps) as peer:
        client = at(session, peer.url, timeouts=QUICK)
        calls = await _all_calls(client)
        assert isinstance((await hear(client)).error, ElevenLabsError)
    assert all(isinstance(found, ElevenLabsError) for found in calls)
    assert not session.connector or not session.connector._acquired


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (NONSENSE["a web page"], errors.ProtocolError),
        (NONSENSE["a redirect"], errors.ProtocolError),
        (NONSENSE["a page for an error"], errors.ServerError),
        (NONSENSE["no body for an error"], errors.PlanError),
        (NONSENSE["holds"], errors.StalledError),
        (NONSENSE["hangs up"], errors.ConnectionFailedError),
    ],
)
async def test_nonsense_is_told_apart(
    session: aiohttp.ClientSession, steps: tuple[Step, ...], kind: type[ElevenLabsError]
) -> None:
    async with Peer(*steps) as peer:
        with pytest.raises(kind) as caught:
            await at(session, peer.url, timeouts=Timeouts(answer=1.0)).models()
    assert type(caught.value) is kind


async def test_an_error_that_arrives_in_parts_is_read_to_its_end(
    session: aiohttp.ClientSession,
) -> None:
    body = orjson.dumps({"detail": {"status": "missing_permissions", "message": "no"}})
    async with Peer(*answer(body[:9], body[9:30], body[30:], status=401)) as peer:
        client = at(session, peer.url)
        assert type((await hear(client)).error) is errors.MissingPermissionError
        with pytest.raises(errors.MissingPermissionError):
            await client.models()


async def test_an_empty_answer_is_no_speech(session: aiohttp.ClientSession) -> None:
    async with Peer(*answer()) as peer:
        assert await hear(at(session, peer.url)) == Heard()


async def test_an_error_in_the_middle_of_an_answer(session: aiohttp.ClientSession) -> None:
    good = orjson.dumps({"audio_base64": "AAAA"}) + b"\n"
    bad = orjson.dumps({"detail": {"status": "system_busy", "message": "later"}}) + b"\n"
    async with Peer(*answer(good, bad, good)) as peer:
        heard = await hear(at(session, peer.url))
    assert heard.audio == b"\x00\x00\x00"
    assert type(heard.error) is errors.BusyError


async def test_a_line_beyond_all_measure_is_refused(session: aiohttp.ClientSession) -> None:
    async with Peer(*answer(b" " * (17 * 1024 * 1024))) as peer:
        assert type((await hear(at(session, peer.url))).error) is errors.ProtocolError


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://a..b"])
async def test_nobody_there(session: aiohttp.ClientSession, url: str) -> None:
    client = at(session, url)
    assert type((await hear(client)).error) is errors.ConnectionFailedError
    with pytest.raises(errors.ConnectionFailedError):
        await client.models()
    with pytest.raises(errors.ConnectionFailedError):
        await client.open_socket(speech())


async def test_tls_with_a_peer_that_has_none(session: aiohttp.ClientSession) -> None:
    async with Peer(*answer(b"[]")) as peer:
        client = at(session, peer.url.replace("http:", "https:"), timeouts=QUICK)
        assert isinstance((await hear(client)).error, errors.ConnectionFailedError)
        with pytest.raises(errors.ConnectionFailedError):
            await client.open_socket(speech())


# --- leaving early --------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_leaving_ends_the_request(
    client: ElevenLabsClient, simulator: Simulator, count: int
) -> None:
    simulator.behave(Behaviour(generation_speed=20.0))
    before = asyncio.all_tasks()
    async with aclosing(client.stream(speech(), TEXT)) as chunks:
        for _ in range(count):
            await anext(chunks)
    if count:
        await simulator.journal.until(lambda journal: journal.aborted == 1)
        assert simulator.journal.last_request().aborted
    await all_quiet(simulator)
    assert not {task for task in asyncio.all_tasks() - before if "iter_lines" in repr(task)}


async def test_leaving_before_the_answer_ends_the_request(
    client: ElevenLabsClient, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(silent=True))
    listening = asyncio.create_task(hear(client))
    await simulator.journal.until(lambda journal: journal.running == 1)
    listening.cancel()
    await simulator.journal.until(lambda journal: journal.aborted == 1)
    assert (await asyncio.gather(listening, return_exceptions=True))[0] is not None


# --- fuzz -----------------------------------------------------------------------------------

MESSAGE = {
    "audio_base64": "AAAA",
    "alignment": {
        "characters": ["H", "i"],
        "character_start_times_seconds": [0.0, 0.1],
        "character_end_times_seconds": [0.1, 0.2],
    },
    "normalized_alignment": {
        "chars": ["H", "i"],
        "charStartTimesMs": [0, 100],
        "charDurationsMs": [100, 100],
    },
    "isFinal": None,
}
ODD: list[Any] = [
    None, True, False, 0, -1, 7, 2**70, 1e308, -0.5, "", "x", "²", "\ud800", [], {}, [None], [[]],
    {"a": 1}, ["a"], [1], [-1, 2], [0.5, 0.1], [1e300, 1e300], [2**65], "AAAA", "=" * 9,
]  # fmt: skip


def mutated(value: Any, rng: random.Random) -> Any:
    """Return a value of JSON in which something is not as it was."""
    if rng.random() < 0.2:
        return rng.choice(ODD)
    if isinstance(value, dict):
        kept = {key: mutated(item, rng) for key, item in value.items() if rng.random() < 0.9}
        return kept | ({rng.choice(list(value)): rng.choice(ODD)} if value else {})
    if isinstance(value, list):
        return [mutated(item, rng) for item in value] * rng.choice((0, 1, 1, 2))
    return value


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("name", ["pcm_16000", "mp3_44100_128", "opus_48000_64"])
def test_mutated_messages_are_chunks_or_nothing(name: str, *, restarts: bool) -> None:
    rng = random.Random(f"{name} {restarts}")  # noqa: S311  # repeatable, not secret
    for _ in range(100):
        reader = ChunkReader(OutputFormat.parse(name), restarts=restarts)
        for _ in range(20):
            message = mutated(MESSAGE, rng)
            chunk = reader.read(message if isinstance(message, dict) else {})
            for times in filter(None, (chunk.timings, chunk.spoken) if chunk else ()):
                triples = zip(times.characters, times.starts, times.ends, strict=True)
                assert all(0 <= start <= end for _, start, end in triples)


async def test_mutated_answers_are_heard_or_refused(session: aiohttp.ClientSession) -> None:
    rng = random.Random(2)  # noqa: S311  # repeatable, not secret
    for _ in range(40):
        lines = [json.dumps(mutated(MESSAGE, rng)).encode() for _ in range(6)]
        body = bytearray(b"\n".join(lines))
        for _ in range(rng.randrange(4)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        status = rng.choice((200, 200, 200, 400, 401))
        async with Peer(*answer(bytes(body), status=status)) as peer:
            heard = await hear(at(session, peer.url, timeouts=QUICK))
        assert status == 200 or isinstance(heard.error, ElevenLabsError)


CATALOGUE: dict[str, Any] = {
    "voices": [
        {
            "voice_id": "v", "name": "V", "category": "premade",
            "labels": {"gender": "male", "age": "old"},
            "verified_languages": [{"language": "en"}, {"language": "de"}],
        }
    ],
    "has_more": False, "next_page_token": None, "voice_id": "v", "tier": "free",
    "character_count": 3, "character_limit": 5, "next_character_count_reset_unix": 7,
    "workspace_id": "w", "user_id": "u",
    "pronunciation_dictionaries": [{"id": "d", "name": "D", "archived_time_unix": None}],
    "next_cursor": None,
}  # fmt: skip
MODELS: list[Any] = [
    {
        "model_id": "m", "name": "M", "can_do_text_to_speech": True, "token_cost_factor": 1.0,
        "languages": [{"language_id": "en"}], "maximum_text_length_per_request": 9,
        "model_rates": {"character_cost_multiplier": 0.5},
    }
]  # fmt: skip


async def _all_calls(client: ElevenLabsClient) -> list[Any]:
    calls: list[Callable[[], Any]] = [
        client.models,
        client.voices,
        client.subscription,
        client.account_id,
        client.pronunciation_dictionaries,
        lambda: client.voice("v"),
        lambda: client.open_socket(speech()),
    ]
    return await asyncio.gather(*(_called(call) for call in calls))


async def _called(call: Callable[[], Any]) -> Any:
    try:
        return await call()
    except ElevenLabsError as err:
        return err


async def test_a_mutated_catalogue_is_read_or_refused(session: aiohttp.ClientSession) -> None:
    rng = random.Random(3)  # noqa: S311  # repeatable, not secret
    for turn in range(60):
        body = json.dumps(mutated(MODELS if turn % 2 else CATALOGUE, rng)).encode()
        async with Peer(*answer(body)) as peer:
            called = await _all_calls(at(session, peer.url))
        models, voices, account, who, dictionaries, voice, _ = called
        for model in models if isinstance(models, list) else ():
            assert model.text_limit > 0
            assert model.cost_factor > -10
            assert all(isinstance(item, str) for item in (model.name, *model.languages))
        for found in (*(voices if isinstance(voices, list) else ()), voice):
            if not isinstance(found, ElevenLabsError):
                assert all(isinstance(item, str) for item in (found.name, *found.languages))
        if not isinstance(account, ElevenLabsError):
            assert isinstance(account.used + account.limit + (account.resets_at or 0), int)
        assert who is None or isinstance(who, str | ElevenLabsError)
        for one in dictionaries if isinstance(dictionaries, list) else ():
            assert isinstance(one.dictionary_id + one.name, str)


@pytest.mark.parametrize("seed", range(5))
async def test_lines_are_the_same_however_they_arrive(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    body = b"".join(rng.choice((b"\n", b"\r\n", b"{}", b"ab", b"x" * 999)) for _ in range(300))
    reader = aiohttp.StreamReader(
        aiohttp.base_protocol.BaseProtocol(asyncio.get_running_loop()), 2**16
    )
    position = 0
    while position < len(body):
        step = rng.choice((1, 2, 50, 3000))
        reader.feed_data(body[position : position + step])
        position += step
    reader.feed_eof()
    assert [line async for line in iter_lines(reader)] == body.split(b"\n")


async def test_a_connection_that_is_lost_while_nobody_reads_is_an_error_of_ours() -> None:
    # A protocol that is not connected, as after the loss of its transport.
    protocol = aiohttp.base_protocol.BaseProtocol(asyncio.get_running_loop())
    reader = aiohttp.StreamReader(protocol, 2**16)
    reader.feed_data(b"{}\n")
    lines = iter_lines(reader)
    assert await anext(lines) == b"{}"
    with pytest.raises(errors.ConnectionFailedError):
        await anext(lines)
