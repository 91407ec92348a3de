"""Every failure that is known of has one meaning, however it is told."""

import json
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.elevenlabs_streaming.api import (
    Credentials,
    ElevenLabsClient,
    ElevenLabsError,
    Timeouts,
    errors,
)
from tests.helpers.wires import KEY, TEXT, Heard, Peer, answer, listen, speech, websocket_peer

QUICK = Timeouts(connect=5.0, answer=5.0, audio=5.0)

type Kind = type[ElevenLabsError]

# docs/protocol.md, "HTTP errors": HTTP status, code of today's bodies, status of yesterday's, the
# service's
# words where they are known, what it means.
HTTP: list[tuple[int, str, str, str, Kind]] = [
    (401, "invalid_api_key", "invalid_api_key", "Invalid API key", errors.InvalidApiKeyError),
    (
        401, "missing_api_key", "needs_authorization",
        "Neither authorization header nor xi-api-key received, please provide one.",
        errors.InvalidApiKeyError,
    ),
    (401, "", "api_key_id_used_as_api_key", "", errors.ApiKeyIdError),
    (
        401, "unauthorized", "missing_permissions",
        "The API key you used is missing the permission voices_read to execute this operation.",
        errors.MissingPermissionError,
    ),
    (401, "unauthorized", "", "", errors.MissingPermissionError),
    (
        401, "unauthorized", "quota_exceeded",
        ("This request exceeds your quota of 10000. You have 0 credits remaining, while 91 credits "
        "are required for this request."),
        errors.QuotaExceededError,
    ),
    (402, "insufficient_credits", "", "", errors.QuotaExceededError),
    (
        402, "paid_plan_required", "",
        "Free users cannot use library voices via the API. Please upgrade your subscription.",
        errors.PlanError,
    ),
    (
        401, "", "detected_unusual_activity",
        "Unusual activity detected. Free Tier usage disabled.", errors.UnusualActivityError,
    ),
    (403, "feature_not_available", "", "", errors.PlanError),
    (403, "subscription_required", "only_for_creator+", "", errors.PlanError),
    (403, "forbidden", "", "", errors.PlanError),
    (403, "insufficient_permissions", "", "", errors.MissingPermissionError),
    (403, "voice_access_denied", "", "", errors.PlanError),
    (403, "model_access_denied", "", "", errors.PlanError),
    (403, "workspace_access_denied", "", "", errors.PlanError),
    (
        403, "subscription_required", "output_format_not_allowed",
        "Output format 'pcm_44100' is only available on the Pro tier and above.",
        errors.OutputFormatNotAllowedError,
    ),
    (
        404, "voice_not_found", "voice_not_found", "A voice with voice_id 'x' was not found.",
        errors.VoiceNotFoundError,
    ),
    (400, "voice_not_found", "voice_not_found", "", errors.VoiceNotFoundError),
    (
        400, "model_not_found", "model_not_found", "A model with model ID x does not exist.",
        errors.ModelNotFoundError,
    ),
    (404, "model_not_found", "model_not_found", "", errors.ModelNotFoundError),
    (
        400, "unsupported_model", "unsupported_model",
        "Providing previous_request_ids or next_request_ids is not yet supported.",
        errors.UnsupportedModelError,
    ),
    (400, "unsupported_model", "invalid_model_id", "", errors.UnsupportedModelError),
    (400, "invalid_output_format", "invalid_output_format", "", errors.InvalidRequestError),
    (400, "text_too_long", "max_character_limit_exceeded", "", errors.TextTooLongError),
    (400, "empty_text", "empty_text", "", errors.NothingToSpeakError),
    (400, "text_too_short", "", "", errors.NothingToSpeakError),
    *(
        (400, code, "", "", errors.InvalidRequestError)
        for code in (
            "invalid_text", "invalid_voice_settings", "invalid_parameters", "bad_request",
            "missing_required_field", "malformed_json", "invalid_content_type",
            "request_too_large",
        )
    ),
    (400, "invalid_voice_id", "", "", errors.VoiceNotFoundError),
    (408, "", "", "", errors.StalledError),
    (409, "already_running", "", "", errors.BusyError),
    (409, "concurrent_modification", "", "", errors.BusyError),
    (
        429, "concurrent_limit_exceeded", "too_many_concurrent_requests",
        ("Too many concurrent requests. Your current subscription is associated with a maximum of "
        "2 concurrent requests (running in parallel)."),
        errors.ConcurrencyLimitError,
    ),
    (429, "rate_limit_exceeded", "", "", errors.BusyError),
    (429, "system_busy", "system_busy", "", errors.BusyError),
    (500, "internal_error", "", "", errors.ServerError),
    (502, "", "", "", errors.ServerError),
    (503, "service_unavailable", "", "", errors.ServerError),
    (503, "maintenance", "", "", errors.ServerError),
]  # fmt: skip
WITHOUT_WORDS = "something nobody has heard of"
RETRYABLE = (
    errors.ConnectionFailedError,
    errors.ServerError,
    errors.BusyError,
    errors.InputTimeoutError,
)


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


