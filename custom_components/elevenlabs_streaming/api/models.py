"""What is known of the models: the account's own list, and what that list does not say.

The table holds what `/v1/models` leaves out (over which API a model streams, whether it takes a
language or context) and what to assume until the account's list is read. Sources:
docs/protocol.md, "Models" and "Languages".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from . import fields

DEFAULT_MODEL = "eleven_flash_v2_5"


def _codes(line: str) -> tuple[str, ...]:
    return tuple(line.split())


_LANGUAGES_V2 = _codes(
    "ar bg cs da de el en es fi fil fr hi hr id it ja ko ms nl pl pt ro ru sk sv ta tr uk zh"
)
_LANGUAGES_V2_5 = (*_LANGUAGES_V2, "hu", "no", "vi")
_LANGUAGES_V3 = _codes(
    "af ar as az be bg bn bs ca ceb cs cy da de el en es et fa fi fil fr ga gl gu ha he hi hr hu "
    "hy id is it ja jv ka kk kn ko ky lb ln lt lv mk ml mr ms ne nl no ny pa pl ps pt ro ru sd sk "
    "sl so sr sv sw ta te th tr uk ur vi zh"
)
_LANGUAGES_V4 = (
    *_LANGUAGES_V3, "ast", "mi", "mn", "mt", "my", "oc", "or", "tg", "uz", "yue",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a family of models can do."""

    languages: tuple[str, ...] = ("en",)
    text_limit: int = 10_000
    """Characters that one request may have."""
    dialogue: bool = False
    """Whether it streams over Text-to-Dialogue, and not over the Text-to-Speech WebSocket."""
    voices: int = 1
    """How many voices one WebSocket may speak with."""
    stitching: bool = True
    """Whether `previous_text` and its kin are accepted."""
    language_code: bool = True
    style: bool = True
    speaker_boost: bool = True
    speed: bool = True
    audio_tags: bool = False
    """Whether words in brackets are performed (`[whispers]`) and not spoken."""
    stability_steps: tuple[float, ...] = ()
    """The only values of stability that are accepted; empty where any is."""
    successor: str | None = None
    confirmed: bool = True
    """Whether these are facts of this model, not what is assumed of one that is unknown."""

    def stability(self, wanted: float) -> float:
        """Return the accepted value that is nearest."""
        return min(self.stability_steps or (wanted,), key=lambda step: abs(step - wanted))


_UNKNOWN = ModelFacts(languages=_LANGUAGES_V2_5, confirmed=False)
_FLASH = ModelFacts(languages=_LANGUAGES_V2_5, text_limit=40_000, style=False, speaker_boost=False)
_ENGLISH = ModelFacts(text_limit=30_000, language_code=False, style=False, speaker_boost=False)
# Any other stability is refused with `invalid_ttd_stability`, says the service.
_V3 = ModelFacts(
    languages=_LANGUAGES_V3, text_limit=5_000, dialogue=True, voices=10, stitching=False,
    style=False, speaker_boost=False, speed=False, audio_tags=True,
    stability_steps=(0.0, 0.5, 1.0),
)  # fmt: skip
_V4 = ModelFacts(
    languages=_LANGUAGES_V4, dialogue=True, voices=10, stitching=False,
    style=False, speaker_boost=False, speed=False, audio_tags=True,
)  # fmt: skip
# One voice each, says the service of the first and a reseller of the second.
_V3_CONVERSATIONAL = replace(_V3, voices=1)
_V4_TURBO = replace(_V4, voices=1)

KNOWN_MODELS: Mapping[str, ModelFacts] = {
    "eleven_flash_v2_5": _FLASH,
    "eleven_flash_v2": _ENGLISH,
    "eleven_turbo_v2_5": ModelFacts(
        languages=_LANGUAGES_V2_5, text_limit=40_000, successor="eleven_flash_v2_5"
    ),
    "eleven_turbo_v2": ModelFacts(
        text_limit=30_000, language_code=False, successor="eleven_flash_v2"
    ),
    "eleven_multilingual_v2": ModelFacts(languages=_LANGUAGES_V2, language_code=False),
    "eleven_multilingual_v1": ModelFacts(
        languages=("en", "de", "pl", "es", "it", "fr", "pt", "hi"), language_code=False,
        successor="eleven_multilingual_v2",
    ),
    "eleven_monolingual_v1": ModelFacts(language_code=False, successor="eleven_flash_v2"),
    "eleven_v3": _V3,
    "eleven_v3_conversational": _V3_CONVERSATIONAL,
    "eleven_v4": _V4,
    "eleven_v4_turbo": _V4_TURBO,
}  # fmt: skip
# The longest prefix of an id not listed above tells its family.
_FAMILIES: Mapping[str, ModelFacts] = {
    "eleven_v3_conversational": _V3_CONVERSATIONAL, "eleven_v3": _V3,
    "eleven_v4_turbo": _V4_TURBO, "eleven_v4": _V4, "eleven_flash_v2_5": _FLASH,
}  # fmt: skip


