"""What happened when, in seconds of the clock that all processes of a machine share."""

from collections.abc import Callable
from dataclasses import dataclass, field
import time
from typing import Any, cast

from homeassistant.components.tts import (
    TextToSpeechEntity,
    TTSAudioRequest,
    TTSAudioResponse,
)


@dataclass(slots=True)
class Moments:
    """The moments of one utterance, each noted once."""

    noted: dict[str, float] = field(default_factory=dict)

    def note(self, name: str) -> None:
        """Note that something happened now, if it did not before."""
        self.noted.setdefault(name, time.monotonic())

    def clear(self) -> None:
        """Begin the next utterance."""
        self.noted.clear()


def watch_engines(moments: Moments) -> Callable[[], None]:
    """Note when Home Assistant calls a speech engine; returns what ends that."""
    watched: Any = TextToSpeechEntity
    original = watched.internal_async_stream_tts_audio

    async def noting(self: TextToSpeechEntity, request: TTSAudioRequest) -> TTSAudioResponse:
        moments.note("engine called")
        return cast("TTSAudioResponse", await original(self, request))

    def restore() -> None:
        watched.internal_async_stream_tts_audio = original

    watched.internal_async_stream_tts_audio = noting
    return restore
