"""What a client asks to have spoken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Any

from . import checks, dictionaries, errors, languages
from .accounts import Customer
from .behaviour import Behaviour
from .catalogue import Catalogue
from .formats import (
    DEFAULT_FORMAT,
    FORMATS,
    STREAM_FORMATS,
    WEBSOCKET_ALIASES,
    OutputFormat,
)
from .models import DEFAULT_MODEL, MODELS, Model
from .speech import Manner
from .voices import CatalogueVoice

_MODE = "apply_text_normalization"
_NORMALISATION = ("auto", "on", "off")
_LONGEST_HISTORY = 7200.0
_LATENCY_WITHOUT_NORMALISER = 4

_HTTP_QUERY = frozenset({"enable_logging", "optimize_streaming_latency", "output_format"})
_HTTP_BODY = frozenset(
    {
        "text",
        "model_id",
        "language_code",
        "voice_settings",
        "pronunciation_dictionary_locators",
        "seed",
        "previous_text",
        "next_text",
        "previous_request_ids",
        "next_request_ids",
        "use_pvc_as_ivc",
        "apply_text_normalization",
        "apply_language_text_normalization",
        "audio_effects",
    }
)
_WS_QUERY = frozenset(
    {
        "model_id",
        "language_code",
        "enable_logging",
        "enable_ssml_parsing",
        "output_format",
        "inactivity_timeout",
        "sync_alignment",
        "auto_mode",
        "apply_text_normalization",
        "apply_language_text_normalization",
        "seed",
        "authorization",
        "optimize_streaming_latency",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """A checked request: who speaks, with what, how and in which format."""

    voice: CatalogueVoice
    model: Model
    chosen: OutputFormat
    language: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    normalise: bool = True
    ssml: bool = False
    seed: int | None = None
    aliases: tuple[tuple[str, str], ...] = ()

    def cost(self, text: str) -> int:
        """Count the credits for a text."""
        return math.ceil(len(text) * self.model.cost)

    def manner(self, how: Behaviour) -> Manner:
        """Say how the speech will sound."""
        stored = self.voice.current_settings()
        used = {**stored, **self.settings}
        return Manner(
            voice=self.voice.sound,
            language=self.language,
            speed=used["speed"],
            stability=used["stability"],
            style=used["style"],
            seed=self.seed,
            normalise=self.normalise,
            ssml=self.ssml,
            tags=self.model.tags,
            romanise=how.romanise,
            lead=how.lead,
            aliases=self.aliases,
        )


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """What only the WebSocket's query says."""

    inactivity_timeout: float
    sync_alignment: bool
    auto_mode: bool


@dataclass(slots=True)
class History:
    """Request ids that may be named as previous ones."""

    ids: dict[str, float] = field(default_factory=dict)

    def add(self, request_id: str, now: float) -> None:
        """Remember a request whose body was read to the end."""
        self.ids[request_id] = now

    def knows(self, request_id: str, now: float) -> bool:
        """Whether an id is known and not older than two hours."""
        at = self.ids.get(request_id)
        return at is not None and now - at <= _LONGEST_HISTORY


