"""The settings of a voice and the options of a call, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
import voluptuous as vol

from ..api import DEFAULT_MODEL, Model
from ..const import (
    CLEANS_TEXT,
    CONF_CLEAN_TEXT,
    CONF_DICTIONARIES,
    CONF_FALLBACK,
    CONF_FILL_PAUSES,
    CONF_LATENCY,
    CONF_LOUDNESS,
    CONF_MODEL,
    CONF_PRIVATE,
    CONF_REPLACE_WORDS,
    CONF_REPLACEMENTS,
    CONF_ROUTE,
    CONF_SEED,
    CONF_SIMILARITY_BOOST,
    CONF_SPEAKERS,
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
from .dictionaries_kind import DictionariesKind
from .setting_kinds import (
    ChoiceKind,
    FallbackKind,
    ModelKind,
    NumberKind,
    OptionalSwitchKind,
    SettingKind,
    SpeakersKind,
    StabilityKind,
    SwitchKind,
    SwitchOnKind,
    VoiceKind,
    WholeNumberKind,
    WholeNumbersKind,
)


@dataclass(frozen=True)
class Setting:
    """A setting of a voice, or an option of a call."""

    name: str
    kind: SettingKind
    default: Any = None
    """What applies if it is left empty; None leaves it to ElevenLabs."""
    applies: Callable[[Model], bool] = lambda _: True
    """Whether a model has it."""
    in_form: bool = True
    is_option: bool = True

    def check(self, value: Any) -> Any:
        """Return an option's value in its type; raises ServiceValidationError if it is invalid."""
        try:
            return self._schema(value)
        except (vol.Invalid, TypeError, ValueError, OverflowError) as err:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key=self.kind.error,
                translation_placeholders={"option": self.name, **self.kind.placeholders},
            ) from err

    @cached_property
    def _schema(self) -> Any:
        return vol.Schema(self.kind.validator)


def _parameter(name: str, kind: SettingKind) -> Setting:
    """Return an option that is a parameter of the API under its own name."""
    return Setting(name, kind, in_form=False)


# The API's other parameters (`previous_request_ids`, `next_request_ids`, `use_pvc_as_ivc`,
# `audio_effects`, `auto_mode`, `try_trigger_generation`) are fields of `SpeechRequest` only: they
# refer to requests that a home cannot name, or change what the component relies on.
_TABLE: Final = (
    Setting(CONF_VOICE, VoiceKind()),
    Setting(CONF_MODEL, ModelKind(), DEFAULT_MODEL),
    Setting(CONF_ROUTE, ChoiceKind(ROUTES), Route.AUTO),
    Setting(CONF_STABILITY, StabilityKind(0, 1)),
    Setting(CONF_SIMILARITY_BOOST, NumberKind(0, 1)),
    Setting(CONF_STYLE, NumberKind(0, 1), applies=lambda model: model.facts.style),
    Setting(
        CONF_USE_SPEAKER_BOOST,
        OptionalSwitchKind(),
        applies=lambda model: model.facts.speaker_boost,
    ),
    Setting(CONF_SPEED, NumberKind(0.7, 1.2), applies=lambda model: model.facts.speed),
    Setting(CONF_SEED, WholeNumberKind(0, 2**32 - 1)),
    Setting(CONF_TEXT_NORMALIZATION, ChoiceKind(TEXT_NORMALIZATIONS)),
    Setting(CONF_LATENCY, ChoiceKind(LATENCIES), Latency.BALANCED),
    Setting(CONF_CLEAN_TEXT, SwitchOnKind(), CLEANS_TEXT),
    Setting(CONF_REPLACE_WORDS, SwitchOnKind(), default=True, in_form=False),
    Setting(CONF_FILL_PAUSES, SwitchKind(), default=False),
    Setting(CONF_LOUDNESS, SwitchKind(), default=False),
    Setting(CONF_PRIVATE, SwitchKind(), default=False),
    Setting(CONF_SPEAKERS, SpeakersKind(), default=MappingProxyType({})),
    Setting(CONF_DICTIONARIES, DictionariesKind()),
    Setting(CONF_FALLBACK, FallbackKind(), is_option=False),
    _parameter("previous_text", SettingKind()),
    _parameter("next_text", SettingKind()),
    _parameter("optimize_streaming_latency", WholeNumberKind(0, 4)),
    _parameter("chunk_length_schedule", WholeNumbersKind(50, 500)),
    _parameter("enable_ssml_parsing", SwitchKind()),
    _parameter("apply_language_text_normalization", SwitchKind()),
)

SETTINGS: Final = {setting.name: setting for setting in _TABLE}
"""All settings of a voice and options of a call, by name, in the order of the form."""

OPTIONS: Final = tuple(setting.name for setting in _TABLE if setting.is_option)

SUPPORTED_OPTIONS: Final = [
    *OPTIONS,
    # The digest of the account's words: audio with others is not this audio.
    CONF_REPLACEMENTS,
    PREFERRED_FORMAT,
    PREFERRED_SAMPLE_RATE,
    PREFERRED_SAMPLE_CHANNELS,
    PREFERRED_SAMPLE_BYTES,
    PREFERRED_BITRATE,
]
