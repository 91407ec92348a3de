"""Everything that decides how a text sounds."""

from dataclasses import dataclass, field
from typing import Literal

type LeadingSpaces = Literal["usual", "none", "double"]


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """How espeak-ng speaks as one of the voices."""

    variant: str = ""
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = 165
    language: str = "en"
    english: str = "en-us"


@dataclass(frozen=True, slots=True)
class SynthesisSettings:
    """The voice, the voice settings, and the options of a request."""

    voice: VoiceProfile = field(default_factory=VoiceProfile)
    language: str | None = None
    speed: float = 1.0
    stability: float = 0.5
    style: float = 0.0
    seed: int | None = None
    normalize: bool = True
    ssml: bool = False
    audio_tags: bool = False
    romanize: bool = True
    leading_spaces: LeadingSpaces = "usual"
    lead_in: float = 0.0
    aliases: tuple[tuple[str, str], ...] = ()
