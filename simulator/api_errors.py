"""Errors of the API: HTTP bodies of three generations and WebSocket frames."""

from dataclasses import dataclass
from typing import Any

_ERROR_TYPES = {
    400: "validation_error",
    401: "authentication_error",
    402: "payment_required",
    403: "authorization_error",
    404: "not_found",
    409: "conflict",
    429: "rate_limit_error",
    500: "internal_error",
    503: "service_unavailable",
}
_MAX_CLOSE_REASON_BYTES = 123
_PAYMENT_REQUIRED = 402
_INTERNAL_SERVER_ERROR = 500
_CLOSE_POLICY_VIOLATION = 1008
_CLOSE_INTERNAL_ERROR = 1011


@dataclass(slots=True)
class ApiError(Exception):
    """An error that the service answers with."""

    http_status: int
    code: str
    message: str
    status: str = ""
    param: str | None = None
    close_code: int = _CLOSE_POLICY_VIOLATION
    websocket_error: str = ""

    def http_body(self, generation: str, request_id: str) -> dict[str, Any]:
        """Return the HTTP body in one of the generations that are still in use."""
        status = self.status or self.code
        if generation == "text":
            return {"detail": self.message}
        if generation == "legacy":
            return {"detail": {"status": status, "message": self.message}}
        detail: dict[str, Any] = {
            "type": _ERROR_TYPES.get(self.http_status, "invalid_request"),
            "code": self.code,
            "message": self.message,
            "status": status,
            "request_id": request_id,
        }
        if self.param:
            detail["param"] = self.param
        return {"detail": detail}

    def websocket_frame(self) -> dict[str, Any]:
        """Return the WebSocket frame that is sent before the close."""
        error = self.websocket_error or self.status or self.code
        return {"message": self.message, "error": error, "code": self.close_code}


@dataclass(slots=True)
class RequestValidationError(Exception):
    """A request that doesn't match the schema, answered with FastAPI's list and status 422."""

    location: tuple[str | int, ...]
    message: str
    error_type: str = "value_error"

    @property
    def param(self) -> str | None:
        """Return the field that is at fault."""
        names = [part for part in self.location if isinstance(part, str)]
        return names[-1] if names else None

    def http_body(self) -> dict[str, Any]:
        """Return the HTTP body."""
        entry = {"type": self.error_type, "loc": list(self.location), "msg": self.message}
        return {"detail": [entry]}

    def websocket_frame(self) -> dict[str, Any]:
        """Return the WebSocket frame that is sent before the close."""
        location = ".".join(map(str, self.location))
        return {
            "message": f"{location}: {self.message}",
            "error": "invalid_parameters",
            "code": _CLOSE_POLICY_VIOLATION,
        }


def truncate_close_reason(text: str) -> str:
    """Return as much of a text as fits into a close frame."""
    return text.encode()[:_MAX_CLOSE_REASON_BYTES].decode(errors="ignore")


def missing_api_key() -> ApiError:
    """Return the error for a request without an API key."""
    return ApiError(
        401,
        "missing_api_key",
        "Neither authorization header nor xi-api-key received, please provide one.",
        "needs_authorization",
    )


def invalid_api_key() -> ApiError:
    """Return the error for an unknown API key."""
    return ApiError(401, "invalid_api_key", "Invalid API key")


def api_key_id_used() -> ApiError:
    """Return the error for the ID of an API key in place of the key."""
    return ApiError(
        401,
        "invalid_api_key",
        "The ID of an API key was provided instead of the API key.",
        "api_key_id_used_as_api_key",
    )


def missing_permission(scope: str) -> ApiError:
    """Return the error for an API key without the permission."""
    return ApiError(
        401,
        "unauthorized",
        f"The API key you used is missing the permission {scope} to execute this operation.",
        "missing_permissions",
    )


def unusual_activity() -> ApiError:
    """Return the error for a blocked free plan."""
    return ApiError(
        401,
        "detected_unusual_activity",
        "Unusual activity detected. Free Tier usage disabled. If you are using a "
        "proxy or VPN you might need to purchase a paid plan.",
    )


def quota_exceeded(status: int, limit: int, left: int, cost: int) -> ApiError:
    """Return the error for a request that costs more credits than are left."""
    return ApiError(
        status,
        "insufficient_credits" if status == _PAYMENT_REQUIRED else "quota_exceeded",
        f"This request exceeds your quota of {limit}. You have {left} credits "
        f"remaining, while {cost} credits are required for this request.",
        "quota_exceeded",
    )


