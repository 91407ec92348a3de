"""Form fields that list what an account has."""

from typing import Final

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from ..api import DEFAULT_MODEL, Model, PronunciationDictionary, Voice

OFFERED_MODELS: Final = (
    DEFAULT_MODEL,
    "eleven_flash_v2",
    "eleven_multilingual_v2",
    "eleven_v3",
    "eleven_v3_conversational",
    "eleven_v4",
    "eleven_v4_turbo",
)
"""The models to select from when the key is not allowed to list the account's models."""


def voice_selector(voices: list[Voice] | None) -> TextSelector | SelectSelector:
    """Return the field for a voice; a text field if the voices cannot be listed."""
    if not voices:
        return TextSelector()
    options = [SelectOptionDict(value=voice.voice_id, label=_label(voice)) for voice in voices]
    # A custom value is what makes the frontend show a list that can be searched.
    return SelectSelector(
        SelectSelectorConfig(
            options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN, sort=True
        )
    )


def model_selector(models: list[Model] | None) -> SelectSelector:
    """Return the field for a model."""
    offered = models or [Model.known(model_id) for model_id in OFFERED_MODELS]
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=model.model_id, label=_model_label(model))
                for model in offered
            ],
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def dictionary_selector(
    dictionaries: list[PronunciationDictionary] | None,
) -> TextSelector | SelectSelector:
    """Return the field for dictionaries, which keeps their order; text if none can be listed."""
    if not dictionaries:
        return TextSelector(TextSelectorConfig(multiple=True))
    options = [SelectOptionDict(value=one.dictionary_id, label=one.name) for one in dictionaries]
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            multiple=True,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
            sort=True,
        )
    )


def _model_label(model: Model) -> str:
    return f"{model.name} (alpha)" if model.is_early_access else model.name


def _label(voice: Voice) -> str:
    words = ", ".join(
        word.replace("_", " ") for word in (voice.category, voice.description) if word
    )
    return f"{voice.name} ({words})" if words else voice.name
