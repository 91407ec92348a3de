"""What can go wrong on the wire, as one tree.

Every error carries `cause`, a stable word that Home Assistant's edge translates, and
`retryable`: whether the same request may succeed if it is sent again soon.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import orjson


class ElevenLabsError(Exception):
    """Anything that keeps ElevenLabs from answering."""

    cause: ClassVar[str] = "unknown"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str = "", *, status: int | None = None, code: str = "", trace_id: str = ""
    ) -> None:
        """`message` is the server's own text; `status` the HTTP status or close code."""
        super().__init__(message or self.cause)
        self.message = message
        self.status = status
        self.code = code
        self.trace_id = trace_id


class ConnectionFailedError(ElevenLabsError):
    """No connection, or it broke."""

    cause = "cannot_connect"
    retryable = True


class StalledError(ConnectionFailedError):
    """The server stopped answering."""

    cause = "stalled"


class ServerError(ElevenLabsError):
    """ElevenLabs failed on its side."""

    cause = "server_error"
    retryable = True


class BusyError(ElevenLabsError):
    """Too much at once, for the plan or for the service."""

    cause = "busy"
    retryable = True


class ConcurrencyLimitError(BusyError):
    """The plan's number of concurrent requests is used up."""

    cause = "concurrency_limit"


class InputTimeoutError(ElevenLabsError):
    """The socket was closed because no text came in time."""

    cause = "input_timeout"
    retryable = True


class ProtocolError(ElevenLabsError):
    """The server answered with something that is not its protocol."""

    cause = "protocol_error"


class InvalidApiKeyError(ElevenLabsError):
    """The key is unknown to this endpoint."""

    cause = "invalid_api_key"


class ApiKeyIdError(InvalidApiKeyError):
    """The id of a key was given instead of the key."""

    cause = "api_key_id"


class MissingPermissionError(ElevenLabsError):
    """The key is valid but lacks a permission."""

    cause = "missing_permission"


class QuotaExceededError(ElevenLabsError):
    """The credits of the account or of the key are used up."""

    cause = "quota_exceeded"


class PlanError(ElevenLabsError):
    """The plan does not include what was asked for."""

    cause = "plan_required"


class OutputFormatNotAllowedError(PlanError):
    """The plan does not include this output format."""

    cause = "output_format_not_allowed"


class UnusualActivityError(ElevenLabsError):
    """ElevenLabs blocked the free plan for unusual activity."""

    cause = "unusual_activity"


class InvalidRequestError(ElevenLabsError):
    """The request itself was refused."""

    cause = "invalid_request"


class VoiceNotFoundError(InvalidRequestError):
    """No such voice for this account."""

    cause = "voice_not_found"


class ModelNotFoundError(InvalidRequestError):
    """No such model for this account."""

    cause = "model_not_found"


class UnsupportedModelError(InvalidRequestError):
    """The model cannot do what was asked of it."""

    cause = "unsupported_model"


class TextTooLongError(InvalidRequestError):
    """The text is longer than the model or we accept."""

    cause = "text_too_long"


class NothingToSpeakError(InvalidRequestError):
    """The text holds nothing that can be spoken."""

    cause = "nothing_to_speak"


_BY_CODE: Mapping[str, type[ElevenLabsError]] = {
    "invalid_api_key": InvalidApiKeyError,
    "missing_api_key": InvalidApiKeyError,
    "needs_authorization": InvalidApiKeyError,
    "api_key_id_used_as_api_key": ApiKeyIdError,
    "missing_permissions": MissingPermissionError,
    "insufficient_permissions": MissingPermissionError,
    "quota_exceeded": QuotaExceededError,
    "insufficient_credits": QuotaExceededError,
    "detected_unusual_activity": UnusualActivityError,
    "output_format_not_allowed": OutputFormatNotAllowedError,
    "invalid_output_format": InvalidRequestError,
    "paid_plan_required": PlanError,
    "only_for_creator+": PlanError,
    "only_for_enterprise": PlanError,
    "voice_access_denied": PlanError,
    "model_access_denied": PlanError,
    "workspace_access_denied": PlanError,
    "voice_not_found": VoiceNotFoundError,
    "voice_id_does_not_exist": VoiceNotFoundError,
    "invalid_voice_id": VoiceNotFoundError,
    "model_not_found": ModelNotFoundError,
    "unsupported_model": UnsupportedModelError,
    "invalid_model_id": UnsupportedModelError,
    "text_too_long": TextTooLongError,
    "max_character_limit_exceeded": TextTooLongError,
    "empty_text": NothingToSpeakError,
    "text_too_short": NothingToSpeakError,
    "concurrent_limit_exceeded": ConcurrencyLimitError,
    "too_many_concurrent_requests": ConcurrencyLimitError,
    "rate_limit_exceeded": BusyError,
    "system_busy": BusyError,
    "input_timeout_exceeded": InputTimeoutError,
    "service_unavailable": ServerError,
    "maintenance": ServerError,
    "internal_error": ServerError,
}

