"""Refusals of the service: HTTP bodies of three generations and WebSocket frames."""

from dataclasses import dataclass
from typing import Any

_TYPES = {
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
_REASON_LIMIT = 123
_PAYMENT_REQUIRED = 402
_SERVER_FAULT = 500
_INTERNAL_CLOSE = 1011


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818 - not a fault of the program
    """A request that the service turns down."""

    http: int
    code: str
    message: str
    status: str = ""
    param: str | None = None
    close_code: int = 1008
    socket_error: str = ""

    def body(self, generation: str, request_id: str) -> dict[str, Any]:
        """Write the HTTP body in one of the generations still alive."""
        status = self.status or self.code
        if generation == "text":
            return {"detail": self.message}
        if generation == "legacy":
            return {"detail": {"status": status, "message": self.message}}
        detail: dict[str, Any] = {
            "type": _TYPES.get(self.http, "invalid_request"),
            "code": self.code,
            "message": self.message,
            "status": status,
            "request_id": request_id,
        }
        if self.param:
            detail["param"] = self.param
        return {"detail": detail}

    def frame(self) -> dict[str, Any]:
        """Write the WebSocket frame that comes before the close."""
        error = self.socket_error or self.status or self.code
        return {"message": self.message, "error": error, "code": self.close_code}


@dataclass(slots=True)
class Invalid(Exception):  # noqa: N818 - not a fault of the program
    """A request that does not fit the schema (FastAPI's 422 list)."""

    location: tuple[str | int, ...]
    message: str
    kind: str = "value_error"

    def body(self) -> dict[str, Any]:
        """Write the HTTP body."""
        entry = {"type": self.kind, "loc": list(self.location), "msg": self.message}
        return {"detail": [entry]}

    def frame(self) -> dict[str, Any]:
        """Write the WebSocket frame that comes before the close."""
        where = ".".join(map(str, self.location))
        message = f"{where}: {self.message}"
        return {"message": message, "error": "invalid_parameters", "code": 1008}


def close_reason(text: str) -> str:
    """Cut a reason to what fits into a close frame."""
    return text.encode()[:_REASON_LIMIT].decode(errors="ignore")


def missing_key() -> Refusal:
    """Refuse a request without a key."""
    return Refusal(
        401,
        "missing_api_key",
        "Neither authorization header nor xi-api-key received, please provide one.",
        "needs_authorization",
    )


def invalid_key() -> Refusal:
    """Refuse an unknown key."""
    return Refusal(401, "invalid_api_key", "Invalid API key")


def key_id_used() -> Refusal:
    """Refuse the id of a key in place of the key."""
    return Refusal(
        401,
        "invalid_api_key",
        "The ID of an API key was provided instead of the API key.",
        "api_key_id_used_as_api_key",
    )


def missing_scope(scope: str) -> Refusal:
    """Refuse what the key may not do."""
    return Refusal(
        401,
        "unauthorized",
        f"The API key you used is missing the permission {scope} to execute this operation.",
        "missing_permissions",
    )


def unusual_activity() -> Refusal:
    """Refuse a free plan that was blocked."""
    return Refusal(
        401,
        "detected_unusual_activity",
        "Unusual activity detected. Free Tier usage disabled. If you are using a "
        "proxy or VPN you might need to purchase a paid plan.",
    )


def quota(status: int, limit: int, left: int, cost: int) -> Refusal:
    """Refuse when credits do not suffice."""
    return Refusal(
        status,
        "insufficient_credits" if status == _PAYMENT_REQUIRED else "quota_exceeded",
        f"This request exceeds your quota of {limit}. You have {left} credits "
        f"remaining, while {cost} credits are required for this request.",
        "quota_exceeded",
    )


def voice_not_found(voice_id: str, status: int) -> Refusal:
    """Refuse an unknown voice."""
    return Refusal(
        status,
        "voice_not_found",
        f"A voice with voice_id '{voice_id}' was not found.",
        socket_error="voice_id_does_not_exist",
    )


def model_not_found(model_id: str, status: int) -> Refusal:
    """Refuse an unknown model."""
    return Refusal(
        status,
        "model_not_found",
        f"A model with model ID {model_id} does not exist.",
        param="model_id",
    )


def unsupported_model(message: str) -> Refusal:
    """Refuse what the model cannot do."""
    return Refusal(400, "unsupported_model", message, param="model_id")


def plan_needed(status: str, message: str) -> Refusal:
    """Refuse what only a higher plan includes."""
    return Refusal(403, "subscription_required", message, status)


def paid_plan_required() -> Refusal:
    """Refuse a library voice to the free plan."""
    return Refusal(
        402,
        "paid_plan_required",
        "Free users cannot use library voices via the API. Please upgrade your "
        "subscription to use this voice.",
    )


def too_many_requests(limit: int) -> Refusal:
    """Refuse one request more than the plan runs at once."""
    return Refusal(
        429,
        "concurrent_limit_exceeded",
        "Too many concurrent requests. Your current subscription is associated with "
        f"a maximum of {limit} concurrent requests (running in parallel).",
        "too_many_concurrent_requests",
    )


def text_too_long(length: int, limit: int) -> Refusal:
    """Refuse more text than the model takes at once."""
    return Refusal(
        400,
        "text_too_long",
        f"A maximum text length of {limit} characters is supported by this model, "
        f"the text has {length}.",
        "max_character_limit_exceeded",
        "text",
    )


def bad_message() -> Refusal:
    """Refuse a message that makes no sense."""
    return Refusal(
        400,
        "invalid_input_message",
        "Could not parse input message, make sure it is a json and follows the schema "
        "outlined in protocol.",
    )


def settings_changed() -> Refusal:
    """Refuse settings that come late or change."""
    return Refusal(
        400,
        "invalid_voice_settings",
        "voice_settings field must be provided in the first message and then either "
        "be not provided or not change.",
    )


def config_changed() -> Refusal:
    """Refuse a generation config that comes late or changes."""
    return Refusal(
        400,
        "invalid_generation_config",
        "generation_config field must be provided in the first message and then either "
        "be not provided or not change.",
    )


def input_timeout(seconds: float) -> Refusal:
    """Give up on a client that keeps silent."""
    return Refusal(
        408,
        "input_timeout_exceeded",
        "Have not received a new text input within the timeout of "
        f"{seconds:.1f} seconds. Streaming input terminated. Please make sure to "
        "either feed the input in the timely manner, or to send the end of input "
        'text (empty string "") when done.',
    )


_FAILURES = {
    429: ("system_busy", "The system is experiencing heavy traffic, please try again."),
    500: ("internal_error", "Something went wrong. You are not charged for this."),
    503: ("service_unavailable", "The service is temporarily unavailable."),
}


def failure(status: int) -> Refusal:
    """Fail as a test asked."""
    code, message = _FAILURES.get(status, ("simulated_failure", "Asked to fail."))
    close_code = _INTERNAL_CLOSE if status >= _SERVER_FAULT else 1008
    return Refusal(status, code, message, close_code=close_code)
