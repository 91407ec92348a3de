"""Who is asked before an utterance is spoken, and told what became of it."""

from typing import Protocol

from ..api import ElevenLabsError
from ..speech import Outcome, Utterance


class BudgetError(ElevenLabsError):
    """The home has spent what it allows itself."""


class DailyBudgetError(BudgetError):
    """The budget of the day is used up."""

    cause = "daily_budget"


class MonthlyBudgetError(BudgetError):
    """The budget of the month is used up."""

    cause = "monthly_budget"


class Billing(Protocol):
    """The account that one utterance is spoken with."""

    def refusal(self, *, replaceable: bool) -> ElevenLabsError | None:
        """Return why ElevenLabs is not to be asked; `replaceable`: somebody else could speak."""

    def heard(self, outcome: Outcome, seconds: float) -> None:
        """Record the first audio, `seconds` after the first of the text."""

    def failed(self, err: ElevenLabsError, *, heard: bool) -> None:
        """Record a failure; `heard`: some of the audio had come."""

    def replaced(self, engine: str | None, err: ElevenLabsError) -> None:
        """Record that another engine speaks, and why; None: there is no such engine."""

    def ended(self, utterance: Utterance, outcome: Outcome) -> None:
        """Record the end, whatever it was."""