@pytest.fixture
async def session(socket_enabled: None) -> Any:
    """Share connections within a test."""
    async with aiohttp.ClientSession() as session:
        yield session


def bodies(code: str, status: str, message: str) -> list[Any]:
    """Return the bodies of all generations that can tell of it."""
    found: list[Any] = []
    if code or status:
        found.append(
            {
                "type": "t", "code": code or status, "status": status or code,
                "message": message or WITHOUT_WORDS, "request_id": "r", "param": None,
            }
        )  # fmt: skip
        found.append({"code": code or status, "message": message})
    if status:
        found.append({"status": status, "message": message or WITHOUT_WORDS})
    if message:
        found.append(message)
    return found or [WITHOUT_WORDS, [{"loc": ["body", "text"], "msg": "no", "type": "value"}]]


ROWS = [
    (status, {"detail": body}, kind)
    for status, code, old, message, kind in HTTP
    for body in bodies(code, old, message)
]


@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
async def test_an_answer_of_http_has_one_meaning(
    session: aiohttp.ClientSession, status: int, body: Any, kind: Kind
) -> None:
    async with Peer(*answer(json.dumps(body).encode(), status=status)) as peer:
        client = ElevenLabsClient(session, Credentials(api_key=KEY), peer.url, timeouts=QUICK)
        heard = await listen(client.stream(speech(), TEXT))
    assert type(heard.error) is kind
    assert heard.error.retryable is issubclass(kind, RETRYABLE)
    assert heard.chunks == []


# docs/protocol.md, "WebSocket errors": identifier of the frame before the close, close code, words,
# meaning.
SOCKET: list[tuple[str, int, str, Kind]] = [
    (
        "input_timeout_exceeded", 1008,
        ("Have not received a new text input within the timeout of 20.0 seconds. Streaming input "
        "terminated. Please make sure to either feed the input in the timely manner, or to send "
        "the end of input text (empty string) when done."),
        errors.InputTimeoutError,
    ),
    (
        "invalid_input_message", 1008,
        ("Could not parse input message, make sure it is a json and follows the schema outlined "
        "in protocol."),
        errors.InvalidRequestError,
    ),
    (
        "detected_unusual_activity", 1008,
        ("Unusual activity detected. Free Tier usage disabled. If you are using a proxy or VPN "
        "you might need to purchase a paid plan to continue."),
        errors.UnusualActivityError,
    ),
    ("voice_id_does_not_exist", 1008, "", errors.VoiceNotFoundError),
    (
        "quota_exceeded", 1008,
        ("This request exceeds your quota of 10000. You have 0 credits remaining, while 91 credits "
        "are required for this request."),
        errors.QuotaExceededError,
    ),
    (
        "", 1008,
        ("voice_settings field must be provided in the first message and then either be not "
        "provided or not change."),
        errors.InvalidRequestError,
    ),
    (
        "", 1008, "We are sorry, something went wrong. You are not charged for this request.",
        errors.ServerError,
    ),
    (
        "", 1011, "We are sorry, something went wrong. You are not charged for this request.",
        errors.ServerError,
    ),
    (
        "", 1008,
        ("Maximum simultaneous contexts per WebSocket connection exceeded (5). Please close an "
        "existing context before opening a new one."),
        errors.InvalidRequestError,
    ),
    (
        "too_many_concurrent_requests", 1008,
        ("Too many concurrent requests. Your current subscription is associated with a maximum of "
        "2 concurrent requests (running in parallel)."),
        errors.ConcurrencyLimitError,
    ),
    ("system_busy", 1008, "", errors.BusyError),
    ("invalid_api_key", 1008, "Invalid API key", errors.InvalidApiKeyError),
    ("api_key_id_used_as_api_key", 1008, "", errors.ApiKeyIdError),
    (
        "missing_permissions", 1008,
        "The API key you used is missing the permission text_to_speech to execute this operation.",
        errors.MissingPermissionError,
    ),
    (
        "output_format_not_allowed", 1008,
        "Output format 'pcm_44100' is only available on the Pro tier and above.",
        errors.OutputFormatNotAllowedError,
    ),
    ("model_not_found", 1008, "A model with model ID x does not exist.", errors.ModelNotFoundError),
    ("unsupported_model", 1008, "", errors.UnsupportedModelError),
    (
        "paid_plan_required", 1008, "Free users cannot use library voices via the API.",
        errors.PlanError,
    ),
    ("max_character_limit_exceeded", 1008, "", errors.TextTooLongError),
    ("internal_error", 1011, "", errors.ServerError),
    ("", 1011, "", errors.ServerError),
    ("", 1001, "", errors.ConnectionFailedError),
    ("", 1012, "", errors.ServerError),
    ("", 1013, "", errors.BusyError),
    ("", 1008, "", errors.InvalidRequestError),
    ("", 1009, "", errors.ProtocolError),
    ("something_new", 4000, "", errors.InvalidRequestError),
]  # fmt: skip


