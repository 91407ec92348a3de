"""Parse requests and check them against the voices, the plan, and the model."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import api_errors
from .accounts import AccountState
from .api_errors import RequestValidationError
from .audio_formats import UNPUBLISHED_FORMATS, WEBSOCKET_ALIASES
from .behaviour import Behaviour
from .dictionaries import find_aliases
from .parameters import (
    LOCATORS,
    MAX_SEED,
    RequestBody,
    parse_boolean,
    parse_integer,
    parse_locators,
    parse_voice_settings,
)
from .request_history import RequestHistory
from .request_rules import (
    NORMALIZATION,
    check_http_model,
    check_logging,
    check_normalization_mode,
    check_request_ids,
    check_text,
    choose_format,
    choose_language,
    choose_model,
    choose_voice,
    normalizes_text,
)
from .speech_models import DEFAULT_MODEL, SpeechModel
from .speech_script import SpeechScript
from .synthesis_request import SynthesisRequest
from .voice_catalog import VoiceCatalog

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
WEBSOCKET_QUERY = frozenset(
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
_DEFAULT_INACTIVITY_TIMEOUT = 20


@dataclass(frozen=True, slots=True)
class HttpSpeechRequest:
    """A parsed HTTP request, with the parameters that the service doesn't have."""

    script: SpeechScript
    unknown: list[str]
    is_dialogue: bool = False


@dataclass(frozen=True, slots=True)
class WebSocketOptions:
    """The options of the query that only the WebSocket has."""

    inactivity_timeout: float
    sync_alignment: bool
    auto_mode: bool


class RequestParser:
    """Parses the requests of the text-to-speech routes."""

    def __init__(self, voice_catalog: VoiceCatalog, history: RequestHistory) -> None:
        self._voice_catalog = voice_catalog
        self._history = history

    def parse_http_request(
        self,
        caller: AccountState,
        voice_id: str,
        query: Mapping[str, str],
        data: object,
        *,
        is_stream: bool,
        now: float,
    ) -> HttpSpeechRequest:
        """Return the checked request of an HTTP route."""
        body = RequestBody(data)
        text = body.required_string("text")
        unknown = body.unknown_fields(_HTTP_BODY) + [q for q in query if q not in _HTTP_QUERY]
        logging = parse_boolean(query, "enable_logging", default=True)
        synthesis = self._parse_http_synthesis(caller, body, query, voice_id, is_stream=is_stream)
        self._check_stitching(body, synthesis.model, caller.behaviour, now)
        check_logging(caller, logging=logging)
        check_text(text, synthesis.model)
        return HttpSpeechRequest(SpeechScript.for_text(text, synthesis), unknown)

    def _parse_http_synthesis(
        self,
        caller: AccountState,
        body: RequestBody,
        query: Mapping[str, str],
        voice_id: str,
        *,
        is_stream: bool,
    ) -> SynthesisRequest:
        behaviour = caller.behaviour
        voice_settings = parse_voice_settings(
            body.unchecked_field("voice_settings"),
            ("body", "voice_settings"),
            wide_speed=behaviour.wide_speed,
        )
        model = _choose_http_model(body, behaviour)
        mode = _parse_http_flags(body)
        return SynthesisRequest(
            voice=choose_voice(self._voice_catalog, voice_id, caller),
            model=model,
            output_format=choose_format(query.get("output_format"), caller, is_stream=is_stream),
            language=choose_language(body.optional_string("language_code"), model, behaviour),
            voice_settings=voice_settings,
            normalize=normalizes_text(mode, query, model, caller),
            ssml=True,
            seed=body.optional_seed(),
            aliases=find_aliases(parse_locators(body.unchecked_field(LOCATORS))),
        )

    def parse_websocket_query(
        self, caller: AccountState, voice_id: str, query: Mapping[str, str]
    ) -> SynthesisRequest:
        """Return the checked request of a WebSocket, without what its first message adds."""
        behaviour = caller.behaviour
        model = choose_model(query.get("model_id") or DEFAULT_MODEL, behaviour)
        name = query.get("output_format", "mp3_44100")
        if behaviour.ws_formats == "published" and name in UNPUBLISHED_FORMATS:
            raise RequestValidationError(("query", "output_format"), "Unexpected value", "enum")
        output_format = choose_format(WEBSOCKET_ALIASES.get(name, name), caller, is_stream=True)
        logging = parse_boolean(query, "enable_logging", default=True)
        mode = check_normalization_mode(query.get(NORMALIZATION), "query")
        parse_boolean(query, "apply_language_text_normalization", default=False)
        check_logging(caller, logging=logging)
        return SynthesisRequest(
            voice=choose_voice(self._voice_catalog, voice_id, caller),
            model=model,
            output_format=output_format,
            language=choose_language(query.get("language_code"), model, behaviour),
            normalize=normalizes_text(mode, query, model, caller),
            ssml=parse_boolean(query, "enable_ssml_parsing", default=False),
            seed=parse_integer(query, "seed", 0, MAX_SEED),
        )

    def _check_stitching(
        self, body: RequestBody, model: SpeechModel, behaviour: Behaviour, now: float
    ) -> None:
        """Check the texts and the requests before and after this one."""
        request_ids = [
            *body.string_list("previous_request_ids", 3),
            *body.string_list("next_request_ids", 3),
        ]
        texts = [body.optional_string("previous_text"), body.optional_string("next_text")]
        if _refuses_stitching(model, behaviour) and (request_ids or any(texts)):
            names = "request_ids" if request_ids else "text"
            raise api_errors.unsupported_model(
                f"Providing previous_{names} or next_{names} is not yet supported "
                f"with the '{model.model_id}' model."
            )
        check_request_ids(self._history, request_ids, behaviour, now)


def parse_websocket_options(query: Mapping[str, str]) -> WebSocketOptions:
    """Return the checked options that only the WebSocket has."""
    timeout = parse_integer(query, "inactivity_timeout", 1, 180)
    return WebSocketOptions(
        timeout or _DEFAULT_INACTIVITY_TIMEOUT,
        parse_boolean(query, "sync_alignment", default=False),
        parse_boolean(query, "auto_mode", default=False),
    )


def _choose_http_model(body: RequestBody, behaviour: Behaviour) -> SpeechModel:
    model_id = body.optional_string("model_id") or DEFAULT_MODEL
    model = choose_model(model_id, behaviour)
    check_http_model(model, behaviour)
    return model


def _parse_http_flags(body: RequestBody) -> str | None:
    """Check the booleans that change nothing here, and return the mode of normalization."""
    for name in ("use_pvc_as_ivc", "apply_language_text_normalization"):
        body.optional_boolean(name)
    return check_normalization_mode(body.optional_string(NORMALIZATION), "body")


def _refuses_stitching(model: SpeechModel, behaviour: Behaviour) -> bool:
    return model.family == "v3" or (model.family == "v4" and behaviour.v4_stitching == "refuse")
