"""The output formats of the service and who may use them."""

from dataclasses import dataclass
from typing import Literal

type Codec = Literal["mp3", "pcm", "ulaw", "alaw", "opus", "wav"]

DEFAULT_FORMAT = "mp3_44100_128"
# The 2023 pages and today's schema default of the WebSocket still say this.
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
class OutputFormat:
    """One entry of the list, e.g. mp3_44100_128."""

    name: str
    codec: Codec
    sample_rate: int
    kbps: int = 0
    minimum_tier: str = "free"

    @property
    def content_type(self) -> str:
        """The Content-Type of a body in this format."""
        return _CONTENT_TYPES[self.codec]

    def allowed_for(self, tier: str) -> bool:
        """Whether a plan includes this format."""
        return tier_rank(tier) >= tier_rank(self.minimum_tier)


def tier_rank(tier: str) -> int:
    """Order the plans; an unknown one counts as the highest."""
    return TIERS.index(tier) if tier in TIERS else len(TIERS)


def _formats() -> dict[str, OutputFormat]:
    mp3 = [(22050, 32), (24000, 48), *((44100, rate) for rate in (32, 64, 96, 128))]
    found = [OutputFormat(f"mp3_{r}_{k}", "mp3", r, k) for r, k in mp3]
    found.append(OutputFormat("mp3_44100_192", "mp3", 44100, 192, "creator"))
    for codec in ("pcm", "wav"):
        for rate in _LINEAR_RATES:
            tier = "pro" if rate == _PRO_RATE else "free"
            found.append(OutputFormat(f"{codec}_{rate}", codec, rate, 0, tier))
    found += [
        OutputFormat("ulaw_8000", "ulaw", 8000),
        OutputFormat("alaw_8000", "alaw", 8000),
    ]
    found += [
        OutputFormat(f"opus_48000_{kbps}", "opus", 48000, kbps) for kbps in (32, 64, 96, 128, 192)
    ]
    return {item.name: item for item in found}


FORMATS = _formats()
STREAM_FORMATS = {name: item for name, item in FORMATS.items() if item.codec != "wav"}