class Reader:
    """Checks requests against the catalogue, the plan and the model."""

    def __init__(self, catalogue: Catalogue, history: History) -> None:
        self._catalogue = catalogue
        self._history = history

    def http(
        self,
        customer: Customer,
        voice_id: str,
        query: Mapping[str, str],
        data: object,
        *,
        whole: bool,
        now: float,
    ) -> tuple[str, SpeechRequest, list[str]]:
        """Check a POST; give the text, the request and the names nobody knows."""
        body = checks.Body(data)
        text = body.required_text("text")
        unknown = body.unknown(_HTTP_BODY) + [q for q in query if q not in _HTTP_QUERY]
        logging = checks.boolean(query, "enable_logging", default=True)
        request = self._http_request(customer, body, query, voice_id=voice_id, whole=whole)
        self._stitching(body, request.model, customer.behaviour, now)
        _logging_allowed(customer, logging=logging)
        _text_fits(text, request.model)
        return text, request, unknown

    def _http_request(
        self,
        customer: Customer,
        body: checks.Body,
        query: Mapping[str, str],
        *,
        voice_id: str,
        whole: bool,
    ) -> SpeechRequest:
        """Check all that decides how the text will sound."""
        how = customer.behaviour
        where = ("body", "voice_settings")
        settings = checks.settings(body.raw(where[1]), where, wide_speed=how.wide_speed)
        model = self._model(body.text("model_id") or DEFAULT_MODEL, how)
        self._http_model(model, how)
        for name in ("use_pvc_as_ivc", "apply_language_text_normalization"):
            body.flag(name)
        mode = _mode(body.text(_MODE), "body")
        return SpeechRequest(
            voice=self._voice(voice_id, customer),
            model=model,
            chosen=self._format(query.get("output_format"), customer, whole=whole),
            language=_language(body.text("language_code"), model, how),
            settings=settings,
            normalise=_normalises(mode, _latency(query), model, customer),
            ssml=True,
            seed=body.seed(),
            aliases=dictionaries.aliases(
                checks.locators(body.raw("pronunciation_dictionary_locators"))
            ),
        )

    def websocket(
        self, customer: Customer, voice_id: str, query: Mapping[str, str]
    ) -> tuple[SpeechRequest, SocketOptions]:
        """Check the query of a WebSocket; the settings come with its first message."""
        how = customer.behaviour
        model = self._model(query.get("model_id") or DEFAULT_MODEL, how)
        name = query.get("output_format", "mp3_44100")
        chosen = self._format(WEBSOCKET_ALIASES.get(name, name), customer, whole=False)
        logging = checks.boolean(query, "enable_logging", default=True)
        mode = _mode(query.get(_MODE), "query")
        checks.boolean(query, "apply_language_text_normalization", default=False)
        _logging_allowed(customer, logging=logging)
        request = SpeechRequest(
            voice=self._voice(voice_id, customer),
            model=model,
            chosen=chosen,
            language=_language(query.get("language_code"), model, how),
            normalise=_normalises(mode, _latency(query), model, customer),
            ssml=checks.boolean(query, "enable_ssml_parsing", default=False),
            seed=checks.integer(query, "seed", 0, checks.LARGEST_SEED),
        )
        return request, _socket_options(query)

    def _voice(self, voice_id: str, customer: Customer) -> CatalogueVoice:
        voice = self._catalogue.get(voice_id)
        if voice is None:
            raise errors.voice_not_found(voice_id, customer.behaviour.voice_not_found)
        if voice.kind == "community" and customer.account.tier == "free":
            raise errors.paid_plan_required()
        return voice

    def _model(self, model_id: str, how: Behaviour) -> Model:
        model = MODELS.get(model_id)
        if model is None:
            raise errors.model_not_found(model_id, how.model_not_found)
        if not model.speaks:
            raise errors.unsupported_model(
                f"The model '{model_id}' cannot be used for text to speech."
            )
        return model

    def _http_model(self, model: Model, how: Behaviour) -> None:
        newer = model.family == "v4" or model.model_id == "eleven_v3_conversational"
        if newer and how.v4_over_http == "refuse":
            raise errors.unsupported_model(
                f"The model '{model.model_id}' is not supported by this endpoint."
            )

    def _format(self, name: str | None, customer: Customer, *, whole: bool) -> OutputFormat:
        known = FORMATS if whole else STREAM_FORMATS
        chosen = known.get(name or DEFAULT_FORMAT)
        if chosen is None:
            message = f"Output format '{name}' is not one of {', '.join(known)}."
            raise errors.Refusal(400, "invalid_output_format", message, param="output_format")
        if not chosen.allowed_for(customer.account.tier):
            raise errors.plan_needed(
                "output_format_not_allowed",
                f"Output format '{chosen.name}' is only available on the "
                f"{chosen.minimum_tier.capitalize()} tier and above.",
            )
        return chosen

    def _stitching(self, body: checks.Body, model: Model, how: Behaviour, now: float) -> None:
        previous = body.texts("previous_request_ids", 3)
        following = body.texts("next_request_ids", 3)
        ids = [*previous, *following]
        texts = [body.text("previous_text"), body.text("next_text")]
        refuses = model.family == "v3" or (model.family == "v4" and how.v4_stitching == "refuse")
        if refuses and (ids or any(texts)):
            names = "request_ids" if ids else "text"
            raise errors.unsupported_model(
                f"Providing previous_{names} or next_{names} is not yet supported "
                f"with the '{model.model_id}' model."
            )
        wrong = [item for item in ids if not self._history.knows(item, now)]
        if wrong and how.unknown_request_ids == "error":
            raise errors.Refusal(
                400,
                "invalid_parameters",
                f"Request with id '{wrong[0]}' was not found or is too old.",
                "invalid_request_id",
                "previous_request_ids",
            )


def unknown_socket_query(query: Mapping[str, str]) -> list[str]:
    """Name the query parameters that the WebSocket does not have."""
    return [name for name in query if name not in _WS_QUERY]


def _mode(value: str | None, place: str) -> str | None:
    return checks.choice(value, _NORMALISATION, (place, _MODE))


def _latency(query: Mapping[str, str]) -> int | None:
    return checks.integer(query, "optimize_streaming_latency", 0, 4)


def _socket_options(query: Mapping[str, str]) -> SocketOptions:
    return SocketOptions(
        checks.integer(query, "inactivity_timeout", 1, 180) or 20,
        checks.boolean(query, "sync_alignment", default=False),
        checks.boolean(query, "auto_mode", default=False),
    )


def _language(code: str | None, model: Model, how: Behaviour) -> str | None:
    """Decide which language a model is told to speak."""
    if len(model.languages) == 1:
        supported = code is None or languages.base(code) in model.languages
        if not supported and how.language_code == "error":
            raise _unsupported_language(code, model)
        return model.languages[0]
    if code is None:
        return None
    if model.takes_language and languages.base(code) in model.languages:
        return languages.base(code)
    if how.language_code == "error":
        raise _unsupported_language(code, model)
    return None


def _unsupported_language(code: str | None, model: Model) -> errors.Refusal:
    return errors.Refusal(
        400,
        "unsupported_language",
        f"Model '{model.model_id}' does not support the language_code '{code}'.",
        param="language_code",
    )


def _normalises(mode: str | None, latency: int | None, model: Model, customer: Customer) -> bool:
    """Decide whether numbers and the like are written out."""
    policy = customer.behaviour.flash_normalisation
    if mode == "off" or latency == _LATENCY_WITHOUT_NORMALISER:
        return False
    if model.family != "v2_5" or policy == "auto":
        return True
    if mode == "on" and policy == "enterprise" and customer.account.tier != "enterprise":
        raise errors.plan_needed(
            "feature_not_available",
            f"Text normalization cannot be turned on for '{model.model_id}'.",
        )
    return mode == "on"


def _logging_allowed(customer: Customer, *, logging: bool) -> None:
    if not logging and customer.account.tier != "enterprise":
        raise errors.plan_needed(
            "only_for_enterprise",
            "Disabling logging (zero retention mode) is only available to enterprise customers.",
        )


def _text_fits(text: str, model: Model) -> None:
    if not text.strip():
        raise errors.Refusal(400, "empty_text", "The text is empty.", param="text")
    if len(text) > model.limit:
        raise errors.text_too_long(len(text), model.limit)
