"""Kinds of settings: how a value is selected in a form, checked in a call, and stored."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, override

from homeassistant.const import CONF_NAME, Platform
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ..api import Model
from ..const import CONF_VOICE
from .account_selectors import model_selector, voice_selector
from .validation import AccountAccess

STABILITIES: Final = {"creative": 0.0, "natural": 0.5, "robust": 1.0}
"""ElevenLabs' words for the only values that some models accept."""

NAME: Final = vol.All(str, vol.Strip, vol.Length(min=1))
# What stands in a label at the start of a line: `[Nora]:`.
_SPEAKER: Final = vol.All(NAME, vol.Match(r"[^\[\]:\r\n]{1,50}\Z"))
_SIDES: Final = (CONF_NAME, CONF_VOICE)
MOST_SPEAKERS: Final = 10
"""As many as Text-to-Dialogue has (docs/protocol.md, "Text to dialogue")."""
# `string` refuses true and false, which are numbers to Python.
_NUMBER: Final = vol.All(cv.string, vol.Coerce(float))
_WHOLE_NUMBER: Final = vol.All(_NUMBER, vol.truth(float.is_integer), vol.Coerce(int))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContext:
    """What the selectors of a voice's form depend on."""

    account: AccountAccess
    model: Model
    entity_id: str | None
    """The entity of the voice, which cannot be its own fallback."""


@dataclass(frozen=True, slots=True)
class SettingKind:
    """A kind of value; this one is any text."""

    error: ClassVar[str] = "option_not_text"
    """The translated exception that tells what is expected of an option."""

    @property
    def validator(self) -> Any:
        """Return what checks an option of a call and converts it to its type."""
        return str

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the values in the text of the exception."""
        return {}

    def selector(self, name: str, form: FormContext) -> Selector[Any]:  # noqa: ARG002  # for others
        """Return the field of a form."""
        return TextSelector()

    def to_stored(self, selected: Any) -> Any:
        """Return the value to store for the one selected in a form; None stores nothing."""
        return selected

    def to_selected(self, stored: Any, model: Model) -> Any:  # noqa: ARG002  # for others
        """Return the value to select in a form for the one stored."""
        return stored

    def accepted(self, value: Any, model: Model) -> Any:  # noqa: ARG002  # for others
        """Return the value that a model accepts in place of another."""
        return value


class NameKind(SettingKind):
    """A text that is not empty."""

    error = "option_empty"

    @property
    @override
    def validator(self) -> Any:
        return NAME


class VoiceKind(NameKind):
    """A voice's ID, or the name of one of the account's voices."""

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return voice_selector(form.account.voices)


class ModelKind(NameKind):
    """A model's ID."""

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return model_selector(form.account.models)


class FallbackKind(SettingKind):
    """Another text-to-speech entity."""

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        config = EntitySelectorConfig(filter=[{"domain": [Platform.TTS]}])
        if form.entity_id:
            config["exclude_entities"] = [form.entity_id]
        return EntitySelector(config)


@dataclass(frozen=True, slots=True)
class NumberKind(SettingKind):
    """A number within limits."""

    error = "option_not_number"
    minimum: float
    maximum: float

    @property
    @override
    def validator(self) -> Any:
        return vol.All(_NUMBER, vol.Range(self.minimum, self.maximum))

    @property
    @override
    def placeholders(self) -> dict[str, str]:
        return {"minimum": str(self.minimum), "maximum": str(self.maximum)}

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return self._box(0.01)

    def _box(self, step: float) -> NumberSelector:
        # A slider could not be left empty, which keeps the value stored at ElevenLabs.
        mode = NumberSelectorMode.BOX
        return NumberSelector(
            NumberSelectorConfig(min=self.minimum, max=self.maximum, step=step, mode=mode)
        )


class StabilityKind(NumberKind):
    """A number, of which some models accept only a few values that have words."""

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        if form.model.facts.stability_steps:
            return _select(name, tuple(STABILITIES))
        return self._box(0.01)

    @override
    def to_stored(self, selected: Any) -> Any:
        return STABILITIES.get(selected, selected)

    @override
    def to_selected(self, stored: Any, model: Model) -> Any:
        if not model.facts.stability_steps:
            return stored
        nearest = model.facts.stability(stored)
        return next(word for word, value in STABILITIES.items() if value == nearest)

    @override
    def accepted(self, value: Any, model: Model) -> Any:
        return model.facts.stability(value)