def tellings(identifier: str, message: str) -> list[tuple[str, str, str]]:
    """Return the ways to tell: frame with and without words, a close reason that is cut."""
    found = []
    if identifier:
        found += [(identifier, message or WITHOUT_WORDS, ""), (identifier, message, message[:120])]
    if message:
        found += [("", "", message[:120]), ("unknown_to_us", message, message[:120])]
    return found or [("", "", "")]


@pytest.mark.parametrize(
    ("told", "code", "kind"),
    [
        (told, code, kind)
        for identifier, code, message, kind in SOCKET
        for told in tellings(identifier, message)
    ],
)
@pytest.mark.parametrize("before", [0, 1])
async def test_the_end_of_a_socket_has_one_meaning(
    session: aiohttp.ClientSession, told: tuple[str, str, str], code: int, kind: Kind, before: int
) -> None:
    identifier, message, reason = told

    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        for _ in range(before):
            await socket.send_json({"audio": "AAAA"})
        if identifier:
            await socket.send_json({"message": message, "error": identifier, "code": code})
        await socket.close(code=code, message=reason.encode())

    async with websocket_peer(talk) as url:
        client = ElevenLabsClient(session, Credentials(api_key=KEY), url, timeouts=QUICK)
        socket = await client.open_socket(speech())
        heard: Heard = await listen(socket.chunks())
        await socket.close()
    assert type(heard.error) is kind
    assert heard.error.retryable is issubclass(kind, RETRYABLE)
    assert len(heard.chunks) == before


# --- the key goes to one place only ---------------------------------------------------------

REDIRECTS = (301, 302, 303, 307, 308)


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_no_redirect_takes_the_key_to_another_place(
    session: aiohttp.ClientSession, status: int, scheme: str
) -> None:
    async with Peer(*answer(b"{}")) as other:
        place = f"Location: {other.url.replace('http', scheme)}/v1/elsewhere\r\n"
        async with Peer(*answer(status=status, headers=place)) as peer:
            client = ElevenLabsClient(session, Credentials(api_key=KEY), peer.url, timeouts=QUICK)
            with pytest.raises(errors.ProtocolError):
                await client.open_socket(speech())
            heard = await listen(client.stream(speech(), TEXT))
            with pytest.raises(errors.ProtocolError):
                await client.models()
            assert peer.connections == 3
        assert other.connections == 0
    assert type(heard.error) is errors.ProtocolError
    assert session.connector
    assert not session.connector._acquired


async def test_a_handshake_leaves_the_shared_session_as_it_was(
    session: aiohttp.ClientSession,
) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.send_json({"audio": "AAAA"})
        await socket.receive()

    async with websocket_peer(talk) as url:
        client = ElevenLabsClient(session, Credentials(api_key=KEY), url, timeouts=QUICK)
        socket = await client.open_socket(speech())
        chunks = socket.chunks()
        assert (await anext(chunks)).audio
        await chunks.aclose()
        await socket.close()
    assert not session.closed
    assert session.connector
    assert not session.connector.closed
    assert not session.connector._acquired