def model_facts(model_id: str) -> ModelFacts:
    """Return what is known of a model, by its id or its family."""
    if known := KNOWN_MODELS.get(model_id):
        return known
    family = (facts for prefix, facts in _FAMILIES.items() if model_id.startswith(prefix))
    return next(family, _UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the account."""

    model_id: str
    name: str
    languages: tuple[str, ...]
    text_limit: int
    can_speak: bool = True
    cost_factor: float = 1.0
    is_early_access: bool = False
    """Whether the account needs access to it that ElevenLabs grants apart."""
    concurrency_group: str = ""
    """Models of one group share the plan's limit of requests at once."""
    facts: ModelFacts = field(default=_UNKNOWN)

    @classmethod
    def known(cls, model_id: str) -> Self:
        """Return what can be said of a model without the account's list."""
        facts = model_facts(model_id)
        return cls(
            model_id=model_id,
            name=model_id,
            languages=facts.languages,
            text_limit=facts.text_limit,
            concurrency_group=model_id,
            facts=facts,
        )

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read one entry of `/v1/models`, where every field but the id may be missing."""
        model_id = raw["model_id"]
        facts = model_facts(model_id)
        codes = [fields.text(item, "language_id") for item in fields.objects(raw, "languages")]
        rates = fields.inner(raw, "model_rates")
        cost = fields.number(rates, "character_cost_multiplier")
        discount = fields.number(rates, "cost_discount_multiplier") or 1.0
        limit = int(fields.number(raw, "maximum_text_length_per_request"))
        return cls(
            model_id=model_id,
            name=fields.text(raw, "name") or model_id,
            languages=tuple(filter(None, codes)) or facts.languages,
            text_limit=limit if limit > 0 else facts.text_limit,
            can_speak=raw.get("can_do_text_to_speech") is True,
            cost_factor=(cost or fields.number(raw, "token_cost_factor") or 1.0) * discount,
            is_early_access=raw.get("requires_alpha_access") is True,
            concurrency_group=fields.text(raw, "concurrency_group") or model_id,
            facts=_as_listed(facts, raw),
        )

    def language_code(self, language: str | None) -> str | None:
        """Return the `language_code` to send for a language tag, or None to send none.

        Codes a model does not list are ignored or refused, by model and year (docs/protocol.md,
        "Languages").
        """
        if not language or not self.facts.language_code:
            return None
        codes = _CANTONESE if _is_cantonese(language) else (base_language(language),)
        return next((code for code in codes if code in self.languages), None)


def _as_listed(facts: ModelFacts, raw: Mapping[str, Any]) -> ModelFacts:
    """Return the facts with what the account's list says of the model's settings."""
    if facts.dialogue:
        # Text-to-Dialogue has neither setting, whatever the model could do.
        return facts
    style, boost = raw.get("can_use_style"), raw.get("can_use_speaker_boost")
    return replace(
        facts,
        style=style if isinstance(style, bool) else facts.style,
        speaker_boost=boost if isinstance(boost, bool) else facts.speaker_boost,
    )


_OTHER_CODES: Mapping[str, str] = {
    "nb": "no", "nn": "no", "tl": "fil", "iw": "he", "in": "id", "jw": "jv", "mo": "ro",
    "cmn": "zh",
}  # fmt: skip


# Where a model has no Cantonese it reads the text as Chinese.
_CANTONESE = ("yue", "zh")


def base_language(tag: str) -> str:
    """Return ElevenLabs' code of a language tag: `en-GB` → `en`, `nb` → `no`."""
    base = _subtags(tag)[0]
    return _OTHER_CODES.get(base, base)


def _is_cantonese(tag: str) -> bool:
    """Return whether the Chinese of a tag is that of Hong Kong or Macao."""
    base, *others = _subtags(tag)
    return base == "zh" and not {"hk", "mo", "yue"}.isdisjoint(others)


def _subtags(tag: str) -> list[str]:
    return tag.strip().replace("_", "-").lower().split("-")
