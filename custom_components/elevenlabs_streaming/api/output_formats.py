"""ElevenLabs' output formats: `codec_samplerate[_kbps]`."""

from dataclasses import dataclass
import re
from typing import Self

_PATTERN = re.compile(r"(?P<codec>mp3|pcm|ulaw|alaw|opus|wav)_(?P<rate>\d+)(?:_(?P<kbps>\d+))?")
_BYTES_PER_SAMPLE = {"pcm": 2, "wav": 2, "ulaw": 1, "alaw": 1}
# The alias of the older dialect has no bit rate and means 128 kbit/s.
_DEFAULT_KBPS = 128


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """An `output_format`: codec, samples a second and, where it has one, kbit a second."""

    codec: str
    sample_rate: int
    kbps: int | None = None

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a name such as `mp3_44100_128`; raises ValueError for anything else."""
        if not (match := _PATTERN.fullmatch(name)):
            raise ValueError(f"not an output format: {name}")
        kbps = match["kbps"]
        return cls(match["codec"], int(match["rate"]), int(kbps) if kbps else None)

    def __str__(self) -> str:
        """Return the name on the wire."""
        kbps = f"_{self.kbps}" if self.kbps else ""
        return f"{self.codec}_{self.sample_rate}{kbps}"

    @property
    def current_name(self) -> str:
        """Return the name on the wire of HTTP, which does not know the older dialect's alias."""
        return f"{self}_{_DEFAULT_KBPS}" if self.codec == "mp3" and not self.kbps else str(self)

    @property
    def bytes_per_second(self) -> float | None:
        """Bytes that one second takes, or None where that varies (Opus)."""
        if width := _BYTES_PER_SAMPLE.get(self.codec):
            return float(self.sample_rate * width)
        if self.codec == "mp3":
            return (self.kbps or _DEFAULT_KBPS) * 125.0
        return None

    @property
    def decoding_delay(self) -> float:
        """Seconds by which decoded sound lies behind the sound that was encoded.

        MP3 without a gapless header begins with what its filter banks need: 576 samples of the
        encoder and 529 of the decoder (measured: benchmarks/results/captions.txt).
        """
        return 1105 / self.sample_rate if self.codec == "mp3" else 0.0

    @property
    def encoding_lag(self) -> float:
        """Seconds of sound that an encoder has taken but not yet given out, on average.

        An MP3 encoder gives out whole frames and looks ahead; that comes to about 1,152 samples.
        """
        return 1152 / self.sample_rate if self.codec == "mp3" else 0.0


MP3_44100_128 = OutputFormat("mp3", 44100, 128)

PCM_RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
