"""The output formats and the plans that include them."""

from dataclasses import dataclass
from typing import Literal

type Codec = Literal["mp3", "pcm", "ulaw", "alaw", "opus", "wav"]

DEFAULT_FORMAT = "mp3_44100_128"
# The default of the WebSocket; docs/protocol.md, "WebSocket query".
WEBSOCKET_ALIASES = {"mp3_44100": "mp3_44100_128"}

TIERS = ("free", "starter", "creator", "pro", "scale", "business", "enterprise")

_CONTENT_TYPES: dict[Codec, str] = {
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
    "ulaw": "audio/basic",
    "alaw": "audio/alaw",
    "opus": "audio/opus",
    "wav": "audio/wav",
}
_PRO_RATE = 44100
_LINEAR_RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """An output format, such as mp3_44100_128."""

    name: str
    codec: Codec
    sample_rate: int
    kbps: int = 0
    minimum_tier: str = "free"

    @property
    def content_type(self) -> str:
        """Return the content type of a body in this format."""
        return _CONTENT_TYPES[self.codec]

    def is_allowed_for(self, tier: str) -> bool:
        """Return whether a plan includes this format."""
        return _tier_rank(tier) >= _tier_rank(self.minimum_tier)


def _tier_rank(tier: str) -> int:
    """Return the rank of a plan; an unknown one ranks highest."""
    return TIERS.index(tier) if tier in TIERS else len(TIERS)


def _audio_formats() -> dict[str, AudioFormat]:
    mp3 = [(22050, 32), (24000, 48), *((44100, rate) for rate in (32, 64, 96, 128))]
    formats = [AudioFormat(f"mp3_{r}_{k}", "mp3", r, k) for r, k in mp3]
    formats.append(AudioFormat("mp3_44100_192", "mp3", 44100, 192, "creator"))
    for codec in ("pcm", "wav"):
        for rate in _LINEAR_RATES:
            tier = "pro" if rate == _PRO_RATE else "free"
            formats.append(AudioFormat(f"{codec}_{rate}", codec, rate, 0, tier))
    formats += [AudioFormat(f"{codec}_8000", codec, 8000) for codec in ("ulaw", "alaw")]
    formats += [
        AudioFormat(f"opus_48000_{kbps}", "opus", 48000, kbps) for kbps in (32, 64, 96, 128, 192)
    ]
    return {item.name: item for item in formats}


AUDIO_FORMATS = _audio_formats()
STREAM_FORMATS = {name: item for name, item in AUDIO_FORMATS.items() if item.codec != "wav"}
# The schema of the WebSocket leaves these out; docs/protocol.md, "Output formats".
UNPUBLISHED_FORMATS = frozenset({"pcm_32000", "pcm_48000", "mp3_24000_48"})
