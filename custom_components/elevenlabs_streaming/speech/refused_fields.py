"""What a request asks for that the account may be refused, and speech does not need."""

from dataclasses import replace
import logging

from ..api import ElevenLabsError, SpeechRequest
from ..api.errors import InvalidRequestError, OutputFormatNotAllowedError, PlanError

_LOGGER = logging.getLogger(__name__)

_ON = "on"
# The service spells it either way.
_NORMALIZATION = ("normalization", "normalisation")
_DICTIONARY = ("pronunciation_dictionar", "pronunciation dictionar")


class RefusedFields:
    """Remembers for an account which fields of a request were refused.

    No field of the API says what a plan has or that a dictionary is gone, so the first refusal
    does, which costs nothing. It is remembered, so that no later utterance waits for another one.
    """

    def __init__(self) -> None:
        """Start with an account that may be refused nothing."""
        self._lacks_zero_retention = False
        self._models_without_normalization: set[str] = set()
        self._missing_dictionaries: set[str] = set()

    def adapt(self, request: SpeechRequest) -> SpeechRequest:
        """Return the request without what was refused before."""
        if self._lacks_zero_retention:
            request = _without_zero_retention(request)
        if request.model_id in self._models_without_normalization:
            request = _without_normalization(request)
        if self._missing_dictionaries:
            request = _without_dictionaries(request, self._missing_dictionaries)
        return request

    def learn(self, wanted: SpeechRequest, spoken: SpeechRequest) -> None:
        """Remember a refusal, now that a text is spoken without what was wanted."""
        if not self._lacks_zero_retention and wanted.enable_logging != spoken.enable_logging:
            self._lacks_zero_retention = True
            _LOGGER.info("The plan does not include zero retention")
        model = spoken.model_id
        if model not in self._models_without_normalization and _differs(wanted, spoken):
            self._models_without_normalization.add(model)
            _LOGGER.info("The plan does not include text normalization with %s", model)
        missing = _dictionaries(wanted) - _dictionaries(spoken) - self._missing_dictionaries
        if missing:
            self._missing_dictionaries |= missing
            _LOGGER.info("Pronunciation dictionaries are missing: %d", len(missing))


def left_out(wanted: SpeechRequest, spoken: SpeechRequest) -> frozenset[str]:
    """Return the settings of a voice that a request is spoken without."""
    found = set()
    if _differs(wanted, spoken):
        found.add("text_normalization")
    if _dictionaries(wanted) != _dictionaries(spoken):
        found.add("pronunciation_dictionary_locators")
    return frozenset(found)


def without_refused(request: SpeechRequest, err: ElevenLabsError) -> SpeechRequest | None:
    """Return the request without what an error may refuse; None if that is nothing of it."""
    if isinstance(err, (PlanError, InvalidRequestError)):
        if _names(err, _DICTIONARY):
            return _without_named(request, err) if request.changes_pronunciation else None
        if _names(err, _NORMALIZATION):
            return _without_normalization(request) if _is_normalized(request) else None
    if not isinstance(err, PlanError) or isinstance(err, OutputFormatNotAllowedError):
        return None
    if not request.enable_logging:
        return _without_zero_retention(request)
    return _without_normalization(request) if _is_normalized(request) else None


def _names(err: ElevenLabsError, words: tuple[str, ...]) -> bool:
    told = f"{err.code} {err.message}".lower()
    return any(word in told for word in words)


def _without_named(request: SpeechRequest, err: ElevenLabsError) -> SpeechRequest:
    """Return the request without the dictionaries that an error names, or without any."""
    dictionaries = _dictionaries(request)
    named = {one for one in dictionaries if one in err.message}
    return _without_dictionaries(request, named or dictionaries)


def _without_dictionaries(request: SpeechRequest, missing: set[str]) -> SpeechRequest:
    locators = request.pronunciation_dictionary_locators
    kept = tuple(one for one in locators if one.pronunciation_dictionary_id not in missing)
    return replace(request, pronunciation_dictionary_locators=kept)


def _dictionaries(request: SpeechRequest) -> set[str]:
    locators = request.pronunciation_dictionary_locators
    return {one.pronunciation_dictionary_id for one in locators}


def _differs(wanted: SpeechRequest, spoken: SpeechRequest) -> bool:
    """Return whether the normalization that was wanted is left out."""
    return wanted.apply_text_normalization != spoken.apply_text_normalization


def _is_normalized(request: SpeechRequest) -> bool:
    return request.apply_text_normalization == _ON


def _without_zero_retention(request: SpeechRequest) -> SpeechRequest:
    return replace(request, enable_logging=True)


def _without_normalization(request: SpeechRequest) -> SpeechRequest:
    """Return the request with the model's usual normalization."""
    if not _is_normalized(request):
        return request
    return replace(request, apply_text_normalization=None)
