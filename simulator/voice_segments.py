"""Which voice of a dialogue speaks when, as the routes with timestamps say it."""

from collections.abc import Iterable
from typing import Any

from .speech_script import SpeechScript
from .speech_stream import AudioChunk


def voice_segments(script: SpeechScript, chunks: Iterable[AudioChunk]) -> list[dict[str, Any]]:
    """Return the voices of a message; their indices are those of its alignment."""
    segments, index = list[dict[str, Any]](), 0
    for chunk in chunks:
        number, start = chunk.segment.part, index
        index += len(chunk.original.chars)
        if not segments or segments[-1]["dialogue_input_index"] != number:
            segments.append(
                {
                    "voice_id": script.inputs[number].voice_id,
                    "start_time_seconds": round(chunk.start, 3),
                    "end_time_seconds": 0.0,
                    "character_start_index": start,
                    "character_end_index": 0,
                    "dialogue_input_index": number,
                }
            )
        segments[-1]["end_time_seconds"] = round(chunk.end, 3)
        segments[-1]["character_end_index"] = index
    return segments
