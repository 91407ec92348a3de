"""Every way the service says no, in its three generations of bodies."""

import json
from typing import Any

import pytest

from custom_components.elevenlabs_streaming.api import errors
from custom_components.elevenlabs_streaming.api.errors import error_from_close, error_from_response


def legacy(status: str, message: str = "text") -> dict[str, Any]:
    """Return the body of the first generation."""
    return {"detail": {"status": status, "message": message}}


def current(code: str, status: str) -> dict[str, Any]:
    """Return the body of the second generation."""
    return {"detail": {"type": "t", "code": code, "status": status, "message": "text"}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        (401, legacy("invalid_api_key"), errors.InvalidApiKeyError, False),
        (401, current("invalid_api_key", "invalid_api_key"), errors.InvalidApiKeyError, False),
        (401, legacy("needs_authorization"), errors.InvalidApiKeyError, False),
        (401, legacy("api_key_id_used_as_api_key"), errors.ApiKeyIdError, False),
        (401, legacy("missing_permissions"), errors.MissingPermissionError, False),
        (401, current("unauthorized", "missing_permissions"), errors.MissingPermissionError, False),
        (401, legacy("quota_exceeded"), errors.QuotaExceededError, False),
        (402, current("insufficient_credits", ""), errors.QuotaExceededError, False),
        (402, current("paid_plan_required", "x"), errors.PlanError, False),
        (401, legacy("detected_unusual_activity"), errors.UnusualActivityError, False),
        (403, legacy("output_format_not_allowed"), errors.OutputFormatNotAllowedError, False),
        (403, legacy("only_for_creator+"), errors.PlanError, False),
        (404, legacy("voice_not_found"), errors.VoiceNotFoundError, False),
        (400, legacy("model_not_found"), errors.ModelNotFoundError, False),
        (
            400,
            current("unsupported_model", "invalid_model_id"),
            errors.UnsupportedModelError,
            False,
        ),
        (400, legacy("max_character_limit_exceeded"), errors.TextTooLongError, False),
        (400, current("empty_text", "empty_text"), errors.NothingToSpeakError, False),
        (429, legacy("too_many_concurrent_requests"), errors.ConcurrencyLimitError, True),
        (429, legacy("system_busy"), errors.BusyError, True),
        (429, {}, errors.BusyError, True),
        (500, {"detail": "oops"}, errors.ServerError, True),
        (503, legacy("maintenance"), errors.ServerError, True),
        (418, {"detail": "teapot"}, errors.InvalidRequestError, False),
    ],
)
def test_an_http_answer_has_one_meaning(
    status: int, body: dict[str, Any], kind: type[Exception], *, retryable: bool
) -> None:
    error = error_from_response(status, json.dumps(body).encode(), "trace")
    assert type(error) is kind
    assert error.retryable is retryable
    assert error.status == status
    assert error.trace_id == "trace"


def test_a_validation_list_says_what_did_not_fit() -> None:
    body = {"detail": [{"loc": ["body", "text"], "msg": "field required", "type": "missing"}]}
    error = error_from_response(422, json.dumps(body).encode())
    assert type(error) is errors.InvalidRequestError
    assert error.message == "body.text: field required"


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b"null", b'"text"', b"\xff\xfe"])
def test_a_body_that_is_none_of_them_falls_back_to_the_status(body: bytes) -> None:
    assert type(error_from_response(502, body)) is errors.ServerError


@pytest.mark.parametrize(
    ("code", "reason", "frame", "kind"),
    [
        (1008, "", {"error": "quota_exceeded", "message": "…"}, errors.QuotaExceededError),
        (1008, "This request exceeds your quota of 10", {}, errors.QuotaExceededError),
        (
            1008,
            (
                "Have not received a new text input within the timeout of 20.0 seconds. "
                "Please make sure to eit"
            ),
            {},
            errors.InputTimeoutError,
        ),
        (1008, "Unusual activity detected. Free", {}, errors.UnusualActivityError),
        (1008, "", {"error": "voice_id_does_not_exist"}, errors.VoiceNotFoundError),
        (1008, "We are sorry, something went wrong.", {}, errors.ServerError),
        (1008, "something new", {}, errors.InvalidRequestError),
        (1011, "", {}, errors.ServerError),
        (1006, "", {}, errors.ConnectionFailedError),
        (1001, "", {}, errors.ConnectionFailedError),
        (None, "", {}, errors.ConnectionFailedError),
        (1008, "", {"error": 5, "message": None}, errors.InvalidRequestError),
    ],
)
def test_a_closed_socket_has_one_meaning(
    code: int | None, reason: str, frame: dict[str, Any], kind: type[Exception]
) -> None:
    assert type(error_from_close(code, reason, frame)) is kind
