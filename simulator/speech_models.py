"""The models."""

from dataclasses import dataclass
from typing import Any

from .word_lists import split_words

_V2_5 = split_words(
    "ar bg cs da de el en es fi fil fr hi hr hu id it ja ko ms nl no pl pt ro ru sk "
    "sv ta tr uk vi zh"
)
_MULTILINGUAL_V2 = [code for code in _V2_5 if code not in ("hu", "no", "vi")]
_V3 = sorted(
    {
        *_V2_5,
        *split_words(
            "af hy as az be bn bs ca ceb ny et gl ka gu ha he is ga jv kn kk ky lv ln lt lb "
            "mk ml mr ne ps fa pa sr sd sl so sw te th ur cy"
        ),
    }
)
_V4 = sorted({*_V3, *split_words("ast mi mn mt my oc or tg uz yue")})
_MULTILINGUAL_V1 = split_words("en de pl es it fr pt hi")

_MAX_DIALOGUE_VOICES = 10

_LANGUAGE_NAMES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """A model and what it supports."""

    model_id: str
    name: str
    languages: tuple[str, ...]
    max_text_length: int
    cost_multiplier: float = 1.0
    concurrency_group: str = "standard"
    can_do_text_to_speech: bool = True
    can_do_voice_conversion: bool = False
    can_use_style: bool = False
    can_use_speaker_boost: bool = False
    description: str = ""

    @property
    def family(self) -> str:
        """Return the family of the model: v1, v2, v2_5, v3, or v4."""
        for family in ("v4", "v3", "v2_5", "v2"):
            if family in self.model_id:
                return family
        return "v1"

    @property
    def is_dialogue_only(self) -> bool:
        """Return whether the model isn't available on the text-to-speech WebSocket."""
        return self.family in ("v3", "v4")

    @property
    def max_dialogue_voices(self) -> int:
        """Return how many voices a dialogue can have."""
        is_for_one = self.model_id in ("eleven_v3_conversational", "eleven_v4_turbo")
        return 1 if is_for_one else _MAX_DIALOGUE_VOICES

    @property
    def supports_audio_tags(self) -> bool:
        """Return whether the model performs audio tags instead of reading them out."""
        return self.is_dialogue_only

    @property
    def supports_language_code(self) -> bool:
        """Return whether the model uses `language_code`."""
        return self.model_id != "eleven_multilingual_v2" and len(self.languages) > 1

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of the models route."""
        languages = [
            {"language_id": code, "name": _LANGUAGE_NAMES.get(code, code.upper())}
            for code in self.languages
        ]
        return {
            "model_id": self.model_id,
            "name": self.name,
            "can_be_finetuned": self.can_do_text_to_speech,
            "can_do_text_to_speech": self.can_do_text_to_speech,
            "can_do_voice_conversion": self.can_do_voice_conversion,
            "can_use_style": self.can_use_style,
            "can_use_speaker_boost": self.can_use_speaker_boost,
            "serves_pro_voices": False,
            "token_cost_factor": self.cost_multiplier,
            "description": self.description,
            "requires_alpha_access": False,
            "max_characters_request_free_user": min(2500, self.max_text_length),
            "max_characters_request_subscribed_user": min(5000, self.max_text_length),
            "maximum_text_length_per_request": self.max_text_length,
            "languages": languages,
            "model_rates": {
                "character_cost_multiplier": self.cost_multiplier,
                "cost_discount_multiplier": 1.0,
            },
            "concurrency_group": self.concurrency_group,
        }


_ALL_MODELS = (
    SpeechModel(
        model_id="eleven_v4",
        name="Eleven v4",
        languages=tuple(_V4),
        max_text_length=10_000,
        can_use_style=True,
        description="Expressive speech in many languages.",
    ),
    SpeechModel(
        model_id="eleven_v4_turbo",
        name="Eleven v4 Turbo",
        languages=tuple(_V4),
        max_text_length=10_000,
        cost_multiplier=0.5,
        concurrency_group="turbo",
        description="Expressive speech with little delay.",
    ),
    SpeechModel(
        model_id="eleven_v3",
        name="Eleven v3",
        languages=tuple(_V3),
        max_text_length=5_000,
        can_use_style=True,
        description="Acts out audio tags.",
    ),
    SpeechModel(
        model_id="eleven_v3_conversational",
        name="Eleven v3 Conversational",
        languages=tuple(_V3),
        max_text_length=5_000,
        description="For conversations.",
    ),
    SpeechModel(
        model_id="eleven_multilingual_v2",
        name="Eleven Multilingual v2",
        languages=tuple(_MULTILINGUAL_V2),
        max_text_length=10_000,
        can_use_style=True,
        can_use_speaker_boost=True,
        description="Steady and lifelike in 29 languages.",
    ),
    SpeechModel(
        model_id="eleven_flash_v2_5",
        name="Eleven Flash v2.5",
        languages=tuple(_V2_5),
        max_text_length=40_000,
        cost_multiplier=0.5,
        concurrency_group="turbo",
        description="Very little delay, 32 languages.",
    ),
    SpeechModel(
        model_id="eleven_turbo_v2_5",
        name="Eleven Turbo v2.5",
        languages=tuple(_V2_5),
        max_text_length=40_000,
        cost_multiplier=0.5,
        concurrency_group="turbo",
        description="Little delay, 32 languages; replaced by Flash.",
    ),
    SpeechModel(
        model_id="eleven_flash_v2",
        name="Eleven Flash v2",
        languages=("en",),
        max_text_length=30_000,
        cost_multiplier=0.5,
        concurrency_group="turbo",
        description="Very little delay, English.",
    ),
    SpeechModel(
        model_id="eleven_turbo_v2",
        name="Eleven Turbo v2",
        languages=("en",),
        max_text_length=30_000,
        cost_multiplier=0.5,
        concurrency_group="turbo",
        description="Little delay, English; replaced by Flash.",
    ),
    SpeechModel(
        model_id="eleven_multilingual_v1",
        name="Eleven Multilingual v1",
        languages=tuple(_MULTILINGUAL_V1),
        max_text_length=10_000,
        can_use_style=True,
        description="The first model with several languages; deprecated.",
    ),
    SpeechModel(
        model_id="eleven_monolingual_v1",
        name="Eleven English v1",
        languages=("en",),
        max_text_length=10_000,
        description="The first model; deprecated.",
    ),
    SpeechModel(
        model_id="eleven_multilingual_sts_v2",
        name="Eleven Multilingual v2 (speech to speech)",
        languages=tuple(_MULTILINGUAL_V2),
        max_text_length=10_000,
        can_do_text_to_speech=False,
        can_do_voice_conversion=True,
        can_use_style=True,
        description="Turns speech into another voice.",
    ),
)

MODELS = {model.model_id: model for model in _ALL_MODELS}
DEFAULT_MODEL = "eleven_multilingual_v2"
DEFAULT_DIALOGUE_MODEL = "eleven_v3"