class WholeNumberKind(NumberKind):
    """A whole number within limits."""

    error = "option_not_whole_number"

    @property
    @override
    def validator(self) -> Any:
        return vol.All(_WHOLE_NUMBER, vol.Range(self.minimum, self.maximum))

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return self._box(1)

    @override
    def to_stored(self, selected: Any) -> Any:
        return int(selected)


class WholeNumbersKind(WholeNumberKind):
    """A list of whole numbers within limits, with at least one."""

    error = "option_not_whole_numbers"

    @property
    @override
    def validator(self) -> Any:
        number = vol.All(_WHOLE_NUMBER, vol.Range(self.minimum, self.maximum))
        return vol.All([number], vol.Length(min=1), vol.Coerce(tuple))


@dataclass(frozen=True, slots=True)
class ChoiceKind(SettingKind):
    """One of some words."""

    error = "option_not_listed"
    choices: tuple[str, ...]

    @property
    @override
    def validator(self) -> Any:
        return vol.All(self._word, vol.In(self.choices))

    @property
    @override
    def placeholders(self) -> dict[str, str]:
        return {"choices": ", ".join(self.choices)}

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return _select(name, self.choices)

    @staticmethod
    def _word(value: Any) -> Any:
        """Return the word that was written; YAML reads `on` and `off` as true and false."""
        return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


class SwitchKind(SettingKind):
    """On or off."""

    error = "option_not_boolean"

    @property
    @override
    def validator(self) -> Any:
        return cv.boolean

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return BooleanSelector()

    @override
    def to_stored(self, selected: Any) -> Any:
        return selected or None


class SwitchOnKind(SwitchKind):
    """On unless it is switched off."""

    @override
    def to_stored(self, selected: Any) -> Any:
        return None if selected else False


class OptionalSwitchKind(SwitchKind):
    """On, off, or left empty, which keeps the value stored at ElevenLabs."""

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        return _select(name, ("on", "off"))

    @override
    def to_stored(self, selected: Any) -> Any:
        return cv.boolean(selected)

    @override
    def to_selected(self, stored: Any, model: Model) -> Any:
        return "on" if stored else "off"


class SpeakersKind(SettingKind):
    """Names, and the voice of each."""

    error = "option_not_speakers"

    @property
    @override
    def validator(self) -> Any:
        return vol.All({_SPEAKER: NAME}, vol.Length(max=MOST_SPEAKERS))

    @property
    @override
    def placeholders(self) -> dict[str, str]:
        return {"maximum": str(MOST_SPEAKERS)}

    @override
    def selector(self, name: str, form: FormContext) -> Selector[Any]:
        fields = {
            CONF_NAME: ObjectSelectorField(selector=TextSelector()),
            CONF_VOICE: ObjectSelectorField(selector=voice_selector(form.account.voices)),
        }
        return ObjectSelector(
            ObjectSelectorConfig(
                fields=fields,
                multiple=True,
                label_field=CONF_NAME,
                description_field=CONF_VOICE,
                translation_key=name,
            )
        )

    @override
    def to_stored(self, selected: Any) -> Any:
        sides = [{key: str(one.get(key) or "").strip() for key in _SIDES} for one in selected]
        entered = [one for one in sides if any(one.values())]
        stored = {one[CONF_NAME]: one[CONF_VOICE] for one in entered}
        # A name that stands twice is refused by the validator, as any list is.
        return (stored if len(stored) == len(entered) else entered) or None

    @override
    def to_selected(self, stored: Any, model: Model) -> Any:
        if isinstance(stored, list):
            return stored
        return [{CONF_NAME: name, CONF_VOICE: voice} for name, voice in stored.items()]


def _select(name: str, options: tuple[str, ...]) -> SelectSelector:
    mode = SelectSelectorMode.DROPDOWN
    return SelectSelector(
        SelectSelectorConfig(options=list(options), translation_key=name, mode=mode)
    )
