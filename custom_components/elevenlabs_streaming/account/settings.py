"""The options of one call: what Home Assistant hands over, checked, as a request to speak."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import math
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError

from ..api import Model, SpeechRequest, VoiceSettings
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


def _number(low: float, high: float) -> Callable[[Any], float]:
    """Return a check for a number, which Home Assistant may hand over as a string."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not math.isfinite(number := float(value)):
            raise ValueError("not a number")
        if not low <= number <= high:
            raise ValueError(f"not between {low:g} and {high:g}")
        return number

    return check


def _whole_number(value: Any) -> int:
    number = _number(0, 4294967295)(value)
    if number != int(number):
        raise ValueError("not a whole number")
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError("not true or false")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("not a text")
    return value.strip()


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"not one of {', '.join(choices)}")
        return str(value)

    return check


OPTION_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    CONF_VOICE: _text,
    CONF_MODEL: _text,
    CONF_ROUTE: _one_of(ROUTES),
    CONF_STABILITY: _number(0, 1),
    CONF_SIMILARITY_BOOST: _number(0, 1),
    CONF_STYLE: _number(0, 1),
    CONF_USE_SPEAKER_BOOST: _boolean,
    CONF_SPEED: _number(0.7, 1.2),
    CONF_SEED: _whole_number,
    CONF_TEXT_NORMALIZATION: _one_of(TEXT_NORMALIZATIONS),
    CONF_PRIVATE: _boolean,
    CONF_FILL_PAUSES: _boolean,
    CONF_LATENCY: _one_of(LATENCIES),
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
            except (TypeError, ValueError) as err:
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
        )


def _stability(wanted: float | None, model: Model) -> float | None:
    return None if wanted is None else model.facts.stability(wanted)
