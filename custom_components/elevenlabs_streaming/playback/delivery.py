"""Which format ElevenLabs is asked for, for what Home Assistant prefers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..api import MP3_44100_128, PCM_RATES, OutputFormat
from ..speech import wav_header

# Home Assistant's own names; `preferred_bitrate` exists from 2026.10 on.
PREFERRED_FORMAT: Final = "preferred_format"
PREFERRED_SAMPLE_RATE: Final = "preferred_sample_rate"
PREFERRED_SAMPLE_CHANNELS: Final = "preferred_sample_channels"
PREFERRED_SAMPLE_BYTES: Final = "preferred_sample_bytes"
PREFERRED_BITRATE: Final = "preferred_bitrate"
FORMAT_OPTIONS: Final = frozenset(
    (
        PREFERRED_FORMAT,
        PREFERRED_SAMPLE_RATE,
        PREFERRED_SAMPLE_CHANNELS,
        PREFERRED_SAMPLE_BYTES,
        PREFERRED_BITRATE,
    )
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What ElevenLabs is asked for and what Home Assistant is told it gets."""

    output_format: OutputFormat
    extension: str

    def header(self) -> bytes:
        """Return what goes before the audio."""
        return wav_header(self.output_format.sample_rate) if self.extension == "wav" else b""


_MP3 = Delivery(MP3_44100_128, "mp3")
_SAMPLE_BYTES = 2
_MP3_FORMATS = {
    OutputFormat("mp3", 22050, 32),
    *(OutputFormat("mp3", 44100, kbps) for kbps in (32, 64, 96, 128, 192)),
}


def deliveries(options: Mapping[str, Any]) -> tuple[Delivery, ...]:
    """Return the formats to try for what Home Assistant prefers, best first.

    What ElevenLabs cannot give exactly is handed over in another container: that makes Home
    Assistant convert it to all that was asked for (tts/__init__.py, 2026.11).
    """
    wanted = options.get(PREFERRED_FORMAT) or "mp3"
    rate = _int(options.get(PREFERRED_SAMPLE_RATE))
    bitrate = _int(options.get(PREFERRED_BITRATE))
    plain = _int(options.get(PREFERRED_SAMPLE_CHANNELS)) in (None, 1) and _int(
        options.get(PREFERRED_SAMPLE_BYTES)
    ) in (None, _SAMPLE_BYTES)
    if wanted == "mp3":
        exact = OutputFormat("mp3", rate or 44100, bitrate or 128)
        if plain and exact in _MP3_FORMATS:
            return tuple(dict.fromkeys((Delivery(exact, "mp3"), _MP3)))
        return (_wav(24000),)
    if wanted == "wav" and not (plain and rate in (None, *PCM_RATES)):
        return (_MP3,)
    return (_wav(rate if rate in PCM_RATES else 24000), _MP3)


def _wav(rate: int) -> Delivery:
    return Delivery(OutputFormat("pcm", rate), "wav")


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
