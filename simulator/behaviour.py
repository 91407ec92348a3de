"""The switches and faults of the simulator in one immutable value."""

# ruff: noqa: RUF009 - `_switch` returns a field

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal, get_type_hints

from .switch_values import describe_type, matches_type
from .word_lists import split_words


class BehaviourError(ValueError):
    """A switch that doesn't exist, or an invalid value."""


def _switch(default: object, help_text: str, *, minimum: float | None = None) -> Any:
    return field(default=default, metadata={"help": help_text, "minimum": minimum})


_TimesFault = Literal[
    "normal",
    "moment",
    "end_first",
    "end_beyond",
    "beyond",
    "backwards",
    "negative",
    "null",
    "nan",
    "text",
]
_AlignmentFault = Literal["normal", "null", "missing", "empty", "mismatched", "wrong_type"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the service behaves toward an API key.

    Message numbers count the audio messages (lines, chunks) of one stream from 1.
    """

    # Speed
    inference_delay: float = _switch(
        0.0, "seconds from the start of a generation to its first audio", minimum=0
    )
    generation_speed: float = _switch(
        0.0, "seconds of audio generated per second; 0 is as fast as possible", minimum=0
    )
    chunk_ms: int = _switch(250, "audio in one message, in milliseconds", minimum=20)
    queue_ms: int = _switch(50, "wait for a free slot before 429, in milliseconds", minimum=0)
    time_scale: float = _switch(1.0, "factor on inactivity timeouts, for fast tests", minimum=0)

    # What isn't confirmed; docs/protocol.md, "Not confirmed"
    error_body: Literal["current", "legacy", "text"] = _switch(
        "current", "generation of HTTP error bodies"
    )
    ws_bad_key: Literal["frame", "handshake"] = _switch(
        "frame", "invalid key on the WebSocket: accept, error, 1008; or HTTP 401"
    )
    ws_bad_query: Literal["frame", "handshake"] = _switch(
        "frame",
        "invalid query, or something that the plan doesn't include, on the WebSocket: accept, "
        "error, 1008; or HTTP 403",
    )
    ws_refused_model: Literal["handshake", "frame"] = _switch(
        "handshake", "v3 and v4 on the WebSocket: HTTP 403; or accept, error, 1008"
    )
    ws_formats: Literal["all", "published"] = _switch(
        "all",
        "formats of the WebSocket: those of HTTP; or without pcm_32000, pcm_48000, and "
        "mp3_24000_48, which its published schema leaves out",
    )
    ws_first_message: Literal["strict", "lenient"] = _switch(
        "strict", "whether the first text must be one space"
    )
    ws_schedule_range: Literal["error", "clamp"] = _switch(
        "error", "schedule entries that aren't within 50 to 500"
    )
    ws_settings_change: Literal["error", "ignore"] = _switch(
        "error", "settings that change after the first message"
    )
    ws_text_after_end: Literal["ignore", "error"] = _switch("ignore", "text after the end of input")
    ws_clock: Literal["message", "generation", "cumulative"] = _switch(
        "message", "where alignment times restart at 0"
    )
    ws_keys: Literal["camel", "camel_s", "camel_ss", "snake", "seed"] = _switch(
        "camel",
        "alignment keys: charDurationsMs; charsDurationsMs; also charsStartTimesMs; "
        "char_durations_ms with snake-case outer keys; chars_durations_ms as in 2023, without "
        "`alignment`",
    )
    ws_is_final: Literal["null", "false", "absent"] = _switch(
        "null", "isFinal in ordinary messages"
    )
    ws_final: Literal["full", "bare", "none"] = _switch(
        "full", "final message: all keys; only isFinal; no message"
    )
    try_trigger_minimum: int = _switch(
        50, "characters that try_trigger_generation needs", minimum=0
    )
    language_code: Literal["ignore", "error"] = _switch(
        "ignore", "a code that the model doesn't support"
    )
    quota_status: Literal[401, 402] = _switch(401, "HTTP status when there are no credits left")
    model_not_found: Literal[400, 404] = _switch(400, "HTTP status for an unknown model")
    voice_not_found: Literal[404, 400] = _switch(404, "HTTP status for an unknown voice")
    v4_over_http: Literal["accept", "refuse"] = _switch(
        "accept", "eleven_v3_conversational and v4 on the HTTP routes"
    )
    v4_stitching: Literal["accept", "refuse"] = _switch(
        "refuse", "previous_* and next_* for v4 models"
    )
    unknown_request_ids: Literal["error", "ignore"] = _switch(
        "error", "previous_request_ids that aren't valid"
    )
    wide_speed: bool = _switch(default=False, help_text="accept a speed of 0.25 to 4.0 over HTTP")
    flash_normalisation: Literal["auto", "off", "enterprise"] = _switch(
        "auto",
        "text normalization of v2.5 models: by default; only with `on`; `on` for Enterprise only",
    )
    cost_header: Literal["character-cost", "x-character-count", "both", "none"] = _switch(
        "character-cost", "header with the credits"
    )
    history_header: bool = _switch(default=False, help_text="send history-item-id")
    defaults_on_first_page: bool = _switch(
        default=True, help_text="the default voices are added to the first page of /v2/voices"
    )
    legacy_voices_limit: int = _switch(
        500, "number of voices beyond which /v1/voices fails", minimum=0
    )
    lead: Literal["usual", "none", "double"] = _switch(
        "usual", "spaces at the start of normalizedAlignment"
    )
    lead_in: float = _switch(0.0, "seconds of silence before the first word", minimum=0)
    romanise: bool = _switch(default=True, help_text="normalized Chinese is pinyin")
    word_borders: Literal["natural", "whole"] = _switch(
        "natural", "whether messages with alignment may split words"
    )
    double_pass: Literal["dictionary", "always", "never"] = _switch(
        "dictionary", "when `alignment` comes partly, then again from the first character"
    )
    blank_line_every: int = _switch(
        5, "number of NDJSON lines before a blank line; 0 is never", minimum=0
    )

    # What isn't confirmed about text to dialogue and multi-context WebSockets
    dialogue_refused: str = _switch(
        "", "models that the dialogue routes refuse, separated by spaces; `all` is every model"
    )
    dialogue_close_context: Literal["generate", "discard"] = _switch(
        "generate", "buffered text of a dialogue context that is closed"
    )
    dialogue_session_limit: Literal["handshake", "frame"] = _switch(
        "handshake", "more dialogue sessions than the plan has: HTTP 429; or accept, error, 1008"
    )
    dialogue_trigger_characters: int = _switch(
        40, "buffered characters from which dialogue is generated without a flush", minimum=0
    )
    dialogue_trigger_words: int = _switch(
        8, "buffered words that it needs besides the characters", minimum=0
    )
    dialogue_long_text: Literal["error", "cut"] = _switch(
        "error", "more than 2,000 characters over HTTP: HTTP 400; or streams end there"
    )
    dialogue_context: Literal["accept", "refuse"] = _switch(
        "accept", "previous_text, future_text, and request IDs of dialogue"
    )
    idle_context: Literal["final", "error"] = _switch(
        "final", "a context without messages ends; or the whole WebSocket fails"
    )

    # The streams that have the faults below
    faulty_streams: int = _switch(-1, "number of streams with stream faults; -1 is all", minimum=-1)
    gone_after: int = _switch(
        -1, "number of streams after which no connection is accepted; -1 is never", minimum=-1
    )
    faulty_route: Literal["all", "http", "websocket"] = _switch(
        "all", "route of the streams with stream faults"
    )

    # Faults that fail a request
    fail_status: int = _switch(0, "answer requests with this status; 0 is off", minimum=0)
    fail_requests: int = _switch(
        -1, "number of requests that fail_status affects; -1 is all", minimum=-1
    )
    fail_routes: Literal["all", "speech", "account"] = _switch(
        "all", "requests that fail_status affects"
    )
    quota: bool = _switch(default=False, help_text="report that there are no credits left")
    unusual_activity: bool = _switch(default=False, help_text="report unusual activity")
    refuse_connections: bool = _switch(
        default=False, help_text="drop the connection before any answer"
    )

    # Faults that stop a stream
    silent: bool = _switch(default=False, help_text="accept and never answer")
    first_byte_delay: float = _switch(
        0.0, "seconds between the headers and the first byte", minimum=0
    )
    stall_after: int | None = _switch(None, "send nothing more after n messages", minimum=0)
    stall_seconds: float = _switch(
        0.0, "seconds after which a stream that stalls goes on; 0 is never", minimum=0
    )
    drop_after: int | None = _switch(None, "drop the TCP connection after n messages", minimum=0)
    close_after: int | None = _switch(None, "close the stream after n messages", minimum=0)
    close_code: int = _switch(1011, "code of close_after", minimum=1000)
    close_reason: str = _switch("", "reason of close_after")
    close_error: str = _switch("", "`error` of a frame before close_after")
    hang_after_final: bool = _switch(
        default=False, help_text="the WebSocket stays open after the final message"
    )

    # Faults in alignments
    alignment: _AlignmentFault = _switch("normal", "`alignment` of every message")
    normalized: _AlignmentFault = _switch("normal", "normalized alignment of every message")
    alignment_null_every: int = _switch(
        0, "both alignments are null in every n-th message", minimum=0
    )
    drift: float = _switch(1.0, "factor on all times", minimum=0)
    negative_times: bool = _switch(default=False, help_text="times start below 0")
    overlap: bool = _switch(default=False, help_text="each alignment repeats the one before it")
    times: _TimesFault = _switch(
        "normal",
        "times of some characters: all at the moment of the first; ends before starts; ends, or "
        "starts and ends, a minute late; in each message in reverse order; starts of -1, null, "
        "NaN, or a text",
    )
    times_from: int = _switch(0, "number of characters before the first with such times", minimum=0)
    times_count: int = _switch(
        0, "number of characters with such times; 0 is all that follow", minimum=0
    )

    # Faults in single messages
    huge_message: int | None = _switch(None, "message n is padded beyond 5 MiB", minimum=1)
    bad_base64: int | None = _switch(None, "the audio of message n isn't Base64", minimum=1)
    wrong_types: int | None = _switch(None, "values of message n have wrong types", minimum=1)
    broken_json: int | None = _switch(
        None, "a message that isn't JSON comes before message n", minimum=1
    )
    cut_line: int | None = _switch(
        None, "NDJSON line n and the body end in the middle of the line", minimum=1
    )
    binary_frame: int | None = _switch(None, "a binary frame comes before message n", minimum=1)
    unknown_message: int | None = _switch(
        None, "a message of an unknown kind comes before message n", minimum=1
    )

    def __post_init__(self) -> None:
        """Check all values."""
        hints = get_type_hints(type(self))
        for item in fields(self):
            _check_value(item, hints[item.name], getattr(self, item.name))

    @classmethod
    def from_json(cls, data: object, base: Behaviour | None = None) -> Behaviour:
        """Return a behaviour with the switches of a JSON object changed."""
        if not isinstance(data, Mapping):
            message = f"behaviour must be an object, not {type(data).__name__}"
            raise BehaviourError(message)
        known = {item.name for item in fields(cls)}
        if unknown := sorted(set(data) - known):
            message = f"unknown switch: {', '.join(map(str, unknown))}"
            raise BehaviourError(message)
        return replace(base or cls(), **data)

    def to_json(self) -> dict[str, Any]:
        """Return all switches with their values."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def changed_switches(self) -> dict[str, Any]:
        """Return the switches that differ from their defaults."""
        return {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if getattr(self, item.name) != item.default
        }


STREAM_FAULTS = split_words(
    "silent first_byte_delay stall_after stall_seconds drop_after close_after hang_after_final "
    "alignment normalized alignment_null_every drift negative_times overlap "
    "times times_from times_count "
    "huge_message bad_base64 wrong_types broken_json cut_line binary_frame "
    "unknown_message"
)


def without_stream_faults(behaviour: Behaviour) -> Behaviour:
    """Return a behaviour without the faults that `faulty_streams` limits."""
    defaults = Behaviour()
    return replace(behaviour, **{name: getattr(defaults, name) for name in STREAM_FAULTS})


def describe_switches() -> list[dict[str, Any]]:
    """Return all switches with their values, defaults, and meanings."""
    hints = get_type_hints(Behaviour)
    return [
        {
            "name": item.name,
            "values": describe_type(hints[item.name]),
            "default": item.default,
            "help": item.metadata["help"],
        }
        for item in fields(Behaviour)
    ]


def _check_value(item: Field[Any], hint: Any, value: object) -> None:
    if not matches_type(hint, value):
        message = f"{item.name} must be {describe_type(hint)}, not {value!r}"
        raise BehaviourError(message)
    minimum = item.metadata["minimum"]
    if minimum is not None and isinstance(value, int | float) and value < minimum:
        message = f"{item.name} must be at least {minimum}, not {value!r}"
        raise BehaviourError(message)
