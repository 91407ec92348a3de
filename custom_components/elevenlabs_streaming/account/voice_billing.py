"""The account that a voice's utterance is spoken with, as the utterance sees it."""

from typing import Final, override

from homeassistant.core import callback

from ..api import ElevenLabsError
from ..generation import Billing, BudgetError, DailyBudgetError, MonthlyBudgetError
from ..speech import Outcome, Utterance
from .budget import Budget
from .circuit_breaker import CircuitBreaker
from .first_audio import FirstAudios
from .issues import AccountIssues

_BUDGETS: Final[dict[str, type[BudgetError]]] = {
    kind.cause: kind for kind in (DailyBudgetError, MonthlyBudgetError)
}


class VoiceBilling(Billing):
    """Asks budget and breaker, and tells them and the problems what came of it."""

    def __init__(
        self,
        *,
        circuit_breaker: CircuitBreaker,
        budget: Budget,
        first_audio: FirstAudios,
        issues: AccountIssues,
        voice: str,
        usual: bool,
    ) -> None:
        """`voice`: the ID of its subentry; `usual`: with its configured voice and model."""
        self._circuit_breaker = circuit_breaker
        self._budget = budget
        self._first_audio = first_audio
        self._issues = issues
        self._voice = voice
        self._usual = usual

    @callback
    @override
    def refusal(self, *, replaceable: bool) -> ElevenLabsError | None:
        """Return why ElevenLabs is not to be asked."""
        if key := self._budget.refusal:
            return _BUDGETS[key]()
        return self._circuit_breaker.ask() if replaceable else None

    @callback
    @override
    def heard(self, outcome: Outcome, seconds: float) -> None:
        """Note the first audio, which disproves much."""
        self._first_audio.note(self._voice, outcome, seconds)
        self._circuit_breaker.worked()
        self._issues.works(self._voice, usual=self._usual)
        if self._usual:
            self._issues.left_out(self._voice, outcome.left_out)

    @callback
    @override
    def failed(self, err: ElevenLabsError, *, heard: bool) -> None:
        """Show what is wrong."""
        if not heard:
            self._circuit_breaker.failed(err)
        self._issues.report(err, self._voice, usual=self._usual)

    @callback
    @override
    def replaced(self, engine: str | None, err: ElevenLabsError) -> None:
        """Show that another engine speaks, or that there is no such engine."""
        self._issues.replaced(self._voice, engine, err)

    @callback
    @override
    def ended(self, utterance: Utterance, outcome: Outcome) -> None:
        """Count what was spent, once anything was generated."""
        self._circuit_breaker.left()
        cost = outcome.receipt.credits
        if cost is not None or outcome.bytes_spoken:
            self._budget.spend(
                cost,
                outcome.characters,
                voice=self._voice,
                route=str(outcome.route),
                model=utterance.request.model_id,
            )
