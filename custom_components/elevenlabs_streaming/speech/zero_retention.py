"""Zero retention where the plan has it."""

from dataclasses import replace
import logging

from ..api import ElevenLabsError, SpeechRequest
from ..api.errors import OutputFormatNotAllowedError, PlanError

_LOGGER = logging.getLogger(__name__)


class ZeroRetentionSupport:
    """Remembers for an account that its plan does not include zero retention.

    No field of the API says whether a plan has it, so the first refusal does, which costs
    nothing. It is remembered, so that no later utterance waits for another one.
    """

    def __init__(self) -> None:
        """Start with a plan that may include it."""
        self._is_refused = False

    def adapt(self, request: SpeechRequest) -> SpeechRequest:
        """Return the request without zero retention if that was refused before."""
        return without_zero_retention(request) if self._is_refused else request

    def refused(self) -> None:
        """Remember a refusal, now that the text is spoken without zero retention."""
        if not self._is_refused:
            self._is_refused = True
            _LOGGER.info("The plan does not include zero retention")


def is_zero_retention_refusal(request: SpeechRequest, err: ElevenLabsError) -> bool:
    """Return whether an error may mean that the plan does not include zero retention."""
    is_about_plan = isinstance(err, PlanError) and not isinstance(err, OutputFormatNotAllowedError)
    return is_about_plan and not request.enable_logging


def without_zero_retention(request: SpeechRequest) -> SpeechRequest:
    """Return the same request without zero retention."""
    return replace(request, enable_logging=True)