def voice_not_found(voice_id: str, status: int) -> ApiError:
    """Return the error for an unknown voice."""
    return ApiError(
        status,
        "voice_not_found",
        f"A voice with voice_id '{voice_id}' was not found.",
        websocket_error="voice_id_does_not_exist",
    )


def model_not_found(model_id: str, status: int) -> ApiError:
    """Return the error for an unknown model."""
    return ApiError(
        status,
        "model_not_found",
        f"A model with model ID {model_id} does not exist.",
        param="model_id",
    )


def unsupported_model(message: str) -> ApiError:
    """Return the error for something that the model doesn't support."""
    return ApiError(400, "unsupported_model", message, param="model_id")


def subscription_required(status: str, message: str) -> ApiError:
    """Return the error for something that only a higher plan includes."""
    return ApiError(403, "subscription_required", message, status)


def paid_plan_required() -> ApiError:
    """Return the error for a library voice on the free plan."""
    return ApiError(
        402,
        "paid_plan_required",
        "Free users cannot use library voices via the API. Please upgrade your "
        "subscription to use this voice.",
    )


def concurrent_limit_exceeded(limit: int) -> ApiError:
    """Return the error for more concurrent requests than the plan allows."""
    return ApiError(
        429,
        "concurrent_limit_exceeded",
        "Too many concurrent requests. Your current subscription is associated with "
        f"a maximum of {limit} concurrent requests (running in parallel).",
        "too_many_concurrent_requests",
    )


def dialogue_sessions_exceeded(limit: int) -> ApiError:
    """Return the error for more open dialogues than the plan allows."""
    return ApiError(
        429,
        "concurrent_limit_exceeded",
        "Too many concurrent dialogue sessions. Your current subscription is associated with "
        f"a maximum of {limit} concurrent dialogue sessions.",
        "too_many_concurrent_requests",
    )


def contexts_exceeded(limit: int) -> ApiError:
    """Return the error for more contexts on a WebSocket than it can have."""
    return ApiError(
        400,
        "max_contexts_exceeded",
        f"Maximum simultaneous contexts per WebSocket connection exceeded ({limit}). "
        "Please close an existing context before opening a new one.",
    )


def set_after_first_message(name: str) -> ApiError:
    """Return the error for something that only the first message of a dialogue may set."""
    return ApiError(
        400,
        "invalid_parameters",
        f"{name} can only be set in the first message",
        param=name,
    )


def text_too_long(length: int, limit: int) -> ApiError:
    """Return the error for a text that is longer than the model allows."""
    return ApiError(
        400,
        "text_too_long",
        f"A maximum text length of {limit} characters is supported by this model, "
        f"the text has {length}.",
        "max_character_limit_exceeded",
        "text",
    )


def invalid_input_message() -> ApiError:
    """Return the error for a WebSocket message that can't be parsed."""
    return ApiError(
        400,
        "invalid_input_message",
        "Could not parse input message, make sure it is a json and follows the schema "
        "outlined in protocol.",
    )


def voice_settings_changed() -> ApiError:
    """Return the error for voice settings that come late or change."""
    return ApiError(
        400,
        "invalid_voice_settings",
        "voice_settings field must be provided in the first message and then either "
        "be not provided or not change.",
    )


def generation_config_changed() -> ApiError:
    """Return the error for a generation config that comes late or changes."""
    return ApiError(
        400,
        "invalid_generation_config",
        "generation_config field must be provided in the first message and then either "
        "be not provided or not change.",
    )


def input_timeout_exceeded(seconds: float) -> ApiError:
    """Return the error for a client that sends no text in time."""
    return ApiError(
        408,
        "input_timeout_exceeded",
        "Have not received a new text input within the timeout of "
        f"{seconds:.1f} seconds. Streaming input terminated. Please make sure to "
        "either feed the input in the timely manner, or to send the end of input "
        'text (empty string "") when done.',
    )


_SIMULATED_FAILURES = {
    429: ("system_busy", "The system is experiencing heavy traffic, please try again."),
    500: ("internal_error", "Something went wrong. You are not charged for this."),
    503: ("service_unavailable", "The service is temporarily unavailable."),
}


def simulated_failure(status: int) -> ApiError:
    """Return the error that the switch `fail_status` asks for."""
    code, message = _SIMULATED_FAILURES.get(status, ("simulated_failure", "Asked to fail."))
    is_server_error = status >= _INTERNAL_SERVER_ERROR
    close_code = _CLOSE_INTERNAL_ERROR if is_server_error else _CLOSE_POLICY_VIOLATION
    return ApiError(status, code, message, close_code=close_code)
