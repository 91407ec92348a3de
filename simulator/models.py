"""The models of the service."""

from dataclasses import dataclass
from typing import Any

from .words import words

_V2_5 = words(
    "ar bg cs da de el en es fi fil fr hi hr hu id it ja ko ms nl no pl pt ro ru sk "
    "sv ta tr uk vi zh"
)
_MULTILINGUAL_V2 = [code for code in _V2_5 if code not in ("hu", "no", "vi")]
_V3 = sorted(
    {
        *_V2_5,
        *words(
            "af hy as az be bn bs ca ceb ny et gl ka gu ha he is ga jv kn kk ky lv ln lt lb "
            "mk ml zhm mr ne ps fa pa sr sd sl so sw te th ur cy"
        ),
    }
    - {"zhm"}
)
_V4 = sorted({*_V3, *["ast", "mi", "mn", "mt", "my", "oc", "or", "tg", "uz", "yue"]})
_MULTILINGUAL_V1 = ["en", "de", "pl", "es", "it", "fr", "pt", "hi"]

_NAMES = {
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
class Model:
    """A model and what it can do."""

    model_id: str
    name: str
    languages: tuple[str, ...]
    limit: int
    cost: float = 1.0
    group: str = "standard"
    speaks: bool = True
    converts: bool = False
    style: bool = False
    boost: bool = False
    description: str = ""

    @property
    def family(self) -> str:
        """The generation a model belongs to: v1, v2, v2_5, v3 or v4."""
        for family in ("v4", "v3", "v2_5", "v2"):
            if family in self.model_id:
                return family
        return "v1"

    @property
    def dialogue_only(self) -> bool:
        """Whether the text-to-speech WebSocket refuses it."""
        return self.family in ("v3", "v4")

    @property
    def tags(self) -> bool:
        """Whether it acts on audio tags instead of reading them out."""
        return self.dialogue_only

    @property
    def takes_language(self) -> bool:
        """Whether language_code means anything to it."""
        return self.model_id != "eleven_multilingual_v2" and len(self.languages) > 1

    def to_json(self) -> dict[str, Any]:
        """Write it as /v1/models does."""
        languages = [
            {"language_id": code, "name": _NAMES.get(code, code.upper())} for code in self.languages
        ]
        return {
            "model_id": self.model_id,
            "name": self.name,
            "can_be_finetuned": self.speaks,
            "can_do_text_to_speech": self.speaks,
            "can_do_voice_conversion": self.converts,
            "can_use_style": self.style,
            "can_use_speaker_boost": self.boost,
            "serves_pro_voices": False,
            "token_cost_factor": self.cost,
            "description": self.description,
            "requires_alpha_access": False,
            "max_characters_request_free_user": min(2500, self.limit),
            "max_characters_request_subscribed_user": min(5000, self.limit),
            "maximum_text_length_per_request": self.limit,
            "languages": languages,
            "model_rates": {
                "character_cost_multiplier": self.cost,
                "cost_discount_multiplier": 1.0,
            },
            "concurrency_group": self.group,
        }


_ALL = (
    Model(
        model_id="eleven_v4",
        name="Eleven v4",
        languages=tuple(_V4),
        limit=10_000,
        style=True,
        description="Expressive speech in many languages.",
    ),
    Model(
        model_id="eleven_v4_turbo",
        name="Eleven v4 Turbo",
        languages=tuple(_V4),
        limit=10_000,
        cost=0.5,
        group="turbo",
        description="Expressive speech with little delay.",
    ),
    Model(
        model_id="eleven_v3",
        name="Eleven v3",
        languages=tuple(_V3),
        limit=5_000,
        style=True,
        description="Acts out audio tags.",
    ),
    Model(
        model_id="eleven_v3_conversational",
        name="Eleven v3 Conversational",
        languages=tuple(_V3),
        limit=5_000,
        description="For conversations.",
    ),
    Model(
        model_id="eleven_multilingual_v2",
        name="Eleven Multilingual v2",
        languages=tuple(_MULTILINGUAL_V2),
        limit=10_000,
        style=True,
        boost=True,
        description="Steady and lifelike in 29 languages.",
    ),
    Model(
        model_id="eleven_flash_v2_5",
        name="Eleven Flash v2.5",
        languages=tuple(_V2_5),
        limit=40_000,
        cost=0.5,
        group="turbo",
        description="Very little delay, 32 languages.",
    ),
    Model(
        model_id="eleven_turbo_v2_5",
        name="Eleven Turbo v2.5",
        languages=tuple(_V2_5),
        limit=40_000,
        cost=0.5,
        group="turbo",
        description="Little delay, 32 languages; replaced by Flash.",
    ),
    Model(
        model_id="eleven_flash_v2",
        name="Eleven Flash v2",
        languages=("en",),
        limit=30_000,
        cost=0.5,
        group="turbo",
        description="Very little delay, English.",
    ),
    Model(
        model_id="eleven_turbo_v2",
        name="Eleven Turbo v2",
        languages=("en",),
        limit=30_000,
        cost=0.5,
        group="turbo",
        description="Little delay, English; replaced by Flash.",
    ),
    Model(
        model_id="eleven_multilingual_v1",
        name="Eleven Multilingual v1",
        languages=tuple(_MULTILINGUAL_V1),
        limit=10_000,
        style=True,
        description="The first model with several languages; deprecated.",
    ),
    Model(
        model_id="eleven_monolingual_v1",
        name="Eleven English v1",
        languages=("en",),
        limit=10_000,
        description="The first model; deprecated.",
    ),
    Model(
        model_id="eleven_multilingual_sts_v2",
        name="Eleven Multilingual v2 (speech to speech)",
        languages=tuple(_MULTILINGUAL_V2),
        limit=10_000,
        speaks=False,
        converts=True,
        style=True,
        description="Turns speech into another voice.",
    ),
)

MODELS = {model.model_id: model for model in _ALL}
DEFAULT_MODEL = "eleven_multilingual_v2"
