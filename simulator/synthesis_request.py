"""What a client asks to synthesize, after all checks."""

from dataclasses import dataclass, field
import math
from typing import Any

from .audio_formats import AudioFormat
from .behaviour import Behaviour
from .catalog_voice import CatalogVoice
from .speech_models import SpeechModel
from .synthesis_settings import SynthesisSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisRequest:
    """A checked request: the voice, the model, the output format, and the settings."""

    voice: CatalogVoice
    model: SpeechModel
    output_format: AudioFormat
    language: str | None = None
    voice_settings: dict[str, Any] = field(default_factory=dict)
    normalize: bool = True
    ssml: bool = False
    seed: int | None = None
    aliases: tuple[tuple[str, str], ...] = ()

    def cost(self, text: str) -> int:
        """Return the credits that a text costs."""
        return math.ceil(len(text) * self.model.cost_multiplier)

    def repeats_alignment(self, behaviour: Behaviour) -> bool:
        """Return whether `alignment` comes again from the first character."""
        when = behaviour.double_pass
        return when == "always" or (when == "dictionary" and bool(self.aliases))

    def synthesis_settings(self, behaviour: Behaviour) -> SynthesisSettings:
        """Return the settings of the synthesizer."""
        settings = {**self.voice.current_settings(), **self.voice_settings}
        return SynthesisSettings(
            voice=self.voice.profile,
            language=self.language,
            speed=settings["speed"],
            stability=settings["stability"],
            style=settings["style"],
            seed=self.seed,
            normalize=self.normalize,
            ssml=self.ssml,
            audio_tags=self.model.supports_audio_tags,
            romanize=behaviour.romanise,
            leading_spaces=behaviour.lead,
            lead_in=behaviour.lead_in,
            aliases=self.aliases,
        )
