"""The results of an account's background requests."""

from homeassistant.core import callback

from ..api import ElevenLabsError
from ..api.errors import PlanError, QuotaExceededError, UnusualActivityError
from .activity import Activity
from .issues import AccountIssues


class AccountAnswers:
    """Records the results of one coordinator's requests in the activity and the issues."""

    def __init__(self, activity: Activity, issues: AccountIssues) -> None:
        """Start without reported failures."""
        self._activity = activity
        self._issues = issues
        self._reported = False

    @callback
    def failed(self, err: ElevenLabsError) -> None:
        """Record a failed request; raise an issue if it concerns the whole account."""
        self._activity.failed(err.cause)
        if isinstance(err, (QuotaExceededError, UnusualActivityError, PlanError)):
            self._reported = True
            self._issues.report(err)

    @callback
    def succeeded(self) -> None:
        """Clear the issues reported here; those reported by speech may still apply."""
        if self._reported:
            self.credits_added()

    @callback
    def credits_added(self) -> None:
        """Clear the account's issues, whoever reported them."""
        self._reported = False
        self._issues.works()
