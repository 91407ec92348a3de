"""Alignments as the wires spell them."""

from typing import Any

from .speech import CharTimes

_WS_KEYS = {
    "camel": ("chars", "charStartTimesMs", "charDurationsMs"),
    "camel_s": ("chars", "charStartTimesMs", "charsDurationsMs"),
    "camel_ss": ("chars", "charsStartTimesMs", "charsDurationsMs"),
    "snake": ("chars", "char_start_times_ms", "char_durations_ms"),
    "seed": ("chars", "char_start_times_ms", "chars_durations_ms"),
}


def http_json(times: CharTimes) -> dict[str, Any]:
    """Write seconds, start and end."""
    return {
        "characters": list(times.chars),
        "character_start_times_seconds": [round(at, 3) for at in times.starts],
        "character_end_times_seconds": [round(at, 3) for at in times.ends],
    }


def ws_json(times: CharTimes, keys: str) -> dict[str, Any]:
    """Write milliseconds, start and duration."""
    chars, starts, durations = _WS_KEYS[keys]
    pairs = zip(times.starts, times.ends, strict=True)
    return {
        chars: list(times.chars),
        starts: [round(start * 1000) for start in times.starts],
        durations: [round(end * 1000) - round(start * 1000) for start, end in pairs],
    }
