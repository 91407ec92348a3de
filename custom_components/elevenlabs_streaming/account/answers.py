"""The results of an account's background requests."""

from homeassistant.core import callback

from ..api import ElevenLabsError, Subscription
from ..api.errors import InvalidApiKeyError, PlanError, QuotaExceededError, UnusualActivityError
from .activity import Activity
from .circuit_breaker import CircuitBreaker
from .issues import AccountIssues


class AccountAnswers:
    """Records the results of one coordinator's requests for the rest of the account."""

    def __init__(
        self, activity: Activity, issues: AccountIssues, circuit_breaker: CircuitBreaker
    ) -> None:
        """Start without reported failures."""
        self._activity = activity
        self._issues = issues
        self._circuit_breaker = circuit_breaker
        self._reported = False

    @callback
    def failed(self, err: ElevenLabsError) -> None:
        """Record a failed request; raise an issue if it concerns the whole account."""
        self._activity.failed(err.cause)
        if isinstance(err, InvalidApiKeyError):
            self._issues.report(err)
        elif isinstance(err, (QuotaExceededError, UnusualActivityError, PlanError)):
            self._reported = True
            self._issues.report(err)

    @callback
    def succeeded(self) -> None:
        """Clear the issues reported here; those reported by speech may still apply."""
        self.accepted()
        if self._reported:
            self.credits_added()

    @callback
    def accepted(self) -> None:
        """Record that the key was accepted, whether or not it may read what was asked for."""
        self._issues.key_works()
        self._circuit_breaker.answered()

    @callback
    def credits_read(self, subscription: Subscription) -> None:
        """Record the credits that the account has."""
        self._circuit_breaker.answered(subscription)

    @callback
    def credits_added(self) -> None:
        """Clear the account's issues, whoever reported them."""
        self._reported = False
        self._issues.works()
