"""Parse requests of the text-to-dialogue routes and check them as the other routes do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import api_errors
from .accounts import AccountState
from .api_errors import RequestValidationError
from .audio_formats import AudioFormat
from .behaviour import Behaviour
from .catalog_voice import CatalogVoice
from .dialogue_lines import (
    DialogueLine,
    check_voice_count,
    cut_lines,
    parse_lines,
    parse_voice_ids,
    unknown_line_fields,
)
from .dictionaries import find_aliases
from .parameters import (
    LOCATORS,
    MAX_SEED,
    Location,
    RequestBody,
    parse_boolean,
    parse_integer,
    parse_locators,
    parse_voice_settings,
    unknown_voice_settings,
)
from .request_history import RequestHistory
from .request_parser import HttpSpeechRequest
from .request_rules import (
    NORMALIZATION,
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
from .speech_models import DEFAULT_DIALOGUE_MODEL, SpeechModel
from .speech_script import SpeechScript, SpokenInput
from .synthesis_request import SynthesisRequest
from .voice_catalog import VoiceCatalog
from .word_lists import split_words

DIALOGUE_SETTINGS = frozenset({"stability", "clone_strength"})
_HTTP_SETTINGS = DIALOGUE_SETTINGS | {"similarity"}
_HTTP_LINE = frozenset({"text", "voice_id"})
_HTTP_QUERY = frozenset({"enable_logging", "output_format"})
_HTTP_BODY = frozenset(
    {
        "inputs",
        "model_id",
        "language_code",
        "settings",
        "previous_text",
        "future_text",
        "pronunciation_dictionary_locators",
        "seed",
        "apply_text_normalization",
        "use_pvc_as_ivc",
        "previous_request_ids",
        "next_request_ids",
        "audio_effects",
    }
)
_MAX_TEXT_LENGTH = 2000
_MAX_CONTEXT_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueOptions:
    """What all inputs of a dialogue have in common."""

    model: SpeechModel
    output_format: AudioFormat
    language: str | None
    normalize: bool
    seed: int | None
    sync_alignment: bool = False

    def create_synthesis(
        self,
        voice: CatalogVoice,
        settings: dict[str, Any],
        aliases: tuple[tuple[str, str], ...],
    ) -> SynthesisRequest:
        """Return the request of a voice."""
        return SynthesisRequest(
            voice=voice,
            model=self.model,
            output_format=self.output_format,
            language=self.language,
            voice_settings=settings,
            normalize=self.normalize,
            seed=self.seed,
            aliases=aliases,
        )


class DialogueParser:
    """Parses the requests of the text-to-dialogue routes."""

    def __init__(self, voice_catalog: VoiceCatalog, history: RequestHistory) -> None:
        self._voice_catalog = voice_catalog
        self._history = history

    def parse_query(self, caller: AccountState, query: Mapping[str, str]) -> DialogueOptions:
        """Return the checked query of a WebSocket."""
        behaviour = caller.behaviour
        model = choose_model(query.get("model_id") or DEFAULT_DIALOGUE_MODEL, behaviour)
        logging = parse_boolean(query, "enable_logging", default=True)
        mode = check_normalization_mode(query.get(NORMALIZATION), "query")
        check_logging(caller, logging=logging)
        return DialogueOptions(
            model=model,
            output_format=choose_format(query.get("output_format"), caller, is_stream=True),
            language=choose_language(query.get("language_code"), model, behaviour),
            normalize=normalizes_text(mode, {}, model, caller),
            seed=parse_integer(query, "seed", 0, MAX_SEED),
            sync_alignment=parse_boolean(query, "sync_alignment", default=False),
        )

    def parse_voices(
        self, caller: AccountState, options: DialogueOptions, message: Mapping[str, Any]
    ) -> dict[str, SynthesisRequest]:
        """Return the voices that a first message sets up."""
        voice_ids = parse_voice_ids(message.get("voices"))
        check_voice_count(voice_ids, options.model, "voices")
        settings = _parse_settings(message.get("voice_settings"), ("voice_settings",))
        locators = parse_locators(message.get(LOCATORS))
        return self._create_syntheses(caller, options, voice_ids, settings, locators)

    def parse_http_request(
        self,
        caller: AccountState,
        query: Mapping[str, str],
        data: object,
        *,
        is_stream: bool,
        now: float,
    ) -> HttpSpeechRequest:
        """Return the checked request of an HTTP route."""
        body = RequestBody(data)
        lines = _parse_http_lines(body)
        options = _parse_http_options(caller, body, query, is_stream=is_stream)
        self._check_context(body, options.model, caller.behaviour, now)
        check_logging(caller, logging=parse_boolean(query, "enable_logging", default=True))
        check_voice_count([line.voice_id for line in lines], options.model, "inputs")
        lines = _limit_text(lines, caller.behaviour, is_stream=is_stream)
        script = self._create_script(caller, options, body, lines)
        check_text(script.text, options.model)
        return HttpSpeechRequest(script, _unknown_parameters(body, query), is_dialogue=True)

    def _create_script(
        self,
        caller: AccountState,
        options: DialogueOptions,
        body: RequestBody,
        lines: Sequence[DialogueLine],
    ) -> SpeechScript:
        syntheses = self._create_syntheses(
            caller,
            options,
            [line.voice_id for line in lines],
            _parse_settings(body.unchecked_field("settings"), ("body", "settings")),
            parse_locators(body.unchecked_field(LOCATORS)),
        )
        return SpeechScript(
            tuple(SpokenInput(line.text, syntheses[line.voice_id]) for line in lines)
        )

    def _create_syntheses(
        self,
        caller: AccountState,
        options: DialogueOptions,
        voice_ids: Sequence[str],
        settings: dict[str, Any],
        locators: Sequence[tuple[str, str | None]],
    ) -> dict[str, SynthesisRequest]:
        """Return the request of each voice."""
        aliases = find_aliases(locators)
        return {
            voice_id: options.create_synthesis(
                choose_voice(self._voice_catalog, voice_id, caller), settings, aliases
            )
            for voice_id in voice_ids
        }

    def _check_context(
        self, body: RequestBody, model: SpeechModel, behaviour: Behaviour, now: float
    ) -> None:
        """Check the texts and the requests before and after this one."""
        names = ("previous_text", "future_text")
        texts = [body.limited_string(name, _MAX_CONTEXT_LENGTH) for name in names]
        request_ids = [
            *body.string_list("previous_request_ids", 3),
            *body.string_list("next_request_ids", 3),
        ]
        if behaviour.dialogue_context == "refuse" and (request_ids or any(texts)):
            message = f"Providing context is not supported with the '{model.model_id}' model."
            raise api_errors.unsupported_model(message)
        check_request_ids(self._history, request_ids, behaviour, now)


def refuses_dialogue(model: SpeechModel, behaviour: Behaviour) -> bool:
    """Return whether a model isn't available on the text-to-dialogue routes."""
    refused = split_words(behaviour.dialogue_refused)
    return not model.is_dialogue_only or "all" in refused or model.model_id in refused