# What says little by itself: a code or a text that says more goes first. An unknown key has a code
# of its own, so `unauthorized` means one that may not do this (docs/protocol.md, "HTTP errors").
_BY_GENERAL_CODE: Mapping[str, type[ElevenLabsError]] = {
    "unauthorized": MissingPermissionError,
    "forbidden": PlanError,
    "feature_not_available": PlanError,
    "subscription_required": PlanError,
}

# Close reasons are cut at about 120 bytes (elevenlabs-docs#426), so only their beginnings count.
_BY_PREFIX: Mapping[str, type[ElevenLabsError]] = {
    "have not received a new text input": InputTimeoutError,
    "this request exceeds your quota": QuotaExceededError,
    "unusual activity detected": UnusualActivityError,
    "we are sorry, something went wrong": ServerError,
    "invalid api key": InvalidApiKeyError,
    "neither authorization header nor": InvalidApiKeyError,
    "free users cannot use library voices": PlanError,
    "too many concurrent requests": ConcurrencyLimitError,
    "the api key you used is missing the permission": MissingPermissionError,
    "a voice with voice_id": VoiceNotFoundError,
    "a model with model id": ModelNotFoundError,
    "output format": OutputFormatNotAllowedError,
    "providing previous_request_ids": UnsupportedModelError,
}

_BY_STATUS: Mapping[int, type[ElevenLabsError]] = {
    401: InvalidApiKeyError,
    402: PlanError,
    403: PlanError,
    408: StalledError,
    409: BusyError,
    429: BusyError,
    1001: ConnectionFailedError,
    1006: ConnectionFailedError,
    1009: ProtocolError,
    1011: ServerError,
    1012: ServerError,
    1013: BusyError,
}


def error_from_response(status: int, body: bytes, trace_id: str = "") -> ElevenLabsError:
    """Turn an HTTP error answer, in any of its three body generations, into an error."""
    codes, message = _read_body(body)
    return _build(status, codes, message, trace_id)


def error_from_close(code: int | None, reason: str, frame: Mapping[str, Any]) -> ElevenLabsError:
    """Turn a socket's end into an error: close code, its reason, the error frame before it."""
    identifier, message = frame.get("error"), frame.get("message")
    codes = [identifier] if isinstance(identifier, str) else []
    return _build(code, codes, message if isinstance(message, str) else reason)


def _build(
    status: int | None, codes: list[str], message: str, trace_id: str = ""
) -> ElevenLabsError:
    kind = (
        _by_codes(codes, _BY_CODE)
        or _by_prefix(message)
        or _by_codes(codes, _BY_GENERAL_CODE)
        or _by_status(status)
    )
    return kind(message, status=status, code=codes[0] if codes else "", trace_id=trace_id)


def _by_codes(
    codes: list[str], kinds: Mapping[str, type[ElevenLabsError]]
) -> type[ElevenLabsError] | None:
    """Return the error of the first known code: `status` may be more exact than `code`, or less."""
    return next((kinds[code] for code in codes if code in kinds), None)


def _by_prefix(message: str) -> type[ElevenLabsError] | None:
    lowered = message.lower()
    return next((kind for prefix, kind in _BY_PREFIX.items() if lowered.startswith(prefix)), None)


def _by_status(status: int | None) -> type[ElevenLabsError]:
    if status is None:
        return ConnectionFailedError
    if kind := _BY_STATUS.get(status):
        return kind
    if status < 400:  # noqa: PLR2004  # not an error of HTTP, so the peer is not this API
        return ProtocolError
    return ServerError if 500 <= status < 600 else InvalidRequestError  # noqa: PLR2004  # HTTP's range


def _read_body(body: bytes) -> tuple[list[str], str]:
    """Codes, most specific first, and the text of an error body."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [], body[:200].decode(errors="replace")
    detail = parsed.get("detail", parsed) if isinstance(parsed, dict) else parsed
    if isinstance(detail, dict):
        codes = [c for c in (detail.get("status"), detail.get("code")) if isinstance(c, str)]
        message = detail.get("message")
        return codes, message if isinstance(message, str) else ""
    if isinstance(detail, list):
        return [], "; ".join(_validation_texts(detail))
    return [], str(detail)


def _validation_texts(items: list[Any]) -> Iterator[str]:
    """FastAPI's list of what did not fit: where and why."""
    for item in items:
        if isinstance(item, dict):
            location = item.get("loc")
            where = ".".join(map(str, location)) if isinstance(location, list) else ""
            yield f"{where}: {item.get('msg', '')}".strip(": ")
