"""The options of one call, checked, as a request for speech."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, cast

from ..api import Model, SpeechRequest, VoiceSettings, base_language
from ..const import (
    CONF_CLEAN_TEXT,
    CONF_FILL_PAUSES,
    CONF_LATENCY,
    CONF_LOUDNESS,
    CONF_MODEL,
    CONF_PRIVATE,
    CONF_REPLACE_WORDS,
    CONF_ROUTE,
    CONF_SPEAKERS,
    CONF_TEXT_NORMALIZATION,
    CONF_VOICE,
)
from ..speech import Latency, Route, Turns, Utterance
from ..text import Replacements, TextCleaner, WordReplacer, is_sayable
from .catalogue import Catalogue
from .settings import OPTIONS, SETTINGS

# Most texts show in their first characters that there is something to speak.
_SLICE: Final = 500
_OF_VOICE: Final = {field.name for field in fields(VoiceSettings)} & SETTINGS.keys()
_OF_REQUEST: Final = {field.name for field in fields(SpeechRequest)} & SETTINGS.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """Options of one call, checked and of the right type."""

    values: Mapping[str, Any]

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> SpeechOptions:
        """Return the checked options; raises ServiceValidationError for the first invalid one."""
        given = {name: options[name] for name in OPTIONS if options.get(name) is not None}
        return cls(values={name: SETTINGS[name].check(value) for name, value in given.items()})

    @property
    def route(self) -> Route:
        """Return the requested route."""
        return Route(self._value(CONF_ROUTE))

    @property
    def latency(self) -> Latency:
        """Return what matters most for a text that is still growing."""
        return Latency(self._value(CONF_LATENCY))

    @property
    def private(self) -> bool:
        """Whether nothing of the text may be kept."""
        return bool(self._value(CONF_PRIVATE))

    @property
    def fill_pauses(self) -> bool | None:
        """Whether silence is sent while the text pauses; None leaves it to the format."""
        return self.values.get(CONF_FILL_PAUSES)

    @property
    def levelled(self) -> bool:
        """Whether the voice is as loud as all others."""
        return bool(self._value(CONF_LOUDNESS))

    @property
    def speakers(self) -> Mapping[str, str]:
        """Return the voices, by ID or name, of those who may speak beside the voice itself."""
        return cast("Mapping[str, str]", self._value(CONF_SPEAKERS))

    def cleaner(self, language: str) -> TextCleaner | None:
        """Return what leaves out of a text what was written for eyes; None to leave it as it is."""
        return TextCleaner(base_language(language)) if self._value(CONF_CLEAN_TEXT) else None

    def replacer(self, words: Replacements, model: Model) -> WordReplacer | None:
        """Return what has the account's own words spoken; None to leave the text as it is."""
        if not words or not self._value(CONF_REPLACE_WORDS):
            return None
        return WordReplacer(words, performs_tags=model.facts.audio_tags)

    def is_sayable(self, message: str, language: str) -> bool:
        """Whether there is anything to speak in a whole text."""
        if (cleaner := self.cleaner(language)) is None:
            return is_sayable(message)
        parts = (message[at : at + _SLICE] for at in range(0, len(message), _SLICE))
        is_found = any(is_sayable(cleaner.add(part).spoken) for part in parts)
        return is_found or is_sayable(cleaner.rest().spoken)

    def utterance(self, catalogue: Catalogue, own_voice: str, language: str) -> Utterance:
        """Return what to say with which voices; `own_voice`: the ID of the entity's."""
        model = catalogue.model(self.values[CONF_MODEL])
        voice_id = catalogue.voice_id(self.values[CONF_VOICE], own_voice)
        speakers = {
            name: catalogue.voice_id(wanted, own_voice) for name, wanted in self.speakers.items()
        }
        voices = tuple(dict.fromkeys((voice_id, *speakers.values())))
        return Utterance(
            request=self._request(voice_id, _in_dialogue(voices, model), model, language),
            model=model,
            route=self.route,
            latency=self.latency,
            turns=Turns(speakers) if speakers else None,
        )

    def _request(
        self, voice_id: str, dialogue_voices: tuple[str, ...], model: Model, language: str
    ) -> SpeechRequest:
        """Return the request to ElevenLabs, without settings that the model does not have."""
        return SpeechRequest(
            voice_id=voice_id,
            dialogue_voices=dialogue_voices,
            model_id=model.model_id,
            language_code=model.language_code(language),
            voice_settings=VoiceSettings(**self._accepted(_OF_VOICE, model)),
            apply_text_normalization=self._value(CONF_TEXT_NORMALIZATION),
            enable_logging=not self.private,
            **self._accepted(_OF_REQUEST, model),
        )

    def _value(self, name: str) -> Any:
        return self.values.get(name, SETTINGS[name].default)

    def _accepted(self, names: set[str], model: Model) -> dict[str, Any]:
        """Return the given options of these names as the model accepts them."""
        return {
            name: SETTINGS[name].kind.accepted(value, model)
            for name, value in self.values.items()
            if name in names and SETTINGS[name].applies(model)
        }


def _in_dialogue(voices: tuple[str, ...], model: Model) -> tuple[str, ...]:
    """Return the voices if the model speaks with all of them over one WebSocket."""
    return voices if 1 < len(voices) <= model.facts.voices else ()
