"""What is generated in one go: the inputs of one voice or of several."""

from dataclasses import dataclass

from .behaviour import Behaviour
from .speech_stream import SpeechPart
from .synthesis_request import SynthesisRequest


@dataclass(frozen=True, slots=True)
class SpokenInput:
    """A text and how it is spoken."""

    text: str
    synthesis: SynthesisRequest

    @property
    def voice_id(self) -> str:
        """Return the ID of the voice."""
        return self.synthesis.voice.voice_id


@dataclass(frozen=True, slots=True)
class SpeechScript:
    """The inputs of a generation in order, for the same model and output format."""

    inputs: tuple[SpokenInput, ...]

    @classmethod
    def for_text(cls, text: str, synthesis: SynthesisRequest) -> SpeechScript:
        """Return the script of a single text."""
        return cls((SpokenInput(text, synthesis),))

    @property
    def text(self) -> str:
        """Return the whole text."""
        return "".join(item.text for item in self.inputs)

    @property
    def synthesis(self) -> SynthesisRequest:
        """Return the request of the first input."""
        return self.inputs[0].synthesis

    @property
    def cost(self) -> int:
        """Return the credits that the script costs."""
        return self.synthesis.cost(self.text)

    def parts(self, behaviour: Behaviour) -> list[SpeechPart]:
        """Return what the synthesizer speaks."""
        return [
            SpeechPart(item.text, item.synthesis.synthesis_settings(behaviour))
            for item in self.inputs
        ]
