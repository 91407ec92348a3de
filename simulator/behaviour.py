"""Every switch and fault of the simulator in one frozen value."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .words import words


class BehaviourError(ValueError):
    """A switch that does not exist or a value it cannot take."""


def _about(text: str, *, least: float | None = None) -> dict[str, Any]:
    return {"help": text, "least": least}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the service behaves towards one key.

    Message numbers count the audio messages (lines, chunks) of one stream from 1.
    """

    # Pace
    inference_delay: float = field(
        default=0.0,
        metadata=_about("seconds from the start of a generation to its first audio", least=0),
    )
    generation_speed: float = field(
        default=0.0,
        metadata=_about("audio seconds made per second; 0 is as fast as possible", least=0),
    )
    chunk_ms: int = field(default=250, metadata=_about("audio in one message, ms", least=20))
    queue_ms: int = field(
        default=50, metadata=_about("wait for a free slot before 429, ms", least=0)
    )
    time_scale: float = field(
        default=1.0,
        metadata=_about("factor on inactivity timeouts, for impatient tests", least=0),
    )

    # Where the service's own behaviour is not confirmed
    error_body: Literal["current", "legacy", "text"] = field(
        default="current", metadata=_about("generation of HTTP error bodies")
    )
    ws_bad_key: Literal["frame", "handshake"] = field(
        default="frame",
        metadata=_about("bad key at the WebSocket: accept, error, 1008; or HTTP 401"),
    )
    ws_bad_query: Literal["frame", "handshake"] = field(
        default="frame",
        metadata=_about(
            "bad query, or what the plan lacks, at the WebSocket: accept, error, 1008; or HTTP 403"
        ),
    )
    ws_refused_model: Literal["handshake", "frame"] = field(
        default="handshake",
        metadata=_about("v3/v4 at the WebSocket: HTTP 403; or accept, error, 1008"),
    )
    ws_first_message: Literal["strict", "lenient"] = field(
        default="strict", metadata=_about("whether the first text must be one space")
    )
    ws_schedule_range: Literal["error", "clamp"] = field(
        default="error", metadata=_about("schedule entries outside 50..500")
    )
    ws_settings_change: Literal["error", "ignore"] = field(
        default="error", metadata=_about("settings that change after the first message")
    )
    ws_text_after_end: Literal["ignore", "error"] = field(
        default="ignore", metadata=_about("text after the end of input")
    )
    ws_clock: Literal["message", "generation", "cumulative"] = field(
        default="message", metadata=_about("where alignment times restart at 0")
    )
    ws_keys: Literal["camel", "camel_s", "camel_ss", "snake", "seed"] = field(
        default="camel",
        metadata=_about(
            "alignment key names: charDurationsMs; charsDurationsMs; also "
            "charsStartTimesMs; char_durations_ms with snake-case outer keys; "
            "chars_durations_ms as in 2023, without `alignment`"
        ),
    )
    ws_is_final: Literal["null", "false", "absent"] = field(
        default="null", metadata=_about("isFinal in ordinary messages")
    )
    ws_final: Literal["full", "bare", "none"] = field(
        default="full",
        metadata=_about("last message: all keys; only isFinal; none at all"),
    )
    try_trigger_minimum: int = field(
        default=50,
        metadata=_about("characters that try_trigger_generation needs", least=0),
    )
    language_code: Literal["ignore", "error"] = field(
        default="ignore", metadata=_about("a code the model does not support")
    )
    quota_status: Literal[401, 402] = field(
        default=401, metadata=_about("HTTP status when credits are used up")
    )
    model_not_found: Literal[400, 404] = field(
        default=400, metadata=_about("HTTP status for an unknown model")
    )
    voice_not_found: Literal[404, 400] = field(
        default=404, metadata=_about("HTTP status for an unknown voice")
    )
    v4_over_http: Literal["accept", "refuse"] = field(
        default="accept",
        metadata=_about("eleven_v3_conversational and v4 on the HTTP routes"),
    )
    v4_stitching: Literal["accept", "refuse"] = field(
        default="refuse", metadata=_about("previous_* and next_* for v4 models")
    )
    unknown_request_ids: Literal["error", "ignore"] = field(
        default="error", metadata=_about("previous_request_ids that are not valid")
    )
    wide_speed: bool = field(default=False, metadata=_about("accept speed 0.25..4.0 over HTTP"))
    flash_normalisation: Literal["auto", "off", "enterprise"] = field(
        default="auto",
        metadata=_about(
            "v2.5 models: normalise by default; only when `on`; `on` is Enterprise only"
        ),
    )
    cost_header: Literal["character-cost", "x-character-count", "both", "none"] = field(
        default="character-cost", metadata=_about("header that names the credits")
    )
    history_header: bool = field(default=False, metadata=_about("send history-item-id"))
    defaults_on_first_page: bool = field(
        default=True,
        metadata=_about("first page of /v2/voices carries all default voices on top"),
    )
    legacy_voices_limit: int = field(
        default=500, metadata=_about("/v1/voices fails beyond this many", least=0)
    )
    lead: Literal["usual", "none", "double"] = field(
        default="usual", metadata=_about("spaces that start normalizedAlignment")
    )
    romanise: bool = field(default=True, metadata=_about("normalised Chinese is pinyin"))
    word_borders: Literal["natural", "whole"] = field(
        default="natural",
        metadata=_about("whether messages with alignment may split words"),
    )
    double_pass: Literal["dictionary", "always", "never"] = field(
        default="dictionary",
        metadata=_about("`alignment` comes partly, then again from the first character"),
    )
    blank_line_every: int = field(
        default=5, metadata=_about("blank line after each n NDJSON lines; 0 never", least=0)
    )

    # Which streams the faults below hit
    faulty_streams: int = field(
        default=-1,
        metadata=_about("how many streams the stream faults hit; -1 all", least=-1),
    )
    faulty_route: Literal["all", "http", "websocket"] = field(
        default="all", metadata=_about("which streams the stream faults hit")
    )

    # Faults that refuse a request
    fail_status: int = field(
        default=0, metadata=_about("answer requests with this status; 0 off", least=0)
    )
    fail_requests: int = field(
        default=-1, metadata=_about("how many requests fail_status hits; -1 all", least=-1)
    )
    fail_routes: Literal["all", "speech", "account"] = field(
        default="all", metadata=_about("which requests fail_status hits")
    )
    quota: bool = field(default=False, metadata=_about("say that credits are used up"))
    unusual_activity: bool = field(
        default=False, metadata=_about("say that unusual activity was detected")
    )
    refuse_connections: bool = field(
        default=False, metadata=_about("cut the connection before any answer")
    )

    # Faults that stop a stream
    silent: bool = field(default=False, metadata=_about("accept and never answer"))
    first_byte_delay: float = field(
        default=0.0, metadata=_about("seconds between headers and first byte", least=0)
    )
    stall_after: int | None = field(
        default=None, metadata=_about("stay silent after n messages", least=0)
    )
    drop_after: int | None = field(
        default=None, metadata=_about("cut the TCP connection after n messages", least=0)
    )
    close_after: int | None = field(
        default=None, metadata=_about("close the stream after n messages", least=0)
    )
    close_code: int = field(default=1011, metadata=_about("code of close_after", least=1000))
    close_reason: str = field(default="", metadata=_about("reason of close_after"))
    close_error: str = field(
        default="", metadata=_about("`error` of a frame sent before close_after")
    )
    hang_after_final: bool = field(
        default=False, metadata=_about("WebSocket stays open after the final message")
    )

    # Faults in alignments
    alignment: Literal["normal", "null", "missing", "empty", "mismatched", "wrong_type"] = field(
        default="normal", metadata=_about("`alignment` of every message")
    )
    normalized: Literal["normal", "null", "missing", "empty", "mismatched", "wrong_type"] = field(
        default="normal", metadata=_about("normalised alignment of every message")
    )
    alignment_null_every: int = field(
        default=0, metadata=_about("both alignments null on each n-th message", least=0)
    )
    drift: float = field(default=1.0, metadata=_about("factor on all times", least=0))
    negative_times: bool = field(default=False, metadata=_about("times start below 0"))
    overlap: bool = field(
        default=False, metadata=_about("each alignment repeats the one before it")
    )

    # Faults in single messages
    huge_message: int | None = field(
        default=None, metadata=_about("message n is padded beyond 5 MiB", least=1)
    )
    bad_base64: int | None = field(
        default=None, metadata=_about("audio of message n is no base64", least=1)
    )
    wrong_types: int | None = field(
        default=None, metadata=_about("values of message n have wrong types", least=1)
    )
    broken_json: int | None = field(
        default=None,
        metadata=_about("message n is preceded by one that is not JSON", least=1),
    )
    cut_line: int | None = field(
        default=None,
        metadata=_about("NDJSON line n ends in the middle and so does the body", least=1),
    )
    binary_frame: int | None = field(
        default=None, metadata=_about("message n is preceded by a binary frame", least=1)
    )
    unknown_message: int | None = field(
        default=None,
        metadata=_about("message n is preceded by one of unknown kind", least=1),
    )

    def __post_init__(self) -> None:
        """Check every value."""
        hints = get_type_hints(type(self))
        for item in fields(self):
            _check(item, hints[item.name], getattr(self, item.name))

    @classmethod
    def from_json(cls, data: object, base: Behaviour | None = None) -> Behaviour:
        """Read switches from JSON, on top of others."""
        if not isinstance(data, Mapping):
            message = f"behaviour must be an object, not {type(data).__name__}"
            raise BehaviourError(message)
        known = {item.name for item in fields(cls)}
        if unknown := sorted(set(data) - known):
            message = f"unknown switch: {', '.join(map(str, unknown))}"
            raise BehaviourError(message)
        return replace(base or cls(), **data)

    def to_json(self) -> dict[str, Any]:
        """Name every switch with its value."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def changed(self) -> dict[str, Any]:
        """Name the switches that differ from the defaults."""
        return {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if getattr(self, item.name) != item.default
        }


STREAM_FAULTS = words(
    "silent first_byte_delay stall_after drop_after close_after hang_after_final "
    "alignment normalized alignment_null_every drift negative_times overlap "
    "huge_message bad_base64 wrong_types broken_json cut_line binary_frame "
    "unknown_message"
)


def without_stream_faults(behaviour: Behaviour) -> Behaviour:
    """Heal what faulty_streams limits."""
    healthy = Behaviour()
    return replace(behaviour, **{name: getattr(healthy, name) for name in STREAM_FAULTS})


def _check(item: Field[Any], hint: Any, value: object) -> None:
    if not _fits(hint, value):
        message = f"{item.name} must be {_describe(hint)}, not {value!r}"
        raise BehaviourError(message)
    least = item.metadata["least"]
    if least is not None and isinstance(value, int | float) and value < least:
        message = f"{item.name} must be at least {least}, not {value!r}"
        raise BehaviourError(message)


def _fits(hint: Any, value: object) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return any(type(value) is type(o) and value == o for o in get_args(hint))
    if origin in (Union, types.UnionType):
        return any(_fits(option, value) for option in get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint


def _describe(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is Literal:
        return " or ".join(repr(option) for option in get_args(hint))
    if origin in (Union, types.UnionType):
        return " or ".join(_describe(option) for option in get_args(hint))
    return "null" if hint is type(None) else str(hint.__name__)


def describe() -> list[dict[str, Any]]:
    """List every switch with its values, default and meaning."""
    hints = get_type_hints(Behaviour)
    return [
        {
            "name": item.name,
            "values": _describe(hints[item.name]),
            "default": item.default,
            "help": item.metadata["help"],
        }
        for item in fields(Behaviour)
    ]