def _parse_settings(value: object, location: Location) -> dict[str, Any]:
    """Return the settings of a dialogue, which has fewer than a single voice."""
    if isinstance(value, Mapping):
        value = {name: item for name, item in value.items() if name in DIALOGUE_SETTINGS}
    return parse_voice_settings(value, location)


def _parse_http_lines(body: RequestBody) -> list[DialogueLine]:
    location, value = ("body", "inputs"), body.unchecked_field("inputs")
    if value is None:
        raise RequestValidationError(location, "Field required", "missing")
    lines = parse_lines(value, location)
    if not lines:
        message = "List should have at least 1 item"
        raise RequestValidationError(location, message, "too_short")
    return lines


def _parse_http_options(
    caller: AccountState, body: RequestBody, query: Mapping[str, str], *, is_stream: bool
) -> DialogueOptions:
    behaviour = caller.behaviour
    model = choose_model(body.optional_string("model_id") or DEFAULT_DIALOGUE_MODEL, behaviour)
    if refuses_dialogue(model, behaviour):
        message = f"The model '{model.model_id}' is not supported by this endpoint."
        raise api_errors.unsupported_model(message)
    body.optional_boolean("use_pvc_as_ivc")
    mode = check_normalization_mode(body.optional_string(NORMALIZATION), "body")
    return DialogueOptions(
        model=model,
        output_format=choose_format(query.get("output_format"), caller, is_stream=is_stream),
        language=choose_language(body.optional_string("language_code"), model, behaviour),
        normalize=normalizes_text(mode, {}, model, caller),
        seed=body.optional_seed(),
    )


def _limit_text(
    lines: list[DialogueLine], behaviour: Behaviour, *, is_stream: bool
) -> list[DialogueLine]:
    """Return lines that aren't too long, or raise an error."""
    length = sum(len(line.text) for line in lines)
    if length <= _MAX_TEXT_LENGTH:
        return lines
    if is_stream and behaviour.dialogue_long_text == "cut":
        return cut_lines(lines, _MAX_TEXT_LENGTH)
    raise api_errors.text_too_long(length, _MAX_TEXT_LENGTH)


def _unknown_parameters(body: RequestBody, query: Mapping[str, str]) -> list[str]:
    settings = body.unchecked_field("settings")
    return [
        *body.unknown_fields(_HTTP_BODY),
        *unknown_voice_settings(settings, _HTTP_SETTINGS, "settings"),
        *unknown_line_fields(body.unchecked_field("inputs"), _HTTP_LINE),
        *(name for name in query if name not in _HTTP_QUERY),
    ]
