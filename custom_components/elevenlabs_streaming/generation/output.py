"""Which format ElevenLabs is asked for, for what Home Assistant prefers.

What is asked for is given at once where it can be: MP3 and PCM as ElevenLabs has them, in a WAV
or FLAC of our own. Anything else Home Assistant converts, and what goes into that conversion is
chosen so that it begins soonest (benchmarks/README.md has the figures).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components import tts

from ..api import MP3_44100_128, PCM_RATES, OutputFormat
from ..audio import (
    FLAC_RATES,
    AudioContainer,
    FlacContainer,
    PlainContainer,
    WidenedWav,
    mp3_in_wav_header,
    wav_header,
)
from ..const import CONF_LOUDNESS

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

# From 2026.11 on Home Assistant leaves audio alone that is what an engine says it can be asked
# for; before, any such wish but that for a format has it converted (tts/__init__.py).
_IS_TRUSTED: Final = hasattr(tts, "async_create_audio_stream")

_SAMPLE_BYTES: Final = 2
_WIDTHS: Final = (1, 2, 3, 4)
_MOST_CHANNELS: Final = 2
_SATELLITES: Final = ("wav", "flac")
_ANY_RATE: Final = 24000
_MP3_FORMATS: Final = {
    OutputFormat("mp3", 22050, 32),
    *(OutputFormat("mp3", 44100, kbps) for kbps in (32, 64, 96, 128, 192)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOutput:
    """What ElevenLabs is asked for and what Home Assistant is told it gets."""

    output_format: OutputFormat
    extension: str
    channels: int = 1
    sample_bytes: int = _SAMPLE_BYTES

    def framing(self) -> AudioContainer:
        """Return the container of one stream."""
        rate, kbps = self.output_format.sample_rate, self.output_format.kbps
        if self.extension == "flac":
            return FlacContainer(rate)
        if self.extension != "wav":
            return PlainContainer()
        if kbps:
            return PlainContainer(mp3_in_wav_header(rate, kbps))
        header = wav_header(rate, self.channels, self.sample_bytes)
        if (self.channels, self.sample_bytes) == (1, _SAMPLE_BYTES):
            return PlainContainer(header)
        return WidenedWav(header, self.channels, self.sample_bytes)


_MP3: Final = AudioOutput(output_format=MP3_44100_128, extension="mp3")
_TO_CONVERT: Final = AudioOutput(output_format=OutputFormat("pcm", _ANY_RATE), extension="wav")
_MP3_TO_CONVERT: Final = AudioOutput(output_format=MP3_44100_128, extension="wav")


@dataclass(frozen=True, slots=True)
class _PreferredFormat:
    """What is asked for; None leaves it open."""

    format: str
    rate: int | None
    channels: int | None
    sample_bytes: int | None
    kbps: int | None
    levelled: bool
    """Whether the loudness is changed, which needs plain samples."""

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> _PreferredFormat:
        return cls(
            options.get(PREFERRED_FORMAT) or "mp3",
            _int(options.get(PREFERRED_SAMPLE_RATE)),
            _int(options.get(PREFERRED_SAMPLE_CHANNELS)),
            _int(options.get(PREFERRED_SAMPLE_BYTES)),
            _int(options.get(PREFERRED_BITRATE)),
            bool(options.get(CONF_LOUDNESS)),
        )

    @property
    def only_format(self) -> bool:
        return (self.rate, self.channels, self.sample_bytes, self.kbps) == (None,) * 4

    @property
    def plain(self) -> bool:
        """Whether mono samples of 16 bits are meant."""
        return self.channels in (None, 1) and self.sample_bytes in (None, _SAMPLE_BYTES)

    @property
    def pcm(self) -> OutputFormat:
        return OutputFormat("pcm", self.rate or _ANY_RATE)


def audio_outputs(options: Mapping[str, Any]) -> tuple[AudioOutput, ...]:
    """Return the formats to try for what Home Assistant prefers, best first.

    The later ones are for plans that do not include the first; the last is in every plan.
    """
    wishes = _PreferredFormat.read(options)
    exact = _left_alone(wishes)
    if wishes.levelled and not (_IS_TRUSTED and wishes.format == "wav"):
        spare = _TO_CONVERT
    elif not _IS_TRUSTED:
        # It converts whatever comes, if it is asked for more than a format.
        spare = _MP3 if wishes.format == "mp3" and wishes.only_format else _MP3_TO_CONVERT
    elif wishes.format == "wav":
        # Another WAV than asked for would be passed on as it is.
        spare = _MP3
    else:
        spare = _MP3 if wishes.format == "mp3" and exact else _TO_CONVERT
    return tuple(dict.fromkeys(filter(None, (exact, spare))))


def needs_filled_pauses(options: Mapping[str, Any]) -> bool:
    """Return whether the preferred format is one of satellites, some of which hang in a gap."""
    return _PreferredFormat.read(options).format in _SATELLITES


def is_converted(options: Mapping[str, Any]) -> bool:
    """Whether Home Assistant converts what it gets, whichever output that is."""
    return _left_alone(_PreferredFormat.read(options)) is None


def possible_outputs(
    wanted: Sequence[AudioOutput], lacks: Collection[OutputFormat]
) -> Sequence[AudioOutput]:
    """Leave out formats that the plan is known to lack; the last output is in every plan."""
    *others, last = wanted
    return [*(one for one in others if one.output_format not in lacks), last]


def bytes_per_second(options: Mapping[str, Any]) -> float | None:
    """Return how long audio is that Home Assistant gives out, where its size tells."""
    wishes = _PreferredFormat.read(options)
    if wishes.format == "wav":
        channels, width = wishes.channels or 1, wishes.sample_bytes or _SAMPLE_BYTES
        return float((wishes.rate or _ANY_RATE) * channels * width)
    exact = _left_alone(wishes)
    return exact.output_format.bytes_per_second if exact else None


def _left_alone(wishes: _PreferredFormat) -> AudioOutput | None:
    """Return exactly what is asked for, where Home Assistant would pass it on as it is."""
    return _exact(wishes) if _IS_TRUSTED or wishes.only_format else None


def _exact(wishes: _PreferredFormat) -> AudioOutput | None:
    """Return exactly what is asked for, if we can make it."""
    if wishes.format == "mp3":
        mp3 = OutputFormat("mp3", wishes.rate or 44100, wishes.kbps or 128)
        fits = wishes.plain and mp3 in _MP3_FORMATS and not wishes.levelled
        return AudioOutput(output_format=mp3, extension="mp3") if fits else None
    if wishes.rate not in (None, *PCM_RATES):
        return None
    if wishes.format == "flac":
        fits = wishes.plain and wishes.pcm.sample_rate in FLAC_RATES
        return AudioOutput(output_format=wishes.pcm, extension="flac") if fits else None
    return _exact_wav(wishes) if wishes.format == "wav" else None


def _exact_wav(wishes: _PreferredFormat) -> AudioOutput | None:
    channels = 1 if wishes.channels is None else wishes.channels
    width = _SAMPLE_BYTES if wishes.sample_bytes is None else wishes.sample_bytes
    if not 1 <= channels <= _MOST_CHANNELS or width not in _WIDTHS:
        return None
    return AudioOutput(
        output_format=wishes.pcm, extension="wav", channels=channels, sample_bytes=width
    )


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
