"""The options of one call: what Home Assistant hands over, checked, as a request to speak."""

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
import voluptuous as vol

from ..api import DictionaryLocator, Model, SpeechRequest, VoiceSettings
from ..const import (
    CONF_FILL_PAUSES,
    CONF_LATENCY,
    CONF_MODEL,
    CONF_PRIVATE,
    CONF_ROUTE,
    CONF_SEED,
    CONF_SIMILARITY_BOOST,
    CONF_SPEED,
    CONF_STABILITY,
    CONF_STYLE,
    CONF_TEXT_NORMALIZATION,
    CONF_USE_SPEAKER_BOOST,
    CONF_VOICE,
    DOMAIN,
    LATENCIES,
    ROUTES,
    TEXT_NORMALIZATIONS,
)
from ..generation import (
    PREFERRED_BITRATE,
    PREFERRED_FORMAT,
    PREFERRED_SAMPLE_BYTES,
    PREFERRED_SAMPLE_CHANNELS,
    PREFERRED_SAMPLE_RATE,
)
from ..speech import Latency, Route


def _number(low: float, high: float) -> Any:
    """Return a validator for a number; Home Assistant may pass it as a string."""
    return vol.All(_not_boolean, vol.Coerce(float), _finite, vol.Range(low, high))


def _whole_number(low: int, high: int) -> Any:
    return vol.All(_number(low, high), _whole)


def _not_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise vol.Invalid("expected a number")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise vol.Invalid("expected a finite number")
    return value


def _whole(value: float) -> int:
    if value != int(value):
        raise vol.Invalid("expected a whole number")
    return int(value)


def _boolean(value: Any) -> bool:
    # cv.boolean takes numbers and "on", which other engines' options do not.
    if isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise vol.Invalid("expected true or false")


_TEXT: Final = vol.All(str, str.strip, vol.Length(min=1))
_LOCATOR: Final = vol.Schema(
    {vol.Required("pronunciation_dictionary_id"): _TEXT, vol.Optional("version_id"): _TEXT}
)


def _locators(value: Any) -> tuple[DictionaryLocator, ...]:
    """Return pronunciation dictionaries from a list of mappings."""
    return tuple(DictionaryLocator(**one) for one in vol.Schema([_LOCATOR])(value))


SETTING_VALIDATORS: Final[Mapping[str, Any]] = {
    CONF_VOICE: _TEXT,
    CONF_MODEL: _TEXT,
    CONF_ROUTE: vol.In(ROUTES),
    CONF_STABILITY: _number(0, 1),
    CONF_SIMILARITY_BOOST: _number(0, 1),
    CONF_STYLE: _number(0, 1),
    CONF_USE_SPEAKER_BOOST: _boolean,
    CONF_SPEED: _number(0.7, 1.2),
    CONF_SEED: _whole_number(0, 4294967295),
    CONF_TEXT_NORMALIZATION: vol.In(TEXT_NORMALIZATIONS),
    CONF_PRIVATE: _boolean,
    CONF_FILL_PAUSES: _boolean,
    CONF_LATENCY: vol.In(LATENCIES),
}
"""Validators of a voice's settings, which are options of a call as well."""

PARAMETER_VALIDATORS: Final[Mapping[str, Any]] = {
    "previous_text": str,
    "next_text": str,
    "optimize_streaming_latency": _whole_number(0, 4),
    "chunk_length_schedule": vol.All(
        [_whole_number(50, 500)], vol.Length(min=1), vol.Coerce(tuple)
    ),
    "enable_ssml_parsing": _boolean,
    "apply_language_text_normalization": _boolean,
    "pronunciation_dictionary_locators": _locators,
}
"""Validators of the API's own parameters that are options of a call, under the API's names.

The API's other parameters (`previous_request_ids`, `next_request_ids`, `use_pvc_as_ivc`,
`audio_effects`, `auto_mode`, `try_trigger_generation`) are fields of `SpeechRequest` only: they
refer to requests that a home cannot name, or change what the component relies on.
"""

OPTION_CHECKS: Final[Mapping[str, Any]] = {
    name: vol.Schema(validator)
    for name, validator in {**SETTING_VALIDATORS, **PARAMETER_VALIDATORS}.items()
}

SUPPORTED_OPTIONS: Final = [
    *OPTION_CHECKS,
    PREFERRED_FORMAT,
    PREFERRED_SAMPLE_RATE,
    PREFERRED_SAMPLE_CHANNELS,
    PREFERRED_SAMPLE_BYTES,
    PREFERRED_BITRATE,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """Options of one call, checked and of the right type."""

    values: Mapping[str, Any]

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> SpeechOptions:
        """Check options; raises ServiceValidationError for the first that does not fit."""
        values: dict[str, Any] = {}
        for name, check in OPTION_CHECKS.items():
            if (value := options.get(name)) is None:
                continue
            try:
                values[name] = check(value)
            except (vol.Invalid, TypeError, ValueError, OverflowError) as err:
                raise ServiceValidationError(
                    translation_domain=DOMAIN,
                    translation_key="invalid_option",
                    translation_placeholders={"option": name, "reason": str(err)},
                ) from err
        return cls(values=values)

    @property
    def route(self) -> Route:
        """The route asked for."""
        return Route(self.values.get(CONF_ROUTE, Route.AUTO))

    @property
    def latency(self) -> Latency:
        """What matters most in an answer that is still being written."""
        return Latency(self.values.get(CONF_LATENCY, Latency.BALANCED))

    @property
    def private(self) -> bool:
        """Whether nothing of the text may be kept."""
        return bool(self.values.get(CONF_PRIVATE))

    @property
    def fill_pauses(self) -> bool:
        """Whether silence is spoken while the text pauses."""
        return bool(self.values.get(CONF_FILL_PAUSES))

    def request(self, voice_id: str, model: Model, language: str) -> SpeechRequest:
        """Return what ElevenLabs is asked for, without what the model does not know."""
        get, facts = self.values.get, model.facts
        return SpeechRequest(
            voice_id=voice_id,
            model_id=model.model_id,
            language_code=model.language_code(language),
            voice_settings=VoiceSettings(
                stability=_stability(get(CONF_STABILITY), model),
                similarity_boost=get(CONF_SIMILARITY_BOOST),
                style=get(CONF_STYLE) if facts.style else None,
                use_speaker_boost=get(CONF_USE_SPEAKER_BOOST) if facts.speaker_boost else None,
                speed=get(CONF_SPEED) if facts.speed else None,
            ),
            seed=get(CONF_SEED),
            apply_text_normalization=get(CONF_TEXT_NORMALIZATION),
            enable_logging=not self.private,
            **{name: self.values[name] for name in PARAMETER_VALIDATORS if name in self.values},
        )


def _stability(wanted: float | None, model: Model) -> float | None:
    return None if wanted is None else model.facts.stability(wanted)
