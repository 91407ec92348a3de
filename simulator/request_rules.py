"""What a plan and a model allow in a request."""

from collections.abc import Mapping, Sequence

from . import api_errors, languages
from .accounts import AccountState
from .audio_formats import AUDIO_FORMATS, DEFAULT_FORMAT, STREAM_FORMATS, AudioFormat
from .behaviour import Behaviour
from .catalog_voice import CatalogVoice
from .parameters import check_choice, parse_integer
from .request_history import RequestHistory
from .speech_models import MODELS, SpeechModel
from .voice_catalog import VoiceCatalog

NORMALIZATION = "apply_text_normalization"
_NORMALIZATION_MODES = ("auto", "on", "off")
_LATENCY_WITHOUT_NORMALIZATION = 4


def choose_model(model_id: str, behaviour: Behaviour) -> SpeechModel:
    """Return a model that can speak."""
    model = MODELS.get(model_id)
    if model is None:
        raise api_errors.model_not_found(model_id, behaviour.model_not_found)
    if not model.can_do_text_to_speech:
        message = f"The model '{model_id}' cannot be used for text to speech."
        raise api_errors.unsupported_model(message)
    return model


def choose_voice(catalog: VoiceCatalog, voice_id: str, caller: AccountState) -> CatalogVoice:
    """Return a voice that the plan includes."""
    voice = catalog.find_voice(voice_id)
    if voice is None:
        raise api_errors.voice_not_found(voice_id, caller.behaviour.voice_not_found)
    if voice.voice_type == "community" and caller.account.tier == "free":
        raise api_errors.paid_plan_required()
    return voice


def check_http_model(model: SpeechModel, behaviour: Behaviour) -> None:
    """Raise an error if the HTTP routes don't accept a model."""
    is_newer = model.family == "v4" or model.model_id == "eleven_v3_conversational"
    if is_newer and behaviour.v4_over_http == "refuse":
        message = f"The model '{model.model_id}' is not supported by this endpoint."
        raise api_errors.unsupported_model(message)


def choose_format(name: str | None, caller: AccountState, *, is_stream: bool) -> AudioFormat:
    """Return an output format that the route has and the plan includes."""
    formats = STREAM_FORMATS if is_stream else AUDIO_FORMATS
    output_format = formats.get(name or DEFAULT_FORMAT)
    if output_format is None:
        message = f"Output format '{name}' is not one of {', '.join(formats)}."
        raise api_errors.ApiError(400, "invalid_output_format", message, param="output_format")
    if not output_format.is_allowed_for(caller.account.tier):
        raise api_errors.subscription_required(
            "output_format_not_allowed",
            f"Output format '{output_format.name}' is only available on the "
            f"{output_format.minimum_tier.capitalize()} tier and above.",
        )
    return output_format


def choose_language(code: str | None, model: SpeechModel, behaviour: Behaviour) -> str | None:
    """Return the language in which the model must speak, or None if it guesses."""
    is_supported = code is None or languages.base_language(code) in model.languages
    if len(model.languages) == 1:
        language: str | None = model.languages[0]
    elif code is None:
        language = None
    else:
        is_supported = is_supported and model.supports_language_code
        language = languages.base_language(code) if is_supported else None
    if not is_supported and behaviour.language_code == "error":
        raise api_errors.ApiError(
            400,
            "unsupported_language",
            f"Model '{model.model_id}' does not support the language_code '{code}'.",
            param="language_code",
        )
    return language


def normalizes_text(
    mode: str | None, query: Mapping[str, str], model: SpeechModel, caller: AccountState
) -> bool:
    """Return whether numbers and the like are written out."""
    policy = caller.behaviour.flash_normalisation
    latency = parse_integer(query, "optimize_streaming_latency", 0, 4)
    if mode == "off" or latency == _LATENCY_WITHOUT_NORMALIZATION:
        return False
    if model.family != "v2_5" or policy == "auto":
        return True
    if mode == "on" and policy == "enterprise" and caller.account.tier != "enterprise":
        raise api_errors.subscription_required(
            "feature_not_available",
            f"Text normalization cannot be turned on for '{model.model_id}'.",
        )
    return mode == "on"


def check_normalization_mode(value: str | None, place: str) -> str | None:
    """Return a mode of text normalization if it is valid."""
    return check_choice(value, _NORMALIZATION_MODES, (place, NORMALIZATION))


def check_logging(caller: AccountState, *, logging: bool) -> None:
    """Raise an error if logging is off and the plan doesn't include zero retention."""
    if not logging and caller.account.tier != "enterprise":
        raise api_errors.subscription_required(
            "only_for_enterprise",
            "Disabling logging (zero retention mode) is only available to enterprise customers.",
        )


def check_request_ids(
    history: RequestHistory, request_ids: Sequence[str], behaviour: Behaviour, now: float
) -> None:
    """Raise an error if previous or next requests aren't valid."""
    invalid = [item for item in request_ids if not history.is_valid(item, now)]
    if invalid and behaviour.unknown_request_ids == "error":
        raise api_errors.ApiError(
            400,
            "invalid_parameters",
            f"Request with id '{invalid[0]}' was not found or is too old.",
            "invalid_request_id",
            "previous_request_ids",
        )


def check_text(text: str, model: SpeechModel) -> None:
    """Raise an error if a text is empty or too long."""
    if not text.strip():
        raise api_errors.ApiError(400, "empty_text", "The text is empty.", param="text")
    check_text_length(text, model)


def check_text_length(text: str, model: SpeechModel) -> None:
    """Raise an error if a text is too long for a model."""
    if len(text) > model.max_text_length:
        raise api_errors.text_too_long(len(text), model.max_text_length)
