"""What a request asks for that the plan may not include, and speech does not need."""

from dataclasses import replace
import logging

from ..api import ElevenLabsError, SpeechRequest
from ..api.errors import InvalidRequestError, OutputFormatNotAllowedError, PlanError

_LOGGER = logging.getLogger(__name__)

_ON = "on"
# The service spells it either way.
_NORMALIZATION = ("normalization", "normalisation")


class PlanLimits:
    """Remembers for an account what its plan does not include.

    No field of the API says what a plan has, so the first refusal does, which costs nothing. It is
    remembered, so that no later utterance waits for another one.
    """

    def __init__(self) -> None:
        """Start with a plan that may include everything."""
        self._lacks_zero_retention = False
        self._models_without_normalization: set[str] = set()

    def adapt(self, request: SpeechRequest) -> SpeechRequest:
        """Return the request without what was refused before."""
        if self._lacks_zero_retention:
            request = _without_zero_retention(request)
        if request.model_id in self._models_without_normalization:
            request = _without_normalization(request)
        return request

    def learn(self, wanted: SpeechRequest, spoken: SpeechRequest) -> None:
        """Remember a refusal, now that a text is spoken without what was wanted."""
        if not self._lacks_zero_retention and wanted.enable_logging != spoken.enable_logging:
            self._lacks_zero_retention = True
            _LOGGER.info("The plan does not include zero retention")
        model = spoken.model_id
        if model not in self._models_without_normalization and left_out(wanted, spoken):
            self._models_without_normalization.add(model)
            _LOGGER.info("The plan does not include text normalization with %s", model)


def left_out(wanted: SpeechRequest, spoken: SpeechRequest) -> frozenset[str]:
    """Return the settings of a voice that a request is spoken without."""
    is_same = wanted.apply_text_normalization == spoken.apply_text_normalization
    return frozenset() if is_same else frozenset({"text_normalization"})


def without_refused(request: SpeechRequest, err: ElevenLabsError) -> SpeechRequest | None:
    """Return the request without what an error may refuse; None if that is nothing of it."""
    is_normalized = request.apply_text_normalization == _ON
    names_normalization = any(word in err.message.lower() for word in _NORMALIZATION)
    if names_normalization and isinstance(err, (PlanError, InvalidRequestError)):
        return _without_normalization(request) if is_normalized else None
    if not isinstance(err, PlanError) or isinstance(err, OutputFormatNotAllowedError):
        return None
    if not request.enable_logging:
        return _without_zero_retention(request)
    return _without_normalization(request) if is_normalized else None


def _without_zero_retention(request: SpeechRequest) -> SpeechRequest:
    return replace(request, enable_logging=True)


def _without_normalization(request: SpeechRequest) -> SpeechRequest:
    """Return the request with the model's usual normalization."""
    is_normalized = request.apply_text_normalization == _ON
    return replace(request, apply_text_normalization=None) if is_normalized else request
